"""SKUs, the codes they are scanned by, and their lots."""

from uuid import UUID

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from foundation.admin.buttons import button, document
from foundation.admin.pages import MasterPage, RecordPage, Rows, badge_column, link_column
from warehouses.admin.forms import ReasonForm, told
from warehouses.admin.measuring import MeasureForm, MeasurementRows, measures_in_words
from warehouses.models import MEASURES, Balance, Barcode, BinBalance, Hub, Lot, Sku
from warehouses.services.blocking import block_lot, picked_of, recall_lot, release_lot
from warehouses.services.documents import item_label_pdf
from warehouses.services.hazmat import approve_hazmat
from warehouses.services.measuring import Reading, measure_sku, wanting_measures

MEASURED = [("length_mm", "width_mm", "height_mm"), ("weight_g", "volume_mm3"), ("measured_at", "as_declared")]


class BarcodeRows(Rows):
    """The codes a SKU is scanned by."""

    model = Barcode
    verbose_name_plural = "Barcodes"
    fields = ["value", "kind"]


class BalanceRows(Rows):
    """Stock per hub."""

    model = Balance
    verbose_name_plural = "Stock per hub"
    fields = ["hub", "on_hand", "sellable", "reserved", "available"]
    related = ("hub", "sku")
    show_change_link = False


class BinRows(Rows):
    """Where it lies."""

    model = BinBalance
    verbose_name_plural = "Bins that hold it"
    condition_badge = badge_column("condition")
    fields = ["bin", "lot", "condition_badge", "on_hand", "reserved", "since"]
    related = ("bin", "lot", "sku")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return list(self.fields)


class ByMeasures(admin.SimpleListFilter):
    """Items by whether a hub has measured them."""

    title = "measures"
    parameter_name = "measures"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("wanted", "To be measured: at the dock"), ("measured", "Measured"), ("declared", "As declared")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Sku]) -> QuerySet[Sku]:
        if self.value() == "wanted":
            return queryset.filter(pk__in=wanting_measures().order_by().values("pk"))
        return queryset.filter(measured_at__isnull=self.value() == "declared") if self.value() else queryset


@admin.register(Sku)
class SkuPage(MasterPage):
    """A seller's item and its measures."""

    seller_link = link_column("seller", ordering="seller__code", text="name")

    list_display = ["code", "name", "seller_link", "weight_g", "size", "tracks_lots", "hazmat_class", "is_active"]
    list_filter = [ByMeasures, "seller", "is_active", "tracks_lots", "is_fragile", "hazmat_class"]
    list_select_related = ["seller"]
    search_fields = ["code", "name", "barcodes__value"]
    autocomplete_fields = ["seller"]
    readonly_fields = ["volume_mm3", "measured_at", "as_declared", "hazmat_approved_at", "created_at"]
    fixed_fields = ("seller", "code", "tracks_lots", *MEASURES)
    inlines = [BarcodeRows, MeasurementRows, BalanceRows, BinRows]
    actions_detail = ["measure", "approve_hazmat", "item_label"]
    fieldsets = [
        (None, {"fields": ["seller", ("code", "name"), "is_active"]}),
        ("Measures", {"fields": MEASURED}),
        ("Handling", {"fields": [("is_fragile", "tracks_lots", "min_shelf_days")]}),
        (
            "Hazardous goods",
            {
                "fields": [
                    ("hazmat_class", "hazmat_approved_at"),
                    ("un_number", "limited_quantity", "net_quantity_ml"),
                    ("battery_wh", "batteries"),
                ]
            },
        ),
        ("Customs", {"fields": [("hs_code", "origin_country")]}),
    ]

    @admin.display(description="Size")
    def size(self, obj: Sku) -> str:
        return f"{obj.length_mm} × {obj.width_mm} × {obj.height_mm} mm"

    @admin.display(description="Declared")
    def as_declared(self, obj: Sku) -> str:
        return measures_in_words(obj.declared)

    @button("Measure", permission="warehouses.add_measurement", icon="straighten", form=MeasureForm)
    def measure(
        self, request: HttpRequest, obj: Sku, scan_id: UUID, hub: Hub, *, is_confirmed: bool, **read: int
    ) -> str:
        row = measure_sku(
            sku_id=obj.pk,
            hub=hub,
            reading=Reading(scan_id=scan_id, **read),
            station="ADMIN",
            worker_id=request.user.pk,
            supervisor_id=request.user.pk if is_confirmed else None,
        )
        return f"{obj.code} is {row} from now on{', not as declared' if row.differs else ''}."

    @button(
        "Approve UN class",
        permission="warehouses.change_sku",
        icon="verified_user",
        confirm="From now on the dock takes this item in as hazardous goods of its UN class.",
        shows=lambda sku: bool(sku.hazmat_class and not sku.hazmat_approved_at),
    )
    def approve_hazmat(self, request: HttpRequest, obj: Sku) -> str:
        sku = approve_hazmat(sku_id=obj.pk)
        return f"{sku.code} may come in as UN class {sku.hazmat_class}."

    @document("Item label", permission="warehouses.view_sku", icon="barcode")
    def item_label(self, request: HttpRequest, obj: Sku) -> HttpResponse:
        return HttpResponse(item_label_pdf(sku=obj), content_type="application/pdf")


@admin.register(Barcode)
class BarcodePage(MasterPage):
    """One code; a mistaken one may be taken away, since history keeps what was scanned, not this row."""

    sku_link = link_column("sku", "SKU", ordering="sku__code")
    seller_link = link_column("seller", ordering="seller__code", text="name")

    list_display = ["value", "kind", "sku_link", "seller_link"]
    list_filter = ["kind", "seller"]
    list_select_related = ["sku", "seller"]
    search_fields = ["value", "sku__code"]
    autocomplete_fields = ["sku", "seller"]
    fixed_fields = ("seller", "sku", "value")
    fields = ["seller", "sku", ("kind", "value")]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("warehouses.delete_barcode")


@admin.register(Lot)
class LotPage(RecordPage):
    """Units made together; known from inbounds."""

    sku_link = link_column("sku", "SKU", ordering="sku__code")

    list_display = ["code", "sku_link", "expires_on", "blocked_at", "recalled_at", "block_reason"]
    list_filter = [
        "expires_on", ("blocked_at", admin.EmptyFieldListFilter), ("recalled_at", admin.EmptyFieldListFilter),
        "sku__seller",
    ]  # fmt: skip
    list_select_related = ["sku"]
    search_fields = ["code", "sku__code", "sku__name"]
    date_hierarchy = "expires_on"
    fields = ["sku_link", "code", "expires_on", ("blocked_at", "recalled_at", "block_reason"), "picked_units"]
    inlines = [BinRows]
    actions_detail = ["block", "recall", "release"]

    @admin.display(description="Picked, in totes")
    def picked_units(self, obj: Lot) -> str:
        found = picked_of(lot_id=obj.pk)
        return "; ".join(f"{p.units} in {p.tote} on {p.pick_list} for {p.demand_group}" for p in found) or "none"

    @button(
        "Block",
        permission="warehouses.change_lot",
        icon="lock",
        confirm="Nothing of this lot will be promised or picked, in any hub. What is in totes already is packed.",
        form=ReasonForm,
        shows=lambda lot: not lot.blocked_at,
    )
    def block(self, request: HttpRequest, obj: Lot, key: str, reason: str) -> str:
        return told(block_lot(key=key, lot_id=obj.pk, reason=reason, actor_id=request.user.pk))

    @button(
        "Recall",
        permission="warehouses.change_lot",
        icon="assignment_late",
        confirm="Nothing of this lot will be promised, picked or packed, in any hub. Orders that hold it stop.",
        is_danger=True,
        form=ReasonForm,
        shows=lambda lot: not lot.recalled_at,
    )
    def recall(self, request: HttpRequest, obj: Lot, key: str, reason: str) -> str:
        return told(recall_lot(key=key, lot_id=obj.pk, reason=reason, actor_id=request.user.pk))

    @button(
        "Release",
        permission="warehouses.change_lot",
        icon="lock_open",
        confirm="The lot can be sold again, and orders that were stopped by a recall go on.",
        form=ReasonForm,
        shows=lambda lot: bool(lot.blocked_at),
    )
    def release(self, request: HttpRequest, obj: Lot, key: str, reason: str) -> str:
        return told(release_lot(key=key, lot_id=obj.pk, reason=reason, actor_id=request.user.pk))
