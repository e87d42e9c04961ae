"""Items in the API: what a seller keeps in the hubs, with the measures and codes the floor works by."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from foundation.errors import Conflict
from fulfillment.api import examples_of_items
from fulfillment.api.fields import At, Flag, Strict, Text, Whole, names_of
from fulfillment.api.pages import Page, PageQuery
from fulfillment.api.schema import IDEMPOTENCY
from fulfillment.api.views import Resource, as_json
from fulfillment.services.answering import Answer
from warehouses.models import Barcode, Seller, Sku
from warehouses.services.skus import (
    LONGEST,
    MOST_BARCODES,
    MOST_BATTERIES,
    MOST_BATTERY_WH,
    MOST_MEASURE,
    MOST_NET_ML,
    MOST_SHELF_DAYS,
    SkuInput,
    save_skus,
    update_sku,
)

# --- what goes out ----------------------------------------------------------------------------------------


class MeasuresOut(serializers.Serializer):
    """One unit."""

    weight_g = serializers.IntegerField()
    length_mm = serializers.IntegerField()
    width_mm = serializers.IntegerField()
    height_mm = serializers.IntegerField()


class SkuOut(serializers.Serializer):
    """An item as the hubs know it."""

    code = serializers.CharField(help_text="Yours; the item's name in every other call.")
    name = serializers.CharField()
    barcodes = serializers.SerializerMethodField(help_text="GTINs as 14 digits, and own item codes.")
    weight_g = serializers.IntegerField(source="declared.weight_g", help_text="One unit, as you declare it.")
    length_mm = serializers.IntegerField(source="declared.length_mm")
    width_mm = serializers.IntegerField(source="declared.width_mm")
    height_mm = serializers.IntegerField(source="declared.height_mm")
    measured = MeasuresOut(allow_null=True, help_text="What a hub found, and all hubs go by; null = as you declare it.")
    measured_at = At(allow_null=True)
    tracks_lots = serializers.BooleanField(help_text="Received and picked by lot, first expired first out.")
    is_fragile = serializers.BooleanField()
    hazmat_class = serializers.CharField(allow_blank=True, help_text="UN class; empty = none.")
    hazmat_approved_at = At(allow_null=True, help_text="Since then the dock takes it in; null = not yet, or no need.")
    un_number = serializers.CharField(allow_blank=True, help_text="Four digits, such as 3481; empty = none.")
    limited_quantity = serializers.BooleanField(help_text="Packed for transport in limited quantities (ADR 3.4).")
    net_quantity_ml = serializers.IntegerField(help_text="Dangerous contents of a unit: ml, or grams of a solid.")
    battery_wh = serializers.IntegerField(help_text="Of one lithium battery, rounded up; 0 = none.")
    batteries = serializers.IntegerField(help_text="How many a unit has, if any.")
    min_shelf_days = serializers.IntegerField(help_text="Days a lot must still be good for on arrival.")
    hs_code = serializers.CharField(allow_blank=True)
    origin_country = serializers.CharField(allow_blank=True)
    is_active = serializers.BooleanField(help_text="False: it cannot be announced or ordered any more.")
    created_at = At()

    def get_barcodes(self, sku: Sku) -> list[str]:
        """The codes by which it is scanned."""
        return [barcode.value for barcode in sku.barcodes.all()]


class SkuPage(serializers.Serializer):
    """One page of items, newest first."""

    results = SkuOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


# --- what comes in ----------------------------------------------------------------------------------------


class Measure(Whole):
    """Grams or millimetres of one unit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MOST_MEASURE, **kwargs)


class SkuChangeIn(Strict):
    """What is to be changed of an item; what is left out stays. Barcodes are added to those there are."""

    answered = names_of(SkuOut)

    name = Text(printable=True, max_length=LONGEST["name"], required=False)
    barcodes = serializers.ListField(
        child=Text(printable=True, max_length=40), min_length=1, max_length=MOST_BARCODES, required=False,
        help_text="GTINs, or codes of your own. Left out: we print an own item code of ours.",
    )  # fmt: skip
    weight_g = Measure(required=False, help_text="One unit.")
    length_mm = Measure(required=False)
    width_mm = Measure(required=False)
    height_mm = Measure(required=False)
    tracks_lots = Flag(required=False, help_text="Fixed once units of it are announced.")
    is_fragile = Flag(required=False)
    hazmat_class = Text(
        printable=True, max_length=LONGEST["hazmat_class"], required=False, allow_blank=True,
        help_text="UN class, such as 3 or 9. The dock takes it in once we have approved it; a change needs that anew.",
    )  # fmt: skip
    un_number = Text(
        printable=True, max_length=LONGEST["un_number"], required=False, allow_blank=True,
        help_text="Four digits; for lithium batteries 3480 or 3090, in or with equipment 3481 or 3091.",
    )  # fmt: skip
    limited_quantity = Flag(required=False)
    net_quantity_ml = Whole(required=False, min_value=0, max_value=MOST_NET_ML)
    battery_wh = Whole(required=False, min_value=0, max_value=MOST_BATTERY_WH)
    batteries = Whole(required=False, min_value=1, max_value=MOST_BATTERIES)
    min_shelf_days = Whole(required=False, min_value=0, max_value=MOST_SHELF_DAYS)
    hs_code = Text(printable=True, max_length=LONGEST["hs_code"], required=False, allow_blank=True)
    origin_country = Text(printable=True, max_length=LONGEST["origin_country"], required=False, allow_blank=True)


class SkuIn(SkuChangeIn):
    """An item. `code` is its natural key: the same item twice is one."""

    code = Text(printable=True, max_length=LONGEST["code"], help_text="Yours; unique among your items.")
    name = Text(printable=True, max_length=LONGEST["name"])
    weight_g = Measure(help_text="One unit.")
    length_mm = Measure()
    width_mm = Measure()
    height_mm = Measure()


class SkuQuery(PageQuery):
    """How a list of items may be narrowed down."""

    code = Text(required=False, max_length=40, help_text="Your code, whole.")
    barcode = Text(required=False, max_length=40, help_text="One of its barcodes, as it is answered.")


# --- the routes -------------------------------------------------------------------------------------------

LOOKUPS = {"code": "code", "barcode": "barcodes__value"}


def items_of(seller: Seller) -> QuerySet[Sku]:
    """The seller's items with their barcodes, in two queries however many there are."""
    return Sku.objects.for_seller(seller).prefetch_related(Prefetch("barcodes", Barcode.objects.order_by("pk")))


class SkuList(Resource):
    """All of the seller's items."""

    query_form = SkuQuery

    @extend_schema(
        operation_id="list_skus",
        summary="List items",
        description="Newest first. Follow `next` until it is null.",
        parameters=[SkuQuery],
        responses=SkuPage,
        examples=[examples_of_items.SKU_PAGE],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        lookups = {LOOKUPS[name]: value for name, value in self.query.items() if name in LOOKUPS}
        page = Page(items_of(self.seller).filter(**lookups), self.query, request)
        return Response(SkuPage({"results": page.rows, "next": page.next}).data)

    @extend_schema(
        operation_id="create_sku",
        summary="Enter an item",
        description=(
            "The same item again (same `code`, same description) is answered 200 with the item there is; another one "
            "under a used `code` is a 409: change it with PATCH. Without barcodes it gets an own item code."
        ),
        parameters=[IDEMPOTENCY],
        request=SkuIn,
        responses={201: SkuOut, 200: SkuOut},
        examples=[examples_of_items.SKU_IN, examples_of_items.SKU],
    )
    def post(self, request: Request) -> HttpResponse:
        """Enters one item."""
        return self.once(self._enter)

    def _enter(self) -> Answer:
        (saved,) = save_skus(seller=self.seller, items=[_item(self.form(SkuIn))], may_update=False)
        if saved.outcome == "updated":  # a barcode that the item there is does not have
            raise Conflict(f"There is an item {saved.sku.code} already.", code="sku_differs", field="code")
        body = as_json(SkuOut(items_of(self.seller).get(pk=saved.sku.pk)).data)
        address = reverse("api:sku", kwargs={"code": saved.sku.code})
        return Answer(201 if saved.outcome == "created" else 200, body, address)


class SkuDetail(Resource):
    """One item."""

    @extend_schema(
        operation_id="read_sku",
        summary="Read an item",
        responses=SkuOut,
        examples=[examples_of_items.SKU],
    )
    def get(self, request: Request, code: str) -> Response:
        """The item, by the seller's code."""
        return Response(SkuOut(self.own(items_of(self.seller), code, by="code")).data)

    @extend_schema(
        operation_id="change_sku",
        summary="Change an item",
        description="What is left out stays as it is; the same change twice is one.",
        parameters=[IDEMPOTENCY],
        request=SkuChangeIn,
        responses={200: OpenApiResponse(SkuOut, description="As it stands now.")},
        examples=[examples_of_items.SKU_CHANGE, examples_of_items.SKU],
    )
    def patch(self, request: Request, code: str) -> HttpResponse:
        """Changes one item."""
        return self.once(lambda: self._change(code))

    def _change(self, code: str) -> Answer:
        self.own(items_of(self.seller), code, by="code")
        update_sku(seller=self.seller, code=code, changes=_changes(self.form(SkuChangeIn)))
        return Answer(200, as_json(SkuOut(items_of(self.seller).get(code=code)).data))


def _item(form: dict[str, Any]) -> SkuInput:
    return SkuInput(**_changes(form))


def _changes(form: dict[str, Any]) -> dict[str, Any]:
    return form | ({"barcodes": tuple(form["barcodes"])} if "barcodes" in form else {})
