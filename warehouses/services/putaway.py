"""Putaway: from the dock to the shelf, trolley by trolley; only then can units be sold."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from foundation import clock
from foundation.errors import Conflict, NotFound
from foundation.sql import update_many
from warehouses.locks import lock_inbound, lock_putaway_planner, lock_putaway_tasks, lock_shelves
from warehouses.models import Bin, CartonLine, Condition, Hub, Inbound, Move, PutawayTask
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.trolleys import Drop, Trolley, plan_trips
from warehouses.services.closing import close_if_put_away
from warehouses.services.floorplan import spot_of
from warehouses.services.moving import Moved, Step, post_moves, ring
from warehouses.services.slotting import NO_LIMIT, Item, Slot, choose_slots, may_go
from warehouses.signals import News, What

SECONDS_A_DROP, MOST_SECONDS = 0.002, 2.0
"""How long trips may be thought about, where one trolley does not take all."""

Counted = tuple[int, int | None, str]
"""What was counted together: SKU, lot, condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutawayScan:
    """The worker scanned this bin for this task; with a `reason` it may be another bin than was proposed."""

    task_id: int
    bin_code: str
    reason: str = ""


@transaction.atomic
def propose_putaway(*, inbound_id: int, seed: int = 0) -> list[PutawayTask]:
    """Chooses a bin for every counted unit of the inbound that has no task yet, and the trolley's trips to them.

    Sellable goods go to storage, what orders wait for to cross-dock bins if the hub has them, damaged ones to
    quarantine, with the last trip. Asked twice, it proposes nothing new. Raises `NotFound` (`inbound_unknown`),
    `Conflict` (`no_room`) naming what does not fit anywhere; then nothing is proposed.
    """
    try:
        inbound = lock_inbound(inbound_id)
    except Inbound.DoesNotExist:
        raise NotFound("There is no such inbound.", code="inbound_unknown") from None
    lock_putaway_planner(inbound.hub_id)
    counted = _counted_without_task(inbound)
    if not counted:
        return []
    dock = _first_bin(inbound.hub_id, Bin.Kind.DOCK)
    good: dict[Item, int] = {key[:2]: n for key, n in counted.items() if key[2] == Condition.SELLABLE}
    slots, floor = choose_slots(inbound.hub, good, seed=seed)
    tasks = [
        _task(inbound, dock, slot.to_bin, (*slot.item, Condition.SELLABLE.value), units, trip)
        for trip, slot, units in _in_trips(inbound.hub, floor, slots, seed)
    ]
    doubtful = [(item, quantity) for item, quantity in counted.items() if item[2] != Condition.SELLABLE]
    if doubtful:
        quarantine = _first_bin(inbound.hub_id, Bin.Kind.QUARANTINE)
        last = tasks[-1].trip if tasks else 1
        tasks += [_task(inbound, dock, quarantine, item, quantity, last) for item, quantity in doubtful]
    for sequence, task in enumerate(tasks, start=1):
        task.sequence = sequence
    return PutawayTask.objects.bulk_create(tasks, batch_size=2_000)


def waits_for_bins(inbound: Inbound) -> bool:
    """Whether `propose_putaway` would propose something: units were counted that have no task yet."""
    return bool(_counted_without_task(inbound))


def _first_bin(hub_id: int, kind: str) -> Bin:
    place = Bin.objects.filter(hub_id=hub_id, kind=kind, blocked_at=None).order_by("code").first()
    if place is None:
        raise Conflict(f"No {Bin.Kind(kind).label.lower()} place is open.", code="no_room")
    return place


def _counted_without_task(inbound: Inbound) -> dict[Counted, int]:
    counted: dict[Counted, int] = defaultdict(int)
    lines = CartonLine.objects.filter(carton__inbound=inbound, is_closed=True)
    for sku_id, lot_id, good, damaged in lines.values_list("sku_id", "lot_id", "good", "damaged"):
        counted[sku_id, lot_id, Condition.SELLABLE] += good
        counted[sku_id, lot_id, Condition.DAMAGED] += damaged
    tasks = PutawayTask.objects.filter(work_ref=inbound.number).values_list("sku_id", "lot_id", "condition")
    for sku_id, lot_id, condition, quantity in tasks.annotate(n=Sum("quantity")):
        counted[sku_id, lot_id, condition] -= quantity
    return {key: n for key, n in counted.items() if n > 0}


def _task(inbound: Inbound, dock: Bin, to_bin: Bin, item: Counted, quantity: int, trip: int) -> PutawayTask:
    sku_id, lot_id, condition = item
    return PutawayTask(
        hub_id=inbound.hub_id,
        work_ref=inbound.number,
        sku_id=sku_id,
        lot_id=lot_id,
        condition=condition,
        quantity=quantity,
        from_bin=dock,
        to_bin=to_bin,
        trip=trip,
        sequence=0,
    )


def _in_trips(hub: Hub, floor: AnyFloor, slots: Sequence[Slot], seed: int) -> list[tuple[int, Slot, int]]:
    """The number of the trip, the slot, and the units of it that go along, in walking order."""
    drops = [
        Drop(str(at), spot_of(slot.to_bin), slot.quantity, slot.sku.volume_mm3, slot.sku.weight_g)
        for at, slot in enumerate(slots)
    ]
    trolley = Trolley(hub.trolley_volume_mm3 or NO_LIMIT, hub.trolley_weight_g or NO_LIMIT)
    limit_s = min(MOST_SECONDS, SECONDS_A_DROP * len(drops) + 0.1)
    trips = plan_trips(floor, drops, trolley, seed=seed, time_limit_s=limit_s)
    return [(number, slots[int(key)], units) for number, trip in enumerate(trips, start=1) for key, units in trip.drops]


@transaction.atomic
def confirm_putaway(*, scans: Sequence[PutawayScan], worker_id: int | None = None) -> int:
    """The worker put the tasks' units into the scanned bins; returns the units that moved now.

    A task confirmed before is passed over. Units of a blocked lot arrive blocked. With a reason another bin will do,
    if it has room for all of the task beside what is to come there; task and reason are kept. Raises `NotFound`
    (`task_unknown`), `Conflict` (`wrong_bin` naming the bin that was meant, `bin_unsuitable`, `bin_blocked`); one wrong
    scan refuses the whole call.
    """
    inbounds = PutawayTask.objects.filter(pk__in=[scan.task_id for scan in scans]).values_list("work_ref", flat=True)
    locked = [lock_inbound(pk) for pk in _inbound_ids(set(inbounds))]
    if any(scan.reason for scan in scans):
        for hub_id in sorted({inbound.hub_id for inbound in locked}):
            lock_putaway_planner(hub_id)
    tasks = {task.pk: task for task in lock_putaway_tasks([scan.task_id for scan in scans])}
    checked = {scan.task_id: _checked(scan, tasks, row) for row, scan in enumerate(scans, start=1)}
    fresh = [task for task in checked.values() if task.state == PutawayTask.State.PROPOSED]
    if not fresh:
        return 0
    _go_elsewhere(checked, scans)
    lock_shelves(task.to_bin_id for task in fresh)
    moves = post_moves(
        hub_id=fresh[0].hub_id,
        actor_id=worker_id,
        steps=[
            Step(
                kind=Move.Kind.PUTAWAY,
                source=f"putaway:{task.pk}",
                sku_id=task.sku_id,
                lot_id=task.lot_id,
                quantity=task.quantity,
                from_bin_id=task.from_bin_id,
                to_bin_id=task.to_bin_id,
                condition=task.condition,
            )
            for task in fresh
        ],
    )
    for task in fresh:
        task.finish()
        task.worker_id, task.done_at = worker_id, clock.now()
    update_many(PutawayTask, fresh, ["state", "worker", "done_at"])
    for inbound in locked:
        close_if_put_away(inbound)
    ring(fresh[0].hub_id, moves, news=_sellable(locked, fresh, moves))
    return sum(task.quantity for task in fresh)


def _go_elsewhere(tasks: dict[int, PutawayTask], scans: Sequence[PutawayScan]) -> None:
    """Sends the tasks whose scan names another bin there, one after the other: each counts for the next."""
    for row, scan in enumerate(scans, start=1):
        task, code = tasks[scan.task_id], scan.bin_code.strip().upper()
        if task.state != PutawayTask.State.PROPOSED or task.to_bin.code == code:
            continue
        place = Bin.objects.filter(hub=task.hub_id, code=code).first() if code.isprintable() else None
        if place is None or not may_go(task, place):
            raise Conflict(
                f"{task.quantity} x {task.sku.code} can't lie in {code[:20]}: no room, or nothing to lie beside. "
                f"Take {task.to_bin.code}.",
                code="bin_unsuitable",
                field="bin_code",
                row=row,
                bin=task.to_bin.code,
            )
        if place.blocked_at:
            raise Conflict(f"{place.code} is blocked.", code="bin_blocked", field="bin_code", row=row)
        task.proposed_bin, task.to_bin = task.to_bin, place
        task.override_reason = scan.reason.strip()[:60]
        task.save(update_fields=["to_bin", "proposed_bin", "override_reason"])


def _sellable(inbounds: Sequence[Inbound], done: Sequence[PutawayTask], moves: Sequence[Moved]) -> list[News]:
    """What of each inbound can be sold from now on, by the seller's item codes."""
    good = {moved.step.source for moved in moves if moved.step.arrives == Condition.SELLABLE}
    units: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for task in done:
        if f"putaway:{task.pk}" in good:
            units[task.work_ref][task.sku.code] += task.quantity
    return [
        News(What.SELLABLE, inbound, {"units": dict(sorted(units[inbound.number].items()))})
        for inbound in inbounds
        if inbound.number in units
    ]


def _inbound_ids(numbers: set[str]) -> list[int]:
    return list(Inbound.objects.filter(number__in=numbers).order_by("pk").values_list("pk", flat=True))


def _checked(scan: PutawayScan, tasks: dict[int, PutawayTask], row: int) -> PutawayTask:
    task = tasks.get(scan.task_id)
    if task is None:
        raise NotFound("There is no such putaway task.", code="task_unknown", field="task_id", row=row)
    if not scan.reason.strip() and task.to_bin.code != scan.bin_code.strip().upper():
        raise Conflict(
            f"{task.sku.code} belongs in {task.to_bin.code}, not in {scan.bin_code[:20]}.",
            code="wrong_bin",
            field="bin_code",
            row=row,
            bin=task.to_bin.code,
        )
    return task
