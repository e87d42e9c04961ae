"""Reserving: promising units of a hub's stock to demands upstairs, first come first served.

A promise is soft: so many units of a SKU in a hub, no bin yet. Bins are chosen when a wave is released
(`assigning`). One allocator runs per hub at a time, so the queue's order is kept whatever the load.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from foundation import clock
from foundation.quantities import whole_quantity
from foundation.sql import update_many
from warehouses.locks import (
    BinKey,
    lock_allocator,
    lock_balances,
    lock_bin_balances,
    lock_floor_work,
    lock_reservations,
)
from warehouses.models import Balance, Condition, PickTask, Reservation
from warehouses.services.carts import end_empty_walks
from warehouses.services.stopping import is_stopped
from warehouses.services.sums import BinDelta, HubDelta, change_balances, change_bin_balances


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One line upstairs that wants units; `ref` is its key. The lines of a `group` are promised together or not."""

    ref: str
    group: str
    sku_id: int
    quantity: int
    placed_at: datetime
    priority: int = 100


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
                wanted=d.quantity,
            )
            for d in demands
        ],
        ignore_conflicts=True,
        batch_size=5_000,
    )
    refs = [d.ref for d in demands]
    return dict(Reservation.objects.filter(demand_ref__in=refs).values_list("demand_ref", "pk"))


@transaction.atomic
def allocate_page(*, hub_id: int, after: tuple[int, datetime, str] | None = None, groups: int = 500) -> AllocationPage:
    """Promises stock to the next `groups` waiting groups of the hub's queue, oldest and most urgent first.

    A group is promised whole or not at all; one that can't be served does not hold back those behind it.
    The page's `last` is the cursor for the next call; None when the queue is through. A stopped hub promises
    nothing, and the page says so.
    """
    lock_allocator(hub_id)
    if is_stopped(hub_id):
        return AllocationPage(is_stopped=True)
    queue = _next_groups(hub_id, after, groups)
    if not queue:
        return AllocationPage()
    names = list(dict.fromkeys(row[2] for row in queue))
    ids = Reservation.objects.filter(hub_id=hub_id, demand_group__in=names).values_list("pk", flat=True)
    lines: dict[str, list[Reservation]] = defaultdict(list)
    for row in lock_reservations(list(ids)).values():
        if row.waiting:
            lines[row.demand_group].append(row)
    balances = lock_balances(hub_id, {row.sku_id for rows in lines.values() for row in rows})
    granted = _grant_whole_groups(names, lines, balances)
    hold([row for name in granted for row in lines[name]])
    served = set(granted)
    waiting = [name for name in names if name in lines and name not in served]
    return AllocationPage(granted, waiting, queue[-1] if len(queue) == groups else None)


def _next_groups(hub_id: int, after: tuple[int, datetime, str] | None, limit: int) -> list[tuple[int, datetime, str]]:
    waiting = Reservation.objects.filter(hub_id=hub_id, wanted__gt=F("held") + F("picked") + F("cancelled"))
    with connection.cursor() as cursor:
        sql, params = (
            waiting.order_by().values_list("priority", "placed_at", "demand_group").distinct().query.sql_with_params()
        )
        cursor.execute(
            f"""SELECT * FROM ({sql}) AS q(priority, placed_at, demand_group)
                WHERE %s::int IS NULL OR (priority, placed_at, demand_group) > (%s, %s, %s)
                ORDER BY 1, 2, 3 LIMIT %s""",  # noqa: S608 - Django's own SQL
            [*params, *((after[0], *after) if after else (None, None, None, None)), limit],
        )
        return cursor.fetchall()


def _grant_whole_groups(
    names: list[str], lines: dict[str, list[Reservation]], balances: dict[int, Balance]
) -> list[str]:
    free = {sku_id: balance.available for sku_id, balance in balances.items()}
    granted = []
    for name in names:
        need: dict[int, int] = defaultdict(int)
        for row in lines.get(name, ()):
            need[row.sku_id] += row.waiting
        if need and all(free[sku_id] >= units for sku_id, units in need.items()):
            for sku_id, units in need.items():
                free[sku_id] -= units
            granted.append(name)
    return granted


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
