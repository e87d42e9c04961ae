"""What a scanner reads off an item: its GTIN or own code, with lot and last day where the item has them."""

from collections.abc import Collection
from datetime import date

from warehouses.models import Barcode, Seller


class ItemCodes:
    """The codes of some sellers' items, read once: the items of a play do not change."""

    def __init__(self, sellers: Collection[Seller]) -> None:
        rows = Barcode.objects.filter(seller__in=sellers).order_by("pk")
        self._codes = dict(rows.values_list("sku_id", "value"))

    def read(self, sku_id: int, *, lot: str = "", expires_on: date | None = None) -> str:
        """The code as a scanner sends it: a GS1 DataMatrix where there is a lot, else what the barcode says."""
        value = self._codes[sku_id]
        if not lot:
            return value
        last_day = f"17{expires_on:%y%m%d}" if expires_on else ""
        return f"]d201{value}{last_day}10{lot}"
