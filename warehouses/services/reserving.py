"""Reserving: promising units of a hub's stock to demands upstairs, first come first served.

A promise is soft: so many units of a SKU in a hub, no bin yet. Bins are chosen when a wave is released
(`assigning`). One allocator runs per hub at a time, so the queue's order is kept whatever the load.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from foundation import clock
from foundation.quantities import whole_quantity
from foundation.sql import update_many
from foundation.tenancy import allocating
from warehouses.locks import (
    BinKey,
    lock_allocator,
    lock_balances,
    lock_bin_balances,
    lock_floor_work,
)
from warehouses.models import Balance, Condition, PickTask, Reservation
from warehouses.services.carts import end_empty_walks
from warehouses.services.stopping import is_stopped
from warehouses.services.sums import BinDelta, HubDelta, change_balances, change_bin_balances


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One line upstairs that wants units; `ref` is its key. The lines of a `group` are promised together or not.

    With `in_part` each of them takes what there is.
    """

    ref: str
    group: str
    sku_id: int
    quantity: int
    placed_at: datetime
    priority: int = 100
    in_part: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """What one demand has: units held for it, and units it still waits for."""

    ref: str
    reservation_id: int
    held: int
    waiting: int


PAGE_GROUPS = 3_000
"""Groups in one transaction of the allocator: some 5,000 lines, a fraction of a second."""


@dataclass(frozen=True, slots=True)
class AllocationPage:
    """What one page of the queue got: groups promised whole, groups still waiting, and where to go on.

    `is_stopped`: nothing was done, since the hub's books do not add up (`stopping`).
    """

    granted: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    last: tuple[int, datetime, str] | None = None
    is_stopped: bool = False


def reserve(*, hub_id: int, demands: Sequence[Demand]) -> dict[str, int]:
    """Queues `demands` for stock; returns the reservation's id by demand ref. Twice the same is once.

    Raises `Invalid` (`quantity_invalid`).
    """
    for demand in demands:
        whole_quantity(demand.quantity)
    Reservation.objects.bulk_create(
        [
            Reservation(
                hub_id=hub_id,
                sku_id=d.sku_id,
                demand_ref=d.ref,
                demand_group=d.group,
                priority=d.priority,
                placed_at=d.placed_at,
                in_part=d.in_part,
                wanted=d.quantity,
            )
            for d in demands
        ],
        ignore_conflicts=True,
        batch_size=5_000,
    )
    refs = [d.ref for d in demands]
    return dict(Reservation.objects.filter(demand_ref__in=refs).values_list("demand_ref", "pk"))


def reserve_now(*, hub_id: int, demands: Sequence[Demand]) -> list[Promise]:
    """Queues one group's `demands` and promises stock to them at once; what each has now, in the order queued.

    For a caller who waits: one statement, one round trip, and outside a transaction a commit of its own. The group
    is promised whole or waits whole, unless it says `in_part`. It waits too when an older or more urgent group that
    wants one of its items could be served: that one keeps its turn, and the allocator, which the caller wakes,
    serves both. Twice the same is once; a demand that waits already is tried again.

    Raises `Invalid` (`quantity_invalid`), and `ValueError` for demands of several groups.
    """
    for demand in demands:
        whole_quantity(demand.quantity)
    if len({(d.group, d.priority, d.placed_at, d.in_part) for d in demands}) != 1:
        raise ValueError("The demands are of one group, priority, time and kind.")
    one = demands[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM warehouses_reserve_now(%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                *(hub_id, one.group, one.priority, one.placed_at, one.in_part),
                *([d.ref for d in demands], [d.sku_id for d in demands], [d.quantity for d in demands]),
            ],
        )
        return [Promise(*row) for row in cursor.fetchall()]


def allocate_page(
    *, hub_id: int, after: tuple[int, datetime, str] | None = None, groups: int = PAGE_GROUPS
) -> AllocationPage:
    """Promises stock to the next `groups` waiting groups of the hub's queue, oldest and most urgent first.

    A group is promised whole or not at all, unless it says `in_part`; one that can't be served does not hold back
    those behind it. The page's `last` is the cursor for the next call; None when the queue is through. The deciding
    is done in the database, in one statement: no row of the queue comes here. A stopped hub
    promises nothing, and the page says so. A transaction of its own, in the allocator's rights.
    """
    with allocating():
        lock_allocator(hub_id)
        if is_stopped(hub_id):
            return AllocationPage(is_stopped=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM warehouses_allocate_page(%s, %s, %s, %s, %s)", [hub_id, *(after or (None,) * 3), groups]
            )
            granted, waiting, *last = cursor.fetchone()
    return AllocationPage(granted, waiting, None if last[2] is None else (last[0], last[1], last[2]))


def hold(reservations: Sequence[Reservation]) -> None:
    """Promises everything these locked reservations still wait for; the caller has checked that it is there."""
    if not reservations:
        return
    deltas: dict[int, HubDelta] = defaultdict(HubDelta)
    for row in reservations:
        deltas[row.sku_id] = deltas[row.sku_id].plus(HubDelta(reserved=row.waiting))
        row.held += row.waiting
    update_many(Reservation, reservations, ["held"])
    change_balances(reservations[0].hub_id, deltas)


@transaction.atomic
def release(*, hub_id: int, reservation_ids: Collection[int]) -> int:
    """Gives up what these reservations still hold or wait for; returns the units set free or no longer awaited.

    Open pick tasks are called off, and a walk with nothing left to fetch ends. What is already picked stays
    picked: it is in a tote and must be packed, or brought back by hand. Twice the same is once.
    """
    work = lock_floor_work(reservation_ids)
    rows = [row for row in work.reservations.values() if row.held or row.waiting]
    if not rows:
        return 0
    lock_balances(hub_id, {row.sku_id for row in rows})
    call_off(work.tasks)
    hub_deltas: dict[int, HubDelta] = defaultdict(HubDelta)
    given_up = 0
    for row in rows:
        hub_deltas[row.sku_id] = hub_deltas[row.sku_id].plus(HubDelta(reserved=-row.held))
        given_up += row.held + row.waiting
        row.cancelled = row.wanted - row.picked
        row.held = row.assigned = 0
    update_many(Reservation, rows, ["held", "assigned", "cancelled"])
    change_balances(hub_id, hub_deltas)
    end_empty_walks(work.lists)
    return given_up


def take_back(balance: Balance, reservations: Collection[Reservation], *, units: int) -> int:
    """Takes promises without a bin back, the youngest first, until `units` are free again; returns how many it were.

    For a count that found fewer units than were promised: those demands wait in the queue again, in their old
    place. The caller holds the locks on the balance and the reservations.
    """
    deprived: list[Reservation] = []
    left = units
    for row in sorted(reservations, key=lambda r: (r.priority, r.placed_at, r.pk), reverse=True):
        taken = min(left, row.held - row.assigned)
        if taken:
            row.held -= taken
            left -= taken
            deprived.append(row)
    update_many(Reservation, deprived, ["held"])
    change_balances(balance.hub_id, {balance.sku_id: HubDelta(reserved=left - units)})
    balance.reserved -= units - left
    return units - left


def call_off(tasks: Sequence[PickTask]) -> None:
    """Closes open pick tasks whose units are no longer wanted and frees their bins. Reservations are the caller's."""
    deltas: dict[BinKey, BinDelta] = defaultdict(BinDelta)
    for task in tasks:
        key = BinKey(task.bin_id, task.sku_id, task.lot_id, Condition.SELLABLE)
        deltas[key] = deltas[key].plus(BinDelta(reserved=-task.open))
    closed_at = clock.now()
    lock_bin_balances(deltas, since=closed_at)
    change_bin_balances(deltas, at=closed_at)
    for task in tasks:
        task.cancelled += task.open
        task.closed_at = closed_at
    update_many(PickTask, tasks, ["cancelled", "closed_at"])
