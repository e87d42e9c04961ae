"""A rush order into a running list: onto the cart under way that it makes least longer, after where it is now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from warehouses.planning.batches.batching import CartPlan
from warehouses.planning.batches.bounds import walk_bound
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.walks.walk import Walk


@dataclass(frozen=True, slots=True)
class Running:
    """A cart under way: its plan, how many stops of its walk are done, and the groups of the loads on it.

    The picker stands at the last stop done, or walks to the next one from there.
    """

    plan: CartPlan
    done: int
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rushed:
    """Which cart takes the load, its new plan, and how many mm it walks more."""

    place: int
    plan: CartPlan
    added_mm: int


def insert_rush(
    floor: AnyFloor, running: Sequence[Running], load: Load, cart: Cart, *, apart: Collection[tuple[str, str]] = ()
) -> Rushed | None:
    """The cheapest insertion of `load`, or None when no cart has room for it and may carry it.

    The stops done stay as they are; those to come keep their order, and the load's spots go between them or
    after them, the cheapest first (Rosenkrantz, Stearns and Lewis 1977). Raises `Invalid` (`spot_unreachable`).
    """
    floor.check(load.spots)
    barred = {frozenset(pair) for pair in apart}
    found = [
        _inserted(floor, place, one, load)
        for place, one in enumerate(running)
        if _fits(one.plan, load, cart) and not any(frozenset((group, load.group)) in barred for group in one.groups)
    ]
    return min(found, key=lambda rushed: (rushed.added_mm, rushed.place), default=None)


def _fits(plan: CartPlan, load: Load, cart: Cart) -> bool:
    return (
        plan.totes + load.totes <= cart.totes
        and plan.volume_mm3 + load.volume_mm3 <= cart.volume_mm3
        and plan.weight_g + load.weight_g <= cart.weight_g
    )


def _inserted(floor: AnyFloor, place: int, running: Running, load: Load) -> Rushed:
    """The load on this cart."""
    plan = running.plan
    order = [plan.spots[index] for index in plan.walk.order]
    new = [spot for spot in dict.fromkeys(load.spots) if spot not in order[running.done :]]
    held = [*plan.spots, *(spot for spot in new if spot not in plan.spots)]
    for _ in range(len(new)):
        spot, at = min(
            ((spot, at) for spot in new for at in range(running.done, len(order) + 1)),
            key=lambda way: (_detour_mm(floor, order, *way), way[1], way[0]),
        )
        order.insert(at, spot)
        new.remove(spot)
    spots, indexes = _indexed(held, order)
    length = floor.route_mm(order)
    walk = Walk(indexes, length, walk_bound(floor, order) if isinstance(floor, Layout) else 0, "rush")
    changed = CartPlan(
        loads=(*plan.loads, load.key),
        spots=spots,
        walk=walk,
        totes=plan.totes + load.totes,
        volume_mm3=plan.volume_mm3 + load.volume_mm3,
        weight_g=plan.weight_g + load.weight_g,
    )
    return Rushed(place, changed, length - plan.walk.length_mm)


def _indexed(spots: Sequence[Spot], order: Sequence[Spot]) -> tuple[tuple[Spot, ...], tuple[int, ...]]:
    """The cart's spots and the walk's indexes; a spot that is visited again is in the spots again."""
    named, indexes, seen = list(spots), [], set[Spot]()
    for spot in order:
        if spot in seen:
            named.append(spot)
            indexes.append(len(named) - 1)
        else:
            seen.add(spot)
            indexes.append(named.index(spot))
    return tuple(named), tuple(indexes)


def _detour_mm(floor: AnyFloor, order: Sequence[Spot], spot: Spot, at: int) -> int:
    """What a stop at this place of the walk adds; None is the depot at both ends."""
    before = order[at - 1] if at else None
    after = order[at] if at < len(order) else None
    direct = floor.distance_mm(before, after) if before is not None or after is not None else 0
    return floor.distance_mm(before, spot) + floor.distance_mm(spot, after) - direct
