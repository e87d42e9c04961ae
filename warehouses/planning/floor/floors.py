"""Floor plans that are not plain rectangles: one-way and blocked stretches, and levels joined by stairs or lifts.

    floor = FloorGraph(
        levels=(Level((0, 3_000, 6_000), (0, 20_000)), Level((0, 3_000), (0, 20_000))),
        depot_links=((0, 0, 1_000),),
        aisle_rules=(AisleRule(1, 0, 20_000, Traffic.FORWARD), AisleRule(2, 5_000, 9_000, Traffic.CLOSED)),
        stairs=(Stairs((2, 0), (3, 0), up_mm=12_000, down_mm=9_000),),
    )
    walk = plan_walk(floor, [Spot(0, 4_000, "A-01"), Spot(3, 8_000, "M-02")])

For whoever needs distances where `Layout`'s closed form does not hold. It answers the same questions (see
`layout.Plan`), but a way there need not be as long as the way back. Aisles are numbered on through the
levels; crossings are (aisle, cross aisle of that aisle's level). Distances between the ends of stretches are
shortest paths by Floyd (1962) and Warshall (1962), once per plan; a spot hangs in its stretch between two ends.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from warehouses.planning.floor.layout import MAX_MM, IntArray, Layout, Spot, bad_layout, check_axis, unreachable, whole
from warehouses.planning.floor.mesh import FAR, Column, Mesh, Stretch, Traffic

Crossing = tuple[int, int]

DEPOT = "depot"

ROWS = 256
"""Rows of a matrix worked out at once, so that what is needed on the way stays small."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level's aisles and cross aisles: x of each aisle, y of each cross aisle, in mm, rising."""

    aisle_x_mm: tuple[int, ...]
    cross_y_mm: tuple[int, ...]

    def __post_init__(self) -> None:
        check_axis(self.aisle_x_mm, "aisle", at_least=1)
        check_axis(self.cross_y_mm, "cross aisle", at_least=2)


@dataclass(frozen=True, slots=True)
class AisleRule:
    """How an aisle may be walked between two heights, and why. Where rules overlap, the later one holds."""

    aisle: int
    low_mm: int
    high_mm: int
    traffic: Traffic
    reason: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CrossRule:
    """How a cross aisle may be walked from one aisle to another on its right, and why. Later rules hold."""

    left_aisle: int
    right_aisle: int
    cross: int
    traffic: Traffic
    reason: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Stairs:
    """A way between crossings of two levels, stairs or a lift: what going up and down is worth in mm of walking."""

    bottom: Crossing
    top: Crossing
    up_mm: int
    down_mm: int


@dataclass(frozen=True)
class FloorGraph:
    """A floor plan of one level or several, with its rules of traffic.

    `depot_links`: (aisle, cross aisle, mm) as in `Layout`. Raises `Invalid` (`layout_invalid`) for a rule, link or
    stairs that is not on the plan, or a distance that is negative or too long.
    """

    levels: tuple[Level, ...]
    depot_links: tuple[tuple[int, int, int], ...]
    aisle_rules: tuple[AisleRule, ...] = ()
    cross_rules: tuple[CrossRule, ...] = ()
    stairs: tuple[Stairs, ...] = ()

    def __post_init__(self) -> None:
        if not self.levels or not self.depot_links:
            raise bad_layout("A plan needs a level, and a depot that is linked to a crossing.")
        for aisle, cross, distance in self.depot_links:
            self._check_crossing((aisle, cross), "The depot's link")
            _check_length(distance, "The depot's link")
        self._check_rules()
        for stair in self.stairs:
            self._check_crossing(stair.bottom, "The stairs")
            self._check_crossing(stair.top, "The stairs")
            _check_length(stair.up_mm, "The stairs")
            _check_length(stair.down_mm, "The stairs")

    @classmethod
    def of(cls, layout: Layout, *rules: AisleRule | CrossRule) -> "FloorGraph":
        """A rectangular plan with rules of traffic."""
        return cls(
            (Level(layout.aisle_x_mm, layout.cross_y_mm),),
            layout.depot_links,
            tuple(rule for rule in rules if isinstance(rule, AisleRule)),
            tuple(rule for rule in rules if isinstance(rule, CrossRule)),
        )

    def check(self, spots: Sequence[Spot]) -> None:
        """Raise `Invalid` (`spot_unreachable`), naming the bin, for a spot no walk from the depot can visit."""
        if not spots:
            return
        self._check_place(spots)
        there, back = self._out_and_home(spots)
        for spot, out, home in zip(spots, there.tolist(), back.tolist(), strict=True):
            if max(out, home) >= FAR:
                which = "to" if out >= FAR else "back from"
                raise unreachable(spot, f"what is closed or one-way leaves no way {which} it")

    def reaches(self, spots: Sequence[Spot]) -> list[bool]:
        """Per spot whether there is a way to it and back. Raises `Invalid` for one that is not on the plan."""
        self._check_place(spots)
        there, back = self._out_and_home(spots)
        return (np.maximum(there, back) < FAR).tolist()

    def _check_place(self, spots: Sequence[Spot]) -> None:
        aisles = sum(len(level.aisle_x_mm) for level in self.levels)
        for spot in spots:
            if not (whole(spot.aisle) and 0 <= spot.aisle < aisles):
                raise unreachable(spot, f"aisle {spot.aisle} is not on the plan ({aisles} aisles, from 0)")
            low, high = self._height(spot.aisle)
            if not (whole(spot.y_mm) and low <= spot.y_mm <= high):
                raise unreachable(
                    spot, f"y {spot.y_mm} mm is not between the first and last cross aisle ({low} to {high})"
                )

    def _out_and_home(self, spots: Sequence[Spot]) -> tuple[IntArray, IntArray]:
        """Ways from the depot to each spot, and back from it; `FAR` or more for none."""
        depot, places = self._mesh.depot, self._mesh.places(spots)
        return self._mesh.ways(depot, places), self._mesh.ways(places, depot)

    def round_trips_mm(self, spots: Sequence[Spot]) -> IntArray:
        """Per spot the way there from the depot and back, in mm; not always twice the same way."""
        self.check(spots)
        there, back = self._out_and_home(spots)
        return there + back

    def distance_mm(self, start: Spot | None, end: Spot | None) -> int:
        """Shortest way from one spot to another; None is the depot."""
        self.check([spot for spot in (start, end) if spot is not None])
        one, other = (self._mesh.places([spot]) if spot else self._mesh.depot for spot in (start, end))
        return int(self._mesh.ways(one, other)[0])

    def route_mm(self, spots: Sequence[Spot]) -> int:
        """Length in mm of a walk from the depot over `spots` in this order and back, each leg the shortest."""
        return sum(self.legs_mm(spots))

    def legs_mm(self, spots: Sequence[Spot]) -> list[int]:
        """The legs of that walk, one more than spots: from the depot to the first, ..., from the last to the depot."""
        self.check(spots)
        if not spots:
            return [0]
        depot, places = self._mesh.depot, self._mesh.places(spots)
        between = self._mesh.ways(places[:-1], places[1:])
        first, last = self._mesh.ways(depot, places[:1])[0], self._mesh.ways(places[-1:], depot)[0]
        return [int(first), *between.tolist(), int(last)]

    def distance_matrix(self, spots: Sequence[Spot]) -> IntArray:
        """Shortest ways in mm from row to column, shape (n + 1, n + 1): 0 is the depot, then `spots`."""
        self.check(spots)
        places = np.concatenate([self._mesh.depot, self._mesh.places(spots)])
        rows = (places[first : first + ROWS, None] for first in range(0, len(places), ROWS))
        return np.concatenate([self._mesh.ways(some, places[None, :]) for some in rows])

    def path(self, start: Spot | None, end: Spot | None) -> list[Spot | None]:
        """A shortest way from one spot to another by all that it passes; None is the depot. For drawing."""
        self.check([spot for spot in (start, end) if spot is not None])
        one, other = (self._mesh.places([spot]) if spot else self._mesh.depot for spot in (start, end))
        names = {number: name for name, number in self._mesh.number.items()}
        ends = [names[number] for number in self._mesh.between(one, other)]
        passed = [start, *(Spot(*end) if isinstance(end, tuple) else None for end in ends), end]
        return [spot for index, spot in enumerate(passed) if index == 0 or spot != passed[index - 1]]

    @cached_property
    def _mesh(self) -> Mesh:
        aisles = range(sum(len(level.aisle_x_mm) for level in self.levels))
        return Mesh([self._column(aisle) for aisle in aisles], [*self._cross_aisles(), *self._links()], DEPOT)

    def _column(self, aisle: int) -> Column:
        """An aisle cut at its cross aisles and at the ends of its rules."""
        heights = self.heights(aisle)
        rules = [self.aisle_rule(aisle, low) for low in heights[:-1]]
        return Column(heights, tuple(rule.traffic if rule else Traffic.BOTH for rule in rules))

    def _cross_aisles(self) -> Iterator[Stretch]:
        """The ways between neighbouring aisles of each level."""
        first = 0
        for level in self.levels:
            for aisle, (left, right) in enumerate(pairwise(level.aisle_x_mm), first):
                for cross, y in enumerate(level.cross_y_mm):
                    rule = self.cross_rule(aisle, cross)
                    ways = (rule.traffic if rule else Traffic.BOTH).value
                    there, back = (right - left if ways & 1 else FAR), (right - left if ways & 2 else FAR)
                    yield Stretch((aisle, y), (aisle + 1, y), there, back)
            first += len(level.aisle_x_mm)

    def _links(self) -> Iterator[Stretch]:
        """The depot's doors, and the stairs."""
        for aisle, cross, distance in self.depot_links:
            yield Stretch(DEPOT, self._end((aisle, cross)), distance, distance)
        for stair in self.stairs:
            yield Stretch(self._end(stair.bottom), self._end(stair.top), stair.up_mm, stair.down_mm)

    def _end(self, crossing: Crossing) -> tuple[int, int]:
        return crossing[0], self.level_of(crossing[0]).cross_y_mm[crossing[1]]

    def _height(self, aisle: int) -> tuple[int, int]:
        """The first and the last cross aisle of an aisle's level."""
        cross = self.level_of(aisle).cross_y_mm
        return cross[0], cross[-1]

    def heights(self, aisle: int) -> tuple[int, ...]:
        """Where an aisle is cut: at its cross aisles and at the ends of its rules, rising."""
        ends = [(rule.low_mm, rule.high_mm) for rule in self.aisle_rules if rule.aisle == aisle]
        return tuple(sorted({*self.level_of(aisle).cross_y_mm}.union(*ends)))

    def aisle_rule(self, aisle: int, low_mm: int) -> AisleRule | None:
        """The rule that holds in an aisle from this height upwards."""
        rules = (rule for rule in reversed(self.aisle_rules) if rule.aisle == aisle)
        return next((rule for rule in rules if rule.low_mm <= low_mm < rule.high_mm), None)

    def cross_rule(self, aisle: int, cross: int) -> CrossRule | None:
        """The rule that holds on a cross aisle between an aisle and the next."""
        rules = (rule for rule in reversed(self.cross_rules) if rule.cross == cross)
        return next((rule for rule in rules if rule.left_aisle <= aisle < rule.right_aisle), None)

    def level_of(self, aisle: int) -> Level:
        """The level that an aisle, numbered through all levels, lies on."""
        return self.levels[self.place_of(aisle)[0]]

    def place_of(self, aisle: int) -> tuple[int, int]:
        """The number of an aisle's level, and its number on that level, both from 0."""
        left = aisle
        for number, level in enumerate(self.levels):
            if 0 <= left < len(level.aisle_x_mm):
                return number, left
            left -= len(level.aisle_x_mm)
        raise bad_layout(f"Aisle {aisle} is not on the plan.")

    def x_mm(self, aisle: int) -> int:
        """Where an aisle lies on its level."""
        number, place = self.place_of(aisle)
        return self.levels[number].aisle_x_mm[place]

    def _check_rules(self) -> None:
        for rule in self.aisle_rules:
            self._check_crossing((rule.aisle, 0), "A rule")
            low, high = self._height(rule.aisle)
            if not (whole(rule.low_mm) and whole(rule.high_mm) and low <= rule.low_mm < rule.high_mm <= high):
                raise bad_layout(
                    f"The rule for aisle {rule.aisle} from {rule.low_mm} to {rule.high_mm} mm is not within "
                    f"the aisle ({low} to {high})."
                )
        for ways in self.cross_rules:
            left, right = ways.left_aisle, ways.right_aisle
            self._check_crossing((left, ways.cross), "A rule")
            self._check_crossing((right, ways.cross), "A rule")
            if self.level_of(left) is not self.level_of(right) or left >= right:
                raise bad_layout(
                    f"A cross aisle's rule goes from left to right on a level, not from {left} to {right}."
                )

    def _check_crossing(self, crossing: Crossing, what: str) -> None:
        aisle, cross = crossing
        aisles = sum(len(level.aisle_x_mm) for level in self.levels)
        if not (whole(aisle) and 0 <= aisle < aisles):
            raise bad_layout(f"{what} names aisle {aisle}, which is not on the plan.", aisle=aisle)
        if not (whole(cross) and 0 <= cross < len(self.level_of(aisle).cross_y_mm)):
            raise bad_layout(f"{what} names cross aisle {cross} of aisle {aisle}, which is not on the plan.")


AnyFloor = Layout | FloorGraph
"""A hub's floor: a plain rectangle, or one with rules of traffic or levels."""


def _check_length(distance: int, what: str) -> None:
    if not (whole(distance) and 0 <= distance <= MAX_MM):
        raise bad_layout(f"{what} is {distance} mm long; it must be a whole number from 0 to {MAX_MM}.")
