"""Orders in the API: a shop hands one in, and reads at any time how far it is and why it waits."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from foundation import clock
from foundation.errors import FieldFault
from fulfillment.api import examples
from fulfillment.api.fields import At, Choice, Flag, Moment, PastMoment, Quantity, Rows, Strict, Text, Whole, names_of
from fulfillment.api.pages import Page, PageQuery
from fulfillment.api.schema import IDEMPOTENCY
from fulfillment.api.v1.drafts import order_draft
from fulfillment.api.v1.hubs import find_hub, look_for_hub
from fulfillment.api.views import Resource, as_json
from fulfillment.models import Event, Order, OrderLine
from fulfillment.reasons import why_waiting, with_reasons
from fulfillment.services.answering import Answer
from fulfillment.services.intake import MOST_LINES, LineInput, OrderInput, order_faults, take_order
from shipping.carriers.base import Place
from shipping.models import Parcel, Shipment
from shipping.planning.customs import EURO_PER
from warehouses.models import Seller

MOST_CENTS = 100_000_000
OWNERS = [(owner, owner.title()) for owner in ("hub", "seller", "carrier", "system")]

# --- what goes out ----------------------------------------------------------------------------------------


class ReasonOut(serializers.Serializer):
    """Why an order has not left yet, and who should do what about it."""

    code = serializers.CharField(help_text="Stable; such as no_stock.")
    owner = serializers.ChoiceField(choices=OWNERS, help_text="Who must act.")
    next_step = serializers.CharField(help_text="One sentence for the owner.")


class OrderLineOut(serializers.Serializer):
    """One line, and where its units are: quantity = waiting + held + picked + cancelled."""

    sku = serializers.CharField(source="sku.code", help_text="Your item code.")
    quantity = serializers.IntegerField()
    unit_price_cents = serializers.IntegerField()
    waiting = serializers.IntegerField(source="reservation.waiting", help_text="Still without stock.")
    held = serializers.IntegerField(source="reservation.held", help_text="Promised from stock, not yet picked.")
    picked = serializers.IntegerField(source="reservation.picked", help_text="In a tote or a parcel.")
    shipped = serializers.IntegerField(help_text="Handed to the carrier.")
    cancelled = serializers.IntegerField()


class ParcelOut(serializers.Serializer):
    """One parcel. The tracking number is empty until its label is bought."""

    sequence = serializers.IntegerField()
    carrier = serializers.CharField(source="carrier.code")
    tracking_no = serializers.CharField(allow_blank=True)
    weight_g = serializers.IntegerField()
    length_mm = serializers.IntegerField()
    width_mm = serializers.IntegerField()
    height_mm = serializers.IntegerField()


class ShipmentOut(serializers.Serializer):
    """How the order travels, once it is packed."""

    number = serializers.CharField()
    state = serializers.ChoiceField(choices=Shipment.State.choices)
    carrier = serializers.CharField(source="service.carrier.code")
    service = serializers.CharField(source="service.code")
    handed_over_at = At(allow_null=True)
    delivered_at = At(allow_null=True)
    parcels = ParcelOut(many=True)


class EventOut(serializers.Serializer):
    """One thing that happened."""

    kind = serializers.CharField(help_text="Such as order.picked.")
    occurred_at = At()
    data = serializers.DictField(help_text="Small facts that depend on the kind.")  # type: ignore[assignment]


class OrderSummary(serializers.Serializer):
    """An order as it stands in a list."""

    number = serializers.CharField(help_text="Ours; the order's name in every other call.")
    external_ref = serializers.CharField(help_text="Your shop's own order number.")
    state = serializers.ChoiceField(choices=Order.State.choices)
    reason = serializers.SerializerMethodField(help_text="Null once it has left without trouble, or was called off.")
    hub = serializers.CharField(source="hub.code")
    channel = serializers.CharField()
    is_gift = serializers.BooleanField()
    currency = serializers.CharField(help_text="Of the lines' unit prices: ISO 4217.")
    short_policy = serializers.ChoiceField(choices=Order.ShortPolicy.choices)
    placed_at = At()
    ship_by = At(help_text="The promise: with the carrier by then.")
    shipped_at = At(allow_null=True)
    delivered_at = At(allow_null=True)
    lines = OrderLineOut(many=True)
    shipment = ShipmentOut(allow_null=True)

    @extend_schema_field(ReasonOut(allow_null=True))
    def get_reason(self, order: Order) -> dict[str, Any] | None:
        """Why it waits, from `fulfillment.reasons`."""
        why = why_waiting(order)
        return None if why is None else {"code": why.code, "owner": why.owner, "next_step": why.next_step}


class OrderOut(OrderSummary):
    """An order and its story so far, the oldest event first."""

    events = EventOut(many=True)


class OrderPage(serializers.Serializer):
    """One page of orders, newest first."""

    results = OrderSummary(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


# --- what comes in ----------------------------------------------------------------------------------------


class OrderLineIn(Strict):
    """So many of one item."""

    answered = names_of(OrderLineOut)

    sku = Text(printable=True, max_length=40, help_text="Your item code.")
    quantity = Quantity()
    unit_price_cents = Whole(min_value=0, max_value=MOST_CENTS, default=0, help_text="What the buyer paid for one.")


class PlaceIn(Strict):
    """Where the parcel goes. Kept apart from everything else, and never given back."""

    name = Text(max_length=200)
    company = Text(max_length=200, default="", allow_blank=True)
    line1 = Text(max_length=200, help_text="Street and house number.")
    line2 = Text(max_length=200, default="", allow_blank=True)
    postcode = Text(max_length=20, default="", allow_blank=True)
    city = Text(max_length=120)
    region = Text(max_length=120, default="", allow_blank=True)
    country = Text(min_length=2, max_length=2, help_text="ISO 3166-1 alpha-2, such as NL.")
    phone = Text(max_length=40, default="", allow_blank=True)
    email = Text(max_length=254, default="", allow_blank=True)


class OrderIn(Strict):
    """An order to be fulfilled. `external_ref` is its natural key: the same order twice is one order."""

    answered = names_of(OrderOut)

    external_ref = Text(printable=True, max_length=60, help_text="Your shop's own order number.")
    hub = Text(printable=True, max_length=10, required=False, help_text="Its code; may be left out with one hub.")
    placed_at = PastMoment(required=False, help_text="When the buyer bought; now, if left out.")
    is_gift = Flag(default=False)
    currency = Choice(
        choices=[(code, code) for code in EURO_PER],
        default="EUR",
        help_text="Of the lines' unit prices, which customs want to know where the parcel crosses a border.",
    )
    short_policy = Choice(
        choices=Order.ShortPolicy.choices,
        default=Order.ShortPolicy.WAIT.value,
        help_text="When there is less than was bought: wait until complete, or send what there is and cancel the rest.",
    )
    ship_to = PlaceIn()
    lines = Rows(child=OrderLineIn(), min_length=1, max_length=MOST_LINES)


class OrderQuery(PageQuery):
    """How a list of orders may be narrowed down."""

    state = serializers.MultipleChoiceField(
        choices=Order.State.choices, required=False, allow_empty=False, help_text="May be repeated: any of these."
    )
    external_ref = Text(required=False, max_length=60, help_text="Your shop's order number, whole.")
    placed_from = Moment(required=False, help_text="Placed at this moment or later.")
    placed_before = Moment(required=False, help_text="Placed before this moment.")


# --- the routes -------------------------------------------------------------------------------------------

LOOKUPS = {
    "state": "state__in",
    "external_ref": "external_ref",
    "placed_from": "placed_at__gte",
    "placed_before": "placed_at__lt",
}


def summaries(seller: Seller) -> QuerySet[Order]:
    """The seller's orders with all that a list shows: the number of queries does not depend on their number."""
    lines = OrderLine.objects.select_related("sku", "reservation").order_by("number")
    parcels = Parcel.objects.filter(voided_at__isnull=True).select_related("carrier").order_by("sequence")
    return (
        with_reasons(Order.objects.for_seller(seller))
        .select_related("hub", "shipment__service__carrier")
        .prefetch_related(Prefetch("lines", lines), Prefetch("shipment__parcels", parcels))
    )


def with_story(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The same with their events, the oldest first."""
    return orders.prefetch_related(Prefetch("events", Event.objects.order_by("occurred_at", "pk")))


class OrderList(Resource):
    """All of the seller's orders."""

    query_form = OrderQuery

    @extend_schema(
        operation_id="list_orders",
        summary="List orders",
        description="Newest first. Follow `next` until it is null.",
        parameters=[OrderQuery],
        responses=OrderPage,
        examples=[examples.ORDER_PAGE],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        lookups = {LOOKUPS[name]: value for name, value in self.query.items() if name in LOOKUPS}
        page = Page(summaries(self.seller).filter(**lookups), self.query, request)
        return Response(OrderPage({"results": page.rows, "next": page.next}).data)

    @extend_schema(
        operation_id="create_order",
        summary="Hand in an order",
        description=(
            "Accepted at once, promised from stock within a minute. The same order again (same `external_ref`, same "
            "contents) is answered 200 with the order there is; other contents under a used `external_ref` are a 409."
        ),
        parameters=[IDEMPOTENCY],
        request=OrderIn,
        responses={201: OrderOut, 200: OrderOut},
        examples=[examples.ORDER_IN, examples.ORDER],
    )
    def post(self, request: Request) -> HttpResponse:
        """Takes one order."""
        return self.once(self._take)

    def _take(self) -> Answer:
        with self.all_faults(self._look_further):
            form = self.form(OrderIn)
            taken = take_order(
                seller=self.seller,
                hub=find_hub(form.get("hub")),
                order=OrderInput(
                    external_ref=form["external_ref"],
                    ship_to=Place(**form["ship_to"]),
                    lines=tuple(LineInput(**line) for line in form["lines"]),
                    placed_at=form.get("placed_at") or clock.now(),
                    is_gift=form["is_gift"],
                    currency=form["currency"],
                    short_policy=form["short_policy"],
                ),
                promise_now=True,
            )
        order = with_story(summaries(self.seller)).get(pk=taken.order.pk)
        address = reverse("api:order", kwargs={"number": order.number})
        return Answer(201 if taken.is_new else 200, as_json(OrderOut(order).data), address)

    def _look_further(self, body: dict[str, Any]) -> list[FieldFault]:
        _, faults = look_for_hub(body.get("hub"))
        return faults + order_faults(seller=self.seller, order=order_draft(body))


class OrderDetail(Resource):
    """One order."""

    @extend_schema(
        operation_id="read_order",
        summary="Read an order",
        description="State, reason, lines, parcels with tracking numbers, and the story so far.",
        responses=OrderOut,
        examples=[examples.ORDER],
    )
    def get(self, request: Request, number: str) -> Response:
        """The order, by our number."""
        return Response(OrderOut(self.own(with_story(summaries(self.seller)), number)).data)
