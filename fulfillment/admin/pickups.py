"""Pick-ups: carriers are asked to come, and told not to."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from foundation.admin.buttons import button, list_button
from foundation.admin.pages import RecordPage, badge_column
from fulfillment.services.packing import sender
from shipping.models import Carrier, Pickup
from shipping.services.collecting import cancel_pickup, request_pickup
from warehouses.models import Hub


class RequestPickupForm(forms.Form):
    """Who comes where, and when."""

    hub = forms.ModelChoiceField(Hub.objects.all(), widget=UnfoldAdminSelectWidget, empty_label=None)
    carrier = forms.ModelChoiceField(
        Carrier.objects.filter(active=True), widget=UnfoldAdminSelectWidget, empty_label=None
    )
    ready_at = forms.DateTimeField(
        label="From (the hub's time)", widget=UnfoldAdminTextInputWidget({"type": "datetime-local"})
    )
    close_at = forms.DateTimeField(
        label="Until (the hub's time)", widget=UnfoldAdminTextInputWidget({"type": "datetime-local"})
    )

    def clean(self) -> dict[str, Any]:
        """What was typed is a time on the hub's wall, wherever the screen is."""
        given = self.cleaned_data
        for name in ("ready_at", "close_at"):
            if given.get("hub") and given.get(name):
                given[name] = given[name].replace(tzinfo=ZoneInfo(given["hub"].timezone))
        return given


@admin.register(Pickup)
class PickupPage(RecordPage):
    """Visits of carriers to hubs."""

    state_badge = badge_column("state")

    list_display = ["ready_at", "close_at", "site", "carrier", "state_badge", "parcels", "carrier_ref"]
    list_filter = ["state", "site", "carrier", "ready_at"]
    search_fields = ["=carrier_ref", "=reference"]
    search_help_text = "The carrier's number or our reference"
    list_select_related = ["carrier"]
    date_hierarchy = "ready_at"
    fields = [
        ("site", "carrier", "state_badge"),
        ("ready_at", "close_at"),
        ("parcels", "weight_g"),
        ("carrier_ref", "reference", "refusal"),
        ("requested_at", "settled_at"),
    ]
    actions_list = ["ask"]
    actions_detail = ["call_off"]

    @list_button("Ask a carrier to come", permission="shipping.book_pickup", icon="event", form=RequestPickupForm)
    def ask(self, request: HttpRequest, hub: Hub, carrier: Carrier, ready_at: datetime, close_at: datetime) -> str:
        pickup = request_pickup(
            site=hub.code, carrier_code=carrier.code, place=sender(hub), ready_at=ready_at, close_at=close_at
        )
        if pickup.state == Pickup.State.REFUSED:
            return f"{carrier} will not come: {pickup.refusal}"
        is_sure = pickup.state == Pickup.State.CONFIRMED
        return f"{carrier} comes." if is_sure else f"{carrier} has not answered yet: it is asked again every minute."

    @button(
        "Call it off",
        permission="shipping.book_pickup",
        icon="event_busy",
        confirm="The carrier is told not to come.",
        is_danger=True,
        shows=lambda pickup: pickup.state in {Pickup.State.REQUESTED, Pickup.State.CONFIRMED},
    )
    def call_off(self, request: HttpRequest, pickup: Pickup) -> str:
        cancel_pickup(pickup_id=pickup.pk)
        return "The pick-up is called off."
