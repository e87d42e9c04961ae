"""Shorts: the shelf held less than the books. Find the units elsewhere at once, and have the bin counted."""

from collections.abc import Sequence

from foundation import clock
from warehouses.locks import lock_balances, lock_reservations
from warehouses.models import Count, PickList, PickTask, Reservation
from warehouses.services.assigning import choose_bins
from warehouses.services.carts import extend_walks
from warehouses.services.reserving import hold
from warehouses.services.shelves import free_stock


def replace_short_units(*, pick_list: PickList, tasks: Sequence[PickTask]) -> int:
    """Promises other stock for what these tasks did not find, adds it to the same walk, opens a count per bin.

    The caller is inside its transaction and has booked the missing units. No bin that waits for a count is
    offered: it may be as empty. A line is served whole or waits in the hub's queue. Returns the units found.
    """
    if not tasks:
        return 0
    _open_counts(pick_list.hub_id, tasks)
    rows = lock_reservations({task.reservation_id for task in tasks})
    sku_ids = {row.sku_id for row in rows.values()}
    balances = lock_balances(pick_list.hub_id, sku_ids, known=True)
    shelves = free_stock(pick_list.hub, sku_ids, but_doubtful=True)
    free = {
        sku_id: min(balance.available, sum(shelf.free for shelf in shelves.get(sku_id, ())))
        for sku_id, balance in balances.items()
    }
    served: list[Reservation] = []
    for row in sorted(rows.values(), key=lambda r: (r.priority, r.placed_at, r.pk)):
        if 0 < row.waiting <= free[row.sku_id]:
            free[row.sku_id] -= row.waiting
            served.append(row)
    hold(served)
    extra = choose_bins(served, shelves, work_ref=pick_list.work_ref)
    extend_walks(extra, {task.reservation_id: task for task in tasks})
    return sum(task.quantity for task in extra)


def _open_counts(hub_id: int, tasks: Sequence[PickTask]) -> None:
    items = {(task.bin_id, task.sku_id, task.lot_id) for task in tasks}
    Count.objects.bulk_create(
        [
            Count(
                hub_id=hub_id, bin_id=bin_id, sku_id=sku_id, lot_id=lot_id, reason="short pick", opened_at=clock.now()
            )
            for bin_id, sku_id, lot_id in sorted(items, key=lambda item: (item[0], item[1], item[2] or 0))
        ],
        ignore_conflicts=True,
    )
