"""Displacing: goods leave their shelf, or can no longer be sold; who was to get them gets others, or waits again."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from foundation.errors import Conflict
from foundation.sql import update_many
from warehouses.locks import BinKey
from warehouses.models import Bin, BinBalance, Condition, Hub, PickTask, Reservation
from warehouses.services.assigning import choose_bins
from warehouses.services.carts import end_empty_walks, extend_walks
from warehouses.services.moving import Step, post_moves, ring, settle
from warehouses.services.reserving import call_off, take_back
from warehouses.services.shelf_work import ShelfWork
from warehouses.services.shelves import free_stock


@dataclass(slots=True)
class Outcome:
    """What came of it, in units: moved, to be fetched elsewhere instead, and without a promise again."""

    units: int = 0
    reassigned: int = 0
    waiting: int = 0
    displaced: set[int] = field(default_factory=set)


def take_off(
    work: ShelfWork,
    steps: Mapping[int, Sequence[Step]],
    *,
    may_displace: bool,
    refusal: str = "stock_promised",
    actor_id: int | None = None,
    recalls: Collection[int] = (),
) -> Outcome:
    """Posts `steps` (by hub), whose goods are locked in `work`, and mends the promises they break.

    Pick tasks that would find too little are called off, the youngest promise first, and their units chosen
    elsewhere, on the same walk. Promises that the hub can no longer keep are taken back, the youngest first. A
    demand group that would not get all, and of which nothing is picked yet, is called off whole: it waits for its
    next wave, or in the queue. Raises `Conflict` (`refusal`) where a promise would break and `may_displace` is
    false, and what `post_moves` raises; then nothing is changed.
    """
    outcome = Outcome()
    for hub_id in sorted(steps):
        _take_off(work, hub_id, steps[hub_id], may_displace, refusal, actor_id, recalls, outcome)
    end_empty_walks(work.work.lists)
    return outcome


def _take_off(
    work: ShelfWork,
    hub_id: int,
    wanted: Sequence[Step],
    may_displace: bool,
    refusal: str,
    actor_id: int | None,
    recalls: Collection[int],
    outcome: Outcome,
) -> None:
    steps = settle(hub_id, wanted)
    taken, loss = _effects(hub_id, steps)
    if any(units > work.rows[key].on_hand for key, units in taken.items()):
        post_moves(hub_id=hub_id, steps=steps)  # refuses, and says which bin is short
    homeless = _tasks_in_the_way(work, taken)
    too_many = {
        sku_id: balance.reserved - (balance.sellable - loss[sku_id])
        for sku_id, balance in work.balances[hub_id].items()
        if sku_id in loss and balance.reserved > balance.sellable - loss[sku_id]
    }
    if (homeless or too_many) and not may_displace:
        raise _promised(work, homeless, too_many, hub_id, refusal)
    reservations = {pk: row for pk, row in work.work.reservations.items() if row.hub_id == hub_id}
    _unassign(homeless, reservations)
    before = {pk: row.held for pk, row in reservations.items()}
    for sku_id, units in sorted(too_many.items()):
        of_sku = [row for row in reservations.values() if row.sku_id == sku_id]
        outcome.waiting += take_back(work.balances[hub_id][sku_id], of_sku, units=units)
    moves = post_moves(hub_id=hub_id, steps=steps, actor_id=actor_id)
    outcome.units += sum(moved.step.quantity for moved in moves)
    displaced = {pk for pk, row in reservations.items() if row.held < before[pk]}
    displaced |= _find_elsewhere(hub_id, work.work.tasks, homeless, reservations, outcome)
    outcome.displaced |= displaced
    ring(hub_id, moves, displaced=displaced, recalls=recalls)


def _effects(hub_id: int, steps: Sequence[Step]) -> tuple[dict[BinKey, int], dict[int, int]]:
    """Sellable units taken from each storage bin, and by how many each SKU's sellable units sink in the hub."""
    ids = {bin_id for step in steps for bin_id in (step.from_bin_id, step.to_bin_id) if bin_id}
    storage = set(Bin.objects.filter(pk__in=ids, kind=Bin.Kind.STORAGE).values_list("pk", flat=True))
    taken: dict[BinKey, int] = defaultdict(int)
    loss: dict[int, int] = defaultdict(int)
    for step in steps:
        if step.from_bin_id in storage and step.condition == Condition.SELLABLE:
            taken[BinKey(step.from_bin_id, step.sku_id, step.lot_id, step.condition)] += step.quantity
            loss[step.sku_id] += step.quantity
        if step.to_bin_id in storage and step.arrives == Condition.SELLABLE:
            loss[step.sku_id] -= step.quantity
    return taken, loss


def _tasks_in_the_way(work: ShelfWork, taken: Mapping[BinKey, int]) -> list[PickTask]:
    """Open pick tasks that would find too little, those of the youngest promises; no more than must be."""
    found: list[PickTask] = []
    for key, units in taken.items():
        lacking = units - _free(work.rows[key])
        here = [t for t in work.work.tasks if (t.bin_id, t.sku_id, t.lot_id) == (key.bin_id, key.sku_id, key.lot_id)]
        for task in sorted(here, key=lambda t: _age(work.work.reservations[t.reservation_id]), reverse=True):
            if lacking > 0:
                lacking -= task.open
                found.append(task)
    return found


def _free(row: BinBalance) -> int:
    return row.on_hand - row.reserved


def _age(row: Reservation) -> tuple[int, object, int]:
    return row.priority, row.placed_at, row.pk


def _promised(
    work: ShelfWork, homeless: Sequence[PickTask], too_many: Mapping[int, int], hub_id: int, code: str
) -> Conflict:
    if homeless:
        units = sum(task.open for task in homeless)
        return Conflict(
            f"Pick lists will fetch {units} of these units: pick or cancel those first, or let them be fetched "
            "elsewhere.",
            code=code,
            field="quantity",
            units=units,
        )
    sku_id, units = next(iter(sorted(too_many.items())))
    balance = work.balances[hub_id][sku_id]
    return Conflict(
        f"{balance.reserved} of {balance.sellable} sellable units of {balance.sku.code} are promised: "
        f"{units} promises would break.",
        code=code,
        field="quantity",
        units=units,
    )


def _unassign(tasks: Sequence[PickTask], reservations: Mapping[int, Reservation]) -> None:
    for task in tasks:
        reservations[task.reservation_id].assigned -= task.open
    call_off(tasks)
    changed = {task.reservation_id for task in tasks}
    update_many(Reservation, [reservations[pk] for pk in sorted(changed)], ["assigned"])


def _find_elsewhere(
    hub_id: int,
    tasks: Sequence[PickTask],
    homeless: Sequence[PickTask],
    reservations: Mapping[int, Reservation],
    outcome: Outcome,
) -> set[int]:
    """Chooses other bins for what the homeless tasks were to fetch; returns the reservations left without."""
    if not homeless:
        return set()
    groups: dict[str, list[Reservation]] = defaultdict(list)
    for row in reservations.values():
        groups[row.demand_group].append(row)
    hit = sorted({reservations[task.reservation_id].demand_group for task in homeless})
    shelves = free_stock(Hub.objects.get(pk=hub_id), {task.sku_id for task in homeless})
    left = {sku_id: sum(shelf.free for shelf in of_sku) for sku_id, of_sku in shelves.items()}
    served: list[Reservation] = []
    put_back: set[str] = set()
    for name in sorted(hit, key=lambda name: min(_age(row) for row in groups[name])):
        need = [row for row in groups[name] if row.held > row.assigned]
        wants: dict[int, int] = defaultdict(int)
        for row in need:
            wants[row.sku_id] += row.held - row.assigned
        is_whole = not any(row.waiting for row in groups[name]) and all(
            left.get(sku_id, 0) >= units for sku_id, units in wants.items()
        )
        if is_whole or any(row.picked for row in groups[name]):
            served.extend(need)
            for sku_id, units in wants.items():
                left[sku_id] = max(left.get(sku_id, 0) - units, 0)
        else:
            put_back.add(name)
    _unassign([task for task in tasks if task.open and _group(reservations, task) in put_back], reservations)
    instead_of = {task.reservation_id: task for task in homeless}
    for work_ref in sorted({task.work_ref for task in homeless}):
        rows = [row for row in served if row.pk in instead_of and instead_of[row.pk].work_ref == work_ref]
        extra = choose_bins(rows, shelves, work_ref=work_ref)
        extend_walks(extra, instead_of)
        outcome.reassigned += sum(task.quantity for task in extra)
    back = {row.pk for name in put_back for row in groups[name]}
    return back | {row.pk for row in served if row.held > row.assigned}


def _group(reservations: Mapping[int, Reservation], task: PickTask) -> str:
    row = reservations.get(task.reservation_id)
    return row.demand_group if row else ""
