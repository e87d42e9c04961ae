"""The door for carriers: POST /webhooks/carriers/<carrier>/. Checks, stores, answers; the work comes later."""

import time

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from foundation.errors import DomainError
from shipping.services.inbox import receive_webhook
from shipping.tasks import wake_inbox

MAX_BODY = 1_000_000
"""Bytes. A carrier's webhook is a few kilobytes; more is an attack, and is refused unread."""


@csrf_exempt
@require_POST
def carrier_webhook(request: HttpRequest, carrier: str) -> HttpResponse:
    """202 once the webhook is stored; 401 without a word when its signature does not hold; 413 over the cap."""
    body = _capped_body(request)
    if body is None:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        stored_all = receive_webhook(carrier_code=carrier, headers=headers, body=body, now_s=time.time())
    except DomainError as refusal:
        return HttpResponse(status=refusal.status)
    if stored_all:
        wake_inbox()
    return HttpResponse(status=202)


def _capped_body(request: HttpRequest) -> bytes | None:
    """The raw body, or None when it is over the cap; never more than the cap is read, nothing is unpacked."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    if declared.isdigit() and int(declared) > MAX_BODY:
        return None
    # a chunked body declares no length, so Django would take it for empty: read it from the server's own stream
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    stream = request.META["wsgi.input"] if chunked else request
    body: bytes = stream.read(MAX_BODY + 1)
    return body if len(body) <= MAX_BODY else None
