"""Lengths of shortest walks, many at a time: the price of every cart the batching thinks of.

The exact method of `automaton` as arrays: one column per walk, one row per state, one gather per piece of
aisle, so that a hundred walks cost little more than one. What a piece costs depends only on which of its
spots are wanted; that set is a bit mask, and its costs are worked out once.
"""

import itertools
from collections.abc import Iterable, Sequence
from operator import or_
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouses.planning.automaton import NONE, Automaton, Step, automaton
from warehouses.planning.layout import IntArray, Layout, Spot

Stops = tuple[int, ...]
"""The spots of a walk: per aisle that matters a key, the aisle's bit mask of spots with the aisle's tag below
it. The union of two walks' stops is the bitwise or, key by key."""

Costs = npt.NDArray[np.signedinteger[Any]]

CELLS = 40_000
"""Arcs times walks worked at once: what stays in a core's cache."""


def united(one: Stops, other: Stops) -> Stops:
    """The stops of both walks in one."""
    return tuple(map(or_, one, other))


class _Keys(dict[int, int]):
    """Key of one aisle's stops -> row of the cost table, worked out when first asked for."""

    def __init__(self, pricer: "Pricer") -> None:
        super().__init__()
        self.pricer = pricer

    def __missing__(self, key: int) -> int:
        row = self[key] = self.pricer.add_row(key)
        return row


class Pricer:
    """Prices walks over a fixed set of spots on one layout.

    `spots` are all spots any walk may want. Only the aisles they lie in, and those of the depot, are worked:
    an empty aisle between two others never makes a walk shorter.
    """

    def __init__(self, layout: Layout, spots: Iterable[Spot]) -> None:
        wanted = list(spots)
        layout.check(wanted)
        self.layout = layout
        self.doors = len(layout.depot_links) > 1
        self.plan: Automaton = automaton(len(layout.cross_y_mm), doors=self.doors)
        at: dict[int, set[int]] = {aisle: set() for aisle, _, _ in layout.depot_links}
        if not self.doors:
            aisle, cross, _ = layout.depot_links[0]
            at[aisle].add(layout.cross_y_mm[cross])
        for spot in wanted:
            at.setdefault(spot.aisle, set()).add(spot.y_mm)
        self.aisles = sorted(at)
        self.heights = [sorted(at[aisle]) for aisle in self.aisles]
        self.tag_bits = max(1, len(self.aisles).bit_length())
        self._bit = {
            (aisle, y): 1 << (self.tag_bits + place)
            for aisle, heights in zip(self.aisles, self.heights, strict=True)
            for place, y in enumerate(heights)
        }
        self._index = {aisle: index for index, aisle in enumerate(self.aisles)}
        self._steps()
        self.base: Stops = tuple(range(len(self.aisles)))
        if not self.doors:
            self.base = self._with(self.base, Spot(aisle, layout.cross_y_mm[cross]))

    def _steps(self) -> None:
        """The step costs that are the same for every walk, and the number type they fit."""
        layout, cross = self.layout, self.layout.cross_y_mm
        width = layout.aisle_x_mm[self.aisles[-1]] - layout.aisle_x_mm[self.aisles[0]]
        links = sum(distance for _, _, distance in layout.depot_links)
        longest = 2 * (len(self.aisles) * (cross[-1] - cross[0]) + len(cross) * width + links) + 1
        self.barred = longest
        small = longest * (len(cross) + 4) < np.iinfo(np.int32).max
        self.dtype: npt.DTypeLike = np.int32 if small else np.int64
        places = [layout.aisle_x_mm[aisle] for aisle in self.aisles]
        laid: Costs = np.array([[copies] for copies in range(2 * len(cross) + 1)], dtype=self.dtype)
        self.nothing: Costs = np.zeros_like(laid, dtype=self.dtype)
        self.across: list[Costs] = [laid * (right - left) for left, right in itertools.pairwise(places)]
        self.link_costs: list[list[tuple[int, Costs]]] = [[] for _ in self.aisles]
        if self.doors:
            for aisle, k, distance in sorted(layout.depot_links):
                costs: Costs = np.array([[0], [distance], [2 * distance]], dtype=self.dtype)
                self.link_costs[self._index[aisle]].append((k, costs))
        self.fixed = 0 if self.doors else 2 * layout.depot_links[0][2]
        self.table = np.zeros((256, len(cross) - 1, 6), dtype=self.dtype)
        self.rows = 0
        self.keys = _Keys(self)

    def _with(self, stops: Stops, spot: Spot) -> Stops:
        index = self._index[spot.aisle]
        return (*stops[:index], stops[index] | self._bit[spot.aisle, spot.y_mm], *stops[index + 1 :])

    def stops(self, spots: Iterable[Spot]) -> Stops:
        """The stops of a walk over `spots`, the depot's crossing among them."""
        keys = list(self.base)
        for spot in spots:
            keys[self._index[spot.aisle]] |= self._bit[spot.aisle, spot.y_mm]
        return tuple(keys)

    def inside(self, key: int, piece: int) -> list[int]:
        """The heights (mm, rising) of one aisle's wanted spots between cross aisles `piece` and `piece` + 1.

        A spot on a cross aisle belongs to the piece behind it, on the last one to the piece before it.
        """
        cross = self.layout.cross_y_mm
        low, high, last = cross[piece], cross[piece + 1], piece == len(cross) - 2
        heights, mask = self.heights[key & ((1 << self.tag_bits) - 1)], key >> self.tag_bits
        return [y for place, y in enumerate(heights) if mask >> place & 1 and (low <= y < high or (last and y == high))]

    def add_row(self, key: int) -> int:
        """Work out the costs of one aisle's key; returns their row in the table."""
        if self.rows == len(self.table):
            self.table = np.concatenate([self.table, np.zeros_like(self.table)])
        cross = self.layout.cross_y_mm
        for k, (low, high) in enumerate(itertools.pairwise(cross)):
            inside = [y - low for y in self.inside(key, k)]
            self.table[self.rows, k] = piece_costs(inside, high - low, self.barred)
        self.rows += 1
        return self.rows - 1

    def lengths(self, walks: Sequence[Stops]) -> list[int]:
        """Length in mm of the shortest walk over each of `walks`, the depot at both ends."""
        chunk = max(8, CELLS // (self.plan.pieces[0].source.size))
        found: list[int] = []
        for first in range(0, len(walks), chunk):
            rows = np.array([list(map(self.keys.__getitem__, w)) for w in walks[first : first + chunk]])
            found += self.run(rows).tolist()
        return found

    def length(self, walk: Stops) -> int:
        """Length in mm of the shortest walk over `walk`."""
        return self.lengths([walk])[0]

    def run(self, rows: IntArray, history: list[Costs] | None = None) -> IntArray:
        """Lengths of the walks in `rows` (walks, aisles; rows of the table). `history` collects every stage."""
        costs = np.ascontiguousarray(self.table[rows].transpose(1, 2, 3, 0))
        idle = costs[:, :, NONE].max(axis=(1, 2)) == 0
        values = np.full((self.plan.size, len(rows)), self.barred, dtype=self.dtype)
        values[0] = 0
        ahead = self.nothing
        for index in range(len(self.aisles)):
            if index:
                ahead = ahead + self.across[index - 1]
            if idle[index] and not self.link_costs[index] and history is None:
                continue
            if index:
                values = _relaxed(values, self.plan.across, ahead, history)
                ahead = self.nothing
            for k, piece in enumerate(self.plan.pieces):
                values = _relaxed(values, piece, costs[index, k], history)
            for k, link in self.link_costs[index]:
                values = _relaxed(values, self.plan.links[k], link, history)
            np.minimum(values, self.barred, out=values)
        if history is not None:
            history.append(values)
        lengths: IntArray = values[self.plan.last].min(axis=0).astype(np.int64) + self.fixed
        return lengths


def _relaxed(values: Costs, step: Step, costs: Costs, history: list[Costs] | None) -> Costs:
    """The cheapest way into every state by one step; the values before it go into `history`."""
    if history is not None:
        history.append(values)
    best: Costs = (values.take(step.source, axis=0) + costs.take(step.choice, axis=0)).min(axis=0)
    return best


def piece_costs(inside: Sequence[int], length: int, barred: int) -> tuple[int, int, int, int, int, int]:
    """What each way of walking a piece of aisle costs, in the order of `automaton`'s choices.

    `inside` are the spots' distances from the piece's front, rising; `barred` is the price of what may not be.
    """
    if not inside:
        return 0, barred, barred, barred, length, 2 * length
    gaps = [after - before for before, after in itertools.pairwise(inside)]
    with_gap = 2 * (length - max(gaps)) if gaps else barred
    return barred, 2 * inside[-1], 2 * (length - inside[0]), with_gap, length, 2 * length
