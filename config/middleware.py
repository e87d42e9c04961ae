"""What happens to every request: one log line, a short way for machines, the right policy, links that open."""

import re
import time
import uuid
from collections.abc import Callable
from typing import Final

import structlog
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from foundation.admin.links import read_by

log = structlog.get_logger("pakhuis.request")

GetResponse = Callable[[HttpRequest], HttpResponse]
QUIET: Final = ("/static/", "/livez", "/readyz")
MACHINE_DOORS: Final = ("/webhooks/carriers/",)
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")

ADMIN_POLICY: Final = {
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}
"""The admin's theme evaluates expressions in its templates. Nowhere else is this allowed."""


def request_log(get_response: GetResponse) -> GetResponse:
    """Give each request an id (a proxy's `X-Request-Id`, if it is a sane one) and one line when it is done.

    Every line logged meanwhile carries the id; so does the answer, for whoever reports an error.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = get_response(request)
            if not request.path.startswith(QUIET):
                milliseconds = round((time.perf_counter() - started) * 1000)
                log.info(
                    "request",
                    method=request.method,
                    path=request.path,
                    status=response.status_code,
                    ms=milliseconds,
                )
        response["X-Request-Id"] = request_id
        return response

    return middleware


def machine_doors(get_response: GetResponse) -> GetResponse:
    """Lets carriers' webhooks through to their door at once. Stands above all that serves people.

    They come in thousands, and no session, form or page has part in them.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(MACHINE_DOORS):
            return get_response(request)
        door = request.resolver_match = resolve(request.path_info)
        answer: HttpResponse = door.func(request, *door.args, **door.kwargs)
        return answer

    return middleware


def reader(get_response: GetResponse) -> GetResponse:
    """Makes the admin's links for whoever reads the page. Stands below `AuthenticationMiddleware`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with read_by(request.user):
            return get_response(request)

    return middleware


def admin_policy(get_response: GetResponse) -> GetResponse:
    """Relax the content security policy under /admin/, and only there. Stands below `CSPMiddleware`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_replace = ADMIN_POLICY  # type: ignore[attr-defined]  # noqa: SLF001 (django-csp's own hook)
        return response

    return middleware
