"""The switchboard: which door each path leads to."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config.health import livez, readyz

handler403 = "config.refusals.forbidden"
handler404 = "config.refusals.missing"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("api/", include("fulfillment.api.urls")),
    path("print/agent/v1/", include("labels.urls")),
    path("webhooks/", include("shipping.urls")),
]
