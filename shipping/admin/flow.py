"""Shipments, parcels, labels: along the flow. What leaves the hub stands on the floor above, which knows of recalls."""

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.dataclasses import ActionDialog
from unfold.decorators import action, display

from foundation.admin.buttons import offered
from foundation.admin.pages import badge_column
from shipping.admin.base import Confirm, Record, RecordInline, list_link, press
from shipping.models import LabelPurchase, Parcel, Shipment, ShipmentChange, TrackingAnomaly, TrackingScan
from shipping.planning.customs import from_json
from shipping.services.buying import buy_labels, lacks_labels
from shipping.services.tracking import reproject
from shipping.services.voiding import void_shipment, why_not_void

_SUFFIX = {"application/pdf": "pdf", "application/zpl": "zpl"}


def signs_of(parcel: Parcel) -> str:
    """The hazard marks on a parcel, and the papers that go with it."""
    signs = list(parcel.marks)
    if parcel.customs:
        customs = from_json(parcel.customs)
        form, copies = customs.papers.form.upper(), customs.papers.invoice_copies
        signs += [form] if form else []
        signs += [f"{copies} invoices"] if copies else []
        signs.append(customs.incoterm)
    return ", ".join(signs) or "–"


class ParcelInline(RecordInline):
    """A shipment's parcels."""

    model = Parcel
    readonly_fields = ("signs",)
    fields = (
        "sequence",
        "box",
        "length_mm",
        "width_mm",
        "height_mm",
        "weight_g",
        "signs",
        "tracking_no",
        "labelled_at",
    )

    @display(description="Marks and papers")
    def signs(self, parcel: Parcel) -> str:
        return signs_of(parcel)


class ChangeInline(RecordInline):
    """What happened to a shipment, as announced."""

    model = ShipmentChange
    fields = ("from_state", "to_state", "occurred_at", "recorded_at", "first_entry")
    show_change_link = False


class AnomalyInline(RecordInline):
    """What did not fit."""

    model = TrackingAnomaly
    fields = ("kind", "tracking_no", "key", "opened_at", "resolved_at")


class PurchaseInline(RecordInline):
    """A parcel's purchases."""

    model = LabelPurchase
    fields = ("reference", "state", "attempts", "price_cents", "error_code", "error_message", "settled_at")


@admin.register(Shipment)
class ShipmentAdmin(Record):
    """Every shipment: where it is, since when, and what to do about it."""

    state_badge = badge_column("state")

    list_display = [
        "number",
        "reference",
        "site",
        "service",
        "state_badge",
        "ship_by",
        "handed_over_at",
        "delivered_at",
    ]
    list_filter = [
        "state",
        "site",
        ("service", admin.RelatedOnlyFieldListFilter),
        ("ship_by", RangeDateTimeFilter),
        ("anomalies__resolved_at", admin.EmptyFieldListFilter),
    ]
    list_filter_submit = True
    search_fields = ["=number", "=reference", "=parcels__tracking_no"]
    search_help_text = "Shipment number, reference or tracking number"
    list_select_related = ["service"]
    date_hierarchy = "created_at"
    inlines = [ParcelInline, ChangeInline, AnomalyInline]
    fieldsets: ClassVar = [
        (None, {"fields": ["number", "reference", "site", "state_badge", "service", "ship_to", "scans"]}),
        ("Moments", {"fields": ["ship_by", "created_at", "handed_over_at", "delivered_at", "cancelled_at"]}),
    ]
    readonly_fields = ["state_badge", "scans"]
    actions_detail = ["buy", "void", "project_again"]

    @display(description="Scans")
    def scans(self, shipment: Shipment) -> str:
        numbers = [parcel.tracking_no for parcel in shipment.parcels.all() if parcel.tracking_no]
        return list_link(TrackingScan, "All scans", tracking_no__in=",".join(numbers)) if numbers else "none yet"

    @offered(lacks_labels)
    @action(
        description="Buy or retry labels",
        icon="label",
        permissions=["shipping.buy_label"],
        dialog=ActionDialog(
            title="Buy the labels that are missing?",
            description="A purchase left in doubt is looked up at the carrier first, so no label is bought twice.",
            form_class=Confirm,
            form_submit_text="Buy",
        ),
    )
    def buy(self, request: HttpRequest, form: Confirm, object_id: int) -> HttpResponse:
        def run() -> None:
            for outcome in buy_labels(shipment_ids=[int(object_id)]):
                if outcome.status != "bought":
                    messages.warning(request, outcome.message or f"Label {outcome.status}: {outcome.code}.")

        return press(request, "shipment", object_id, run, "Labels asked for.")

    @offered(lambda shipment: shipment.state != Shipment.State.CANCELLED and why_not_void(shipment) is None)
    @action(
        description="Void",
        icon="block",
        permissions=["shipping.void_label"],
        dialog=ActionDialog(
            title="Void this shipment?",
            description="Its labels go back to the carrier and must not be used. Only before it has left.",
            form_class=Confirm,
            form_submit_text="Void",
        ),
    )
    def void(self, request: HttpRequest, form: Confirm, object_id: int) -> HttpResponse:
        return press(
            request, "shipment", object_id, lambda: void_shipment(shipment_id=int(object_id)), "The shipment is void."
        )

    @offered(lambda shipment: shipment.state != Shipment.State.DRAFT)
    @action(
        description="Project again",
        icon="refresh",
        permissions=["shipping.reproject_shipment"],
        dialog=ActionDialog(
            title="Compute the state again?",
            description="From all stored scans, with the status codes as they are mapped now.",
            form_class=Confirm,
            form_submit_text="Compute",
        ),
    )
    def project_again(self, request: HttpRequest, form: Confirm, object_id: int) -> HttpResponse:
        return press(
            request, "shipment", object_id, lambda: reproject(shipment_ids=[int(object_id)]), "The state is up to date."
        )


@admin.register(Parcel)
class ParcelAdmin(Record):
    """Every parcel, its label and its scans."""

    list_display = ["tracking_no", "shipment", "sequence", "carrier", "box", "weight_g", "manifest", "last_news_at"]
    list_display_links = ["tracking_no", "sequence"]
    list_filter = ["carrier", ("box", admin.RelatedOnlyFieldListFilter), "shipment__site", "shipment__state"]
    search_fields = ["=tracking_no", "=shipment__number", "=shipment__reference"]
    search_help_text = "Tracking number, shipment number or reference"
    list_select_related = ["shipment", "carrier", "box", "manifest"]
    inlines = [PurchaseInline]
    readonly_fields = ["scans"]

    @display(description="Scans")
    def scans(self, parcel: Parcel) -> str:
        if not parcel.tracking_no:
            return "none yet"
        return list_link(TrackingScan, "All scans", tracking_no=parcel.tracking_no)


@admin.register(LabelPurchase)
class LabelPurchaseAdmin(Record):
    """Every purchase of a label: the intent, the attempts, how it ended."""

    state_badge = badge_column("state")

    list_display = ["reference", "parcel", "state_badge", "attempts", "price_cents", "error_code", "intended_at"]
    list_filter = ["state", "error_code", "parcel__carrier", "parcel__shipment__site", "intended_at"]
    search_fields = ["=reference", "=tracking_no", "=carrier_ref", "=parcel__shipment__number"]
    search_help_text = "Our reference, tracking number, the carrier's id or shipment number"
    list_select_related = ["parcel"]
    exclude = ["label"]
    actions_detail = ["open_label"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LabelPurchase]:
        return super().get_queryset(request).defer("label")

    @offered(lambda purchase: bool(purchase.label))
    @action(description="Open label", icon="visibility", permissions=["view"])
    def open_label(self, request: HttpRequest, object_id: int) -> HttpResponse:
        purchase = get_object_or_404(LabelPurchase, pk=object_id, label__isnull=False)
        name = f"label-{purchase.tracking_no}.{_SUFFIX.get(purchase.label_type, 'bin')}"
        return HttpResponse(
            bytes(purchase.label or b""),
            content_type=purchase.label_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
        )
