"""The ways to walk a piece of aisle that a walk under a bound may still use, and what they bring. For `labels`."""

from typing import NamedTuple

import numpy as np
from numba import njit

from warehouses.planning.floor.layout import IntArray
from warehouses.planning.scattered.stocked import BoolArray, StockedFloor
from warehouses.planning.walks.automaton import BACK, FRONT, GAP, NONE, ONCE, TWICE


class Ways(NamedTuple):
    """Ways at one stage, the rows sorted by choice and then by `reduced`.

    `first[choice]` to `first[choice + 1]` are a choice's rows. Per row: `cost` in mm, `reduced` the same less
    what it brings is worth, the spots `left` to before `right` are not reached, and it brings `units` of `article`
    from `starts[row]` to `starts[row + 1]`. `here` are the articles that lie at the stage.
    """

    first: IntArray
    cost: IntArray
    reduced: IntArray
    left: IntArray
    right: IntArray
    starts: IntArray
    article: IntArray
    units: IntArray
    here: IntArray


@njit(cache=True)
def plain_ways(costs: IntArray) -> Ways:
    """The choices of a stage where nothing is fetched: one row each."""
    count = len(costs)
    first, none, starts = np.arange(count + 1), np.zeros(count, np.int64), np.zeros(count + 1, np.int64)
    return Ways(first, costs.copy(), costs.copy(), none, none, starts, none[:0], none[:0], none[:0])


@njit(cache=True)
def piece_ways(
    floor: StockedFloor, piece: int, needed: BoolArray, worth: IntArray, room: IntArray, articles: int
) -> Ways:
    """The ways to walk a piece whose reduced cost is within `room` (choices) and that reach all needed spots.

    `worth` (spots) is what reaching a spot is worth in mm.
    """
    spots = floor.spots[piece + 1] - floor.spots[piece]
    rows = np.zeros((3 + 2 * spots + spots * (spots - 1) // 2, 5), np.int64)
    found = _enumerated(floor, piece, needed, worth, room, rows)
    order = _sorted(rows, found)
    first = np.zeros(len(room) + 1, np.int64)
    table = np.zeros((4, found), np.int64)
    for place in range(found):
        row = order[place]
        first[rows[row, 0] + 1] += 1
        for column in range(4):
            table[column, place] = rows[row, column + 1]
    for choice in range(len(room)):
        first[choice + 1] += first[choice]
    starts, article, units, here = _brought(floor, piece, table[1], table[2], articles)
    return Ways(first, table[0], table[3], table[1], table[2], starts, article, units, here)


@njit(cache=True)
def _enumerated(
    floor: StockedFloor, piece: int, needed: BoolArray, worth: IntArray, room: IntArray, rows: IntArray
) -> int:
    """Fill in rows (choice, mm, first spot left out, first one after those, reduced mm); returns how many."""
    begin, end, long = floor.spots[piece], floor.spots[piece + 1], floor.long[piece]
    low, high, every = end, begin - 1, 0
    for spot in range(begin, end):
        every += worth[spot]
        if needed[spot]:
            low, high = min(low, spot), spot
    found = _put(rows, 0, room, ONCE, long, end, end, every)
    found = _put(rows, found, room, TWICE, 2 * long, end, end, every)
    if low == end:
        found = _put(rows, found, room, NONE, 0, begin, end, 0)
    front = 0
    for spot in range(begin, end):
        if spot <= low:
            found = _put(rows, found, room, BACK, 2 * (long - floor.at[spot]), begin, spot, every - front)
        front += worth[spot]
        if spot >= high:
            found = _put(rows, found, room, FRONT, 2 * floor.at[spot], spot + 1, end, front)
        skipped = 0
        for back in range(spot + 1, end):
            cost = 2 * floor.at[spot] + 2 * (long - floor.at[back])
            found = _put(rows, found, room, GAP, cost, spot + 1, back, every - skipped)
            skipped += worth[back]
            if needed[back]:
                break
    return found


@njit(cache=True)
def _put(rows: IntArray, found: int, room: IntArray, choice: int, cost: int, left: int, right: int, worth: int) -> int:
    """One more row, if there is room for it; returns how many there are."""
    if cost - worth > room[choice]:
        return found
    rows[found, 0], rows[found, 1], rows[found, 2] = choice, cost, left
    rows[found, 3], rows[found, 4] = right, cost - worth
    return found + 1


@njit(cache=True)
def _sorted(rows: IntArray, count: int) -> IntArray:
    """The order of rows by choice, then reduced cost (Shell 1959)."""
    order = np.arange(count)
    step = count // 2
    while step:
        for place in range(step, count):
            row, at = order[place], place
            while at >= step and _after(rows[order[at - step]], rows[row]):
                order[at] = order[at - step]
                at -= step
            order[at] = row
        step //= 2
    return order


@njit(cache=True)
def _after(one: IntArray, other: IntArray) -> bool:
    return one[0] > other[0] or (one[0] == other[0] and one[4] > other[4])


@njit(cache=True)
def _brought(
    floor: StockedFloor, piece: int, left: IntArray, right: IntArray, articles: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """What each row brings, an article once: `starts`, `article`, `units`; and the articles of the piece."""
    begin, end = floor.supplies[floor.spots[piece]], floor.supplies[floor.spots[piece + 1]]
    here, number = np.zeros(end - begin, np.int64), 0
    for supply in range(begin, end):
        new = True
        for place in range(number):
            new = new and here[place] != floor.article[supply]
        if new:
            here[number] = floor.article[supply]
            number += 1
    starts = np.zeros(len(left) + 1, np.int64)
    article, units = np.zeros(len(left) * number, np.int64), np.zeros(len(left) * number, np.int64)
    done = 0
    total = np.zeros(articles, np.int64)
    for row in range(len(left)):
        for spot in range(floor.spots[piece], floor.spots[piece + 1]):
            if not left[row] <= spot < right[row]:
                for supply in range(floor.supplies[spot], floor.supplies[spot + 1]):
                    total[floor.article[supply]] += floor.units[supply]
        for place in range(number):
            if total[here[place]]:
                article[done], units[done] = here[place], total[here[place]]
                total[here[place]] = 0
                done += 1
        starts[row + 1] = done
    return starts, article[:done], units[:done], here[:number]
