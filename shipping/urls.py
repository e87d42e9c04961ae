"""The paths of this floor, below `webhooks/`."""

from django.urls import path

from shipping.webhooks import carrier_webhook

urlpatterns = [
    path("carriers/<slug:carrier>/", carrier_webhook, name="carrier-webhook"),
]
