"""Assigning: promised units get named bins and lots, when a wave is released or a pick came up short."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import transaction

from foundation import clock
from foundation.sql import insert_many, update_many
from warehouses.locks import BinKey, lock_balances, lock_floor_work, lock_reservations
from warehouses.models import BinBalance, Hub, PickTask, Reservation
from warehouses.services.carts import end_empty_walks
from warehouses.services.reserving import call_off
from warehouses.services.shelves import Shelf, free_stock
from warehouses.services.sums import BinDelta, change_bin_balances

TASK_FIELDS = (
    *("work_ref", "reservation", "bin", "sku", "lot", "sequence"),
    *("quantity", "picked", "short", "cancelled"),
)
"""What a new pick task has before it is put onto a list."""


@transaction.atomic
def assign(*, hub: Hub, reservation_ids: Collection[int], work_ref: str) -> list[int]:
    """Makes a pick task per bin for every held unit of these reservations that has none yet.

    First expired, first in, fewest bins; a bin that waits for a count comes last. Returns the ids of
    reservations that could not be assigned whole (the units exist but are expired or already fetched for
    others); what could be, is. Twice is once.
    """
    rows = [row for row in lock_reservations(reservation_ids).values() if row.held > row.assigned]
    if not rows:
        return []
    sku_ids = {row.sku_id for row in rows}
    lock_balances(hub.pk, sku_ids, known=True)
    tasks = choose_bins(rows, free_stock(hub, sku_ids), work_ref=work_ref)
    insert_many(PickTask, tasks, TASK_FIELDS)
    return [row.pk for row in rows if row.held > row.assigned]


@transaction.atomic
def unassign(*, reservation_ids: Collection[int]) -> None:
    """Calls off the open pick tasks of these reservations; the promises stay, without bins. Twice is once."""
    work = lock_floor_work(reservation_ids)
    if not work.tasks:
        return
    rows = [row for row in work.reservations.values() if row.assigned]
    lock_balances(rows[0].hub_id, {row.sku_id for row in rows}, known=True)
    call_off(work.tasks)
    for row in rows:
        row.assigned = 0
    update_many(Reservation, rows, ["assigned"])
    end_empty_walks(work.lists)


def choose_bins(rows: Iterable[Reservation], shelves: dict[int, list[Shelf]], *, work_ref: str) -> list[PickTask]:
    """The tasks for `rows` (locked), unsaved; bins and reservations are marked. Older reservations choose first."""
    tasks: list[PickTask] = []
    deltas: dict[BinKey, BinDelta] = defaultdict(BinDelta)
    chosen = sorted(rows, key=lambda r: (r.priority, r.placed_at, r.pk))
    for row in chosen:
        for stock, quantity in _take(shelves.get(row.sku_id, []), row.held - row.assigned):
            key = BinKey(stock.bin_id, stock.sku_id, stock.lot_id, stock.condition)
            deltas[key] = deltas[key].plus(BinDelta(reserved=quantity))
            row.assigned += quantity
            tasks.append(
                PickTask(
                    work_ref=work_ref,
                    reservation=row,
                    bin_id=stock.bin_id,
                    sku_id=stock.sku_id,
                    lot_id=stock.lot_id,
                    quantity=quantity,
                )
            )
    change_bin_balances(deltas, at=clock.now())
    update_many(Reservation, chosen, ["assigned"])
    return tasks


def _take(shelves: list[Shelf], wanted: int) -> list[tuple[BinBalance, int]]:
    """Takes `wanted` units off the shelves: among equals the one that is just large enough, else the fullest."""
    taken = []
    while wanted and shelves:
        equals = [shelf for shelf in shelves if shelf.rank == shelves[0].rank]
        enough = [shelf for shelf in equals if shelf.free >= wanted]
        # min and max keep the first of equals, so that ties go by bin.
        shelf = min(enough, key=lambda s: s.free) if enough else max(equals, key=lambda s: s.free)
        quantity = min(wanted, shelf.free)
        shelf.stock.reserved += quantity
        wanted -= quantity
        taken.append((shelf.stock, quantity))
        if not shelf.free:
            shelves.remove(shelf)
    return taken
