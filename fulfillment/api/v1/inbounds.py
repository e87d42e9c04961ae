"""Inbounds in the API: a seller announces cartons, gets their labels, and watches them being counted."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from foundation.errors import FieldFault, Invalid
from fulfillment.api import examples
from fulfillment.api.fields import At, Choice, Day, Moment, Quantity, Rows, Strict, Text, Whole, names_of
from fulfillment.api.pages import Page, PageQuery
from fulfillment.api.schema import IDEMPOTENCY
from fulfillment.api.v1.drafts import cartons_draft, day_in
from fulfillment.api.v1.hubs import find_hub, look_for_hub
from fulfillment.api.views import Resource, as_json
from fulfillment.services.answering import Answer
from warehouses.models import Carton, CartonLine, Inbound, InboundParcel, Seller
from warehouses.services.inbounds import plan_faults, plan_inbound
from warehouses.services.plans import MOST_COPIES, MOST_DECLARED, CartonPlan, LinePlan
from warehouses.services.targets import Pace, first_scan_target, sellable_target

MOST_CARTONS = 500
MOST_LINES_A_CARTON = 200
MOST_LINES = 2_000

# --- what goes out ----------------------------------------------------------------------------------------


class TargetOut(serializers.Serializer):
    """One promise of the hub: by when, and whether it was kept."""

    due_at = At(allow_null=True, help_text="Null before the inbound has arrived.")
    pace = serializers.ChoiceField(choices=[pace.value for pace in Pace])


class ClocksOut(serializers.Serializer):
    """When the hub got how far; null = not yet."""

    created_at = At()
    arrived_at = At(allow_null=True, help_text="The first carton was seen at the dock.")
    first_scan_at = At(allow_null=True, help_text="The first unit was counted.")
    received_at = At(allow_null=True, help_text="Every carton was counted.")
    sellable_at = At(allow_null=True, help_text="The last unit was put away.")
    first_scan_target = serializers.SerializerMethodField()
    sellable_target = serializers.SerializerMethodField()

    @extend_schema_field(TargetOut)
    def get_first_scan_target(self, inbound: Inbound) -> dict[str, Any]:
        """From arrival to the first unit scanned."""
        return dict(TargetOut(first_scan_target(inbound)).data)

    @extend_schema_field(TargetOut)
    def get_sellable_target(self, inbound: Inbound) -> dict[str, Any]:
        """From arrival to the last unit put away."""
        return dict(TargetOut(sellable_target(inbound)).data)


class UnitsOut(serializers.Serializer):
    """Units by what was found. Once counted: planned = good + damaged + missing - surplus."""

    planned = serializers.IntegerField()
    good = serializers.IntegerField()
    damaged = serializers.IntegerField()
    missing = serializers.IntegerField()
    surplus = serializers.IntegerField()


class CartonLineOut(UnitsOut):
    """One item and lot in one carton, planned and found."""

    sku = serializers.CharField(source="sku.code", help_text="Your item code.")
    lot = serializers.CharField(
        source="lot.code", default="", allow_blank=True, help_text="Empty for an item without lots."
    )
    expires_on = serializers.DateField(source="lot.expires_on", default=None, allow_null=True)


class CartonOut(serializers.Serializer):
    """One carton, and every unit in it."""

    number = serializers.IntegerField()
    sscc = serializers.CharField(help_text="18 digits; on its label.")
    pallet = serializers.IntegerField(
        source="pallet.number", default=None, allow_null=True, help_text="The pallet it stands on, 1 the first."
    )
    weight_g = serializers.IntegerField(allow_null=True, help_text="As you declared it; null = you did not.")
    length_mm = serializers.IntegerField(allow_null=True)
    width_mm = serializers.IntegerField(allow_null=True)
    height_mm = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=Carton.State.choices)
    arrived_at = At(allow_null=True)
    received_at = At(allow_null=True)
    lines = CartonLineOut(many=True)


class InboundParcelOut(serializers.Serializer):
    """A parcel of the inbound on its way."""

    carrier = serializers.CharField()
    tracking_no = serializers.CharField()
    delivered_at = At(allow_null=True, help_text="By the carrier's own scan.")


class InboundSummary(serializers.Serializer):
    """An inbound as it stands in a list: with its sums, without its cartons."""

    number = serializers.CharField(help_text="Ours; the inbound's name in every other call.")
    reference = serializers.CharField(help_text="Yours.")
    hub = serializers.CharField(source="hub.code")
    state = serializers.ChoiceField(choices=Inbound.State.choices)
    freight = serializers.ChoiceField(choices=Inbound.Freight.choices)
    expected_on = serializers.DateField(allow_null=True)
    expected_until = serializers.DateField(allow_null=True)
    clocks = ClocksOut(source="*")
    carton_count = serializers.IntegerField()
    units = UnitsOut(source="*")


class InboundOut(InboundSummary):
    """An inbound with its cartons and parcels."""

    parcels = InboundParcelOut(many=True)
    cartons = CartonOut(many=True)


class InboundPage(serializers.Serializer):
    """One page of inbounds, newest first."""

    results = InboundSummary(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


# --- what comes in ----------------------------------------------------------------------------------------


class Declared(Whole):
    """A whole number that may be left out, or null, which is the same."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MOST_DECLARED, required=False, allow_null=True, default=None, **kwargs)


class CartonLineIn(Strict):
    """So many of one item in a carton."""

    answered = names_of(CartonLineOut)

    sku = Text(printable=True, max_length=40, help_text="Your item code.")
    quantity = Quantity()
    lot = Text(printable=True, max_length=20, default="", allow_blank=True, help_text="For items kept by lot.")
    expires_on = Day(required=False, allow_null=True, default=None, help_text="The lot's last good day.")


class CartonIn(Strict):
    """What one carton holds."""

    answered = names_of(CartonOut)

    lines = Rows(child=CartonLineIn(), min_length=1, max_length=MOST_LINES_A_CARTON)
    copies = Whole(
        required=False, default=1, min_value=1, max_value=MOST_COPIES, help_text="So many cartons that are alike."
    )
    weight_g = Declared(help_text="Gross weight of one of them.")
    length_mm = Declared(help_text="Outside; all three sizes, or none.")
    width_mm = Declared()
    height_mm = Declared()
    units = Declared(help_text="Units in one of them, as a check: its lines must have as many.")
    pallet = Declared(help_text="For freight `pallet`: the number of the pallet it stands on, 1 the first.")


class CartonsIn(Strict):
    """Cartons on their way to a hub."""

    hub = Text(printable=True, max_length=10, required=False, help_text="Its code; may be left out with one hub.")
    expected_on = Day(required=False, allow_null=True, default=None, help_text="The first day the cartons may arrive.")
    expected_until = Day(required=False, allow_null=True, default=None, help_text="The last day; left out: that day.")
    freight = Choice(
        choices=Inbound.Freight.choices, required=False, default=Inbound.Freight.PARCEL.value,
        help_text="`parcel`: cartons one by one. `pallet`: each carton stands on a pallet, which has a label too.",
    )  # fmt: skip
    cartons = Rows(child=CartonIn(), min_length=1, max_length=MOST_CARTONS)


class InboundIn(CartonsIn):
    """A delivery to a hub. `reference` is its natural key: the same plan twice is one inbound."""

    answered = names_of(InboundOut)

    reference = Text(printable=True, max_length=60, help_text="Yours; unique among your inbounds.")


class InboundQuery(PageQuery):
    """How a list of inbounds may be narrowed down."""

    state = serializers.MultipleChoiceField(
        choices=Inbound.State.choices, required=False, allow_empty=False, help_text="May be repeated: any of these."
    )
    reference = Text(required=False, max_length=60, help_text="Your reference, whole.")
    created_from = Moment(required=False, help_text="Created at this moment or later.")
    created_before = Moment(required=False, help_text="Created before this moment.")


# --- the routes -------------------------------------------------------------------------------------------

LOOKUPS = {
    "state": "state__in",
    "reference": "reference",
    "created_from": "created_at__gte",
    "created_before": "created_at__lt",
}


def summaries(seller: Seller) -> QuerySet[Inbound]:
    """The seller's inbounds with their sums, in one query however many there are."""
    cartons = Carton.objects.filter(inbound=OuterRef("pk")).order_by().values("inbound").values(n=Count("*"))
    lines = CartonLine.objects.filter(carton__inbound=OuterRef("pk")).order_by().values("carton__inbound")
    sums = {
        name: Coalesce(Subquery(lines.values(n=Sum(name)), output_field=IntegerField()), 0)
        for name in ("planned", "good", "damaged", "missing", "surplus")
    }
    return (
        Inbound.objects.for_seller(seller)
        .select_related("hub")
        .annotate(carton_count=Coalesce(Subquery(cartons, output_field=IntegerField()), 0), **sums)
    )


def with_cartons(inbounds: QuerySet[Inbound]) -> QuerySet[Inbound]:
    """The same with every carton and line."""
    lines = CartonLine.objects.select_related("sku", "lot").order_by("pk")
    cartons = Carton.objects.select_related("pallet").order_by("number").prefetch_related(Prefetch("lines", lines))
    return inbounds.prefetch_related(
        Prefetch("cartons", cartons), Prefetch("parcels", InboundParcel.objects.order_by("pk"))
    )


class InboundList(Resource):
    """All of the seller's inbounds."""

    query_form = InboundQuery

    @extend_schema(
        operation_id="list_inbounds",
        summary="List inbounds",
        description="Newest first, with their sums. Follow `next` until it is null.",
        parameters=[InboundQuery],
        responses=InboundPage,
        examples=[examples.INBOUND_PAGE],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        lookups = {LOOKUPS[name]: value for name, value in self.query.items() if name in LOOKUPS}
        page = Page(summaries(self.seller).filter(**lookups), self.query, request)
        return Response(InboundPage({"results": page.rows, "next": page.next}).data)

    @extend_schema(
        operation_id="create_inbound",
        summary="Announce an inbound",
        description=(
            "Cartons get their SSCCs at once and can be labelled. The same plan again (same `reference`, same "
            "contents) is answered 200 with the inbound there is; another plan under a used `reference` is a 409."
        ),
        parameters=[IDEMPOTENCY],
        request=InboundIn,
        responses={201: InboundOut, 200: InboundOut},
        examples=[examples.INBOUND_IN, examples.INBOUND],
    )
    def post(self, request: Request) -> HttpResponse:
        """Plans one inbound."""
        return self.once(self._plan)

    def _plan(self) -> Answer:
        with self.all_faults(self._look_further):
            form = self.form(InboundIn)
            refuse_too_many(form["cartons"])
            is_known = Inbound.objects.for_seller(self.seller).filter(reference=form["reference"]).exists()
            planned = plan_inbound(
                seller=self.seller,
                hub=find_hub(form.get("hub")),
                reference=form["reference"],
                cartons=carton_plans(form["cartons"]),
                expected_on=form["expected_on"],
                expected_until=form["expected_until"],
                freight=form["freight"],
            )
        inbound = with_cartons(summaries(self.seller)).get(pk=planned.pk)
        address = reverse("api:inbound", kwargs={"number": inbound.number})
        return Answer(200 if is_known else 201, as_json(InboundOut(inbound).data), address)

    def _look_further(self, body: dict[str, Any]) -> list[FieldFault]:
        hub, faults = look_for_hub(body.get("hub"))
        return faults + plan_faults(
            seller=self.seller,
            hub=hub,
            reference=str(body.get("reference")),
            cartons=cartons_draft(body, most_cartons=MOST_CARTONS, most_lines=MOST_LINES_A_CARTON),
            expected_on=day_in(body, "expected_on"),
            expected_until=day_in(body, "expected_until"),
            freight="pallet" if body.get("freight") == "pallet" else "parcel",
        )


def carton_plans(cartons: list[dict[str, Any]]) -> list[CartonPlan]:
    """The cartons of a checked body."""
    return [CartonPlan(**carton | {"lines": tuple(LinePlan(**line) for line in carton["lines"])}) for carton in cartons]


def refuse_too_many(cartons: list[dict[str, Any]]) -> None:
    """Raises `Invalid` (`too_many_lines`) for more lines, each carton's by its copies, than one call may write."""
    if sum(len(carton["lines"]) * carton["copies"] for carton in cartons) > MOST_LINES:
        fault = FieldFault("cartons", "too_many_lines", f"An inbound has at most {MOST_LINES:,} lines: split it.")
        raise Invalid(fault.message, code=fault.code, field=fault.where, faults=(fault,))


class InboundDetail(Resource):
    """One inbound."""

    @extend_schema(
        operation_id="read_inbound",
        summary="Read an inbound",
        description="State, clocks, and for each carton what was planned and what was found.",
        responses=InboundOut,
        examples=[examples.INBOUND],
    )
    def get(self, request: Request, number: str) -> Response:
        """The inbound, by our number."""
        return Response(InboundOut(self.own(with_cartons(summaries(self.seller)), number)).data)
