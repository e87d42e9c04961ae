"""Hazards: what of an order is dangerous goods, which marks its parcels bear, and the stickers scanned to prove it."""

from collections import Counter
from collections.abc import Sequence

from foundation.errors import Conflict, Invalid
from labels.scanning import parse_scan
from shipping.models import HazardSticker
from shipping.planning.dangerous import Goods
from warehouses.models import Hub, Sku


def goods_of(sku: Sku, *, quantity: int, key: str = "") -> Goods:
    """Units of an item as the rules for dangerous goods see them; `key` finds them again, else the item's code."""
    return Goods(
        item=key or sku.code,
        quantity=quantity,
        un_number=sku.un_number,
        hazmat_class=sku.hazmat_class,
        limited_quantity=sku.limited_quantity,
        net_ml=sku.net_quantity_ml,
        battery_wh=sku.battery_wh,
        batteries=sku.batteries,
    )


def refuse_without_stickers(*, hub: Hub, marks: Sequence[Sequence[str]], scanned: Sequence[str]) -> None:
    """Each battery mark of each parcel is a sticker from stock, scanned off its roll; the LQ mark is printed.

    Raises `Conflict` (`sticker_needed`, with the `mark` and how many are missing), and `Invalid` (`sticker_unknown`)
    for a code that is on no roll of this hub, or on one whose mark no parcel here bears.
    """
    needed = Counter(mark for parcel in marks for mark in parcel if mark.startswith("UN"))
    if not (needed or scanned):
        return
    rolls = dict(HazardSticker.objects.filter(site=hub.code).values_list("barcode", "mark"))
    found: Counter[str] = Counter()
    for row, code in enumerate(scanned, start=1):
        mark = rolls.get(parse_scan(code).text, "")
        if mark not in needed:
            message = f"{code[:40]} is no hazard mark that these parcels need."
            raise Invalid(message, code="sticker_unknown", field="stickers", row=row)
        found[mark] += 1
    for mark, missing in (needed - found).items():
        message = f"Put the {mark} mark on {missing} parcel{'s' if missing > 1 else ''} and scan its sticker."
        raise Conflict(message, code="sticker_needed", field="stickers", mark=mark, missing=missing)
