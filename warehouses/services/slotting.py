"""Slotting: which bins counted goods go to. Room, rules of what lies together, how often goods are asked for."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, Sum

from foundation import clock
from foundation.errors import Conflict
from warehouses.models import Bin, BinBalance, Condition, Hub, PickTask, PutawayTask, Reservation, Sku, Zone
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.putaway import Group, Place, PutawayPlan, plan_putaway
from warehouses.services.floorplan import layout_of, spot_of, within_reach

SECONDS_TO_PLAN = 5.0
MOST_SKUS_PER_BIN = 3
"""With more kinds of goods in one bin a picker searches, and picks the wrong one."""
NO_LIMIT = 10**15
"""Room of a bin whose volume or weight is not limited: a cubic kilometre's worth, far inside 64 bits."""
LOOKED_BACK = timedelta(days=28)
"""Picks of so long say how fast goods move; what nobody has picked yet is thought to last so long."""

Item = tuple[int, int | None]
"""What lies together: SKU and lot."""


@dataclass(frozen=True, slots=True)
class Slot:
    """So many units of an item into that bin."""

    item: Item
    sku: Sku
    to_bin: Bin
    quantity: int


def choose_slots(hub: Hub, goods: Mapping[Item, int], *, seed: int) -> tuple[list[Slot], AnyFloor]:
    """A bin for every unit of sellable goods, and the floor that they lie on. The caller has locked other planners out.

    What orders wait for goes to the hub's cross-dock bins, near the benches, as far as these have room. Raises
    `Conflict` (`no_room`) naming what fits nowhere.
    """
    skus = Sku.objects.in_bulk({sku_id for sku_id, _ in goods})
    floor = layout_of(hub)
    by_benches = set(Zone.objects.filter(hub=hub, is_cross_dock=True).values_list("pk", flat=True))
    open_bins = Bin.objects.filter(hub=hub, kind=Bin.Kind.STORAGE, blocked_at=None)
    bins = {str(row.pk): row for row in within_reach(floor, open_bins)}
    places = _places(hub.pk, bins)
    at_hand = [place for place in places if bins[place.key].zone_id in by_benches]
    waited_for = _waited_for(hub, goods) if at_hand else {}
    speeds = _velocities(hub, goods)

    def plan(wanted: Mapping[Item, int], among: list[Place]) -> PutawayPlan:
        groups = [_group(item, quantity, skus, speeds) for item, quantity in sorted(wanted.items(), key=str)]
        return plan_putaway(
            floor, groups, among, seed=seed, time_limit_s=SECONDS_TO_PLAN, max_skus_per_place=MOST_SKUS_PER_BIN
        )

    first = plan(waited_for, at_hand)
    rest = dict(goods)
    for placement in first.placements:
        rest[_item(placement.group)] -= placement.quantity
    stored = {item: quantity for item, quantity in rest.items() if quantity}
    second = plan(stored, [place for place in places if bins[place.key].zone_id not in by_benches])
    if second.left_over:
        names = ", ".join(f"{left.quantity} x {skus[_item(left.group)[0]].code}" for left in second.left_over[:5])
        raise Conflict(f"No room in {hub.code} for {names}.", code="no_room")
    slots = []
    for one in (*first.placements, *second.placements):
        item = _item(one.group)
        slots.append(Slot(item, skus[item[0]], bins[one.place], one.quantity))
    return slots, floor


def may_go(task: PutawayTask, place: Bin) -> bool:
    """Whether the task's units may lie in this bin instead: it has room for all of them beside what it is to hold.

    By the same rules as the planner's. The caller has locked other planners out.
    """
    if task.condition != Condition.SELLABLE:
        return place.kind == Bin.Kind.QUARANTINE
    if place.kind != Bin.Kind.STORAGE:
        return False
    (there,) = _places(task.hub_id, {str(place.pk): place}, but=task.pk)
    group = _group((task.sku_id, task.lot_id), task.quantity, {task.sku_id: task.sku}, {task.sku_id: 1.0})
    plan = plan_putaway(layout_of(task.hub), [group], [there], max_skus_per_place=MOST_SKUS_PER_BIN)
    return not plan.left_over


def _group(item: Item, quantity: int, skus: Mapping[int, Sku], velocities: Mapping[int, float]) -> Group:
    sku_id, lot_id = item
    sku = skus[sku_id]
    return Group(
        key=f"{sku_id}/{lot_id or ''}",
        sku=str(sku_id),
        lot=str(lot_id or ""),
        quantity=quantity,
        unit_volume_mm3=sku.volume_mm3,
        unit_weight_g=sku.weight_g,
        velocity=velocities[sku_id],
        hazard=sku.hazmat_class,
    )


def _item(key: str) -> Item:
    sku_id, _, lot_id = key.partition("/")
    return int(sku_id), int(lot_id) if lot_id else None


def _waited_for(hub: Hub, goods: Mapping[Item, int]) -> dict[Item, int]:
    """Of the goods, as many units as demands in the hub wait for."""
    sku_ids = {sku_id for sku_id, _ in goods}
    waiting = Reservation.objects.filter(hub=hub, sku__in=sku_ids, wanted__gt=F("held") + F("picked") + F("cancelled"))
    units = waiting.order_by().values_list("sku_id")
    left = dict(units.annotate(n=Sum(F("wanted") - F("held") - F("picked") - F("cancelled"))))
    wanted: dict[Item, int] = {}
    for item, quantity in sorted(goods.items(), key=str):
        taken = min(quantity, left.get(item[0], 0))
        if taken:
            wanted[item] = taken
            left[item[0]] -= taken
    return wanted


def _velocities(hub: Hub, goods: Mapping[Item, int]) -> dict[int, float]:
    """Picks a day by SKU."""
    units: dict[int, int] = defaultdict(int)
    for (sku_id, _), quantity in goods.items():
        units[sku_id] += quantity
    since = clock.now() - LOOKED_BACK
    picks = PickTask.objects.filter(sku__in=units, bin__hub=hub, closed_at__gte=since, picked__gt=0).order_by()
    picked = dict(picks.values_list("sku_id").annotate(n=Count("pk")))
    return {sku_id: picked.get(sku_id, quantity) / LOOKED_BACK.days for sku_id, quantity in units.items()}


def _places(hub_id: int, bins: Mapping[str, Bin], *, but: int | None = None) -> list[Place]:
    """Room left per storage bin. What other tasks than `but` will bring counts as being there."""
    used: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    skus: dict[str, set[str]] = defaultdict(set)
    lots: dict[str, set[tuple[str, str]]] = defaultdict(set)
    hazards: dict[str, set[str]] = defaultdict(set)
    stock = BinBalance.objects.filter(bin__hub_id=hub_id, bin__kind=Bin.Kind.STORAGE, on_hand__gt=0)
    coming = PutawayTask.objects.filter(hub_id=hub_id, state=PutawayTask.State.PROPOSED)
    if but is not None:
        stock = stock.filter(bin__in=bins.values())
        coming = coming.filter(to_bin__in=bins.values()).exclude(pk=but)
    sizes = ("sku__volume_mm3", "sku__weight_g", "sku__hazmat_class")
    rows = [
        *stock.values_list("bin_id", "sku_id", "lot_id", "on_hand", *sizes),
        *coming.values_list("to_bin_id", "sku_id", "lot_id", "quantity", *sizes),
    ]
    for bin_id, sku_id, lot_id, quantity, volume, weight, hazard in rows:
        key = str(bin_id)
        used[key][0] += quantity * volume
        used[key][1] += quantity * weight
        skus[key].add(str(sku_id))
        lots[key].add((str(sku_id), str(lot_id or "")))
        if hazard:
            hazards[key].add(hazard)
    return [
        Place(
            key=key,
            spot=spot_of(row),
            volume_mm3=max((row.volume_mm3 or NO_LIMIT) - used[key][0], 0),
            weight_g=max((row.max_weight_g or NO_LIMIT) - used[key][1], 0),
            skus=frozenset(skus[key]),
            lots=frozenset(lots[key]),
            hazards=frozenset(hazards[key]),
        )
        for key, row in bins.items()
    ]
