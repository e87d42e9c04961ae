"""Inbounds, and what was handed to carriers of them."""

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
from warehouses.models import Appointment, Carton, Inbound, InboundParcel
from warehouses.services.calling_off import cancel_inbound, expire_inbound
from warehouses.services.closing import close_inbound
from warehouses.services.inbound_labels import print_inbound
from warehouses.services.putaway import propose_putaway, waits_for_bins
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
        "propose_putaway", "close_by_hand", "cancel", "never_came", "carton_labels", "pallet_labels",
        "item_labels", "packing_list",
    ]  # fmt: skip
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "state_badge"),
                    ("seller", "hub"),
                    ("reference", "freight"),
                    ("expected_on", "expected_until"),
                ]
            },
        ),
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

    @button(
        "Cancel",
        permission="warehouses.change_inbound",
        icon="block",
        is_danger=True,
        confirm="Its seller does not send it. Its labels are void, and its place at the dock is free again.",
        shows=lambda inbound: inbound.state in (Inbound.State.DRAFT, Inbound.State.PLANNED),
    )
    def cancel(self, request: HttpRequest, obj: Inbound) -> str:
        return f"{cancel_inbound(inbound_id=obj.pk, by_hub=True).number} is cancelled."

    @button(
        "Never came",
        permission="warehouses.change_inbound",
        icon="event_busy",
        is_danger=True,
        confirm="Nobody waits for it any longer. What comes after all needs a new plan.",
        shows=lambda inbound: inbound.state == Inbound.State.IN_TRANSIT,
    )
    def never_came(self, request: HttpRequest, obj: Inbound) -> str:
        inbound = expire_inbound(inbound_id=obj.pk)
        return f"{inbound.number} is {inbound.get_state_display().lower()}."

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
