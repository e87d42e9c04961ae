"""Charges in the API: what the hub's work has cost the seller, each with the thing it was done about."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.api import examples_of_charges as examples
from fulfillment.api.fields import At, Moment, Text
from fulfillment.api.pages import Page, PageQuery
from fulfillment.api.views import Resource
from fulfillment.models import Charge, ChargeKind, Rate
from fulfillment.services.charging import Quote
from warehouses.models import CaseChoice, Seller

# --- what goes out ----------------------------------------------------------------------------------------


class ChargeOut(serializers.Serializer):
    """What was charged for one thing that the hub did, or took back."""

    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=ChargeKind.choices)
    case = serializers.CharField(source="case.number")
    inbound = serializers.CharField(source="case.inbound.number")
    hub = serializers.CharField(source="hub.code")
    quantity = serializers.IntegerField(help_text="Negative where a charge is taken back.")
    unit = serializers.ChoiceField(source="rate.unit", choices=Rate.Unit.choices)
    unit_price = serializers.DecimalField(12, 4, help_text="Of one unit, in the currency's unit.")
    amount_cents = serializers.IntegerField(help_text="Quantity times price, rounded once, half to even.")
    currency = serializers.CharField(help_text="ISO 4217.")
    occurred_at = At(help_text="When it was done: the price is that of this moment.")
    corrects = serializers.CharField(
        source="corrects.number", default="", allow_blank=True, help_text="The charge that this one takes back."
    )
    reason = serializers.CharField(allow_blank=True, help_text="Why it was taken back.")


class PricedChoice(serializers.Serializer):
    """Something to choose, and what it costs by the prices of now: that is charged when the hub has done it."""

    choice = serializers.ChoiceField(choices=CaseChoice.choices)
    amount_cents = serializers.IntegerField(help_text="For all units of the case; 0 costs nothing.")
    unit_price = serializers.DecimalField(12, 4, allow_null=True, help_text="In the currency's unit.")
    currency = serializers.CharField(allow_null=True, help_text="ISO 4217.")


def priced(choice: CaseChoice, quote: Quote | None) -> dict[str, Any]:
    """A choice with its price, as `PricedChoice` tells it."""
    return {
        "choice": str(choice),
        "amount_cents": quote.amount_cents if quote else 0,
        "unit_price": f"{quote.rate.price:.4f}" if quote else None,
        "currency": quote.rate.card.currency if quote else None,
    }


class ChargePage(serializers.Serializer):
    """One page of charges, newest first."""

    results = ChargeOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


# --- what comes in ----------------------------------------------------------------------------------------


class ChargeQuery(PageQuery):
    """How a list of charges may be narrowed down."""

    kind = serializers.MultipleChoiceField(
        choices=ChargeKind.choices, required=False, allow_empty=False, help_text="May be repeated: any of these."
    )
    case = Text(required=False, max_length=24, help_text="A case's number.")
    inbound = Text(required=False, max_length=24, help_text="An inbound's number.")
    occurred_from = Moment(required=False, help_text="At this moment or later.")
    occurred_before = Moment(required=False, help_text="Before this moment.")


# --- the route --------------------------------------------------------------------------------------------

LOOKUPS = {
    "kind": "kind__in",
    "case": "case__number",
    "inbound": "case__inbound__number",
    "occurred_from": "occurred_at__gte",
    "occurred_before": "occurred_at__lt",
}


def charges_of(seller: Seller) -> QuerySet[Charge]:
    """The seller's charges with all that is told of them, in one query."""
    return Charge.objects.for_seller(seller).select_related("case__inbound", "hub", "rate", "corrects")


class ChargeList(Resource):
    """All of the seller's charges."""

    query_form = ChargeQuery

    @extend_schema(
        operation_id="list_charges",
        summary="List charges",
        description=(
            "What work has cost you, newest first; what was taken back stands there too, as a charge of the opposite "
            "amount. Follow `next` until it is null."
        ),
        parameters=[ChargeQuery],
        responses=ChargePage,
        examples=[examples.CHARGE_PAGE],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        lookups = {LOOKUPS[name]: value for name, value in self.query.items() if name in LOOKUPS}
        page = Page(charges_of(self.seller).filter(**lookups), self.query, request)
        return Response(ChargePage({"results": page.rows, "next": page.next}).data)
