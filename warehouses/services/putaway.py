"""Putaway: from the dock to the shelf, one trolley walk per inbound; only then can units be sold."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from foundation import clock
from foundation.errors import Conflict, NotFound
from foundation.sql import update_many
from warehouses.locks import lock_inbound, lock_putaway_planner, lock_putaway_tasks, lock_shelves
from warehouses.models import Bin, BinBalance, CartonLine, Condition, Inbound, Move, PutawayTask, Sku
from warehouses.planning.putaway import Group, Place, PutawayPlan, plan_putaway
from warehouses.services.floorplan import layout_of, spot_of, within_reach
from warehouses.services.inbounds import close_if_put_away
from warehouses.services.moving import Moved, Step, post_moves, ring
from warehouses.signals import News, What

SECONDS_TO_PLAN = 5.0
MOST_SKUS_PER_BIN = 3
"""With more kinds of goods in one bin a picker searches, and picks the wrong one."""
NO_LIMIT = 10**15
"""Room of a bin whose volume or weight is not limited: a cubic kilometre's worth, far inside 64 bits."""

Counted = tuple[int, int | None, str]
"""What was counted together: SKU, lot, condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutawayScan:
    """The worker scanned this bin for this task."""

    task_id: int
    bin_code: str


@transaction.atomic
def propose_putaway(*, inbound_id: int, seed: int = 0) -> list[PutawayTask]:
    """Chooses a bin for every counted unit of the inbound that has no task yet, and the walk to them.

    Sellable goods go to storage, damaged ones to quarantine. Asked twice, it proposes nothing new. Raises
    `NotFound` (`inbound_unknown`), `Conflict` (`no_room`) naming what does not fit anywhere; then nothing is
    proposed.
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
    skus = Sku.objects.in_bulk({sku_id for sku_id, _, _ in counted})
    good = {key: n for key, n in counted.items() if key[2] == Condition.SELLABLE}
    plan, bins = _plan(inbound, good, skus, seed)
    tasks = []
    for placement in plan.placements:
        sku_id, lot_id = _unkey(placement.group)
        place = bins[int(placement.place)]
        item = (sku_id, lot_id, Condition.SELLABLE.value)
        tasks.append(_task(inbound, dock, place, item, placement.quantity))
    _in_walking_order(tasks, plan)
    doubtful = [(item, quantity) for item, quantity in counted.items() if item[2] != Condition.SELLABLE]
    if doubtful:
        quarantine = _first_bin(inbound.hub_id, Bin.Kind.QUARANTINE)
        tasks.extend(_task(inbound, dock, quarantine, item, quantity) for item, quantity in doubtful)
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


def _key(sku_id: int, lot_id: int | None) -> str:
    return f"{sku_id}/{lot_id or ''}"


def _unkey(key: str) -> tuple[int, int | None]:
    sku_id, _, lot_id = key.partition("/")
    return int(sku_id), int(lot_id) if lot_id else None


def _plan(
    inbound: Inbound, good: dict[Counted, int], skus: dict[int, Sku], seed: int
) -> tuple[PutawayPlan, dict[int, Bin]]:
    hub = inbound.hub
    floor = layout_of(hub)
    open_bins = Bin.objects.filter(hub=hub, kind=Bin.Kind.STORAGE, blocked_at=None)
    bins = {row.pk: row for row in within_reach(floor, open_bins)}
    groups = [
        Group(
            key=_key(sku_id, lot_id),
            sku=str(sku_id),
            lot=str(lot_id or ""),
            quantity=quantity,
            unit_volume_mm3=skus[sku_id].volume_mm3,
            unit_weight_g=skus[sku_id].weight_g,
            velocity=float(quantity),
        )
        for (sku_id, lot_id, _), quantity in sorted(good.items(), key=str)
    ]
    plan = plan_putaway(
        floor,
        groups,
        _places(hub.pk, bins),
        seed=seed,
        time_limit_s=SECONDS_TO_PLAN,
        max_skus_per_place=MOST_SKUS_PER_BIN,
    )
    if plan.left_over:
        names = ", ".join(f"{left.quantity} x {skus[_unkey(left.group)[0]].code}" for left in plan.left_over[:5])
        raise Conflict(f"No room in {hub.code} for {names}.", code="no_room")
    return plan, bins


def _places(hub_id: int, bins: dict[int, Bin]) -> list[Place]:
    """Room left per storage bin. What other tasks will bring counts as being there."""
    used: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    skus: dict[int, set[str]] = defaultdict(set)
    lots: dict[int, set[tuple[str, str]]] = defaultdict(set)
    stock = BinBalance.objects.filter(bin__hub_id=hub_id, bin__kind=Bin.Kind.STORAGE, on_hand__gt=0)
    coming = PutawayTask.objects.filter(hub_id=hub_id, state=PutawayTask.State.PROPOSED)
    rows = [
        *stock.values_list("bin_id", "sku_id", "lot_id", "on_hand", "sku__volume_mm3", "sku__weight_g"),
        *coming.values_list("to_bin_id", "sku_id", "lot_id", "quantity", "sku__volume_mm3", "sku__weight_g"),
    ]
    for bin_id, sku_id, lot_id, quantity, volume, weight in rows:
        used[bin_id][0] += quantity * volume
        used[bin_id][1] += quantity * weight
        skus[bin_id].add(str(sku_id))
        lots[bin_id].add((str(sku_id), str(lot_id or "")))
    return [
        Place(
            key=str(pk),
            spot=spot_of(row),
            volume_mm3=max((row.volume_mm3 or NO_LIMIT) - used[pk][0], 0),
            weight_g=max((row.max_weight_g or NO_LIMIT) - used[pk][1], 0),
            skus=frozenset(skus[pk]),
            lots=frozenset(lots[pk]),
        )
        for pk, row in bins.items()
    ]


def _task(inbound: Inbound, dock: Bin, to_bin: Bin, item: Counted, quantity: int) -> PutawayTask:
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
        sequence=0,
    )


def _in_walking_order(tasks: list[PutawayTask], plan: PutawayPlan) -> None:
    if plan.walk is None:
        return
    rank = {plan.spots[index]: place for place, index in enumerate(plan.walk.order)}
    tasks.sort(key=lambda task: (rank[spot_of(task.to_bin)], task.to_bin.code, task.sku_id, task.lot_id or 0))


@transaction.atomic
def confirm_putaway(*, scans: Sequence[PutawayScan], worker_id: int | None = None) -> int:
    """The worker put the tasks' units into the scanned bins; returns the units that moved now.

    A task confirmed before is passed over. Units of a blocked lot arrive blocked. Raises `NotFound`
    (`task_unknown`), `Conflict` (`wrong_bin`) naming the bin that was meant; one wrong scan refuses the whole call.
    """
    inbounds = PutawayTask.objects.filter(pk__in=[scan.task_id for scan in scans]).values_list("work_ref", flat=True)
    locked = [lock_inbound(pk) for pk in _inbound_ids(set(inbounds))]
    tasks = {task.pk: task for task in lock_putaway_tasks([scan.task_id for scan in scans])}
    checked = {scan.task_id: _checked(scan, tasks, row) for row, scan in enumerate(scans, start=1)}
    fresh = [task for task in checked.values() if task.state == PutawayTask.State.PROPOSED]
    if not fresh:
        return 0
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
    if task.to_bin.code != scan.bin_code.strip().upper():
        raise Conflict(
            f"{task.sku.code} belongs in {task.to_bin.code}, not in {scan.bin_code[:20]}.",
            code="wrong_bin",
            field="bin_code",
            row=row,
            bin=task.to_bin.code,
        )
    return task
