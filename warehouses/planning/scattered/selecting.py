"""The compiled core of scattered storage: the best walk when it may still choose among several places.

For `scattered`. The dynamic program of `automaton`, its states multiplied by how much of each open article
has been fetched (Heßler and Irnich 2024 extend the state space so): every way of walking a piece of aisle
brings what lies on it. What has been fetched of all open articles is one number, the amount: a digit per
article, that stops at what is wanted. Everything is plain arrays; lengths are whole millimetres.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from warehouses.planning.floor.layout import IntArray
from warehouses.planning.walks.automaton import BACK, FRONT, GAP, NONE, ONCE, TWICE
from warehouses.planning.walks.compiled import BARRED, Int32Array

BoolArray = npt.NDArray[np.bool_]


class Floor(NamedTuple):
    """The walkable pieces and what lies on them, as arrays.

    Piece p (aisle by aisle, front to back) is `long[p]` mm and has the spots `spots[p]` to `spots[p + 1]`, rising,
    each `at` so many mm from its front. Spot s holds the supplies `supplies[s]` to `supplies[s + 1]`, each of an
    `article` and so many `units`. `ahead[a]` is the way in mm from aisle a to the next, `links[a, k]` the
    depot's distance from cross aisle k, -1 for none (no columns where the depot is a spot). The rest are the
    automaton's arcs, see `compiled.Arcs`.
    """

    spots: IntArray
    long: IntArray
    at: IntArray
    supplies: IntArray
    article: IntArray
    units: IntArray
    ahead: IntArray
    links: IntArray
    first: Int32Array
    source: Int32Array
    target: Int32Array
    choice: Int32Array
    last: IntArray


@njit(cache=True)
def reselect(floor: Floor, needed: BoolArray, digit: IntArray, wanted: IntArray, most: int) -> tuple[int, BoolArray]:
    """The length in mm of the shortest walk over the `needed` spots that also brings the open articles.

    `digit` (articles) is an open article's place in `wanted`, -1 for the others; `wanted` the units of each to
    bring. Walks longer than `most` are not looked for: then the length is `BARRED`. Returns with it which
    spots the walk reaches.
    """
    pieces = len(floor.long) // len(floor.ahead)
    states = floor.first.shape[1] - 1
    amounts = 1
    for units in wanted:
        amounts *= units + 1
    stages = _stages(floor, needed, digit)
    options, starts = _all_options(floor, stages, pieces, needed, digit, wanted)
    limits = _limits(stages, options, starts, most)
    values = np.full((states, amounts), BARRED, np.int64)
    values[0, 0] = 0
    origin = np.full((len(stages), states * amounts), -1, np.int32)
    picked = np.empty((len(stages), states * amounts), np.int32)
    for stage in range(len(stages)):
        mine = options[starts[stage] : starts[stage + 1]]
        onward = _onward(mine, wanted, amounts)
        values = _stepped(floor, stages[stage, 0], mine, onward, values, limits[stage], origin[stage], picked[stage])
    return _read_back(floor, values, stages, options, starts, origin, picked)


@njit(cache=True)
def _stages(floor: Floor, needed: BoolArray, digit: IntArray) -> IntArray:
    """The steps of building a walk, rows (kind, piece or -1, mm): aisles where nothing can be fetched are passed."""
    aisles, doors = len(floor.ahead), floor.links.shape[1]
    pieces = len(floor.long) // aisles
    rows = np.empty((aisles * (1 + pieces + doors), 3), np.int64)
    count, way = 0, -1
    for aisle in range(aisles):
        used = False
        for link in range(doors):
            used = used or floor.links[aisle, link] >= 0
        for spot in range(floor.spots[aisle * pieces], floor.spots[(aisle + 1) * pieces]):
            used = used or needed[spot] or _is_open(floor, spot, digit)
        if used:
            if way >= 0:
                rows[count, 0], rows[count, 1], rows[count, 2] = len(floor.first) - 1, -1, way
                count += 1
            way = 0
            for piece in range(pieces):
                rows[count, 0], rows[count, 1], rows[count, 2] = piece, aisle * pieces + piece, 0
                count += 1
            for link in range(doors):
                if floor.links[aisle, link] >= 0:
                    rows[count, 0], rows[count, 1], rows[count, 2] = pieces + link, -1, floor.links[aisle, link]
                    count += 1
        if way >= 0:
            way += floor.ahead[aisle]
    return rows[:count]


@njit(cache=True)
def _is_open(floor: Floor, spot: int, digit: IntArray) -> bool:
    """Whether a spot holds an open article."""
    for supply in range(floor.supplies[spot], floor.supplies[spot + 1]):  # noqa: SIM110 - numba knows no generators
        if digit[floor.article[supply]] >= 0:
            return True
    return False


@njit(cache=True)
def _all_options(
    floor: Floor, stages: IntArray, pieces: int, needed: BoolArray, digit: IntArray, wanted: IntArray
) -> tuple[IntArray, IntArray]:
    """Every stage's options one after another, by choice, and where each stage's begin.

    Rows (choice, mm, first spot left out, first one after those, gain of each open article).
    """
    starts = np.zeros(len(stages) + 1, np.int64)
    for stage in range(len(stages)):
        most = 2 * pieces + 3
        if stages[stage, 1] >= 0:
            spots = floor.spots[stages[stage, 1] + 1] - floor.spots[stages[stage, 1]]
            most = 3 + 2 * spots + spots * (spots - 1) // 2
        starts[stage + 1] = starts[stage] + most
    rows = np.zeros((starts[-1], 4 + len(wanted)), np.int64)
    for stage in range(len(stages)):
        at = starts[stage]
        if stages[stage, 1] >= 0:
            count = _piece_options(floor, stages[stage, 1], needed, digit, wanted, rows[at:])
            count = _undominated(rows[at : at + count])
        else:
            count = 2 * pieces + 3 if stages[stage, 0] == len(floor.first) - 1 else 3
            for choice in range(count):
                _put(rows, at + choice, choice, choice * stages[stage, 2], 0, 0)
                _gain(floor, 0, 0, digit, wanted, rows[at + choice])
        starts[stage + 1] = at + count
    return rows, starts


@njit(cache=True)
def _piece_options(
    floor: Floor, piece: int, needed: BoolArray, digit: IntArray, wanted: IntArray, rows: IntArray
) -> int:
    """Fill in the ways to walk a piece that reach all its needed spots, as rows of `_all_options`; how many."""
    begin, end, long = floor.spots[piece], floor.spots[piece + 1], floor.long[piece]
    places = np.zeros(end - begin, np.int64)
    count, low, high, found = 0, -1, -1, 0
    for spot in range(begin, end):
        if needed[spot]:
            low, high = (count if low < 0 else low), count
        if needed[spot] or _is_open(floor, spot, digit):
            places[count] = spot
            count += 1
    if low < 0:
        found = _put(rows, found, NONE, 0, begin, end)
    for front in range(max(high, 0), count):
        found = _put(rows, found, FRONT, 2 * floor.at[places[front]], places[front] + 1, end)
    for back in range(low + 1 if low >= 0 else count):
        found = _put(rows, found, BACK, 2 * (long - floor.at[places[back]]), begin, places[back])
    for front in range(count):
        for back in range(front + 1, count):
            cost = 2 * floor.at[places[front]] + 2 * (long - floor.at[places[back]])
            found = _put(rows, found, GAP, cost, places[front] + 1, places[back])
            if needed[places[back]]:
                break
    found = _put(rows, found, ONCE, long, end, end)
    found = _put(rows, found, TWICE, 2 * long, end, end)
    for row in range(found):
        _gain(floor, begin, end, digit, wanted, rows[row])
    return found


@njit(cache=True)
def _put(rows: IntArray, found: int, choice: int, cost: int, left: int, right: int) -> int:
    """One more row without its gains; returns how many there are."""
    rows[found, 0], rows[found, 1], rows[found, 2], rows[found, 3] = choice, cost, left, right
    return found + 1


@njit(cache=True)
def _gain(floor: Floor, begin: int, end: int, digit: IntArray, wanted: IntArray, row: IntArray) -> None:
    """What one way of walking the spots from `begin` to before `end` brings of the open articles."""
    for place in range(len(wanted)):
        row[4 + place] = 0
    for spot in range(begin, end):
        if not row[2] <= spot < row[3]:
            for supply in range(floor.supplies[spot], floor.supplies[spot + 1]):
                place = digit[floor.article[supply]]
                if place >= 0:
                    row[4 + place] = min(wanted[place], row[4 + place] + floor.units[supply])


@njit(cache=True)
def _undominated(rows: IntArray) -> int:
    """Move the options to the front of which none of the same way brings as much for as little; how many they are."""
    kept = 0
    for one in range(len(rows)):
        best = True
        for other in range(len(rows)):
            if best and other != one and rows[one, 0] == rows[other, 0] and (other < kept or other > one):
                best = not _dominates(rows[other], rows[one])
        if best:
            for column in range(rows.shape[1]):
                rows[kept, column] = rows[one, column]
            kept += 1
    return kept


@njit(cache=True)
def _dominates(one: IntArray, other: IntArray) -> bool:
    """Whether an option brings as much as another for no more."""
    if one[1] > other[1]:
        return False
    for column in range(4, len(one)):  # noqa: SIM110 - numba knows no generators
        if one[column] < other[column]:
            return False
    return True


@njit(cache=True)
def _limits(stages: IntArray, options: IntArray, starts: IntArray, most: int) -> IntArray:
    """What a walk may have cost before each stage, to end within `most`: each later stage costs something at least."""
    limits = np.empty(len(stages) + 1, np.int64)
    limits[-1] = most
    for stage in range(len(stages) - 1, -1, -1):
        least = options[starts[stage], 1]
        for option in range(starts[stage], starts[stage + 1]):
            least = min(least, options[option, 1])
        limits[stage] = limits[stage + 1] - least
    return limits


@njit(cache=True)
def _onward(options: IntArray, wanted: IntArray, amounts: int) -> IntArray:
    """The amount after each option, from each amount before it; shape (options, amounts)."""
    onward = np.zeros((len(options), amounts), np.int64)
    stride = 1
    for place in range(len(wanted)):
        base = wanted[place] + 1
        for option in range(len(options)):
            for amount in range(amounts):
                digit = amount // stride % base
                onward[option, amount] += stride * min(wanted[place], digit + options[option, 4 + place])
        stride *= base
    return onward


@njit(cache=True)
def _stepped(
    floor: Floor,
    kind: int,
    options: IntArray,
    onward: IntArray,
    values: IntArray,
    most: int,
    origin: Int32Array,
    picked: Int32Array,
) -> IntArray:
    """The prices after one stage; `origin` and `picked` get where each came from and by which option."""
    states, amounts = values.shape
    after = np.full((states, amounts), BARRED, np.int64)
    starts = floor.first[kind]
    ways = np.zeros(floor.first.shape[0] * 2 + 8, np.int64)
    for option in range(len(options)):
        ways[options[option, 0] + 1] += 1
    for way in range(1, len(ways)):
        ways[way] += ways[way - 1]
    for state in range(states):
        for amount in range(amounts):
            value = values[state, amount]
            if value > most:
                continue
            for arc in range(starts[state], starts[state + 1]):
                target, way = floor.target[arc], floor.choice[arc]
                for option in range(ways[way], ways[way + 1]):
                    total, to = value + options[option, 1], onward[option, amount]
                    if total < after[target, to]:
                        after[target, to] = total
                        origin[target * amounts + to] = state * amounts + amount
                        picked[target * amounts + to] = option
    return after


@njit(cache=True)
def _read_back(
    floor: Floor,
    values: IntArray,
    stages: IntArray,
    options: IntArray,
    starts: IntArray,
    origin: Int32Array,
    picked: Int32Array,
) -> tuple[int, BoolArray]:
    """The best closed walk's length, and the spots it reaches."""
    amounts = values.shape[1]
    reached = np.zeros(len(floor.at), np.bool_)
    place, length = -1, BARRED
    for state in floor.last:
        if values[state, amounts - 1] < length:
            place, length = state * amounts + amounts - 1, values[state, amounts - 1]
    if place >= 0:
        for stage in range(len(stages) - 1, -1, -1):
            row = options[starts[stage] + picked[stage, place]]
            piece = stages[stage, 1]
            if piece >= 0:
                for spot in range(floor.spots[piece], floor.spots[piece + 1]):
                    reached[spot] = not row[2] <= spot < row[3]
            place = origin[stage, place]
    return length, reached


@njit(cache=True)
def settle(
    floor: Floor,
    articles: IntArray,
    wanted: IntArray,
    reached: BoolArray,
    noise: npt.NDArray[np.float64],
    take: IntArray,
) -> None:
    """Take what is wanted of `articles` from reached spots, into `take` (supplies): the fullest supplies first."""
    left = np.zeros(len(wanted), np.int64)
    for article in articles:
        left[article] = wanted[article]
    best = np.full(len(wanted), -1, np.int64)
    for supply in range(len(take)):
        if left[floor.article[supply]] > 0:
            take[supply] = 0
    while left.max() > 0:
        best[:] = -1
        for spot in range(len(floor.at)):
            if reached[spot]:
                for supply in range(floor.supplies[spot], floor.supplies[spot + 1]):
                    article = floor.article[supply]
                    if left[article] > 0 and take[supply] == 0:
                        known = best[article]
                        units = min(floor.units[supply], left[article]) + noise[supply]
                        if known < 0 or units > min(floor.units[known], left[article]) + noise[known]:
                            best[article] = supply
        for article in articles:
            supply = best[article]
            if supply >= 0:
                take[supply] = min(floor.units[supply], left[article])
                left[article] -= take[supply]
            else:
                left[article] = 0
