"""Hubs, their floor plans, zones, bins and carts."""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db.models import JSONField, QuerySet, TimeField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from unfold.widgets import UnfoldAdminTextInputWidget

from foundation.admin.buttons import button, document
from foundation.admin.links import list_url, page_url
from foundation.admin.pages import MasterPage, Rows, badge_column, link_column
from warehouses.admin.docking import ClosureRows, HoursRows
from warehouses.admin.forms import ReasonForm, told
from warehouses.admin.speeds import shown_speeds
from warehouses.map import hub_map
from warehouses.models import Bin, BinBalance, CartType, Hub, Zone
from warehouses.services.blocking import block_bin, release_bin
from warehouses.services.documents import bin_labels_pdf


@admin.register(Hub)
class HubPage(MasterPage):
    """A warehouse site, with its map."""

    list_display = ["code", "name", "city", "country", "cutoff", "dispatch", "timezone"]
    search_fields = ["code", "name", "city"]
    fixed_fields = ("code", "sscc_prefix")
    change_form_outer_before_template = "pakhuis/hub_map.html"
    formfield_overrides = {
        ArrayField: {"widget": UnfoldAdminTextInputWidget},
        JSONField: {"widget": UnfoldAdminTextInputWidget},
        TimeField: {"widget": UnfoldAdminTextInputWidget({"type": "time"})},
    }
    fieldsets = [
        (None, {"fields": [("code", "name"), "timezone"]}),
        ("The day", {"fields": [("cutoff", "dispatch"), "work_days"]}),
        (
            "Picking",
            {
                "fields": [
                    ("pickers", "packing_minutes"),
                    ("heavy_from_g", "keeps_hazmat_apart"),
                    ("singles_apart", "singles_from"),
                ]
            },
        ),
        (
            "Goods in",
            {
                "fields": [
                    ("first_scan_hours", "sellable_hours"),
                    ("carton_max_g", "min_shelf_days"),
                    ("trolley_volume_mm3", "trolley_weight_g"),
                    ("latitude", "longitude"),
                ]
            },
        ),
        (
            "Dock",
            {
                "fields": [
                    ("dock_ahead_days", "dock_change_hours"),
                    ("dock_grace_minutes", "inbound_expiry_days"),
                    "measure_tolerance_pct",
                ]
            },
        ),
        ("Cases", {"fields": [("case_days", "photo_required"), "case_silence"]}),
        ("Sender on labels", {"fields": [("company", "phone"), "street", ("postcode", "city", "country")]}),
        ("GS1", {"fields": ["sscc_prefix"]}),
    ]
    inlines = [HoursRows, ClosureRows]

    def get_urls(self) -> list[URLPattern]:
        mine = self.admin_site.admin_view(self.map_view)
        return [path("map/", mine, name="warehouses_hub_map"), *super().get_urls()]

    def map_view(self, request: HttpRequest) -> HttpResponse:
        """Leads to the map of the hub one works in; somebody who works in none sees the first hub's."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        hub = Hub.objects.filter(workers__user=request.user.pk).first() or Hub.objects.first()
        return HttpResponseRedirect(page_url(hub) if hub else list_url(Hub))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        hub = self.get_object(request, object_id)
        shown = {"map": hub_map(hub), "speeds": shown_speeds(hub)} if hub else {}
        context = {**(extra_context or {}), **shown}
        return super().change_view(request, object_id, form_url, context)


@admin.register(Zone)
class ZonePage(MasterPage):
    """A part of a hub with one purpose."""

    hub_link = link_column("hub", ordering="hub__code", text="code")

    list_display = ["code", "name", "hub_link"]
    list_filter = ["hub"]
    list_select_related = ["hub"]
    search_fields = ["code", "name", "hub__code"]
    autocomplete_fields = ["hub"]
    fixed_fields = ("hub", "code")
    fields = ["hub", ("code", "name"), "is_cross_dock", "hand_over"]


@admin.register(CartType)
class CartTypePage(MasterPage):
    """What a picker pushes."""

    hub_link = link_column("hub", ordering="hub__code", text="code")

    list_display = ["code", "hub_link", "totes", "tote_volume_mm3", "tote_weight_g"]
    list_filter = ["hub"]
    list_select_related = ["hub"]
    search_fields = ["code", "hub__code"]
    autocomplete_fields = ["hub"]
    fixed_fields = ("hub", "code")
    fields = ["hub", ("code", "totes"), ("tote_volume_mm3", "tote_weight_g")]


class ContentRows(Rows):
    """What lies in the bin."""

    model = BinBalance
    verbose_name_plural = "In this bin"
    condition_badge = badge_column("condition")
    sku_link = link_column("sku", "SKU")
    fields = ["sku_link", "lot", "condition_badge", "on_hand", "reserved", "since"]
    related = ("sku", "lot", "bin")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(on_hand__gt=0)


@admin.register(Bin)
class BinPage(MasterPage):
    """One addressable place. Its address is fixed: labels and walks speak of it."""

    kind_badge = badge_column("kind")
    hub_link = link_column("hub", ordering="hub__code", text="code")

    list_display = [
        "code", "kind_badge", "hub_link", "zone", "aisle", "y_mm", "side", "level", "check_digits", "blocked_at",
    ]  # fmt: skip
    list_filter = ["hub", "kind", ("blocked_at", admin.EmptyFieldListFilter), "zone", "aisle", "level", "side"]
    list_select_related = ["hub", "zone__hub"]
    search_fields = ["code"]
    autocomplete_fields = ["hub", "zone"]
    fixed_fields = ("hub", "zone", "code", "kind", "aisle", "y_mm", "side", "level", "check_digits")
    fieldsets = [
        (None, {"fields": [("hub", "zone"), ("code", "kind"), "check_digits"]}),
        ("Address", {"fields": [("aisle", "side"), ("y_mm", "level")]}),
        ("Holds", {"fields": [("volume_mm3", "max_weight_g")]}),
        ("Blocked", {"fields": [("blocked_at", "block_reason")]}),
    ]
    readonly_fields = ["blocked_at", "block_reason"]
    inlines = [ContentRows]
    actions_detail = ["print_label", "block", "release"]

    @document("Print bin label", permission="warehouses.view_bin", icon="label")
    def print_label(self, request: HttpRequest, obj: Bin) -> HttpResponse:
        return HttpResponse(bin_labels_pdf(bins=[obj]), content_type="application/pdf")

    @button(
        "Block",
        permission="warehouses.change_bin",
        icon="lock",
        confirm="Nobody will put into this bin or pick from it. What was to come from it is fetched elsewhere.",
        form=ReasonForm,
        shows=lambda place: place.kind in Bin.SHELVES and not place.blocked_at,
    )
    def block(self, request: HttpRequest, obj: Bin, key: str, reason: str) -> str:
        return told(block_bin(key=key, bin_id=obj.pk, reason=reason, actor_id=request.user.pk))

    @button(
        "Release",
        permission="warehouses.change_bin",
        icon="lock_open",
        confirm="The bin is in use again, and what lies in it can be sold.",
        form=ReasonForm,
        shows=lambda place: bool(place.blocked_at),
    )
    def release(self, request: HttpRequest, obj: Bin, key: str, reason: str) -> str:
        return told(release_bin(key=key, bin_id=obj.pk, reason=reason, actor_id=request.user.pk))
