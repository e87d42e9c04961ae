"""Hand-overs: trailers at the dispatch doors, the scans onto them, and the manifests that leave."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django_fsm import can_proceed
from unfold.decorators import display

from foundation.admin.buttons import button, document, list_button
from foundation.admin.pages import RecordPage, badge_column, link_column
from foundation.quantities import counted
from fulfillment.admin.loading_forms import AmendForm, DepartForm, LoadForm, OpenTrailerForm
from fulfillment.models import LeftBehind
from fulfillment.services.border_papers import manifest_pdf
from fulfillment.services.dispatch import depart_trailer, hand_over, load_parcel
from fulfillment.services.leaving_behind import amend_left_behind
from shipping.admin.base import list_link
from shipping.models import Carrier, LoadScan, Manifest, Parcel, Trailer
from shipping.selectors import progress_of
from shipping.services.loading import LoadRequest, cancel_trailer, open_trailer, unload_parcel
from warehouses.models import Hub


@admin.register(Manifest)
class ManifestPage(RecordPage):
    """Hand-overs by hub and carrier."""

    state_badge = badge_column("state")
    trailer_link = link_column("trailer", ordering="trailer__plate")

    list_display = [
        "number",
        "site",
        "carrier",
        "state_badge",
        "cut_off",
        "closed_at",
        "handed_over_at",
        "counted",
    ]
    list_filter = ["state", "site", "carrier", "ship_on", "closed_at"]
    search_fields = ["number", "=carrier_number", "=parcels__tracking_no", "=trailer__plate"]
    list_select_related = ["carrier", "trailer"]
    date_hierarchy = "closed_at"
    fields = [
        ("number", "state_badge"),
        ("site", "carrier", "carrier_number"),
        ("ship_on", "cut_off", "trailer_link"),
        ("closed_at", "handed_over_at", "counted"),
    ]
    actions_detail = ["hand_over", "drivers_list"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Manifest]:
        return super().get_queryset(request).annotate(parcel_count=Count("parcels"))

    @display(description="Parcels", ordering="parcel_count")
    def counted(self, manifest: Manifest) -> str:
        return list_link(Parcel, manifest.parcel_count, manifest__id__exact=manifest.pk)  # type: ignore[attr-defined]

    @button(
        "Hand over",
        permission="shipping.hand_over_manifest",
        icon="local_shipping",
        confirm="Every parcel on this manifest gets our dispatch scan: press it when the driver has got all of it.",
        shows=lambda manifest: can_proceed(manifest.mark_handed_over) and manifest.trailer_id is None,
    )
    def hand_over(self, request: HttpRequest, manifest: Manifest) -> str:
        hand_over(manifest_id=manifest.pk)
        return f"Handed over {counted(manifest.parcels.count(), 'parcel')}."

    @document("Driver's list", permission="shipping.view_manifest", icon="list_alt")
    def drivers_list(self, request: HttpRequest, manifest: Manifest) -> HttpResponse:
        return HttpResponse(
            manifest_pdf(handed_over=manifest),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{manifest.number}.pdf"'},
        )


@admin.register(Trailer)
class TrailerPage(RecordPage):
    """Vehicles at the dispatch doors: what is on them, what should be, and when they must go."""

    state_badge = badge_column("state")
    manifest_link = link_column("manifest")

    list_display = ["plate", "site", "door", "carrier", "state_badge", "ship_on", "cut_off", "opened_at", "departed_at"]
    list_filter = ["state", "site", "carrier", "ship_on"]
    search_fields = ["=plate", "=seal", "=door", "=parcels__tracking_no"]
    search_help_text = "Plate, seal, door or a parcel's tracking number"
    list_select_related = ["carrier"]
    date_hierarchy = "opened_at"
    fields = [
        ("plate", "state_badge", "carrier"),
        ("site", "door", "seal"),
        ("ship_on", "cut_off"),
        ("loaded", "missing"),
        ("left_behind", "scan_count"),
        ("opened_at", "departed_at", "manifest_link"),
    ]
    actions_list = ["open"]
    actions_detail = ["load", "take_off", "depart", "cancel"]

    @display(description="Loaded")
    def loaded(self, trailer: Trailer) -> str:
        progress = progress_of(trailer)
        return list_link(Parcel, f"{progress.loaded} of {progress.expected}", trailer__id__exact=trailer.pk)

    @display(description="Still on the dock")
    def missing(self, trailer: Trailer) -> str:
        return counted(progress_of(trailer).missing, "parcel")

    @display(description="Left behind")
    def left_behind(self, trailer: Trailer) -> str:
        query = {"hub__code": trailer.site, "carrier__id__exact": trailer.carrier_id, "ship_on": trailer.ship_on}
        return list_link(LeftBehind, LeftBehind.objects.filter(**query).count(), **query)

    @display(description="Scans")
    def scan_count(self, trailer: Trailer) -> str:
        return list_link(LoadScan, trailer.scans.count(), trailer__id__exact=trailer.pk)

    @list_button("Open a trailer", permission="shipping.load_trailer", icon="garage_door", form=OpenTrailerForm)
    def open(
        self, request: HttpRequest, hub: Hub, carrier: Carrier, door: str, plate: str, cut_off: datetime | None
    ) -> str:
        moment = cut_off or datetime.now(ZoneInfo(hub.timezone))
        trailer = open_trailer(
            site=hub.code,
            carrier_code=carrier.code,
            door=door,
            plate=plate,
            ship_on=moment.astimezone(ZoneInfo(hub.timezone)).date(),
            cut_off=cut_off,
        )
        return f"{trailer} is open."

    @button(
        "Load a parcel",
        permission="shipping.load_trailer",
        icon="barcode_scanner",
        form=LoadForm,
        shows=lambda trailer: trailer.state == Trailer.State.OPEN,
    )
    def load(self, request: HttpRequest, trailer: Trailer, code: str, station: str, scan_id: uuid.UUID) -> str:
        scan = LoadRequest(trailer.pk, code, scan_id, station, request.user.pk)
        loaded = load_parcel(request=scan)
        return f"{loaded.tracking_no}: {loaded.message}"

    @button(
        "Take a parcel off",
        permission="shipping.load_trailer",
        icon="undo",
        form=LoadForm,
        shows=lambda trailer: trailer.state in {Trailer.State.OPEN, Trailer.State.SEALED},
    )
    def take_off(self, request: HttpRequest, trailer: Trailer, code: str, station: str, scan_id: uuid.UUID) -> str:
        scan = LoadRequest(trailer.pk, code, scan_id, station, request.user.pk)
        taken = unload_parcel(request=scan)
        return f"{taken.tracking_no}: {taken.message}"

    @button(
        "Depart",
        permission="shipping.hand_over_manifest",
        icon="local_shipping",
        form=DepartForm,
        confirm="All that was scanned onto it is handed over to the carrier; the rest is left behind.",
        initial=lambda trailer: {"seal": trailer.seal},
        shows=lambda trailer: trailer.state in {Trailer.State.OPEN, Trailer.State.SEALED},
    )
    def depart(self, request: HttpRequest, trailer: Trailer, seal: str) -> str:
        departed = depart_trailer(trailer_id=trailer.pk, seal=seal)
        return f"{trailer} has left with {counted(departed.manifest.parcels.count(), 'parcel')}."

    @button(
        "Opened by mistake",
        permission="shipping.load_trailer",
        icon="block",
        confirm="The door is free again. There must be nothing on the trailer.",
        is_danger=True,
        shows=lambda trailer: trailer.state == Trailer.State.OPEN,
    )
    def cancel(self, request: HttpRequest, trailer: Trailer) -> str:
        cancel_trailer(trailer_id=trailer.pk)
        return f"{trailer} is cancelled."


class StillHere(admin.SimpleListFilter):
    """What has not left since: that is what somebody must do something about."""

    title = "still here"
    parameter_name = "here"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Still here")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return queryset.filter(pk__in=LeftBehind.objects.still_here()) if self.value() == "yes" else queryset


@admin.register(LeftBehind)
class LeftBehindPage(RecordPage):
    """What missed its hand-over, and why."""

    order_link = link_column("order", ordering="order__number")
    parcel_link = link_column("parcel", ordering="parcel__tracking_no")
    reason_badge = badge_column("reason")
    found_badge = badge_column("found")

    list_display = ["order_link", "parcel_link", "reason_badge", "note", "hub", "carrier", "ship_on", "cut_off"]
    list_filter = [StillHere, "reason", "hub", "carrier", "ship_on"]
    search_fields = ["=order__number", "=order__external_ref", "=parcel__tracking_no"]
    search_help_text = "Order or tracking number"
    trail_lookups = ("hub__code", "carrier__id__exact", "ship_on")
    list_select_related = ["order", "parcel", "hub", "carrier"]
    date_hierarchy = "noted_at"
    fields = [
        ("order_link", "parcel_link"),
        ("reason_badge", "note", "found_badge"),
        ("hub", "carrier", "ship_on", "cut_off"),
        ("noted_at", "amended_by", "amended_at"),
    ]
    actions_detail = ["amend"]

    @button(
        "Amend the reason",
        permission="fulfillment.change_leftbehind",
        icon="edit",
        form=AmendForm,
        initial=lambda row: {"reason": row.reason, "note": row.note},
    )
    def amend(self, request: HttpRequest, row: LeftBehind, reason: str, note: str) -> str:
        amend_left_behind(left_behind_id=row.pk, reason=reason, note=note, worker_id=request.user.pk)
        return "The reason is amended."


@admin.register(LoadScan)
class LoadScanPage(RecordPage):
    """Every scan at a trailer: loaded, taken off, or refused."""

    trailer_link = link_column("trailer", ordering="trailer__plate")
    parcel_link = link_column("parcel", ordering="parcel__tracking_no")

    list_display = ["at", "trailer_link", "parcel_link", "shown_end", "worker", "station"]
    list_filter = ["refusal", "station", "trailer__site", "trailer__carrier", "at"]
    search_fields = ["=parcel__tracking_no", "=trailer__plate"]
    search_help_text = "Tracking number or plate"
    list_select_related = ["trailer", "parcel", "worker"]
    date_hierarchy = "at"
    fields = [("at", "shown_end"), ("trailer_link", "parcel_link"), ("worker", "station"), "undoes"]

    @display(description="What came of it")
    def shown_end(self, scan: LoadScan) -> str:
        if scan.refusal:
            return f"Refused: {scan.refusal.replace('_', ' ')}"
        return "Taken off" if scan.undoes_id else "Loaded"
