"""A walk that changes a little at a time: what one bin more would add is known without working it all out. Compiled.

The automaton's values are kept from the front and from the back, so that a place more in one piece of aisle costs
a look at that piece's arcs only. For `annealing`.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from warehouses.planning.floor.layout import IntArray
from warehouses.planning.scattered.duals import stage_table
from warehouses.planning.scattered.stocked import BoolArray, StockedFloor
from warehouses.planning.walks.automaton import BACK, FRONT, GAP, NONE, ONCE, TWICE
from warehouses.planning.walks.compiled import BARRED, Int32Array


class ArcTable(NamedTuple):
    """Arcs of the automaton, as in `StockedFloor`."""

    first: Int32Array
    target: Int32Array
    choice: Int32Array


class Trail(NamedTuple):
    """The shortest walk over the spots that are held, and its values at every stage.

    `held` (spots) counts the reasons to visit a spot. `costs` (stages, choices) are those of the pieces as held.
    `before[stage]` and `behind[stage]` (states) are the cheapest ways from the start and to the end; right are
    those up to `right[0]`, and from `right[1]` on. `stage_of` is a piece's stage, `piece_of` a spot's piece.
    `plain` are half as many arcs, all that a piece without a held spot may take.
    """

    held: IntArray
    kinds: IntArray
    costs: IntArray
    before: IntArray
    behind: IntArray
    right: IntArray
    stage_of: IntArray
    piece_of: IntArray
    plain: ArcTable


@njit(cache=True, nogil=True)
def trail_over(floor: StockedFloor, needed: BoolArray) -> Trail:
    """The walk over the needed spots alone."""
    kinds, costs = stage_table(floor)
    states, pieces = floor.first.shape[1] - 1, len(floor.long) // len(floor.ahead)
    stage_of, piece_of = np.zeros(len(floor.long), np.int64), np.zeros(len(floor.at), np.int64)
    piece = 0
    for stage in range(len(kinds)):
        if kinds[stage] < pieces:
            stage_of[piece] = stage
            piece_of[floor.spots[piece] : floor.spots[piece + 1]] = piece
            piece += 1
    before = np.full((len(kinds) + 1, states), BARRED, np.int64)
    behind = np.full((len(kinds) + 1, states), BARRED, np.int64)
    before[0, 0] = 0
    for state in floor.last:
        behind[-1, state] = 0
    right = np.array([0, len(kinds)])
    trail = Trail(needed.astype(np.int64), kinds, costs, before, behind, right, stage_of, piece_of, _plain_arcs(floor))
    for piece in range(len(stage_of)):
        _cost_piece(floor, trail, piece, -1, costs[stage_of[piece]])
    return trail


@njit(cache=True, nogil=True)
def _plain_arcs(floor: StockedFloor) -> ArcTable:
    """The arcs that pass a piece or leave it alone."""
    pieces, states = len(floor.long) // len(floor.ahead), floor.first.shape[1] - 1
    first, kept, count = np.zeros((pieces, states + 1), np.int32), np.zeros(len(floor.choice), np.int64), 0
    for kind in range(pieces):
        for state in range(states):
            first[kind, state] = count
            for arc in range(floor.first[kind, state], floor.first[kind, state + 1]):
                if floor.choice[arc] in (NONE, ONCE, TWICE):
                    kept[count] = arc
                    count += 1
        first[kind, states] = count
    return ArcTable(first, floor.target[kept[:count]], floor.choice[kept[:count]])


@njit(cache=True, nogil=True)
def hold(floor: StockedFloor, trail: Trail, spot: int, change: int) -> None:
    """One reason more, or one less, to visit a spot."""
    was = trail.held[spot] > 0
    trail.held[spot] += change
    if was != (trail.held[spot] > 0):
        piece = trail.piece_of[spot]
        stage = trail.stage_of[piece]
        _cost_piece(floor, trail, piece, -1, trail.costs[stage])
        trail.right[0], trail.right[1] = min(trail.right[0], stage), max(trail.right[1], stage + 1)


@njit(cache=True, nogil=True)
def _cost_piece(floor: StockedFloor, trail: Trail, piece: int, spot: int, costs: IntArray) -> None:
    """What each choice costs at a piece with its held spots and this one (-1: none)."""
    long, low, high, gap = floor.long[piece], -1, 0, 0
    for other in range(floor.spots[piece], floor.spots[piece + 1]):
        if trail.held[other] > 0 or other == spot:
            at = floor.at[other]
            if low < 0:
                low = at
            else:
                gap = max(gap, at - high)
            high = at
    costs[ONCE], costs[TWICE] = long, 2 * long
    if low < 0:
        costs[NONE], costs[FRONT], costs[BACK], costs[GAP] = 0, BARRED, BARRED, BARRED
    else:
        costs[NONE], costs[FRONT], costs[BACK], costs[GAP] = BARRED, 2 * high, 2 * (long - low), 2 * (long - gap)


@njit(cache=True, nogil=True)
def follow(floor: StockedFloor, trail: Trail) -> int:
    """Put all values right; returns the walk's length in mm."""
    pieces, every = len(floor.long) // len(floor.ahead), ArcTable(floor.first, floor.target, floor.choice)
    for stage in range(trail.right[0], len(trail.kinds)):
        kind, costs = trail.kinds[stage], trail.costs[stage]
        arcs = trail.plain if kind < pieces and costs[NONE] == 0 else every
        _step(arcs, kind, costs, trail.before[stage], trail.before[stage + 1])
    for stage in range(trail.right[1] - 1, -1, -1):
        kind, costs = trail.kinds[stage], trail.costs[stage]
        arcs = trail.plain if kind < pieces and costs[NONE] == 0 else every
        _step_back(arcs, kind, costs, trail.behind[stage + 1], trail.behind[stage])
    trail.right[0], trail.right[1] = len(trail.kinds), 0
    return trail.behind[0, 0]


@njit(cache=True, nogil=True)
def _step(arcs: ArcTable, kind: int, costs: IntArray, values: IntArray, after: IntArray) -> None:
    """The values after a stage, from those before it."""
    first, target, choice = arcs.first[kind], arcs.target, arcs.choice
    after[:] = BARRED
    for state in range(len(after)):
        value = values[state]
        if value < BARRED:
            for arc in range(first[state], first[state + 1]):
                to = target[arc]
                after[to] = min(after[to], value + costs[choice[arc]])


@njit(cache=True, nogil=True)
def _step_back(arcs: ArcTable, kind: int, costs: IntArray, values: IntArray, before: IntArray) -> None:
    """The values before a stage, from those after it."""
    first, target, choice = arcs.first[kind], arcs.target, arcs.choice
    for state in range(len(before)):
        best = BARRED
        for arc in range(first[state], first[state + 1]):
            best = min(best, costs[choice[arc]] + values[target[arc]])
        before[state] = best


@njit(cache=True, nogil=True)
def length_with(floor: StockedFloor, trail: Trail, spot: int) -> int:
    """The walk's length in mm with one spot more; all values must be right."""
    if trail.held[spot] > 0:
        return trail.behind[0, 0]
    piece = trail.piece_of[spot]
    stage = trail.stage_of[piece]
    costs = np.empty(6, np.int64)
    _cost_piece(floor, trail, piece, spot, costs)
    first, best = floor.first[trail.kinds[stage]], BARRED
    for state in range(floor.first.shape[1] - 1):
        value = trail.before[stage, state]
        if value < BARRED:
            for arc in range(first[state], first[state + 1]):
                best = min(best, value + costs[floor.choice[arc]] + trail.behind[stage + 1, floor.target[arc]])
    return best
