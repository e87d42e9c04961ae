"""Proven lower bounds: what no walk and no wave can go below, however they are planned.

Both count pieces of floor that share nothing, so their sums are valid: each cut between two aisles that
must be crossed there and back, each piece of aisle at the price of its cheapest service, each visit to a
door. For a single walk the exact method proves more: there the bound is the optimum itself (`walking`).
For a wave, a piece that loads of total size W need is paid by at least W over the cart's size carts.
"""

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.floors import FloorGraph
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.rectangles import level_rectangles, rectangle_of

Parts = dict[Hashable, int]
"""Piece of floor -> mm that any walk over the spots spends there."""


def walk_bound(layout: Layout, spots: Sequence[Spot]) -> int:
    """A quick lower bound in mm on every walk over `spots`, the depot at both ends."""
    layout.check(spots)
    return sum(_parts(layout, spots).values())


def wave_bound(layout: Layout, loads: Sequence[Load], cart: Cart, walks_mm: Sequence[int] | None = None) -> int:
    """A lower bound in mm on all walks of a wave, however the loads are put on carts.

    `walks_mm`: proven lengths of each load's own shortest walk, if known; a cart walks at least as far as
    its farthest load, which gives a second bound. The better one is returned.
    """
    by_part: dict[Hashable, list[tuple[int, Load]]] = defaultdict(list)
    for load in loads:
        for part, length in _parts(layout, load.spots).items():
            by_part[part].append((length, load))
    pieces = sum(_least(needs, cart) for needs in by_part.values())
    whole = _least(list(zip(walks_mm, loads, strict=True)), cart) if walks_mm is not None else 0
    return max(pieces, whole)


def floor_bound(floor: FloorGraph, loads: Sequence[Load], cart: Cart) -> int:
    """`wave_bound` on a floor with rules or levels: rules only lengthen ways, and each level is walked for itself."""
    trips = floor.round_trips_mm([spot for load in loads for spot in load.spots]).tolist()
    ends = list(itertools.accumulate((len(load.spots) for load in loads), initial=0))
    farthest = [max(trips[start:end]) for start, end in itertools.pairwise(ends)]
    plain = rectangle_of(floor)
    if plain is not None:
        return wave_bound(plain, loads, cart, farthest)
    pieces = 0
    for first, level in level_rectangles(floor):
        last = len(level.aisle_x_mm) - 1
        free = Layout(level.aisle_x_mm, level.cross_y_mm, ((0, 0, 0), (last, 0, 0)))  # no way across is proven
        here = [
            replace(load, spots=tuple(Spot(spot.aisle - first, spot.y_mm) for spot in some))
            for load in loads
            if (some := [spot for spot in load.spots if 0 <= spot.aisle - first <= last])
        ]
        pieces += wave_bound(free, here, cart)
    return max(pieces, _least(list(zip(farthest, loads, strict=True)), cart))


def _least(needs: list[tuple[int, Load]], cart: Cart) -> int:
    """Least total when each cart pays the most that its loads ask.

    Loads sorted by price, largest first, the n-th cart pays at least what the load asks at which n - 1 are full.
    """
    total = carts = totes = volume = weight = 0
    for length, load in sorted(needs, key=lambda need: -need[0]):
        totes, volume, weight = totes + load.totes, volume + load.volume_mm3, weight + load.weight_g
        full = max(-(-totes // cart.totes), -(-volume // cart.volume_mm3), -(-weight // cart.weight_g), 1)
        total += (full - carts) * length
        carts = full
    return total


def _parts(layout: Layout, spots: Iterable[Spot]) -> Parts:
    """Per piece of floor, what a walk over `spots` must spend there at least."""
    pieces: dict[tuple[int, int], set[int]] = defaultdict(set)
    cross = layout.cross_y_mm
    for spot in spots:
        block = max(k for k in range(len(cross) - 1) if cross[k] <= spot.y_mm)
        if spot.y_mm not in cross:
            pieces[spot.aisle, block].add(spot.y_mm)
        else:
            pieces[spot.aisle, -1].add(spot.y_mm)
    if not pieces:
        return {}
    parts: Parts = {"doors": 2 * min(distance for _, _, distance in layout.depot_links)}
    for (aisle, block), heights in pieces.items():
        if block >= 0:
            parts[aisle, block] = _cheapest(sorted(heights), cross[block], cross[block + 1])
    parts.update(_cuts(layout, {aisle for aisle, _ in pieces}))
    return parts


def _cheapest(heights: list[int], low: int, high: int) -> int:
    """The cheapest service of a piece of aisle: through it once, or all but its largest gap twice."""
    points = [low, *heights, high]
    largest = max(after - before for before, after in itertools.pairwise(points))
    return min(high - low, 2 * (high - low - largest))


def _cuts(layout: Layout, aisles: set[int]) -> Parts:
    """The cuts between neighbouring aisles with all doors on one side and a pick on the other: crossed twice."""
    doors = [aisle for aisle, _, _ in layout.depot_links]
    x, cuts = layout.aisle_x_mm, {}
    for right in range(1, len(x)):
        beyond = max(aisles) >= right > max(doors)
        before = min(aisles) < right <= min(doors)
        if beyond or before:
            cuts["cut", right] = 2 * (x[right] - x[right - 1])
    return dict(cuts)
