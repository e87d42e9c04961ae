"""The provably shortest walk on a rectangular plan, with its visiting order.

Prices the walk once with every stage kept, reads the chosen steps back from the end, lays their edges as a
multigraph and walks it by Hierholzer's method. Papers: see `automaton`.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from warehouses.planning.automaton import BACK, FRONT, GAP, NONE, ONCE, Step
from warehouses.planning.layout import Layout, Spot
from warehouses.planning.pricing import Costs, Pricer, Stops

Node = tuple[int, int]
"""A point of the graph: (aisle, y in mm); the depot is `DEPOT`."""

DEPOT: Node = (-1, 0)

Edge = tuple[Node, Node, int]
"""Two points and how many times the piece between them is walked."""


def exact_order(layout: Layout, spots: Sequence[Spot]) -> tuple[list[Spot], int]:
    """The distinct spots in the order of a shortest walk, and its proven length in mm."""
    if not spots:
        return [], 0
    pricer = Pricer(layout, spots)
    stops = pricer.stops(spots)
    history: list[Costs] = []
    length = int(pricer.run(np.array([[pricer.keys[key] for key in stops]]), history)[0])
    edges = list(_edges(pricer, stops, history))
    if pricer.doors:
        start = DEPOT
    else:
        aisle, cross, _ = layout.depot_links[0]
        start = (aisle, layout.cross_y_mm[cross])
    named = {(spot.aisle, spot.y_mm): spot for spot in reversed(spots)}
    order = [named[node] for node in dict.fromkeys(_euler(edges, start)) if node in named]
    return order, length


def _edges(pricer: Pricer, stops: Stops, history: list[Costs]) -> Iterator[Edge]:
    """The multigraph of the best walk: its steps read back from the last stage to the first."""
    plan, cross = pricer.plan, pricer.layout.cross_y_mm
    values = history.pop()
    state = int(plan.last[values[plan.last, 0].argmin()])
    for index in reversed(range(len(pricer.aisles))):
        aisle, costs = pricer.aisles[index], pricer.table[pricer.keys[stops[index]]]
        for k, link in reversed(pricer.link_costs[index]):
            arc, target, values = _arc_into(state, plan.links[k], values, history.pop(), link[:, 0])
            yield (aisle, cross[k]), DEPOT, int(plan.links[k].choice[arc, state])
            state = target
        for k in reversed(range(len(cross) - 1)):
            arc, target, values = _arc_into(state, plan.pieces[k], values, history.pop(), costs[k])
            choice = int(plan.pieces[k].choice[arc, state])
            yield from _piece(aisle, pricer.inside(stops[index], k), (cross[k], cross[k + 1]), choice)
            state = target
        if index:
            before = pricer.aisles[index - 1]
            step = pricer.across[index - 1][:, 0]
            arc, target, values = _arc_into(state, plan.across, values, history.pop(), step)
            for k, copies in enumerate(plan.copies[arc, state].tolist()):
                yield (before, cross[k]), (aisle, cross[k]), copies
            state = target


def _arc_into(state: int, step: Step, after: Costs, before: Costs, costs: Costs) -> tuple[int, int, Costs]:
    """The arc by which `state` got its value: (arc, state it came from, the values before)."""
    ways = before[step.source[:, state], 0] + costs[step.choice[:, state]]
    arc = int(np.flatnonzero(ways == after[state, 0])[0])
    return arc, int(step.source[arc, state]), before


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


def _euler(edges: list[Edge], start: Node) -> list[Node]:
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
