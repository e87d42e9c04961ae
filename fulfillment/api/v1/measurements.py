"""Measurements in the API: what a hub's devices said of a seller's items, beside what he had declared."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.api import examples_of_items as examples
from fulfillment.api.fields import At, Moment, Text
from fulfillment.api.pages import Page, PageQuery
from fulfillment.api.v1.skus import MeasuresOut
from fulfillment.api.views import Resource
from warehouses.models import Measurement


class MeasurementOut(serializers.Serializer):
    """One measuring of an item."""

    id = serializers.UUIDField(source="scan_id", help_text="The reading's; never changed.")
    sku = serializers.CharField(source="sku.code")
    hub = serializers.CharField(source="hub.code")
    found = MeasuresOut(help_text="One unit.")
    declared = MeasuresOut(help_text="As you had it then.")
    units = serializers.IntegerField(help_text="So many lay on the scale together.")
    scale_g = serializers.IntegerField(help_text="Grams of all of them.")
    differs = serializers.BooleanField(help_text="By more than the hub lets pass.")
    measured_at = At()


class MeasurementPage(serializers.Serializer):
    """One page of measurements, newest first."""

    results = MeasurementOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class MeasurementQuery(PageQuery):
    """How a list of measurements may be narrowed down."""

    sku = Text(required=False, max_length=40, help_text="Your item code, whole.")
    differs = serializers.BooleanField(required=False, help_text="Only those that are not as declared, or that are.")
    measured_from = Moment(required=False, help_text="Measured at this moment or later.")
    measured_before = Moment(required=False, help_text="Measured before this moment.")


LOOKUPS = {
    "sku": "sku__code",
    "differs": "differs",
    "measured_from": "measured_at__gte",
    "measured_before": "measured_at__lt",
}


class MeasurementList(Resource):
    """All measurements of the seller's items."""

    query_form = MeasurementQuery

    @extend_schema(
        operation_id="list_measurements",
        summary="List measurements",
        description="Newest first. Follow `next` until it is null.",
        parameters=[MeasurementQuery],
        responses=MeasurementPage,
        examples=[examples.MEASUREMENT_PAGE],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        lookups = {LOOKUPS[name]: value for name, value in self.query.items() if name in LOOKUPS}
        rows = Measurement.objects.for_seller(self.seller).select_related("sku", "hub").filter(**lookups)
        page = Page(rows, self.query, request)
        return Response(MeasurementPage({"results": page.rows, "next": page.next}).data)
