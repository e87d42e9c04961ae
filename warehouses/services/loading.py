"""Loading: the open tasks of a wave as what the planner puts onto carts, area by area."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from foundation import clock
from warehouses.models import Bin, CartType, Hub, PickTask, Sku, Zone
from warehouses.planning.batches.batching import CartPlan
from warehouses.planning.batches.loads import Cart, Line, LoadPart, Tote, split_load
from warehouses.planning.running.releasing import Area
from warehouses.planning.running.zoning import divide
from warehouses.planning.walks.handling import Handling
from warehouses.services.filling import Contents
from warehouses.services.floorplan import layout_of, spot_of
from warehouses.services.flows import flows_of

DEPOT: Final = ""
"""The area of all that is walked from the hub's own depot."""

HAZMAT, PLAIN = "hazmat", "plain"

APART: Final = ((HAZMAT, PLAIN),)
"""Groups of loads that may not ride on one cart, in a hub that keeps hazmat apart."""


@dataclass(frozen=True, slots=True)
class Loading:
    """What goes onto carts.

    `parts`: per area (a zone's id, or `DEPOT`) and load key. `shared`: (area, load key) of totes of single-item orders.
    `doors`: the zones that hand goods over at a door of their own.
    """

    cart: Cart
    areas: Mapping[str, Area]
    parts: Mapping[str, Mapping[str, LoadPart]]
    shared: frozenset[tuple[str, str]]
    apart: tuple[tuple[str, str], ...]
    doors: frozenset[str] = frozenset()

    def area_of(self, place: Bin) -> str:
        """The area of a bin: its zone, where that hands goods over at a door of its own."""
        name = str(place.zone_id)
        return name if name in self.doors else DEPOT

    def totes(self, area: str, cart: CartPlan) -> list[Contents]:
        """What is in the cart's totes, place by place."""
        return [tote for key in cart.loads for tote in self.parts[area][key].totes]

    def shared_on(self, area: str, cart: CartPlan) -> list[int]:
        """Which of the cart's totes, from 0, hold single-item orders together."""
        keys = [key for key in cart.loads for _ in self.parts[area][key].totes]
        return [number for number, key in enumerate(keys) if (area, key) in self.shared]

    def minds_handling(self, area: str, cart: CartPlan) -> bool:
        """Whether goods on the cart must go under others of it."""
        loads = [self.parts[area][key].load for key in cart.loads]
        return any(load.heavy for load in loads) and any(load.fragile for load in loads)


def load_tasks(*, hub: Hub, cart_type: CartType, tasks: Sequence[PickTask], dues: Mapping[str, datetime]) -> Loading:
    """Put the tasks, most urgent first, into totes. `dues`: by demand group, when its goods must be back.

    Raises `Invalid` (`unit_too_large`, `layout_invalid`, `bin_without_spot`).
    """
    cart = Cart(
        totes=cart_type.totes,
        volume_mm3=cart_type.totes * cart_type.tote_volume_mm3,
        weight_g=cart_type.totes * cart_type.tote_weight_g,
    )
    tote = Tote(cart_type.tote_volume_mm3, cart_type.tote_weight_g)
    by_key = {str(task.pk): task for task in tasks}
    orders: dict[str, list[Line]] = defaultdict(list)
    for key, task in by_key.items():
        orders[task.reservation.demand_group].append(
            Line(key, spot_of(task.bin), task.open, task.sku.volume_mm3, task.sku.weight_g, handling_of(hub, task.sku))
        )
    doors = {str(zone.pk): zone for zone in Zone.objects.filter(hub=hub, hand_over__isnull=False)}

    def area_of(line: Line) -> str:
        name = str(by_key[line.key].bin.zone_id)
        return name if name in doors else DEPOT

    floor = layout_of(hub)
    parts, shared, areas = {}, set(), {}
    urgency = _urgency(tasks, is_apart=hub.keeps_hazmat_apart)
    for area, wanted in divide(orders, area_of).items():
        flows = flows_of(hub, wanted, by_key, cart=cart, tote=tote, urgency=urgency)
        split = [
            part for group, lines in flows.others.items() for part in split_load(group, lines, tote=tote, cart=cart)
        ]
        parts[area] = {part.load.key: _timed(part, by_key, dues) for part in (*flows.singles, *split)}
        shared |= {(area, part.load.key) for part in flows.singles}
        way = floor if area == DEPOT else replace(floor, depot_links=_links(doors[area]))
        areas[area] = Area(way, tuple(part.load for part in parts[area].values()))
    return Loading(cart, areas, parts, frozenset(shared), APART if hub.keeps_hazmat_apart else (), frozenset(doors))


def _urgency(tasks: Iterable[PickTask], *, is_apart: bool) -> dict[str, int]:
    """By demand group a number: what has not the same one shares no tote."""
    kinds = {
        task.reservation.demand_group: (task.reservation.priority, is_apart and _is_hazmat(task.sku)) for task in tasks
    }
    numbers = {kind: number for number, kind in enumerate(sorted(set(kinds.values())))}
    return {group: numbers[kind] for group, kind in kinds.items()}


def _timed(part: LoadPart, tasks: Mapping[str, PickTask], dues: Mapping[str, datetime]) -> LoadPart:
    """The part with its group, and due when the first of its orders is."""
    inside = [tasks[key] for key, _ in part.picks]
    due = min(
        (dues[group] for group in {task.reservation.demand_group for task in inside} if group in dues), default=None
    )
    due_s = None if due is None else round((due - clock.now()).total_seconds())
    return replace(part, load=replace(part.load, due_s=due_s, group=group_of(task.sku for task in inside)))


def group_of(skus: Iterable[Sku]) -> str:
    """The group of a load of these goods, as `APART` speaks of it."""
    return HAZMAT if any(_is_hazmat(sku) for sku in skus) else PLAIN


def _is_hazmat(sku: Sku) -> bool:
    return bool(sku.hazmat_class)


def handling_of(hub: Hub, sku: Sku) -> Handling:
    """How the hub wants goods of this kind to lie on the cart; in most hubs it doesn't mind."""
    if not hub.heavy_from_g:
        return Handling.PLAIN
    if sku.is_fragile:
        return Handling.FRAGILE
    return Handling.HEAVY if sku.weight_g >= hub.heavy_from_g else Handling.PLAIN


def _links(zone: Zone) -> tuple[tuple[int, int, int], ...]:
    return tuple((aisle, cross, mm) for aisle, cross, mm in zone.hand_over or ())
