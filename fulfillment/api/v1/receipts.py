"""Receipts in the API: every scan at the dock of an inbound, and what was found that nobody knows."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.api import examples_of_receipts as examples
from fulfillment.api.fields import At
from fulfillment.api.pages import Page, PageQuery
from fulfillment.api.v1.cases import FindingOut
from fulfillment.api.views import Resource
from warehouses.models import Condition, Finding, Inbound, ReceiptScan


class ReceiptOut(serializers.Serializer):
    """One scan at the dock: the proof of a unit."""

    id = serializers.UUIDField(source="scan_id")
    carton = serializers.IntegerField(source="line.carton.number")
    sku = serializers.CharField(source="line.sku.code")
    lot = serializers.CharField(source="line.lot.code", default="", allow_blank=True)
    code = serializers.CharField(help_text="What the scanner read.")
    condition = serializers.ChoiceField(choices=Condition.choices)
    quantity = serializers.IntegerField(help_text="Units; of a scan that undoes another, those taken back.")
    undoes = serializers.UUIDField(source="undoes.scan_id", default=None, allow_null=True, help_text="The scan undone.")
    worker = serializers.IntegerField(source="worker_id", allow_null=True, help_text="Who, by the hub's own number.")
    station = serializers.CharField()
    scanned_at = At()


class ReceiptPage(serializers.Serializer):
    """One page of scans, newest first."""

    results = ReceiptOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class InboundFindingOut(FindingOut):
    """Units of an inbound whose code nobody knows; a case is about them."""

    id = serializers.UUIDField(source="scan_id")
    carton = serializers.IntegerField(source="carton.number")
    undoes = serializers.UUIDField(source="undoes.scan_id", default=None, allow_null=True, help_text="The one undone.")
    worker = serializers.IntegerField(source="worker_id", allow_null=True, help_text="Who, by the hub's own number.")


class FindingPage(serializers.Serializer):
    """One page of findings, newest first."""

    results = InboundFindingOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


class InboundReceipts(Resource):
    """Every scan of an inbound."""

    query_form = PageQuery

    @extend_schema(
        operation_id="list_inbound_receipts",
        summary="List an inbound's scans",
        description="Who scanned what, when and where, also what was taken back: newest first.",
        parameters=[PageQuery],
        responses=ReceiptPage,
        examples=[examples.RECEIPT_PAGE],
    )
    def get(self, request: Request, number: str) -> Response:
        """One page."""
        inbound = self.own(Inbound.objects.for_seller(self.seller), number)
        rows = ReceiptScan.objects.filter(line__carton__inbound=inbound)
        page = Page(rows.select_related("line__carton", "line__sku", "line__lot", "undoes"), self.query, request)
        return Response(ReceiptPage({"results": page.rows, "next": page.next}).data)


class InboundFindings(Resource):
    """What of an inbound nobody knows."""

    query_form = PageQuery

    @extend_schema(
        operation_id="list_inbound_findings",
        summary="List an inbound's unknown units",
        description="Units with a code that is no item's of yours: set aside, in no stock. Newest first.",
        parameters=[PageQuery],
        responses=FindingPage,
        examples=[examples.FINDING_PAGE],
    )
    def get(self, request: Request, number: str) -> Response:
        """One page."""
        inbound = self.own(Inbound.objects.for_seller(self.seller), number)
        rows = Finding.objects.filter(carton__inbound=inbound).select_related("carton", "undoes")
        page = Page(rows, self.query, request)
        return Response(FindingPage({"results": page.rows, "next": page.next}).data)
