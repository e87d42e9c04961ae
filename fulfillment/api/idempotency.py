"""The `Idempotency-Key` header: the same call again is answered, not done again.

After the IETF draft "The Idempotency-Key HTTP Header Field". The key belongs to the seller, not to the token:
a machine whose token was replaced in between may still repeat its call.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Final

from django.http import HttpResponse
from rest_framework.request import Request

from fulfillment.api.errors import Refused
from fulfillment.api.problems import Error
from fulfillment.services.answering import Answer, answer_once
from warehouses.models import Seller

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
WAIT_MS = 2_000
"""How long a second call waits for the first with its key before it is sent away with a 409."""
_KEY: Final = re.compile(r"[\x21-\x7e]{1,80}", re.ASCII)


def respond_once(request: Request, *, seller: Seller, body: bytes, perform: Callable[[], Answer]) -> HttpResponse:
    """The answer to a write: `perform`'s, or the one its key was given before, marked `Idempotency-Replayed`."""
    key = request.headers.get(HEADER)
    if key is None:
        return _response(perform())
    if not _KEY.fullmatch(key):
        message = "A key has 1 to 80 visible ASCII characters; a UUID will do."
        errors = (Error("header", HEADER, "idempotency_key_invalid", message),)
        raise Refused(400, code="idempotency_key_invalid", detail=message, errors=errors)
    return _response(
        answer_once(
            seller=seller,
            key=key,
            path=request.path,
            fingerprint=_fingerprint(request, body),
            perform=perform,
            wait_ms=WAIT_MS,
        )
    )


def _fingerprint(request: Request, body: bytes) -> str:
    return hashlib.sha256(b"\n".join((f"{request.method} {request.path}".encode(), body))).hexdigest()


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    if answer.location:
        response["Location"] = answer.location
    if answer.is_repeat:
        response[REPLAYED] = "true"
    return response
