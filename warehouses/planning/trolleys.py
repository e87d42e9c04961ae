"""Putaway walks: what goes into which bin is known; which trolley load, and in which order?

The same question as a wave's, with placements for orders and the trolley for the cart (`batches.plan_wave`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from warehouses.planning.batches.batching import plan_wave
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.floor.layout import Spot
from warehouses.planning.walks.walk import Walk
from warehouses.planning.walks.walking import plan_walk

MANY = 1_000_000
"""Stops of a trolley: only volume and weight limit it."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Units of one kind for one bin. `key` is the caller's own name for it; sizes are of one unit."""

    key: str
    spot: Spot
    quantity: int
    unit_volume_mm3: int
    unit_weight_g: int


@dataclass(frozen=True, slots=True)
class Trolley:
    """What a trolley carries: mm3 and g, both at least 1."""

    volume_mm3: int
    weight_g: int


@dataclass(frozen=True, slots=True)
class Trip:
    """One round of the trolley: (drop key, units) in walking order, and the walk over `spots`."""

    drops: tuple[tuple[str, int], ...]
    spots: tuple[Spot, ...]
    walk: Walk


def plan_trips(
    floor: AnyFloor, drops: Sequence[Drop], trolley: Trolley, *, seed: int = 0, time_limit_s: float = 2.0
) -> tuple[Trip, ...]:
    """Trips that bring all drops to their bins in few metres, none with more than the trolley carries.

    A drop that is too much for one trip is divided; a unit too large for the trolley goes by itself. The same seed
    gives the same trips when the search ends by itself. Raises `Invalid` (`spot_unreachable`) naming the bin.
    """
    if not drops:
        return ()
    volume = sum(drop.quantity * drop.unit_volume_mm3 for drop in drops)
    weight = sum(drop.quantity * drop.unit_weight_g for drop in drops)
    if volume <= trolley.volume_mm3 and weight <= trolley.weight_g:
        spots = tuple(dict.fromkeys(drop.spot for drop in drops))
        return (_trip(drops, spots, plan_walk(floor, spots, seed=seed, time_limit_s=time_limit_s)),)
    parts = {f"{drop.key}/{number}": part for drop in drops for number, part in enumerate(_parts(drop, trolley))}
    loads = [
        Load(
            key,
            (part.spot,),
            totes=1,
            volume_mm3=min(part.quantity * part.unit_volume_mm3, trolley.volume_mm3),
            weight_g=min(part.quantity * part.unit_weight_g, trolley.weight_g),
        )
        for key, part in parts.items()
    ]
    cart = Cart(MANY, trolley.volume_mm3, trolley.weight_g)
    plan = plan_wave(floor, loads, cart, seed=seed, time_limit_s=time_limit_s)
    return tuple(_trip([parts[key] for key in trip.loads], trip.spots, trip.walk) for trip in plan.carts)


def _trip(drops: Sequence[Drop], spots: tuple[Spot, ...], walk: Walk) -> Trip:
    turn = {spots[index]: place for place, index in enumerate(walk.order)}
    carried = sorted(drops, key=lambda drop: (turn[drop.spot], drop.spot.name, drop.key))
    return Trip(tuple((drop.key, drop.quantity) for drop in carried), spots, walk)


def _parts(drop: Drop, trolley: Trolley) -> list[Drop]:
    """The drop in pieces that one trip takes."""
    fits = drop.quantity
    if drop.unit_volume_mm3:
        fits = min(fits, trolley.volume_mm3 // drop.unit_volume_mm3)
    if drop.unit_weight_g:
        fits = min(fits, trolley.weight_g // drop.unit_weight_g)
    size = max(1, fits)
    return [replace(drop, quantity=min(size, drop.quantity - begun)) for begun in range(0, drop.quantity, size)]
