"""Which shelf each article of a filled cart is fetched from, where several are as good: the quicker walk decides.

    rings = [Supply("RING", far, 9), Supply("RING", near, 3)]
    found = fetch_cart(floor, [Want("RING", 2, 0)], rings, walk_mm, speeds=speeds)

The shelves were chosen before anybody knew who rides with whom. Once the cart is filled, choice and walk are one
question, that of scattered storage (`scattered`).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.floor.layout import Spot
from warehouses.planning.floor.speeds import Speeds
from warehouses.planning.scattered.places import Supply
from warehouses.planning.scattered.planner import plan_scattered
from warehouses.planning.walks.walk import Walk
from warehouses.planning.walks.walking import plan_walk

SHARE_FOR_WALK = 0.2
"""Share of the time kept for the walk over what was chosen."""

NEAREST = 24
"""Supplies of an article that are weighed: those the cart has now, and as many of the nearest to its other stops."""


@dataclass(frozen=True, slots=True)
class Want:
    """So many units of an article for one tote; `supply` (its index) is where they are to be fetched so far."""

    sku: str
    units: int
    supply: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A cart's walk over other shelves. `spots` and `walk` as in `CartPlan`; `taken[n]`: (supply, units) of want n."""

    spots: tuple[Spot, ...]
    walk: Walk
    taken: tuple[tuple[tuple[int, int], ...], ...]


def fetch_cart(
    floor: AnyFloor,
    wants: Sequence[Want],
    supplies: Sequence[Supply],
    walk_mm: int,
    *,
    speeds: Speeds,
    seed: int = 0,
    time_limit_s: float = 0.5,
) -> Fetched | None:
    """The quickest way found to fetch the wants, or None when it is no quicker than `walk_mm` over their shelves.

    `supplies`: what may be taken for this cart, what its wants have there now included. Quicker counts in seconds:
    a want that is fetched from two shelves is two picks. Raises `Invalid` as `plan_scattered`.
    """
    demand: dict[str, int] = defaultdict(int)
    for want in wants:
        demand[want.sku] += want.units
    near = _near(wants, supplies)
    chosen = plan_scattered(
        floor, demand, [supplies[at] for at in near], seed=seed, time_limit_s=(1 - SHARE_FOR_WALK) * time_limit_s
    )
    taken = _shared_out(wants, [(near[pick.supply], pick.units) for pick in chosen.picks], supplies)
    visited = sorted({at for parts in taken for at, _ in parts})
    spots = tuple(dict.fromkeys(supplies[at].spot for at in visited))
    walk = plan_walk(floor, spots, seed=seed, time_limit_s=SHARE_FOR_WALK * time_limit_s)
    more = sum(len(parts) for parts in taken) - len(wants)
    added_s = speeds.seconds(walk.length_mm - walk_mm, picks=more, further_units=-more)
    return Fetched(spots, walk, taken) if added_s < 0 else None


def _near(wants: Sequence[Want], supplies: Sequence[Supply]) -> list[int]:
    """The indexes of the supplies worth weighing."""
    now = {want.supply for want in wants}
    stops = [supplies[at].spot for at in now]
    by_sku: dict[str, list[int]] = defaultdict(list)
    for at, supply in enumerate(supplies):
        if at not in now and supply.units:
            by_sku[supply.sku].append(at)

    def far(at: int) -> tuple[int, int]:
        spot = supplies[at].spot
        return min((abs(spot.aisle - stop.aisle), abs(spot.y_mm - stop.y_mm)) for stop in stops)

    return sorted({*now, *(at for found in by_sku.values() for at in sorted(found, key=far)[:NEAREST])})


def _shared_out(
    wants: Sequence[Want], picks: Sequence[tuple[int, int]], supplies: Sequence[Supply]
) -> tuple[tuple[tuple[int, int], ...], ...]:
    """What is picked, want by want: large wants first, each whole where one shelf has enough, best where it is now."""
    left: dict[str, dict[int, int]] = defaultdict(dict)
    for at, units in picks:
        left[supplies[at].sku][at] = units
    taken: list[tuple[tuple[int, int], ...]] = [()] * len(wants)
    for number in sorted(range(len(wants)), key=lambda number: -wants[number].units):
        want, parts, units = wants[number], [], wants[number].units
        shelves = left[want.sku]
        while units:
            at = min(shelves, key=lambda at: _fit(shelves[at], units, is_now=at == want.supply))
            taking = min(units, shelves[at])
            parts.append((at, taking))
            units -= taking
            shelves[at] -= taking
            if not shelves[at]:
                del shelves[at]
        taken[number] = tuple(parts)
    return tuple(taken)


def _fit(there: int, wanted: int, *, is_now: bool) -> tuple[bool, bool, int]:
    """Enough before too few; among these the present shelf; then the least that is enough, or the most."""
    is_short = there < wanted
    return is_short, not is_now, -there if is_short else there
