"""Inbounds, their cartons and every scan at the dock."""

from typing import Final

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from foundation.admin.buttons import button, document
from foundation.admin.durations import in_words
from foundation.admin.pages import RecordPage, Rows, badge_column, link_column
from foundation.admin.presentation import Look, Tone, badge
from foundation.quantities import counted
from warehouses.models import Appointment, Carton, CartonLine, Inbound, InboundParcel, Pallet, ReceiptScan
from warehouses.services.documents import carton_labels_pdf
from warehouses.services.inbound_labels import print_inbound
from warehouses.services.inbounds import close_inbound
from warehouses.services.putaway import propose_putaway, waits_for_bins
from warehouses.services.receiving import close_carton
from warehouses.services.targets import Pace, Target, breached, first_scan_target, sellable_target


class OfTarget(admin.SimpleListFilter):
    """Inbounds by what the hub promises of them."""

    title = "target"
    parameter_name = "target"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("breached", "Breached")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Inbound]) -> QuerySet[Inbound]:
        return queryset.filter(breached()) if self.value() else queryset


class ParcelRows(Rows):
    """What was handed to carriers."""

    model = InboundParcel
    fields = ["carrier", "tracking_no", "delivered_at"]


class AppointmentRows(Rows):
    """When it comes to which door, and when it should have."""

    model = Appointment
    state_badge = badge_column("state")
    fields = ["number", "state_badge", "door", "starts_at", "load"]
    related = ("door__hub",)


class CartonRows(Rows):
    """The cartons of an inbound."""

    model = Carton
    state_badge = badge_column("state")
    fields = ["number", "sscc", "pallet", "state_badge", "weight_g", "arrived_at", "received_at"]
    related = ("inbound", "pallet")


@admin.register(Inbound)
class InboundPage(RecordPage):
    """A seller's plan, and the clock that runs on it."""

    state_badge = badge_column("state")
    seller_link = link_column("seller", ordering="seller__code", text="name")
    hub_link = link_column("hub", ordering="hub__code", text="code")

    list_display = [
        "number", "state_badge", "seller_link", "hub_link", "reference", "cartons_in", "expected_on", "arrived_at",
        "dock_to_stock", "target",
    ]  # fmt: skip
    list_filter = ["state", "hub", "seller", "expected_on", OfTarget, ("sellable_at", admin.EmptyFieldListFilter)]
    list_select_related = ["seller", "hub"]
    search_fields = ["number", "reference", "cartons__sscc", "seller__name"]
    date_hierarchy = "created_at"
    inlines = [AppointmentRows, CartonRows, ParcelRows]
    actions_detail = [
        "propose_putaway", "close_by_hand", "carton_labels", "pallet_labels", "item_labels", "packing_list",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": [("number", "state_badge"), ("seller", "hub"), ("reference", "freight", "expected_on")]}),
        (
            "Clock",
            {
                "fields": [
                    ("created_at", "arrived_at", "first_scan_at"),
                    ("received_at", "sellable_at", "dock_to_stock"),
                    ("first_scan_by", "sellable_by"),
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inbound]:
        counted = Count("cartons", filter=Q(cartons__state=Carton.State.RECEIVED))
        return super().get_queryset(request).annotate(all_cartons=Count("cartons"), counted_cartons=counted)

    @admin.display(description="Cartons counted")
    def cartons_in(self, obj: Inbound) -> str:
        return f"{getattr(obj, 'counted_cartons', 0)} of {getattr(obj, 'all_cartons', 0)}"

    @admin.display(description="Dock to stock")
    def dock_to_stock(self, obj: Inbound) -> str:
        return in_words(obj.sellable_at - obj.arrived_at) if obj.sellable_at and obj.arrived_at else "–"

    @admin.display(description="Target")
    def target(self, obj: Inbound) -> SafeString | str:
        paces = {first_scan_target(obj).pace, sellable_target(obj).pace}
        if Pace.BREACHED in paces:
            return _pace(Pace.BREACHED)
        return _pace(sellable_target(obj).pace)

    @admin.display(description="First scan by")
    def first_scan_by(self, obj: Inbound) -> SafeString | str:
        return _by(first_scan_target(obj))

    @admin.display(description="Sellable by")
    def sellable_by(self, obj: Inbound) -> SafeString | str:
        return _by(sellable_target(obj))

    @button(
        "Propose putaway",
        permission="warehouses.change_inbound",
        icon="shelves",
        shows=waits_for_bins,
    )
    def propose_putaway(self, request: HttpRequest, obj: Inbound) -> str:
        tasks = propose_putaway(inbound_id=obj.pk)
        if not tasks:
            return "Every counted unit has its putaway task already."
        return f"{counted(len(tasks), 'putaway task')}, in walking order. The trolley can go."

    @button(
        "Close",
        permission="warehouses.change_inbound",
        icon="task_alt",
        shows=lambda inbound: inbound.state == Inbound.State.RECEIVED,
    )
    def close_by_hand(self, request: HttpRequest, obj: Inbound) -> str:
        return f"{close_inbound(inbound_id=obj.pk).number} is closed."

    @document("Carton labels", permission="warehouses.view_inbound", icon="label")
    def carton_labels(self, request: HttpRequest, obj: Inbound) -> HttpResponse:
        return _printed(obj, "carton")

    @document(
        "Pallet labels",
        permission="warehouses.view_inbound",
        icon="pallet",
        shows=lambda inbound: inbound.freight == Inbound.Freight.PALLET,
    )
    def pallet_labels(self, request: HttpRequest, obj: Inbound) -> HttpResponse:
        return _printed(obj, "pallet")

    @document("Item labels", permission="warehouses.view_inbound", icon="barcode")
    def item_labels(self, request: HttpRequest, obj: Inbound) -> HttpResponse:
        return _printed(obj, "item", "thermal-pdf")

    @document("Packing list", permission="warehouses.view_inbound", icon="list_alt")
    def packing_list(self, request: HttpRequest, obj: Inbound) -> HttpResponse:
        return _printed(obj, "packing_list")


def _printed(inbound: Inbound, kind: str, layout: str = "") -> HttpResponse:
    """What its seller could have printed too, for a label that came off on the way."""
    printed = print_inbound(inbound=inbound, kind=kind, layout=layout)
    return HttpResponse(
        printed.content,
        content_type=printed.content_type,
        headers={"Content-Disposition": f'inline; filename="{printed.file_name}"'},
    )


PACES: Final = {
    Pace.RUNNING: ("Running", Look(Tone.ACTIVE, "timer")),
    Pace.KEPT: ("Kept", Look(Tone.GOOD, "task_alt")),
    Pace.BREACHED: ("Breached", Look(Tone.BAD, "alarm")),
}


def _pace(pace: Pace) -> SafeString | str:
    return badge(*PACES[pace]) if pace in PACES else "–"


def _by(target: Target) -> SafeString | str:
    """When it should be done, and how that stands."""
    if target.due_at is None:
        return "–"
    return format_html("{} {}", date_format(localtime(target.due_at), "j M H:i"), _pace(target.pace))


@admin.register(InboundParcel)
class InboundParcelPage(RecordPage):
    """A parcel of an inbound on its way, as its carrier knows it."""

    inbound_link = link_column("inbound", ordering="inbound__number", text="number")

    list_display = ["tracking_no", "carrier", "inbound_link", "delivered_at"]
    list_filter = [("delivered_at", admin.EmptyFieldListFilter), "carrier", "inbound__hub"]
    list_select_related = ["inbound"]
    search_fields = ["tracking_no", "inbound__number", "inbound__reference"]
    fields = [("tracking_no", "carrier"), ("inbound", "delivered_at")]


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
    actions_detail = ["close", "print_label"]

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
    trail_lookups = ("line__carton", "line__carton__inbound")
    fields = [
        ("scanned_at", "station", "worker"), ("code", "quantity"), ("line", "condition_badge"),
        ("undoes_link", "confirmed_by"), "scan_id",
    ]  # fmt: skip
