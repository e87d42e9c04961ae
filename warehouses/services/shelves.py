"""Shelves: which bins hold free stock of an item, and in what order they are to be emptied."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from warehouses.locks import BinKey, lock_pickable_stock, pickable_stock
from warehouses.models import BinBalance, Count, Hub
from warehouses.services.freshness import today_in


@dataclass(slots=True)
class Shelf:
    """One bin's free stock, and its rank: shelves of a lower rank are emptied first, equal ones as it suits."""

    stock: BinBalance
    rank: tuple[bool, date, date]

    @property
    def free(self) -> int:
        """Units that no pick task will fetch."""
        return self.stock.on_hand - self.stock.reserved

    @property
    def key(self) -> BinKey:
        """What names its balance."""
        return BinKey(self.stock.bin_id, self.stock.sku_id, self.stock.lot_id, self.stock.condition)


def free_stock(hub: Hub, sku_ids: Collection[int], *, but_doubtful: bool = False) -> dict[int, list[Shelf]]:
    """Free pickable shelves by SKU, locked, the first to leave first. The caller holds the hub balances.

    With `but_doubtful` without the bins that wait for a count.
    """
    rows = lock_pickable_stock(hub.pk, sku_ids, today=today_in(hub))
    shelves = _ranked(hub, sku_ids, [row for row in rows if row.on_hand > row.reserved])
    if not but_doubtful:
        return shelves
    return {sku_id: [shelf for shelf in of_sku if not shelf.rank[0]] for sku_id, of_sku in shelves.items()}


def all_stock(hub: Hub, sku_ids: Collection[int]) -> dict[int, list[Shelf]]:
    """As `free_stock`, with the shelves that are promised whole, and not locked: to plan with, not to write by."""
    rows = pickable_stock(hub.pk, sku_ids, today=today_in(hub)).select_related("bin")
    return _ranked(hub, sku_ids, rows)


def _ranked(hub: Hub, sku_ids: Collection[int], rows: Iterable[BinBalance]) -> dict[int, list[Shelf]]:
    open_counts = Count.objects.filter(hub=hub, sku__in=sku_ids, state=Count.State.OPEN)
    doubtful = set(open_counts.values_list("bin_id", "sku_id"))
    shelves: dict[int, list[Shelf]] = defaultdict(list)
    for row in rows:
        expires = row.lot.expires_on if row.lot else None
        is_doubtful = (row.bin_id, row.sku_id) in doubtful
        shelves[row.sku_id].append(Shelf(row, (is_doubtful, expires or date.max, row.since.date())))
    for of_sku in shelves.values():
        of_sku.sort(key=lambda shelf: (shelf.rank, shelf.stock.bin_id))
    return shelves
