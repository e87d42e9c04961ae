"""Slots in the API: when something can still be brought to a hub's doors."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.errors import NotFound
from foundation.quantities import MAX_QUANTITY
from fulfillment.api import examples_of_docks
from fulfillment.api.errors import NOT_FOUND
from fulfillment.api.fields import At, Day, Query, QueryNumber
from fulfillment.api.views import Resource
from warehouses.models import Hub, Inbound
from warehouses.services.dock_slots import MOST_DAYS, free_slots


class SlotOut(serializers.Serializer):
    """A while that can be booked."""

    door = serializers.CharField(source="door.code")
    starts_at = At()
    ends_at = At(help_text="What is more than a slot takes stays for several.")
    free = serializers.IntegerField(source="room", help_text="Pallets, or cartons, that still fit into each slot.")


class SlotsOut(serializers.Serializer):
    """What is free at a hub, in order of time."""

    timezone = serializers.CharField(help_text="The hub's own, in which its days begin and end.")
    slots = SlotOut(many=True)


class SlotQuery(Query):
    """Which days, and what is brought."""

    freight = serializers.ChoiceField(
        choices=Inbound.Freight.choices, default=Inbound.Freight.PALLET, help_text="How it comes."
    )
    load = QueryNumber(
        min_value=1, max_value=MAX_QUANTITY, default=1, help_text="So many pallets, or cartons where parcels come."
    )
    until = Day(help_text=f"The last of the hub's days; at most {MOST_DAYS} in all.")

    def get_fields(self) -> dict[str, serializers.Field]:
        """With `from`, which is a word of Python's own."""
        return {"from": Day(help_text="The first of the hub's days."), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The days, if they are in order and not too many."""
        if not 0 <= (attrs["until"] - attrs["from"]).days < MOST_DAYS:
            text = f"The last day is not before the first, and not {MOST_DAYS} days after it or more."
            raise ValidationError({"until": [ErrorDetail(text, "days_invalid")]})
        return attrs


class HubSlots(Resource):
    """What is free at the doors of one hub."""

    query_form = SlotQuery

    @extend_schema(
        operation_id="list_hub_slots",
        summary="List free slots of a hub's dock",
        description=(
            "Where so much can be booked, in order of time; a hub books a few weeks ahead. Pallets need an "
            "appointment where a hub has doors for them; what a parcel carrier brings needs none."
        ),
        parameters=[SlotQuery],
        responses=SlotsOut,
        examples=[examples_of_docks.SLOTS],
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """The slots of the days asked for."""
        hub = Hub.objects.filter(code=code).first() if code.isprintable() else None
        if hub is None:
            raise NotFound(NOT_FOUND)
        found = free_slots(
            hub=hub,
            freight=self.query["freight"],
            load=self.query["load"],
            first=self.query["from"],
            last=self.query["until"],
            now=clock.now(),
        )
        return Response(SlotsOut({"timezone": hub.timezone, "slots": found}).data)
