"""The path of a walk on any floor, level by level, for drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from warehouses.planning.floor.floors import AnyFloor, FloorGraph
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.walks.walking import Point, door_point, walk_points


@dataclass(frozen=True, slots=True)
class Stroke:
    """A part of a walk on one level (counted from 0), all legs straight, in mm of that level."""

    level: int
    points: tuple[Point, ...]


def walk_strokes(floor: AnyFloor, spots: Sequence[Spot], order: Sequence[int]) -> tuple[Stroke, ...]:
    """The path from the depot over `spots[order]` and back as one walks it; stairs lie between two strokes.

    Doors are drawn as in `walk_points`. Raises `Invalid` (`spot_unreachable`).
    """
    if isinstance(floor, Layout):
        points = walk_points(floor, spots, order)
        return (Stroke(0, points),) if points else ()
    stops = [None, *(spots[index] for index in order), None]
    passed: list[Spot | None] = [None]
    for start, end in pairwise(stops):
        passed += floor.path(start, end)[1:]
    return _drawn(floor, passed) if len(order) else ()


def _drawn(floor: FloorGraph, passed: Sequence[Spot | None]) -> tuple[Stroke, ...]:
    """What is passed as points; a new stroke where the way is no straight leg on the level."""
    strokes: list[tuple[int, list[Point]]] = []
    for level, point in _places(floor, passed):
        if strokes and strokes[-1][0] == level and _is_straight(strokes[-1][1][-1], point):
            _extend(strokes[-1][1], point)
        else:
            strokes.append((level, [point]))
    return tuple(Stroke(level, tuple(points)) for level, points in strokes if len(points) > 1)


def _places(floor: FloorGraph, passed: Sequence[Spot | None]) -> list[tuple[int, Point]]:
    """Level and point of all that is passed; the depot is the door that one leaves or enters by."""
    found = []
    for index, spot in enumerate(passed):
        if spot is not None:
            found.append((floor.place_of(spot.aisle)[0], (floor.x_mm(spot.aisle), spot.y_mm)))
        else:
            beside = [passed[near] for near in (index - 1, index + 1) if 0 <= near < len(passed)]
            found += [_door(floor, crossing) for crossing in beside if crossing is not None]
    return found


def _door(floor: FloorGraph, crossing: Spot) -> tuple[int, Point]:
    """The nearest door at a crossing."""
    level, place = floor.place_of(crossing.aisle)
    plan = floor.levels[level]
    links = [link for link in floor.depot_links if link[0] == crossing.aisle]
    mm, cross = min((mm, cross) for _, cross, mm in links if plan.cross_y_mm[cross] == crossing.y_mm)
    return level, door_point(plan, (place, cross, mm))


def _is_straight(one: Point, other: Point) -> bool:
    return one[0] == other[0] or one[1] == other[1]


def _extend(points: list[Point], point: Point) -> None:
    """One leg more, or the last one longer if it goes the same way."""
    if point == points[-1]:
        return
    if len(points) > 1 and _heading(points[-2], points[-1]) == _heading(points[-1], point):
        points.pop()
    points.append(point)


def _heading(one: Point, other: Point) -> tuple[int, int]:
    dx, dy = other[0] - one[0], other[1] - one[1]
    return (dx > 0) - (dx < 0), (dy > 0) - (dy < 0)
