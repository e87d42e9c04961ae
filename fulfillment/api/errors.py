"""Errors: whatever is raised behind a route becomes a problem (RFC 9457)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework import exceptions

from foundation.errors import Conflict, DomainError, FieldFault, Invalid
from foundation.tenancy import is_refusal
from fulfillment.api.problems import Error, escape, from_faults, problem

log = structlog.get_logger("pakhuis.api")

RETRY_AFTER_S: Final = "1"
NOT_FOUND: Final = "There is no such thing, or it is not yours."
BEARER: Final = 'Bearer realm="pakhuis"'


class Refused(Exception):
    """A door's own refusal, raised while the request is being read, with the problem as it will be told."""

    def __init__(
        self, status: int, *, code: str, detail: str, errors: tuple[Error, ...] = (), headers: Mapping[str, str] = {}
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers


def answer_error(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The problem for anything raised behind a route. What nobody foresaw is logged and told as a 500 with an id."""
    match error:
        case Refused():
            return problem(
                error.status, code=error.code, detail=error.detail, errors=error.errors, headers=error.headers
            )
        case DomainError():
            return _domain(error)
        case exceptions.ValidationError():
            return invalid(error)
        case exceptions.APIException():
            return _framework(error)
        case Http404():
            return not_found()
        case PermissionDenied():
            return problem(403, code="forbidden", detail="You may not do this.")
        case SuspiciousOperation() | UnreadablePostError():
            return problem(400, code="request_unreadable", detail="The request cannot be read.")
        case ProgrammingError() if is_refusal(error):
            return _walled_off(error, context)
        case OperationalError() | InterfaceError():
            return _unavailable(error)
        case _:
            return _broken(error, context)


def not_found() -> HttpResponse:
    """The one 404 there is: for a wrong path, a missing number and another seller's alike."""
    return problem(404, code="not_found", detail=NOT_FOUND)


def invalid(error: exceptions.ValidationError) -> HttpResponse:
    """A body that serializers refused, each wrong place named."""
    errors = [Error("body", *fault) for fault in _flatten(error.detail)]
    return problem(422, code="invalid", detail=_count(len(errors)), errors=errors)


def refused_body(error: exceptions.ValidationError | Invalid, further: Iterable[FieldFault]) -> Refused:
    """All that is wrong with a body: the faults found at first, and `further` ones, but none inside a place named."""
    if isinstance(error, Invalid):
        errors = from_faults(_faults_of(error))
    else:
        errors = [Error("body", *fault) for fault in _flatten(error.detail)]
    named = {each.where for each in errors}
    errors += [each for each in from_faults(further) if not any(where in named for where in _around(each.where))]
    return Refused(422, code="invalid", detail=_count(len(errors)), errors=tuple(errors))


def _around(pointer: str) -> Iterator[str]:
    """A place in a body, and those that it is in, up to the whole of it."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def refused_query(error: exceptions.ValidationError) -> Refused:
    """The same for a query string, which is a 400: the request's address is wrong, not its contents."""
    errors = tuple(
        Error("query", pointer.strip("/").split("/")[0], code, message)
        for pointer, code, message in _flatten(error.detail)
    )
    return Refused(400, code="parameter_invalid", detail=_count(len(errors)), errors=errors)


def _flatten(detail: Any, pointer: str = "") -> Iterator[tuple[str, str, str]]:
    """(pointer, code, message) of each leaf in REST framework's nest of lists and dicts."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _flatten(inner, pointer if key == "non_field_errors" else f"{pointer}/{escape(str(key))}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            is_nest = isinstance(inner, (dict, list))
            yield from _flatten(inner, f"{pointer}/{index}" if is_nest else pointer)
    else:
        yield pointer, getattr(detail, "code", "invalid"), str(detail)


def _count(number: int) -> str:
    return "One thing is wrong; see errors." if number == 1 else f"{number} things are wrong; see errors."


def _domain(error: DomainError) -> HttpResponse:
    faults = _faults_of(error)
    headers = {}
    if error.status == 503 or error.code == "call_running":
        headers["Retry-After"] = RETRY_AFTER_S
    if error.status == 401:
        headers["WWW-Authenticate"] = f'{BEARER}, error="invalid_token"'
    if isinstance(error, Invalid) and faults:
        return problem(422, code="invalid", detail=_count(len(faults)), errors=from_faults(faults))
    shown = from_faults(faults) if isinstance(error, (Invalid, Conflict)) else []
    if error.code == "idempotency_key_reused":
        shown = [Error("header", "Idempotency-Key", error.code, error.message)]
    return problem(error.status, code=error.code, detail=error.message, errors=shown, headers=headers)


def _faults_of(error: DomainError) -> tuple[FieldFault, ...]:
    return error.faults or ((FieldFault(error.field, error.code, error.message),) if error.field else ())


_CODES: Final[Mapping[int, str]] = {
    400: "request_unreadable",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "media_type_unsupported",
}


def _framework(error: exceptions.APIException) -> HttpResponse:
    """What REST framework itself refuses: method, media type, missing token."""
    headers = {}
    if error.status_code == 401:
        headers["WWW-Authenticate"] = BEARER
    if isinstance(error, exceptions.NotFound):
        return not_found()
    code = _CODES.get(error.status_code, "request_unreadable")
    return problem(error.status_code, code=code, detail=str(error.detail), headers=headers)


def _unavailable(error: Exception) -> HttpResponse:
    """The database went away, was too busy, or cut a statement short. Whatever was begun is undone."""
    log.error("api.unavailable", error=type(error).__name__, exc_info=error)
    return problem(
        503,
        code="unavailable",
        detail="The service cannot answer just now; ask again.",
        headers={"Retry-After": RETRY_AFTER_S},
        request_id=_request_id(),
    )


def _walled_off(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The database's wall between sellers held where the code had let a row through: our mistake, and nothing done."""
    log.error("api.walled_off", exc_info=error)
    _tell_listeners(context)
    return problem(403, code="forbidden", detail="You may not do this.")


def _broken(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    log.error("api.broken", exc_info=error)
    _tell_listeners(context)
    return problem(
        500,
        code="internal_error",
        detail="Something broke on our side. It is logged under this id.",
        request_id=_request_id(),
    )


def _tell_listeners(context: Mapping[str, Any]) -> None:
    """REST framework would let Django's handler send this; whoever counts exceptions listens to it."""
    request = context.get("request")
    got_request_exception.send(sender=answer_error, request=getattr(request, "_request", request))


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
