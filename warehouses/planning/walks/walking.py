"""One cart's walk: the shortest one there is, where the plan allows; and its path on the map."""

import itertools
from collections.abc import Sequence

import numpy as np

from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.floors import FloorGraph, Level
from warehouses.planning.floor.layout import Layout, Plan, Spot
from warehouses.planning.floor.rectangles import rectangle_of
from warehouses.planning.walks.circuits import circuit_walk
from warehouses.planning.walks.exact import exact_order
from warehouses.planning.walks.handling import Handling, check_handling
from warehouses.planning.walks.routing import routed_walk
from warehouses.planning.walks.walk import Walk, ordered_walk

Point = tuple[int, int]
"""x and y on the floor plan, in mm."""

LONG_S = 1.0
"""From this time limit on, the larger automata may be enumerated (0.1 to 0.7 s, once per process)."""


def reach(layout: Layout, time_limit_s: float) -> int:
    """How many cross aisles the exact method takes on: its states grow about five-fold with each."""
    most = 6 if time_limit_s >= LONG_S else 4
    return most - 1 if len(layout.depot_links) > 1 else most


def plan_walk(
    plan: Plan,
    spots: Sequence[Spot],
    *,
    handling: Sequence[Handling] | None = None,
    seed: int = 0,
    time_limit_s: float = 1.0,
) -> Walk:
    """The shortest walk over `spots` from the depot and back; spots on one place cost nothing extra.

    On a `Layout` exact (`bound_mm` equals `length_mm`) up to six cross aisles, five with several doors, one or
    two fewer when the limit is under a second; beyond, OR-Tools routing improves the exact walk of a thinned
    plan. On any other plan, and where `handling` (one per spot) has heavy goods that must lie below fragile
    ones, OR-Tools with a bound (`circuits`). `seed` matters in these only. Feasible at any limit. Raises
    `Invalid`: `spot_unreachable` naming the bin, `handling_invalid`, `time_limit_invalid`.
    """
    deadline = Deadline(time_limit_s)
    if isinstance(plan, FloorGraph):
        return graph_walk(plan, spots, handling=handling, seed=seed, time_limit_s=time_limit_s)
    if not isinstance(plan, Layout):
        return circuit_walk(plan, spots, handling=handling, seed=seed, time_limit_s=time_limit_s)
    walk = _rectangular(plan, spots, seed, deadline)
    if {Handling.HEAVY, Handling.FRAGILE} - set(check_handling(spots, handling)):
        return walk
    return circuit_walk(
        plan,
        spots,
        handling=handling,
        floor_mm=walk.bound_mm,
        start=walk.order,
        seed=seed,
        time_limit_s=max(deadline.left(), 0.01),
    )


def graph_walk(
    floor: FloorGraph,
    spots: Sequence[Spot],
    *,
    start: Sequence[int] | None = None,
    handling: Sequence[Handling] | None = None,
    seed: int = 0,
    time_limit_s: float = 1.0,
) -> Walk:
    """A short walk on a floor with rules or levels, begun from `start` (indexes of spots) if one is known.

    Where the floor is a rectangle with rules, the exact walk without them is a bound, and another order to begin
    with. Raises `Invalid` as `plan_walk`.
    """
    deadline = Deadline(time_limit_s)
    floor.check(spots)
    plain, floor_mm = rectangle_of(floor), 0
    if plain is not None and len(plain.cross_y_mm) <= reach(plain, deadline.limit_s):
        order, floor_mm = exact_order(plain, spots)
        exact = ordered_walk(plain, spots, order, floor_mm, "exact").order
        orders = [exact, exact[::-1], *([start] if start is not None else [])]
        start = min(orders, key=lambda one: floor.route_mm([spots[index] for index in one]))
    return circuit_walk(
        floor,
        spots,
        handling=handling,
        floor_mm=floor_mm,
        start=start,
        seed=seed,
        time_limit_s=max(deadline.left(), 1e-3),
    )


def _rectangular(layout: Layout, spots: Sequence[Spot], seed: int, deadline: Deadline) -> Walk:
    """The exact method where the cross aisles are few enough, routing beyond."""
    layout.check(spots)
    most = reach(layout, deadline.limit_s)
    order, length = exact_order(layout.thinned(most), spots)
    if len(layout.cross_y_mm) <= most:
        return ordered_walk(layout, spots, order, length, "exact")
    left = max(deadline.left(), 0.01)
    return routed_walk(layout, spots, seed=seed, time_limit_s=left, start=order)


def walk_points(layout: Layout, spots: Sequence[Spot], order: Sequence[int]) -> tuple[Point, ...]:
    """The corners of the path from the depot over `spots[order]` and back, for drawing; all legs straight.

    A door is drawn its link's length off its crossing, outwards, so the path is as long as the walk. Only
    where two doors are nearer through the depot than over the floor may the path jump between them.
    """
    stops = [spots[index] for index in order]
    layout.check(stops)
    if not stops:
        return ()
    points = _from_depot(layout, stops[0])
    for start, end in itertools.pairwise(stops):
        points += _between(layout, start, end)
    points += reversed(_from_depot(layout, stops[-1]))
    return tuple(point for i, point in enumerate(points) if i == 0 or point != points[i - 1])


def _from_depot(layout: Layout, spot: Spot) -> list[Point]:
    """The way from the best door to a spot."""
    ways = []
    for link in layout.depot_links:
        aisle, cross, distance = link
        way = _over_floor(layout, Spot(aisle, layout.cross_y_mm[cross]), spot)
        ways.append((distance + _length(way), [door_point(layout, link), *way]))
    return min(ways)[1]


def _between(layout: Layout, start: Spot, end: Spot) -> list[Point]:
    """The shortest way between two spots, through the depot only if that is shorter."""
    way = _over_floor(layout, start, end)
    if _length(way) <= layout.distance_mm(start, end):
        return way
    return [*reversed(_from_depot(layout, start)), *_from_depot(layout, end)]


def _over_floor(layout: Layout, start: Spot, end: Spot) -> list[Point]:
    """Along one aisle, or by the cross aisle of least detour."""
    x1, x2 = layout.aisle_x_mm[start.aisle], layout.aisle_x_mm[end.aisle]
    if x1 == x2:
        return [(x1, start.y_mm), (x2, end.y_mm)]
    y = min(layout.cross_y_mm, key=lambda cross: abs(start.y_mm - cross) + abs(end.y_mm - cross))
    return [(x1, start.y_mm), (x1, y), (x2, y), (x2, end.y_mm)]


def door_point(layout: Layout | Level, link: tuple[int, int, int]) -> Point:
    """Where to draw a door: before the first cross aisle, behind the last, beside the others."""
    aisle, cross, distance = link
    x, y = layout.aisle_x_mm[aisle], layout.cross_y_mm[cross]
    if cross == 0:
        return x, y - distance
    if cross == len(layout.cross_y_mm) - 1:
        return x, y + distance
    return (x + distance, y) if aisle == len(layout.aisle_x_mm) - 1 else (x - distance, y)


def _length(way: Sequence[Point]) -> int:
    """Length in mm of a path of straight legs."""
    legs = np.abs(np.diff(np.array(way, dtype=np.int64), axis=0))
    return int(legs.sum())
