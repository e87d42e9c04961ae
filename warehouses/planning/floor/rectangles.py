"""A floor of several levels or with rules, as the plain rectangles it is made of.

For what is known of rectangles only: bounds, rules of walking, and searches that need a closed form to be quick.
A rectangle without its rules is a relaxation: rules only lengthen ways, so what is proven there holds here.
"""

from warehouses.planning.floor.floors import FloorGraph
from warehouses.planning.floor.layout import Layout

MOST_APART_MM = 100_000
"""How far levels are drawn apart at most where they stand side by side."""


def rectangle_of(floor: FloorGraph) -> Layout | None:
    """The floor without its rules of traffic; None if it has more than one level, or stairs."""
    if len(floor.levels) > 1 or floor.stairs:
        return None
    return Layout(floor.levels[0].aisle_x_mm, floor.levels[0].cross_y_mm, floor.depot_links)


def level_rectangles(floor: FloorGraph) -> list[tuple[int, Layout]]:
    """Per level the number of its first aisle, and its plan: doors are the depot's or else the ends of its stairs."""
    found, first = [], 0
    for level in floor.levels:
        aisles = range(first, first + len(level.aisle_x_mm))
        ends = {end for stair in floor.stairs for end in (stair.bottom, stair.top) if end[0] in aisles}
        links = [(aisle - first, cross, mm) for aisle, cross, mm in floor.depot_links if aisle in aisles]
        links = links or [(aisle - first, cross, 0) for aisle, cross in sorted(ends)] or [(0, 0, 0)]
        found.append((first, Layout(level.aisle_x_mm, level.cross_y_mm, tuple(links))))
        first += len(level.aisle_x_mm)
    return found


def side_by_side(floor: FloorGraph) -> Layout:
    """One rectangle of all aisles, each level as far right of the one before as its stairs are worth.

    Every spot of the floor is on it. With one level it is `rectangle_of`; with more its ways are a rough guess.
    """
    cross = sorted({y for level in floor.levels for y in level.cross_y_mm})
    x: list[int] = []
    for first, level in level_rectangles(floor):
        steps = [stair.up_mm for stair in floor.stairs if first <= stair.top[0] < first + len(level.aisle_x_mm)]
        apart = max(1, min([*steps, MOST_APART_MM]))
        shift = x[-1] + apart - level.aisle_x_mm[0] if x else 0
        x += [shift + place for place in level.aisle_x_mm]
    links = tuple((aisle, cross.index(floor.level_of(aisle).cross_y_mm[k]), mm) for aisle, k, mm in floor.depot_links)
    return Layout(tuple(x), tuple(cross), links)
