"""What a scanner reads off an item: its GTIN or own code, with lot and last day where the item has them."""

from collections.abc import Collection

from warehouses.models import Barcode, Lot


class ItemCodes:
    """The codes of some SKUs, with one query however many are read."""

    def __init__(self, sku_ids: Collection[int]) -> None:
        rows = Barcode.objects.filter(sku_id__in=sku_ids).order_by("pk")
        self._codes = dict(rows.values_list("sku_id", "value"))

    def read(self, sku_id: int, lot: Lot | None = None) -> str:
        """The code as a scanner sends it: a GS1 DataMatrix where there is a lot, else what the barcode says."""
        value = self._codes[sku_id]
        if lot is None:
            return value
        last_day = f"17{lot.expires_on:%y%m%d}" if lot.expires_on else ""
        return f"]d201{value}{last_day}10{lot.code}"
