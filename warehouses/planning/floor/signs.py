"""What hangs on a floor for whoever walks there: closed stretches and one-way signs, for drawing."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from warehouses.planning.floor.floors import AisleRule, CrossRule, FloorGraph
from warehouses.planning.floor.mesh import Traffic


@dataclass(frozen=True, slots=True)
class Sign:
    """A stretch that is not walked both ways: its level from 0, its ends (x and y in mm, rising), how, and why."""

    level: int
    start: tuple[int, int]
    end: tuple[int, int]
    traffic: Traffic
    reason: str


def signs(floor: FloorGraph) -> Iterator[Sign]:
    """Every stretch under a rule, as long as it is under the same one."""
    first = 0
    for number, level in enumerate(floor.levels):
        last = first + len(level.aisle_x_mm) - 1
        for aisle in range(first, last + 1):
            for rule, low, high in _runs([(floor.aisle_rule(aisle, y), y) for y in floor.heights(aisle)]):
                x = floor.x_mm(aisle)
                yield Sign(number, (x, low), (x, high), rule.traffic, rule.reason)
        for cross, y in enumerate(level.cross_y_mm):
            ways = [(floor.cross_rule(aisle, cross), floor.x_mm(aisle)) for aisle in range(first, last)]
            for rule, left, right in _runs([*ways, (None, level.aisle_x_mm[-1])]):
                yield Sign(number, (left, y), (right, y), rule.traffic, rule.reason)
        first = last + 1


def _runs(
    cuts: list[tuple[AisleRule | CrossRule | None, int]],
) -> Iterator[tuple[AisleRule | CrossRule, int, int]]:
    """Neighbouring pieces under one rule as one: (rule, from, to); each cut says what holds from there on."""
    at = 0
    for _, run in groupby(cuts, key=lambda cut: id(cut[0])):
        pieces = list(run)
        rule = pieces[0][0]
        at += len(pieces)
        if rule is not None and rule.traffic is not Traffic.BOTH:
            yield rule, pieces[0][1], cuts[at][1]
