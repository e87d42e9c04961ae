"""Cartons and pallets of inbounds, and every scan at the dock."""

from collections.abc import Sequence

from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from foundation.admin.buttons import button, document
from foundation.admin.pages import RecordPage, Rows, badge_column, link_column
from warehouses.admin.inbound import CartonRows
from warehouses.admin.photographing import PhotosForm, keep
from warehouses.models import Carton, CartonLine, Pallet, ReceiptScan
from warehouses.services.documents import carton_labels_pdf
from warehouses.services.receiving import close_carton


class CartonLineRows(Rows):
    """What is in a carton, planned against found."""

    model = CartonLine
    verbose_name_plural = "Lines"
    sku_link = link_column("sku", "SKU")
    fields = ["sku_link", "lot", "planned", "good", "damaged", "missing", "surplus", "is_closed"]
    related = ("sku", "lot")


class PalletCartonRows(CartonRows):
    """The cartons on a pallet."""

    fields = ["number", "sscc", "state_badge", "weight_g", "arrived_at", "received_at"]


@admin.register(Pallet)
class PalletPage(RecordPage):
    """One pallet of an inbound."""

    inbound_link = link_column("inbound", ordering="inbound__number")

    list_display = ["sscc", "number", "inbound_link"]
    list_filter = ["inbound__hub", "inbound__seller"]
    list_select_related = ["inbound"]
    search_fields = ["sscc", "inbound__number", "inbound__reference"]
    fields = [("sscc", "number"), "inbound"]
    inlines = [PalletCartonRows]


@admin.register(Carton)
class CartonPage(RecordPage):
    """One box of an inbound."""

    state_badge = badge_column("state")
    inbound_link = link_column("inbound", ordering="inbound__number")

    list_display = ["sscc", "number", "inbound_link", "seller", "state_badge", "arrived_at", "received_at"]
    list_filter = ["state", "inbound__hub", "inbound__seller"]
    list_select_related = ["inbound__seller"]
    search_fields = ["sscc", "inbound__number", "inbound__reference"]
    fields = [
        ("sscc", "number"), ("inbound", "pallet", "state_badge"), ("arrived_at", "received_at"),
        ("weight_g", "length_mm", "width_mm", "height_mm"),
    ]  # fmt: skip
    inlines = [CartonLineRows]
    actions_detail = ["close", "photograph", "print_label"]

    @admin.display(description="Seller", ordering="inbound__seller__code")
    def seller(self, obj: Carton) -> str:
        return obj.inbound.seller.name

    @button(
        "Close the count",
        permission="warehouses.change_carton",
        icon="inventory",
        confirm="Units that were not scanned will be booked as missing, and units too many as surplus.",
        shows=lambda carton: carton.state == Carton.State.ARRIVED,
    )
    def close(self, request: HttpRequest, obj: Carton) -> str:
        carton = close_carton(carton_id=obj.pk, actor_id=request.user.pk)
        lines = carton.lines.all()
        missing, surplus = sum(line.missing for line in lines), sum(line.surplus for line in lines)
        return f"Carton {carton.number} of {carton.inbound.number} is counted: {missing} missing, {surplus} surplus."

    @button(
        "Add photos",
        permission="warehouses.add_receiptphoto",
        icon="add_a_photo",
        form=PhotosForm,
        shows=lambda carton: carton.state != Carton.State.PLANNED,
    )
    def photograph(self, request: HttpRequest, obj: Carton, photos: Sequence[UploadedFile]) -> str:
        return keep(photos, carton_id=obj.pk, worker_id=request.user.pk)

    @document("Print SSCC label", permission="warehouses.view_carton", icon="label")
    def print_label(self, request: HttpRequest, obj: Carton) -> HttpResponse:
        return HttpResponse(carton_labels_pdf(cartons=[obj]), content_type="application/pdf")


@admin.register(CartonLine)
class CartonLinePage(RecordPage):
    """Planned against found, per SKU and lot."""

    carton_link = link_column("carton", ordering="carton__sscc")
    sku_link = link_column("sku", "SKU", ordering="sku__code")

    list_display = [
        "id", "carton_link", "sku_link", "lot", "planned", "good", "damaged", "missing", "surplus", "is_closed",
    ]  # fmt: skip
    list_filter = ["is_closed", "carton__inbound__hub", "carton__inbound__seller"]
    list_select_related = ["carton", "sku", "lot"]
    search_fields = ["carton__sscc", "carton__inbound__number", "sku__code", "sku__name"]
    trail_lookups = ("carton__inbound",)
    fields = ["carton", ("sku_link", "lot"), ("planned", "good", "damaged"), ("missing", "surplus", "is_closed")]


@admin.register(ReceiptScan)
class ReceiptScanPage(RecordPage):
    """The proof of a unit at the dock."""

    condition_badge = badge_column("condition")
    line_link = link_column("line__sku", "SKU", ordering="line__sku__code")
    carton_link = link_column("line__carton", ordering="line__carton__sscc")
    undoes_link = link_column("undoes")

    list_display = [
        "scanned_at", "code", "quantity", "condition_badge", "undoes_link", "line_link", "carton_link", "worker",
        "station",
    ]  # fmt: skip
    list_filter = ["condition", "station", "scanned_at"]
    list_select_related = ["line__sku", "line__carton", "undoes", "worker"]
    search_fields = ["code", "scan_id", "line__sku__code", "line__carton__sscc"]
    date_hierarchy = "scanned_at"
    actions_detail = ["photograph"]
    trail_lookups = ("line__carton", "line__carton__inbound")
    fields = [
        ("scanned_at", "station", "worker"), ("code", "quantity"), ("line", "condition_badge"),
        ("undoes_link", "confirmed_by"), "scan_id",
    ]  # fmt: skip

    @button("Add photos", permission="warehouses.add_receiptphoto", icon="add_a_photo", form=PhotosForm)
    def photograph(self, request: HttpRequest, obj: ReceiptScan, photos: Sequence[UploadedFile]) -> str:
        return keep(photos, carton_id=obj.line.carton_id, worker_id=request.user.pk, scan_id=obj.scan_id)
