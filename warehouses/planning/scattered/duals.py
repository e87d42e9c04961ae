"""A proven lower bound for scattered storage, and the prices of articles that it comes with. Compiled.

Lagrangian relaxation: an article need not be fetched in full, but what is missing of it has a price. The walk
that then pays best is one pass of the exact method, each way of walking a piece credited with what lies on it;
the prices are moved by subgradients (Held, Wolfe and Crowder 1974). For `scattered` and `labels`.
"""

import numpy as np
from numba import njit

from warehouses.planning.floor.layout import IntArray
from warehouses.planning.scattered.stocked import BoolArray, StockedFloor
from warehouses.planning.walks.automaton import BACK, FRONT, GAP, NONE, ONCE, TWICE
from warehouses.planning.walks.compiled import BARRED, Int32Array, cheapest


@njit(cache=True)
def prices(floor: StockedFloor, needed: BoolArray, wanted: IntArray, known: int, rounds: int) -> tuple[int, IntArray]:
    """A lower bound in mm on every walk that brings `wanted` of each article, and the prices that prove it.

    `needed` are spots that every walk visits, `known` the length of a walk that is known. Prices are in mm per
    unit, (articles,).
    """
    kinds, costs = stage_table(floor)
    best, best_price = -1, np.zeros(len(wanted), np.int64)
    price, eager, stale = np.zeros(len(wanted), np.float64), 1.0, 0
    cuts = np.zeros((len(kinds), 6, 2), np.int64)
    for _ in range(rounds):
        whole = np.floor(price).astype(np.int64)
        credit_pieces(floor, credits_of(floor, wanted, whole), needed, kinds, costs, cuts)
        values, taken = cheapest(kinds, costs, floor.first, floor.target, floor.choice)
        end = floor.last[np.argmin(values[floor.last])]
        bound = values[end] + np.sum(whole * wanted)
        stale += 1
        if bound > best:
            best, best_price, stale = bound, whole, 0
        elif stale >= 8:
            eager, stale = 0.7 * eager, 0
        missing: IntArray = wanted - _fetched(floor, wanted, kinds, cuts, taken, end)
        uneven = np.sum(missing * missing)
        if uneven == 0 or best >= known:
            break
        step = eager * max(known - bound, known // 200) / uneven
        price = np.maximum(0.0, price + step * missing)
    return best, best_price


@njit(cache=True)
def stage_table(floor: StockedFloor) -> tuple[IntArray, IntArray]:
    """The steps over all aisles: their kinds, and their costs (stages, choices), those of pieces not filled in."""
    aisles, doors, across = len(floor.ahead), floor.links.shape[1], len(floor.first) - 1
    pieces = len(floor.long) // aisles
    wide = max(6, 2 * pieces + 3)
    stage, kinds = 0, np.zeros(aisles * (1 + pieces + doors), np.int64)
    costs = np.full((len(kinds), wide), BARRED, np.int64)
    for aisle in range(aisles):
        for piece in range(pieces):
            kinds[stage] = piece
            stage += 1
        for link in range(doors):
            if floor.links[aisle, link] >= 0:
                kinds[stage] = pieces + link
                for copies in range(3):
                    costs[stage, copies] = floor.links[aisle, link] * copies
                stage += 1
        if aisle + 1 < aisles:
            kinds[stage] = across
            for copies in range(2 * pieces + 3):
                costs[stage, copies] = floor.ahead[aisle] * copies
            stage += 1
    return kinds[:stage], costs[:stage]


@njit(cache=True)
def credits_of(floor: StockedFloor, wanted: IntArray, price: IntArray) -> IntArray:
    """What reaching each spot is worth in mm at these prices: no more units than are wanted count."""
    worth = np.zeros(len(floor.at), np.int64)
    for spot in range(len(worth)):
        for supply in range(floor.supplies[spot], floor.supplies[spot + 1]):
            article = floor.article[supply]
            worth[spot] += price[article] * min(floor.units[supply], wanted[article])
    return worth


@njit(cache=True)
def credit_pieces(
    floor: StockedFloor, worth: IntArray, needed: BoolArray, kinds: IntArray, costs: IntArray, cuts: IntArray
) -> None:
    """Fill in the cheapest way of each choice at every piece, what it fetches taken off its length.

    `cuts` (stages, choices, 2) gets the first spot that is then left out, and the first after those.
    """
    pieces, piece = len(floor.long) // len(floor.ahead), 0
    for stage in range(len(kinds)):
        if kinds[stage] < pieces:
            _credit_piece(floor, piece, worth, needed, costs[stage], cuts[stage])
            piece += 1


@njit(cache=True)
def _credit_piece(
    floor: StockedFloor, piece: int, worth: IntArray, needed: BoolArray, costs: IntArray, cut: IntArray
) -> None:
    """The six choices at one piece in one sweep from its front to its back."""
    begin, end, long = floor.spots[piece], floor.spots[piece + 1], floor.long[piece]
    every = np.sum(worth[begin:end])
    low, high = end, begin - 1
    for spot in range(begin, end):
        if needed[spot]:
            low, high = min(low, spot), spot
    costs[:6] = BARRED
    if low == end:
        costs[NONE], cut[NONE, 0], cut[NONE, 1] = 0, begin, end
    costs[ONCE], costs[TWICE] = long - every, 2 * long - every
    cut[ONCE], cut[TWICE] = end, end
    passed, best_front, last = 0, BARRED, -1
    for spot in range(begin, end):
        behind = 2 * (long - floor.at[spot]) - (every - passed)
        if best_front < BARRED and best_front + behind < costs[GAP]:
            costs[GAP], cut[GAP, 0], cut[GAP, 1] = best_front + behind, last + 1, spot
        if spot <= low and behind < costs[BACK]:
            costs[BACK], cut[BACK, 0], cut[BACK, 1] = behind, begin, spot
        passed += worth[spot]
        before = 2 * floor.at[spot] - passed
        if needed[spot] or before < best_front:
            best_front, last = before, spot
        if spot >= high and before < costs[FRONT]:
            costs[FRONT], cut[FRONT, 0], cut[FRONT, 1] = before, spot + 1, end


@njit(cache=True)
def _fetched(
    floor: StockedFloor, wanted: IntArray, kinds: IntArray, cuts: IntArray, taken: Int32Array, state: int
) -> IntArray:
    """Units of each article on the walk that ends in `state`, each spot's up to what is wanted."""
    got = np.zeros(len(wanted), np.int64)
    pieces = len(floor.long) // len(floor.ahead)
    piece = len(floor.long)
    for stage in range(len(kinds) - 1, -1, -1):
        arc = taken[stage, state]
        if kinds[stage] < pieces:
            piece -= 1
            cut = cuts[stage, floor.choice[arc]]
            for spot in range(floor.spots[piece], floor.spots[piece + 1]):
                if not cut[0] <= spot < cut[1]:
                    for supply in range(floor.supplies[spot], floor.supplies[spot + 1]):
                        article = floor.article[supply]
                        got[article] += min(floor.units[supply], wanted[article])
        state = floor.source[arc]
    return got
