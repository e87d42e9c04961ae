"""What somebody sees who opens a page that is not for him."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.template.response import TemplateResponse


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The house's `handler403`: in the admin's own look with a way back; one plain line elsewhere."""
    if not request.path.startswith("/admin/"):
        return HttpResponseForbidden("This is not open to you.", content_type="text/plain; charset=utf-8")
    context = {**admin.site.each_context(request), "title": "Not open to you"}
    return TemplateResponse(request, "pakhuis/forbidden.html", context, status=403).render()
