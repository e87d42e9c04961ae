"""What a seller prints for an inbound, in the API: labels of items, cartons and pallets, and a packing list."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from fulfillment.api.fields import Query, Text
from fulfillment.api.views import Resource
from warehouses.models import Inbound
from warehouses.services.inbound_labels import FORMATS, MOST_ITEM_LABELS, print_inbound

LAYOUTS = sorted({layout for layouts in FORMATS.values() for layout in layouts})


class PDF(BaseRenderer):
    """Lets a client ask for `application/pdf`; the bytes come from the documents themselves."""

    media_type = "application/pdf"
    format = "pdf"
    charset = None


class ZPL(BaseRenderer):
    """Lets a client ask for `application/zpl`, the language of label printers."""

    media_type = "application/zpl"
    format = "zpl"
    charset = None


class LabelQuery(Query):
    """What is to be printed, and on what."""

    kind = serializers.ChoiceField(choices=list(FORMATS), required=False, default="carton", help_text="Of what.")
    format = serializers.ChoiceField(
        choices=LAYOUTS,
        required=False,
        help_text="; ".join(f"`{kind}`: {', '.join(layouts)}" for kind, layouts in FORMATS.items())
        + ". The first is usual.",
    )
    sku = Text(required=False, max_length=40, help_text="Item labels of this item alone.")


class InboundLabels(Resource):
    """The labels of one inbound, and its packing list."""

    renderer_classes = [PDF, ZPL]
    query_form = LabelQuery

    @extend_schema(
        operation_id="print_inbound_labels",
        summary="Print labels",
        description=(
            "Cartons and pallets: A6 with the SSCC as GS1-128, ready for the dock's scanners; a pallet gets four. "
            f"Items: one label per announced unit, at most {MOST_ITEM_LABELS:,} in a call, with GTIN or own code."
        ),
        parameters=[LabelQuery],
        responses={
            (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="The labels."),
            (200, "application/zpl"): OpenApiResponse(OpenApiTypes.BINARY, description="The same for a label printer."),
        },
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """The bytes to print."""
        inbound = self.own(Inbound.objects.for_seller(self.seller), number)
        printed = print_inbound(
            inbound=inbound,
            kind=self.query["kind"],
            layout=self.query.get("format", ""),
            sku=self.query.get("sku", ""),
        )
        disposition = f'inline; filename="{printed.file_name}"'
        return HttpResponse(
            printed.content, content_type=printed.content_type, headers={"Content-Disposition": disposition}
        )
