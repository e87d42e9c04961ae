"""Where everything of a floor lies on one sheet: x as on the floor, each level above the one below it."""

from collections.abc import Iterable, Iterator

from warehouses.planning.floor.floors import AnyFloor, FloorGraph, Level
from warehouses.planning.floor.layout import Layout
from warehouses.planning.floor.signs import Sign, signs
from warehouses.planning.walks.strokes import Stroke
from warehouses.planning.walks.walking import Point, door_point

APART_MM = 5_500
"""Between two levels: room for the numbers of the aisles and the level's name."""


class Sheet:
    """A floor's levels on a sheet, in mm; the ground keeps the floor's own y."""

    def __init__(self, floor: AnyFloor) -> None:
        self.floor = FloorGraph.of(floor) if isinstance(floor, Layout) else floor
        self.rises = [0]
        for below, level in zip(self.floor.levels, self.floor.levels[1:], strict=False):
            self.rises.append(self.rises[-1] + below.cross_y_mm[-1] + APART_MM - level.cross_y_mm[0])
        self.aisles = sum(len(level.aisle_x_mm) for level in self.floor.levels)

    def levels(self) -> Iterator[tuple[int, Level, int]]:
        """Each level with the number of its first aisle, from 0, and how far up the sheet it lies."""
        first = 0
        for level, rise in zip(self.floor.levels, self.rises, strict=True):
            yield first, level, rise
            first += len(level.aisle_x_mm)

    def at(self, aisle: int, y_mm: int) -> Point:
        """A place in an aisle."""
        return self.floor.x_mm(aisle), y_mm + self.rises[self.floor.place_of(aisle)[0]]

    def doors(self) -> list[Point]:
        """Where the depot is reached."""
        found = []
        for aisle, cross, distance in self.floor.depot_links:
            number, place = self.floor.place_of(aisle)
            x, y = door_point(self.floor.levels[number], (place, cross, distance))
            found.append((x, y + self.rises[number]))
        return found

    def stairs(self) -> list[tuple[Point, Point, str]]:
        """Both ends of each of the stairs, and what they are worth."""
        found = []
        for stair in self.floor.stairs:
            ends = [
                self.at(aisle, self.floor.level_of(aisle).cross_y_mm[cross])
                for aisle, cross in (stair.bottom, stair.top)
            ]
            worth = f"Stairs: {stair.up_mm / 1000:g} m up, {stair.down_mm / 1000:g} m down"
            found.append((ends[0], ends[1], worth))
        return found

    def signs(self) -> Iterator[tuple[Point, Point, Sign]]:
        """Both ends of each closed or one-way stretch."""
        for sign in signs(self.floor):
            rise = self.rises[sign.level]
            yield (sign.start[0], sign.start[1] + rise), (sign.end[0], sign.end[1] + rise), sign

    def strokes(self, strokes: Iterable[Stroke]) -> list[tuple[Point, ...]]:
        """A walk's strokes where they lie on the sheet."""
        return [tuple((x, y + self.rises[stroke.level]) for x, y in stroke.points) for stroke in strokes]
