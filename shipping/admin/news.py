"""What carriers told us: scans, webhooks, changes, and what did not fit."""

import json
from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django_fsm import can_proceed
from unfold.dataclasses import ActionDialog
from unfold.decorators import action, display

from foundation.admin.buttons import offered
from foundation.admin.pages import badge_column
from foundation.admin.presentation import badge, look_of
from shipping.admin.base import Confirm, Record, press
from shipping.models import Shipment, ShipmentChange, TrackingAnomaly, TrackingScan, WebhookDelivery
from shipping.services.inbox import replay_delivery
from shipping.services.tracking import may_resolve, resolve_anomaly


@admin.register(TrackingScan)
class TrackingScanAdmin(Record):
    """Every scan, for ever."""

    list_display = ["occurred_at", "carrier", "tracking_no", "code", "location", "source", "correction", "recorded_at"]
    list_filter = ["carrier", "source", "code", "correction", "occurred_at"]
    search_fields = ["=tracking_no", "=key"]
    search_help_text = "Tracking number or the carrier's event id"
    list_select_related = ["carrier"]
    date_hierarchy = "occurred_at"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in {"tracking_no", "tracking_no__in"} or super().lookup_allowed(lookup, value, request)


@admin.register(ShipmentChange)
class ShipmentChangeAdmin(Record):
    """Every change of a shipment's state, as it was announced."""

    list_display = ["recorded_at", "shipment", "shown_from", "shown_to", "occurred_at", "first_entry"]
    list_filter = ["to_state", "first_entry", "shipment__site", "occurred_at"]
    search_fields = ["=shipment__number", "=shipment__reference"]
    list_select_related = ["shipment"]

    @display(description="From", ordering="from_state")
    def shown_from(self, change: ShipmentChange) -> str:
        return badge(change.get_from_state_display(), look_of(Shipment, "state", change.from_state))

    @display(description="To", ordering="to_state")
    def shown_to(self, change: ShipmentChange) -> str:
        return badge(change.get_to_state_display(), look_of(Shipment, "state", change.to_state))


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(Record):
    """The inbox: what was told, word for word, and whether it was understood."""

    state_badge = badge_column("state")

    list_display = ["id", "carrier", "state_badge", "copies", "attempts", "error", "received_at", "finished_at"]
    list_filter = ["state", "carrier", "received_at"]
    search_fields = ["=body_sha256", "error"]
    list_select_related = ["carrier"]
    date_hierarchy = "received_at"
    exclude = ["body"]
    readonly_fields = ["shown_body"]
    actions_detail = ["run_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        return super().get_queryset(request).defer("body")

    @display(description="Body")
    def shown_body(self, delivery: WebhookDelivery) -> str:
        text = bytes(delivery.body).decode("utf-8", "replace")
        try:
            return json.dumps(json.loads(text), indent=1)[:5_000]
        except (ValueError, RecursionError):
            return text[:5_000]

    @offered(lambda delivery: can_proceed(delivery.replay))
    @action(
        description="Run again",
        icon="replay",
        permissions=["shipping.replay_webhook"],
        dialog=ActionDialog(
            title="Run this webhook again?",
            description="Its scans are counted once, however often it runs.",
            form_class=Confirm,
            form_submit_text="Run",
        ),
    )
    def run_again(self, request: HttpRequest, form: Confirm, object_id: int) -> HttpResponse:
        return press(
            request,
            "webhookdelivery",
            object_id,
            lambda: replay_delivery(delivery_id=int(object_id)),
            "It is waiting for the worker again.",
        )


@admin.register(TrackingAnomaly)
class TrackingAnomalyAdmin(Record):
    """What did not fit, the open ones first in mind."""

    list_display = ["opened_at", "kind", "carrier", "tracking_no", "shipment", "key", "resolved_at"]
    list_filter = ["kind", ("resolved_at", admin.EmptyFieldListFilter), "carrier", "opened_at"]
    search_fields = ["=tracking_no", "=shipment__number", "=key"]
    list_select_related = ["carrier", "shipment"]
    fields: ClassVar = [
        "kind",
        "carrier",
        "tracking_no",
        "shipment",
        "key",
        "facts",
        "opened_at",
        "resolved_at",
    ]
    actions_detail = ["resolve"]

    @offered(lambda anomaly: anomaly.resolved_at is None and may_resolve(anomaly))
    @action(
        description="Dealt with",
        icon="done",
        permissions=["shipping.resolve_anomaly"],
        dialog=ActionDialog(
            title="Is this dealt with?",
            description="It leaves the list of open anomalies. No state changes.",
            form_class=Confirm,
            form_submit_text="Close it",
        ),
    )
    def resolve(self, request: HttpRequest, form: Confirm, object_id: int) -> HttpResponse:
        return press(
            request,
            "trackinganomaly",
            object_id,
            lambda: resolve_anomaly(anomaly_id=int(object_id)),
            "Closed.",
        )
