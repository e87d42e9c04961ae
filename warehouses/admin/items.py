"""SKUs, the codes they are scanned by, and their lots."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from foundation.admin.pages import MasterPage, RecordPage, Rows, badge_column, link_column
from warehouses.models import Balance, Barcode, BinBalance, Lot, Sku


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


@admin.register(Sku)
class SkuPage(MasterPage):
    """A seller's item and its measures."""

    seller_link = link_column("seller", ordering="seller__code", text="name")

    list_display = ["code", "name", "seller_link", "weight_g", "size", "tracks_lots", "hazmat_class", "is_active"]
    list_filter = ["seller", "is_active", "tracks_lots", "is_fragile", "hazmat_class"]
    list_select_related = ["seller"]
    search_fields = ["code", "name", "barcodes__value"]
    autocomplete_fields = ["seller"]
    readonly_fields = ["volume_mm3", "created_at"]
    fixed_fields = ("seller", "code", "tracks_lots")
    inlines = [BarcodeRows, BalanceRows, BinRows]
    fieldsets = [
        (None, {"fields": ["seller", ("code", "name"), "is_active"]}),
        ("Measures", {"fields": [("length_mm", "width_mm", "height_mm"), ("weight_g", "volume_mm3")]}),
        ("Handling", {"fields": [("is_fragile", "tracks_lots"), "hazmat_class"]}),
        ("Customs", {"fields": [("hs_code", "origin_country")]}),
    ]

    @admin.display(description="Size")
    def size(self, obj: Sku) -> str:
        return f"{obj.length_mm} × {obj.width_mm} × {obj.height_mm} mm"


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

    list_display = ["code", "sku_link", "expires_on"]
    list_filter = ["expires_on", "sku__seller"]
    list_select_related = ["sku"]
    search_fields = ["code", "sku__code", "sku__name"]
    date_hierarchy = "expires_on"
    fields = ["sku_link", "code", "expires_on"]
    inlines = [BinRows]
