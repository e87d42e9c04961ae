"""What somebody sees who opens a page that is not for him, or asks for an address that is none."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.template.response import TemplateResponse
from django.views.defaults import page_not_found

from fulfillment.api.errors import not_found


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The house's `handler403`: in the admin's own look with a way back; one plain line elsewhere."""
    if not request.path.startswith("/admin/"):
        return HttpResponseForbidden("This is not open to you.", content_type="text/plain; charset=utf-8")
    context = {**admin.site.each_context(request), "title": "Not open to you"}
    return TemplateResponse(request, "pakhuis/forbidden.html", context, status=403).render()


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The house's `handler404`: under the API as all its errors are, elsewhere as Django has it."""
    return not_found() if request.path.startswith("/api/") else page_not_found(request, exception)
