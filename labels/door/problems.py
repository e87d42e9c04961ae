"""Every refusal at this door, whatever raised it, as a problem (RFC 9457) with a stable `code`."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions

from foundation.errors import DomainError

log = structlog.get_logger("pakhuis.print_agents")

MEDIA_TYPE: Final = "application/problem+json"
BEARER: Final = 'Bearer realm="pakhuis print agents"'
_CODES: Final[Mapping[int, str]] = {
    401: "not_authenticated",
    404: "not_found",
    405: "method_not_allowed",
    415: "media_type_unsupported",
}


def problem(status: int, *, code: str, detail: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """One refusal. The code tells a program all; the title is the status's own."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


def answer_error(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The problem for anything raised behind the door. What nobody foresaw is logged and told as a 500."""
    match error:
        case DomainError():
            headers = {"WWW-Authenticate": f'{BEARER}, error="invalid_token"'} if error.status == 401 else {}
            return problem(error.status, code=error.code, detail=error.message, headers=headers)
        case exceptions.ValidationError():
            return problem(422, code="invalid", detail=json.dumps(error.detail, default=str))
        case exceptions.APIException():
            headers = {"WWW-Authenticate": BEARER} if error.status_code == 401 else {}
            code = _CODES.get(error.status_code, "request_unreadable")
            return problem(error.status_code, code=code, detail=str(error.detail), headers=headers)
        case Http404():
            return problem(404, code="not_found", detail="There is nothing here.")
        case UnreadablePostError() | RequestDataTooBig():
            return problem(400, code="request_unreadable", detail="The request cannot be read.")
        case OperationalError() | InterfaceError():
            log.error("print_agents.unavailable", exc_info=error)
            return problem(503, code="unavailable", detail="Ask again.", headers={"Retry-After": "1"})
        case _:
            log.error("print_agents.broken", exc_info=error)
            request = context.get("request")
            got_request_exception.send(sender=answer_error, request=getattr(request, "_request", request))
            return problem(500, code="internal_error", detail="Something broke on our side. It is logged.")


@csrf_exempt
def nowhere(request: HttpRequest, path: str = "") -> HttpResponse:
    """Every path below the door that leads to nothing."""
    return problem(404, code="not_found", detail="There is nothing here.")
