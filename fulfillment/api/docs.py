"""The API's own pages: its OpenAPI description, a page to read and try it, and what each problem means.

They are open to everybody and say nothing about anybody. Nothing is fetched from elsewhere: script and style
come from our static files, under the strict content security policy that holds for the whole site.
"""

import json
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator

from fulfillment.api.problems import KINDS, problem

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.1"


@cache
def description() -> bytes:
    """The OpenAPI document. Routes don't change while a process runs, so it is made once."""
    return json.dumps(SchemaGenerator().get_schema(request=None, public=True), indent=1).encode()


@csrf_exempt
@cache_control(public=True, max_age=300)
def schema(request: HttpRequest) -> HttpResponse:
    """`/api/v1/schema`: the description as JSON."""
    return _only_read(request) or HttpResponse(description(), content_type=MEDIA_TYPE)


@csrf_exempt
@cache_control(public=True, max_age=300)
def docs(request: HttpRequest) -> HttpResponse:
    """`/api/v1/docs/`: the description as a page on which each call can be tried."""
    return _only_read(request) or render(request, "fulfillment/api/docs.html")


@csrf_exempt
@cache_control(public=True, max_age=300)
def problems(request: HttpRequest) -> HttpResponse:
    """`/api/v1/problems`: where a problem's `type` leads."""
    return _only_read(request) or render(request, "fulfillment/api/problems.html", {"kinds": KINDS.items()})


def _only_read(request: HttpRequest) -> HttpResponse | None:
    """A 405 for anything but GET and HEAD."""
    if request.method in {"GET", "HEAD"}:
        return None
    detail = f'Method "{request.method}" not allowed.'
    return problem(405, code="method_not_allowed", detail=detail, headers={"Allow": "GET, HEAD"})
