"""What hangs on goods on the shelves, locked as one: whoever takes goods from their shelf changes all of it.

It takes its locks through `warehouses.locks`, in that module's order.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from warehouses.locks import (
    KEYS,
    BinKey,
    FloorWork,
    key_columns,
    lock_balances,
    lock_bin_balances,
    lock_floor_work,
)
from warehouses.models import Balance, BinBalance


class ShelfWork(NamedTuple):
    """All that hangs on some goods on the shelves: floor work of those promised, hub balances, bins. All locked."""

    work: FloorWork
    balances: dict[int, dict[int, Balance]]
    rows: dict[BinKey, BinBalance]


def lock_shelf_work(
    find: Callable[[], Mapping[int, Collection[BinKey]]], *, skus: Mapping[int, Collection[int]], since: datetime
) -> ShelfWork:
    """Locks what changes when the goods that `find` names (by hub, as keys of bins) leave their shelves.

    That is the walks to these bins with all the rest of the same demand groups, the promises of these SKUs that
    have no bin yet, and the balances of all of them; those of `skus` (ids by hub) in any case. The caller has
    locked the hubs' allocators. What comes up while a lock is waited for is noticed, and all is taken again.
    """
    while True:
        with transaction.atomic():
            found = _shelf_work(find, skus, since)
            if found is not None:
                return found
            transaction.set_rollback(True)


def _shelf_work(
    find: Callable[[], Mapping[int, Collection[BinKey]]], skus: Mapping[int, Collection[int]], since: datetime
) -> ShelfWork | None:
    stock = find()
    wanted = _concerned(stock)
    work = lock_floor_work(wanted)
    touched = {hub_id: set(sku_ids) for hub_id, sku_ids in skus.items()}
    for hub_id, keys in stock.items():
        touched.setdefault(hub_id, set()).update(key.sku_id for key in keys)
    for row in work.reservations.values():
        touched.setdefault(row.hub_id, set()).add(row.sku_id)
    balances = {hub_id: lock_balances(hub_id, touched[hub_id]) for hub_id in sorted(touched)}
    now_there = find()
    if _keys_of(now_there) - _keys_of(stock) or _concerned(now_there) - wanted:
        return None
    return ShelfWork(work, balances, lock_bin_balances(_keys_of(stock), since=since))


def _keys_of(stock: Mapping[int, Collection[BinKey]]) -> set[BinKey]:
    return {key for keys in stock.values() for key in keys}


def _concerned(stock: Mapping[int, Collection[BinKey]]) -> set[int]:
    """Reservations with a pick task at these goods, with their whole groups, and those of these SKUs without a bin."""
    found: set[int] = set()
    for hub_id, keys in stock.items():
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT r.id FROM warehouses_reservation r WHERE r.demand_group IN (
                        SELECT q.demand_group FROM {KEYS}
                        JOIN warehouses_picktask t ON t.bin_id = k.bin_id AND t.sku_id = k.sku_id
                         AND t.lot_id IS NOT DISTINCT FROM k.lot_id AND t.closed_at IS NULL
                        JOIN warehouses_reservation q ON q.id = t.reservation_id)
                    UNION
                    SELECT r.id FROM warehouses_reservation r
                    WHERE r.hub_id = %s AND r.sku_id = ANY(%s) AND r.held > r.assigned""",  # noqa: S608
                [*key_columns(list(keys)), hub_id, [key.sku_id for key in keys]],
            )
            found.update(pk for (pk,) in cursor.fetchall())
    return found
