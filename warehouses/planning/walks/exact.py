"""The provably shortest walk on a rectangular plan, with its visiting order.

The stages of the automaton are priced in compiled code, the chosen steps read back from the end, their edges
laid as a multigraph and walked by Hierholzer's method. Papers: see `automaton`.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.walks.automaton import BACK, FRONT, GAP, NONE, ONCE
from warehouses.planning.walks.compiled import BARRED, arcs_of, cheapest

Node = tuple[int, int]
"""A point of the graph: (aisle, y in mm); the depot is `DEPOT`."""

DEPOT: Node = (-1, 0)

Edge = tuple[Node, Node, int]
"""Two points and how many times the piece between them is walked."""

PIECE, LINK, ACROSS = range(3)

Stage = tuple[int, int, int, list[int]]
"""One step of building a walk: what it is, its aisle, its cross aisle (the front one of a piece), its prices."""


def exact_order(layout: Layout, spots: Sequence[Spot]) -> tuple[list[Spot], int]:
    """The distinct spots in the order of a shortest walk, and its proven length in mm."""
    layout.check(spots)
    if not spots:
        return [], 0
    grid = _Grid(layout, spots)
    stages = list(grid.stages())
    length, edges = grid.solve(stages)
    named = {(spot.aisle, spot.y_mm): spot for spot in reversed(spots)}
    order = [named[node] for node in dict.fromkeys(euler(edges, grid.start)) if node in named]
    return order, length


class _Grid:
    """A plan's aisles as far as one walk needs them: those with spots, and the depot's.

    An empty aisle between two others never makes a walk shorter.
    """

    def __init__(self, layout: Layout, spots: Iterable[Spot]) -> None:
        self.layout, self.cross = layout, layout.cross_y_mm
        self.doors = len(layout.depot_links) > 1
        at: dict[int, set[int]] = {aisle: set() for aisle, _, _ in layout.depot_links}
        self.start, self.fixed_mm = DEPOT, 0
        if not self.doors:
            aisle, cross, distance = layout.depot_links[0]
            self.start, self.fixed_mm = (aisle, self.cross[cross]), 2 * distance
            at[aisle].add(self.cross[cross])
        for spot in spots:
            at.setdefault(spot.aisle, set()).add(spot.y_mm)
        self.heights = {aisle: sorted(at[aisle]) for aisle in sorted(at)}

    def inside(self, aisle: int, piece: int) -> list[int]:
        """The heights (mm, rising) of an aisle's spots between cross aisles `piece` and `piece` + 1.

        A spot on a cross aisle belongs to the piece behind it, on the last one to the piece before it.
        """
        heights, low, high = self.heights[aisle], self.cross[piece], self.cross[piece + 1]
        ends = bisect_right if piece == len(self.cross) - 2 else bisect_left
        return heights[bisect_left(heights, low) : ends(heights, high)]

    def stages(self) -> Iterator[Stage]:
        """All steps of building a walk, with what their choices cost."""
        x, before = self.layout.aisle_x_mm, -1
        for aisle in self.heights:
            if before >= 0:
                width = x[aisle] - x[before]
                yield ACROSS, before, aisle, [width * copies for copies in range(2 * len(self.cross) + 1)]
            for k, (low, high) in enumerate(itertools.pairwise(self.cross)):
                costs = _piece_costs([y - low for y in self.inside(aisle, k)], high - low, BARRED)
                yield PIECE, aisle, k, list(costs)
            if self.doors:
                for link_aisle, k, distance in sorted(self.layout.depot_links):
                    if link_aisle == aisle:
                        yield LINK, aisle, k, [0, distance, 2 * distance]
            before = aisle

    def solve(self, stages: Sequence[Stage]) -> tuple[int, list[Edge]]:
        """The length of the best walk in mm and its multigraph, its steps read back from the last stage."""
        count = len(self.cross)
        arcs = arcs_of(count, doors=self.doors)
        across = len(arcs.first) - 1
        kinds = [k if what == PIECE else count - 1 + k if what == LINK else across for what, _, k, _ in stages]
        wide = max(6, 2 * count + 1)
        costs = np.array([prices + [BARRED] * (wide - len(prices)) for _, _, _, prices in stages])
        values, taken = cheapest(np.array(kinds), costs, arcs.first, arcs.target, arcs.choice)
        state = int(arcs.last[values[arcs.last].argmin()])
        length = int(values[state]) + self.fixed_mm
        edges: list[Edge] = []
        for (what, aisle, k, _), into in zip(reversed(stages), reversed(taken), strict=True):
            arc = into[state]
            choice = int(arcs.choice[arc])
            if what == PIECE:
                edges += _piece(aisle, self.inside(aisle, k), (self.cross[k], self.cross[k + 1]), choice)
            elif what == LINK:
                edges.append(((aisle, self.cross[k]), DEPOT, choice))
            elif choice:
                laid = zip(self.cross, arcs.copies[arc].tolist(), strict=True)
                edges += [((aisle, y), (k, y), copies) for y, copies in laid]
            state = int(arcs.source[arc])
        return length, edges


def _piece(aisle: int, inside: list[int], ends: tuple[int, int], choice: int) -> Iterator[Edge]:
    """The edges of one piece of aisle; `inside` are the heights of its spots, `ends` its cross aisles."""
    if choice == NONE:
        return
    heights = [ends[0], *inside, ends[1]]
    copies = [1 if choice == ONCE else 2] * (len(heights) - 1)
    if choice == FRONT:
        copies[-1] = 0
    elif choice == BACK:
        copies[0] = 0
    elif choice == GAP:
        gaps = [after - before for before, after in itertools.pairwise(inside)]
        copies[1 + gaps.index(max(gaps))] = 0
    for low, high, times in zip(heights, heights[1:], copies, strict=False):
        if low != high:
            yield (aisle, low), (aisle, high), times


def euler(edges: Iterable[Edge], start: Node) -> list[Node]:
    """A closed walk from `start` over every edge as often as it is laid (Hierholzer 1873)."""
    ways: dict[Node, list[tuple[int, Node]]] = {start: []}
    left: list[bool] = []
    for one, other, times in edges:
        for _ in range(times):
            ways.setdefault(one, []).append((len(left), other))
            ways.setdefault(other, []).append((len(left), one))
            left.append(True)
    walk: list[Node] = []
    path = [start]
    while path:
        onward = ways[path[-1]]
        while onward and not left[onward[-1][0]]:
            onward.pop()
        if onward:
            number, node = onward.pop()
            left[number] = False
            path.append(node)
        else:
            walk.append(path.pop())
    return walk


def _piece_costs(inside: Sequence[int], length: int, barred: int) -> tuple[int, int, int, int, int, int]:
    """What each way of walking a piece of aisle costs, in the order of `automaton`'s choices.

    `inside` are the spots' distances from the piece's front, rising; `barred` is the price of what may not be.
    """
    if not inside:
        return 0, barred, barred, barred, length, 2 * length
    gaps = [after - before for before, after in itertools.pairwise(inside)]
    with_gap = 2 * (length - max(gaps)) if gaps else barred
    return barred, 2 * inside[-1], 2 * (length - inside[0]), with_gap, length, 2 * length
