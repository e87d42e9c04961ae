"""Problems: the one shape in which the API says no (RFC 9457), for every status from 400 to 503.

`type` names the kind of problem and leads to its explanation; `code` is the stable word a program branches on;
`errors` names each wrong place. Built without REST framework's renderers, so that an error looks the same
whatever the route renders or the client accepts.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.http import HttpResponse

from foundation.errors import FieldFault

MEDIA_TYPE: Final = "application/problem+json"
PAGE: Final = "/api/v1/problems"
MOST_ERRORS: Final = 100
"""A body with more faults than this is not read through by anybody."""

Place = Literal["body", "query", "header"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its name in `type`, its title, and what a client should do."""

    slug: str
    title: str
    advice: str


KINDS: Final[Mapping[int, Kind]] = {
    400: Kind(
        "bad-request",
        "The request cannot be read",
        "The JSON is malformed, or a query parameter or header is unknown or wrong. Mend the request.",
    ),
    401: Kind(
        "unauthorized",
        "A valid token is needed",
        "Send Authorization: Bearer followed by the token. A revoked or expired token must be replaced.",
    ),
    403: Kind("forbidden", "The token may not do this", "Use a token whose scopes cover the call."),
    404: Kind(
        "not-found",
        "There is nothing here for you",
        "The number or the path is wrong, or the thing belongs to somebody else; the answer does not tell which.",
    ),
    405: Kind("method-not-allowed", "The method is not offered here", "The Allow header lists what is."),
    406: Kind("not-acceptable", "None of the accepted media types is offered", "Accept what the route renders."),
    409: Kind(
        "conflict",
        "The present state forbids it",
        "The request is well-formed. Read the thing, then decide; with Retry-After, simply ask again later.",
    ),
    411: Kind("length-required", "The body needs a length", "Send Content-Length instead of a chunked body."),
    413: Kind("too-large", "The body is too large", "Split the request: a body may have 1 MiB."),
    415: Kind("unsupported-media-type", "The body must be plain JSON", "Send application/json without encoding."),
    422: Kind(
        "invalid",
        "Something in the request is wrong",
        "Each wrong place is in errors. Nothing was created; mend it and send it again.",
    ),
    500: Kind(
        "internal-error",
        "Something broke on our side",
        "The failure is logged under request_id. Sending a call with the same Idempotency-Key again is safe.",
    ),
    503: Kind(
        "unavailable",
        "The service cannot answer now",
        "Ask again after Retry-After seconds; with an Idempotency-Key that never does a thing twice.",
    ),
}


@dataclass(frozen=True, slots=True)
class Error:
    """One wrong place. In a body `where` is an RFC 6901 pointer ("" is the whole of it), else the name."""

    place: Place
    where: str
    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        """As it stands in the answer."""
        key = "pointer" if self.place == "body" else "parameter"
        return {"in": self.place, key: self.where, "code": self.code, "message": self.message}


def problem(
    status: int,
    *,
    code: str,
    detail: str,
    errors: Iterable[Error] = (),
    headers: Mapping[str, str] | None = None,
    request_id: str = "",
) -> HttpResponse:
    """The answer for one problem. An unknown status is told as the plain one of its class (400 or 500)."""
    kind = KINDS.get(status) or KINDS[400 if status < 500 else 500]
    body: dict[str, Any] = {
        "type": f"{PAGE}#{kind.slug}",
        "title": kind.title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [error.as_json() for error in list(errors)[:MOST_ERRORS]],
    }
    if request_id:
        body["request_id"] = request_id
    # ASCII with escapes: a lone surrogate in a client's key must not break the answer about it.
    return HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


_STEP = re.compile(r"[^.\[\]]+")


def pointer_to(path: str) -> str:
    """A service's field path as a JSON pointer: `lines[2].sku` becomes `/lines/2/sku`."""
    return "".join(f"/{escape(step)}" for step in _STEP.findall(path))


def escape(step: str) -> str:
    """One step of a JSON pointer, cut to a length somebody reads."""
    return step[:80].replace("~", "~0").replace("/", "~1")


def from_faults(faults: Iterable[FieldFault], *, place: Place = "body") -> list[Error]:
    """A service's faults as errors of the answer."""
    return [Error(place, pointer_to(fault.where), fault.code, fault.message) for fault in faults]
