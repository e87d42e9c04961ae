"""The states of a half-built walk, for the exact method: enumerated once per number of cross aisles.

A shortest walk is a connected multigraph with even degrees over crossings and aisle pieces (Ratliff and
Rosenthal 1983 for two cross aisles; Roodbergen and de Koster 2001 for three; Pansart, Catusse and Cambazard
2018 for any number). Built aisle by aisle, only the crossings of the current aisle matter: the degree of
each (none, odd, even) and which of them already hang together. A depot with several doors is one more such
point, that every aisle keeps. States and steps depend on neither the picks nor the distances.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from warehouses.planning.floor.layout import IntArray

NONE, FRONT, BACK, GAP, ONCE, TWICE = range(6)
"""How the piece of an aisle between two cross aisles is walked: not at all, in and out from its front, from
its back, from both with the largest gap left out, passed once, passed twice."""

UNTOUCHED, ODD, EVEN = range(3)

Points = tuple[tuple[int, int], ...]
"""Per point (degree class, component); components are numbered by first appearance, untouched ones are 0."""

Choice = tuple[int, ...]

FINISHED: Points = ()
"""A closed walk that has let go of all crossings: nothing may follow."""


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of step as arcs gathered by target: arcs [:, t] lead into state t, the first one repeated.

    `source` and `choice` have shape (most arcs, states). `choice` indexes the step's costs: the way a piece
    is walked, the copies of a depot link, or how many cross-aisle edges are laid in all.
    """

    source: IntArray
    choice: IntArray


@dataclass(frozen=True, slots=True)
class Automaton:
    """All states of walks over `cross` cross aisles, and the steps between them.

    `pieces[k]` walks the piece between cross aisles k and k + 1; `across` goes on to the next aisle, its
    arcs laying `copies[:, t]` (one number per cross aisle); `links[k]` (only with `doors`) lays depot links
    at crossing k. State 0 is the empty walk; `last` are the states of a closed, connected walk.
    """

    cross: int
    doors: bool
    size: int
    pieces: tuple[Step, ...]
    links: tuple[Step, ...]
    across: Step
    copies: IntArray
    last: IntArray


@lru_cache(maxsize=16)
def automaton(cross: int, *, doors: bool = False) -> Automaton:
    """The automaton for `cross` cross aisles; `doors` for a depot with several links."""
    return _Builder(cross, doors).build()


class _Builder:
    """Finds the states by following every step from the empty walk until nothing new turns up."""

    def __init__(self, cross: int, doors: bool) -> None:
        self.cross, self.doors = cross, doors
        self.empty: Points = ((UNTOUCHED, 0),) * (cross + doors)
        self.number: dict[Points, int] = {}
        self.order: list[Points] = []

    def build(self) -> Automaton:
        """The automaton, its arcs sorted by target."""
        kinds: list[Callable[[Points], list[tuple[Points, Choice]]]] = [
            *(lambda points, k=k: self._piece(points, k) for k in range(self.cross - 1)),
            *(lambda points, k=k: self._link(points, k) for k in range(self.cross if self.doors else 0)),
            self._across,
        ]
        arcs: list[list[tuple[int, int, Choice]]] = [[] for _ in kinds]
        self._name(self.empty)
        done = 0
        while done < len(self.order):
            points = self.order[done]
            for kind, step in enumerate(kinds):
                arcs[kind] += [(self._name(to), done, choice) for to, choice in step(points)]
            done += 1
        tables = [_gathered(kind, len(self.order)) for kind in arcs]
        steps = [Step(table[:, :, 0], table[:, :, 1:].sum(axis=2)) for table in tables]
        return Automaton(
            cross=self.cross,
            doors=self.doors,
            size=len(self.order),
            pieces=tuple(steps[: self.cross - 1]),
            links=tuple(steps[self.cross - 1 : -1]),
            across=steps[-1],
            copies=tables[-1][:, :, 1:],
            last=np.array([i for i, points in enumerate(self.order) if self._closed(points)], dtype=np.int64),
        )

    def _name(self, points: Points) -> int:
        if points not in self.number:
            self.number[points] = len(self.order)
            self.order.append(points)
        return self.number[points]

    def _closed(self, points: Points) -> bool:
        """Whether a walk may end here: one component, all degrees even, the depot in it."""
        if points == FINISHED:
            return True
        used = {component for degree, component in points if degree != UNTOUCHED}
        even = all(degree != ODD for degree, _ in points)
        return even and len(used) == 1 and (not self.doors or points[-1][0] == EVEN)

    def _piece(self, points: Points, k: int) -> list[tuple[Points, Choice]]:
        if points == FINISHED:
            return [(points, (NONE,))]
        return [
            (points, (NONE,)),
            (_laid(points, {k: 2}), (FRONT,)),
            (_laid(points, {k + 1: 2}), (BACK,)),
            (_laid(points, {k: 2, k + 1: 2}), (GAP,)),
            (_laid(points, {k: 1, k + 1: 1}, join=True), (ONCE,)),
            (_laid(points, {k: 2, k + 1: 2}, join=True), (TWICE,)),
        ]

    def _link(self, points: Points, k: int) -> list[tuple[Points, Choice]]:
        depot = self.cross
        return [
            (points, (0,)),
            (_laid(points, {k: 1, depot: 1}, join=True), (1,)),
            (_laid(points, {k: 2, depot: 2}, join=True), (2,)),
        ]

    def _across(self, points: Points) -> list[tuple[Points, Choice]]:
        """Odd crossings go on by one edge, even ones by two or not at all; untouched ones stay behind."""
        if points == FINISHED:
            return [(points, (0,) * self.cross)]
        ways = {UNTOUCHED: (0,), ODD: (1,), EVEN: (0, 2)}
        found: list[tuple[Points, Choice]] = []
        for copies in product(*(ways[degree] for degree, _ in points[: self.cross])):
            kept = [point if k >= self.cross or copies[k] else (UNTOUCHED, 0) for k, point in enumerate(points)]
            lost = {c for d, c in points if d} - {c for d, c in kept if d}
            if not lost:
                found.append((_canonical(kept), copies))
            elif not self.doors and not any(copies) and self._closed(points):
                found.append((FINISHED, copies))
        return found


def _laid(points: Points, edges: dict[int, int], *, join: bool = False) -> Points:
    """`points` with so many edge ends more at each; `join` makes them one component."""
    new, fresh = list(points), 1 + max(component for _, component in points)
    for offset, (at, ends) in enumerate(edges.items()):
        degree, component = new[at]
        if degree == UNTOUCHED:
            new[at] = (ODD if ends % 2 else EVEN, fresh + offset)
        elif ends % 2:
            new[at] = (EVEN if degree == ODD else ODD, component)
    if join:
        joined = {new[at][1] for at in edges}
        target = min(joined)
        new = [(degree, target if component in joined else component) for degree, component in new]
    return _canonical(new)


def _canonical(points: Iterable[tuple[int, int]]) -> Points:
    names: dict[int, int] = {}
    return tuple((degree, names.setdefault(component, len(names) + 1) if degree else 0) for degree, component in points)


def _gathered(arcs: list[tuple[int, int, Choice]], size: int) -> IntArray:
    """Arcs by target, shape (most arcs, states, 1 + numbers in a choice): source, then the choice."""
    into: list[list[tuple[int, ...]]] = [[] for _ in range(size)]
    for target, source, choice in arcs:
        into[target].append((source, *choice))
    most = max(len(found) for found in into)
    padded = [sorted(found) + [min(found)] * (most - len(found)) for found in into]
    return np.ascontiguousarray(np.array(padded, dtype=np.int64).transpose(1, 0, 2))
