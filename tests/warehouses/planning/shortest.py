"""Shortest ways on a floor with rules and levels, by a search that shares nothing with the planner's."""

import heapq
from collections import defaultdict
from itertools import pairwise

from warehouses.planning.floor.floors import FloorGraph
from warehouses.planning.floor.layout import Spot
from warehouses.planning.floor.mesh import Traffic


class Ways:
    """Shortest ways by Dijkstra 1959 over all heights that matter, made of the rules alone."""

    def __init__(self, floor: FloorGraph) -> None:
        self.floor = floor
        self.memory: dict[tuple, int] = {}

    def walked(self, spots: list[Spot]) -> int:
        """The length of the walk over these spots in this order."""
        nodes = ["depot", *((spot.aisle, spot.y_mm) for spot in spots), "depot"]
        steps = self._steps(spots)
        return sum(self._way(steps, a, b) for a, b in pairwise(nodes))

    def _steps(self, spots: list[Spot]) -> dict:
        floor, steps, first = self.floor, defaultdict(list), 0

        def lay(one: object, other: object, length: int, rules: list[Traffic]) -> None:
            traffic = rules[-1] if rules else Traffic.BOTH
            if traffic in {Traffic.BOTH, Traffic.FORWARD}:
                steps[one].append((other, length))
            if traffic in {Traffic.BOTH, Traffic.BACKWARD}:
                steps[other].append((one, length))

        for level in floor.levels:
            for place, x in enumerate(level.aisle_x_mm):
                aisle = first + place
                mine = [rule for rule in floor.aisle_rules if rule.aisle == aisle]
                heights = {*level.cross_y_mm, *(spot.y_mm for spot in spots if spot.aisle == aisle)}
                heights |= {y for rule in mine for y in (rule.low_mm, rule.high_mm)}
                ordered = sorted(heights)
                for low, high in pairwise(ordered):
                    lay((aisle, low), (aisle, high), high - low,
                        [rule.traffic for rule in mine if rule.low_mm <= low and high <= rule.high_mm])  # fmt: skip
                for cross, y in enumerate(level.cross_y_mm if place else ()):
                    rules = [r for r in floor.cross_rules if r.cross == cross and r.left_aisle < aisle <= r.right_aisle]
                    lay((aisle - 1, y), (aisle, y), x - level.aisle_x_mm[place - 1], [rule.traffic for rule in rules])
            first += len(level.aisle_x_mm)
        for aisle, cross, mm in floor.depot_links:
            lay("depot", (aisle, floor.level_of(aisle).cross_y_mm[cross]), mm, [])
        for stair in floor.stairs:
            (a, k), (b, m) = stair.bottom, stair.top
            ends = (a, floor.level_of(a).cross_y_mm[k]), (b, floor.level_of(b).cross_y_mm[m])
            steps[ends[0]].append((ends[1], stair.up_mm))
            steps[ends[1]].append((ends[0], stair.down_mm))
        return steps

    @staticmethod
    def _way(steps: dict, start: object, end: object) -> int:
        waiting, done, tie = [(0, 0, start)], set(), 0
        while waiting:
            length, _, at = heapq.heappop(waiting)
            if at == end:
                return length
            if at not in done:
                done.add(at)
                for other, step in steps[at]:
                    tie += 1
                    heapq.heappush(waiting, (length + step, tie, other))
        raise AssertionError(f"no way from {start} to {end}")
