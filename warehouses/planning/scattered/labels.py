"""Scattered storage to the proven optimum, or as near as there is room for: labels under a bound. Compiled.

A label is a half-built walk: its state in the automaton and what it has fetched of every article. A label is
dropped when even at the prices of `duals` the rest of its walk makes it longer than one that is known. Where
more labels are left than there is room for, the least promising go, and the bound remembers the best of them.
Literature: Heßler and Irnich 2024 for the state space, Christofides, Mingozzi and Toth 1981 for the bounding.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from warehouses.planning.floor.layout import IntArray
from warehouses.planning.scattered.duals import credit_pieces, credits_of, stage_table
from warehouses.planning.scattered.stocked import BoolArray, StockedFloor
from warehouses.planning.scattered.ways import Ways, piece_ways, plain_ways
from warehouses.planning.walks.compiled import BARRED, Int32Array

Amounts = npt.NDArray[np.int8]


class Sight(NamedTuple):
    """What is seen from the relaxed problem at its best prices.

    `before` and `behind` (stages + 1, states): the cheapest relaxed way from the start to a state, and from
    there to the end. `worth` (spots): what reaching a spot is worth. All in mm.
    """

    kinds: IntArray
    costs: IntArray
    before: IntArray
    behind: IntArray
    worth: IntArray
    price: IntArray


@njit(cache=True)
def seen(floor: StockedFloor, needed: BoolArray, wanted: IntArray, price: IntArray) -> Sight:
    """The relaxed problem at these prices, from the front and from the back."""
    kinds, costs = stage_table(floor)
    worth = credits_of(floor, wanted, price)
    credit_pieces(floor, worth, needed, kinds, costs, np.zeros((len(kinds), 6, 2), np.int64))
    states = floor.first.shape[1] - 1
    before = np.full((len(kinds) + 1, states), BARRED, np.int64)
    behind = np.full((len(kinds) + 1, states), BARRED, np.int64)
    before[0, 0] = 0
    for state in floor.last:
        behind[-1, state] = 0
    for stage in range(len(kinds)):
        _relax(floor, kinds[stage], costs[stage], before[stage], before[stage + 1], 0)
    for stage in range(len(kinds) - 1, -1, -1):
        _relax(floor, kinds[stage], costs[stage], behind[stage + 1], behind[stage], 1)
    return Sight(kinds, costs, before, behind, worth, price)


@njit(cache=True)
def _relax(floor: StockedFloor, kind: int, costs: IntArray, known: IntArray, found: IntArray, back: int) -> None:
    """One stage forwards, or backwards."""
    for state in range(len(known)):
        for arc in range(floor.first[kind, state], floor.first[kind, state + 1]):
            one, other = (floor.target[arc], state) if back else (state, floor.target[arc])
            if known[one] < BARRED and costs[floor.choice[arc]] < BARRED:
                found[other] = min(found[other], known[one] + costs[floor.choice[arc]])


@njit(cache=True)
def room(floor: StockedFloor, sight: Sight, stage: int, slack: int) -> IntArray:
    """What each choice at a stage may cost at most, by the best walk on either side of it, within `slack`."""
    most = np.full(sight.costs.shape[1], -BARRED, np.int64)
    kind = sight.kinds[stage]
    for state in range(sight.before.shape[1]):
        if sight.before[stage, state] < BARRED:
            for arc in range(floor.first[kind, state], floor.first[kind, state + 1]):
                rest = sight.behind[stage + 1, floor.target[arc]]
                way = floor.choice[arc]
                if rest < BARRED:
                    most[way] = max(most[way], slack - sight.before[stage, state] - rest)
    return most


class Labels(NamedTuple):
    """Room for the labels of one stage.

    `price` is what was walked and what is missing at its price, `promise` the least the whole walk costs, in mm.
    `key` mixes state and amounts, `parent` is the label before and `row` the way that was added.
    """

    state: Int32Array
    price: IntArray
    amount: Amounts
    key: IntArray
    parent: Int32Array
    row: Int32Array
    promise: IntArray


@njit(cache=True)
def _empty(count: int, articles: int) -> Labels:
    return Labels(
        np.zeros(count, np.int32),
        np.zeros(count, np.int64),
        np.zeros((count, articles), np.int8),
        np.zeros(count, np.int64),
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.zeros(count, np.int64),
    )


@njit(cache=True)
def search(
    floor: StockedFloor, needed: BoolArray, wanted: IntArray, price: IntArray, most: int, width: int
) -> tuple[int, BoolArray, int]:
    """The shortest walk of at most `most` mm that brings `wanted`, keeping `width` labels a stage.

    `price` (articles) is that of `duals.prices`. Returns the walk's length (`BARRED` if none was found), the
    spots it reaches, and a proven lower bound on every walk: where no label had to go, the length itself or
    `most` + 1.
    """
    sight = seen(floor, needed, wanted, price)
    pieces, stages, offset = len(floor.long) // len(floor.ahead), len(sight.kinds), np.sum(price * wanted)
    mix, rest = _mixers(len(wanted)), _totals(floor, len(wanted))
    now, new = _empty(9 * width, len(wanted)), _empty(9 * width, len(wanted))
    table = np.zeros(_power(18 * width), np.int32)
    parents, rows = np.zeros((stages, width), np.int32), np.zeros((stages, width), np.int32)
    every = [plain_ways(sight.costs[0])]
    now.price[0] = offset
    count: Any = np.int64(1)
    dropped: Any = np.int64(BARRED)
    piece: Any = np.int64(0)
    for stage in range(stages):
        if sight.kinds[stage] < pieces:
            ways = piece_ways(floor, piece, needed, sight.worth, room(floor, sight, stage, most - offset), len(wanted))
            for supply in range(floor.supplies[floor.spots[piece]], floor.supplies[floor.spots[piece + 1]]):
                rest[floor.article[supply]] -= floor.units[supply]
            piece += 1
        else:
            ways = plain_ways(sight.costs[stage])
        every.append(ways)
        count, lost = _grown(floor, sight, stage, ways, rest, wanted, mix, most, width, now, count, new, table)
        dropped = min(dropped, lost)
        for label in range(count):
            parents[stage, label], rows[stage, label] = new.parent[label], new.row[label]
        now, new = new, now
    length: Any = np.int64(BARRED)
    end: Any = np.int64(-1)
    for label in range(count):
        if now.promise[label] < length:
            length, end = now.promise[label], label
    return length, _traced(floor, sight, every, parents, rows, end), min(length, dropped, most + 1)


@njit(cache=True)
def _mixers(articles: int) -> IntArray:
    """Odd multipliers for the keys: one for the state, then one per article (Marsaglia's xorshift, 2003)."""
    mix = np.zeros(articles + 1, np.int64)
    value = 88172645463325252
    for place in range(articles + 1):
        value ^= value << 13
        value ^= (value >> 7) & 0x01FFFFFFFFFFFFFF
        value ^= value << 17
        mix[place] = value | 1
    return mix


@njit(cache=True)
def _totals(floor: StockedFloor, articles: int) -> IntArray:
    """Units of each article in all its bins."""
    total = np.zeros(articles, np.int64)
    for supply in range(len(floor.article)):
        total[floor.article[supply]] += floor.units[supply]
    return total


@njit(cache=True)
def _power(least: int) -> int:
    size = 1024
    while size < least:
        size *= 2
    return size


@njit(cache=True)
def _grown(
    floor: StockedFloor,
    sight: Sight,
    stage: int,
    ways: Ways,
    rest: IntArray,
    wanted: IntArray,
    mix: IntArray,
    most: int,
    width: int,
    now: Labels,
    count: int,
    new: Labels,
    table: Int32Array,
) -> tuple[int, int]:
    """All labels after one stage, at most `width`: how many, and the best promise among those that had to go."""
    found: Any = np.int64(0)
    dropped: Any = np.int64(BARRED)
    kind, behind = sight.kinds[stage], sight.behind[stage + 1]
    table[:] = -1
    for label in range(count):
        state, at = now.state[label], now.price[label]
        for arc in range(floor.first[kind, state], floor.first[kind, state + 1]):
            target, choice = floor.target[arc], floor.choice[arc]
            for row in range(ways.first[choice], ways.first[choice + 1]):
                if at + ways.reduced[row] + behind[target] > most:
                    break
                if found == len(new.state):
                    found, lost = _best_kept(new, found, width)
                    dropped = min(dropped, lost)
                    _indexed(new, found, table)
                price, key = _loaded(ways, row, wanted, sight.price, mix, now, label, new, found)
                if price + behind[target] <= most and _enough(ways, new.amount[found], rest, wanted):
                    key += mix[0] * target
                    slot = _slot(new, table, key, target, found)
                    place = table[slot]
                    if place < 0 or price < new.price[place]:
                        if place < 0:
                            table[slot] = place = found
                            found += 1
                        new.state[place], new.price[place], new.key[place] = target, price, key
                        new.parent[place], new.row[place] = label, row
                        new.promise[place] = price + behind[target]
    if found > width:
        found, lost = _best_kept(new, found, width)
        dropped = min(dropped, lost)
    return found, dropped


@njit(cache=True)
def _loaded(
    ways: Ways,
    row: int,
    wanted: IntArray,
    price: IntArray,
    mix: IntArray,
    now: Labels,
    label: int,
    new: Labels,
    place: int,
) -> tuple[int, int]:
    """What a label has fetched after one more way, into `new` at `place`; returns its price and half its key."""
    cost, key = now.price[label] + ways.cost[row], mix[0] * 0
    had, has = now.amount[label], new.amount[place]
    for article in range(len(wanted)):
        has[article] = had[article]
    for gain in range(ways.starts[row], ways.starts[row + 1]):
        article = ways.article[gain]
        more = min(ways.units[gain], wanted[article] - has[article])
        has[article] += more
        cost -= more * price[article]
    for article in range(len(wanted)):
        key += has[article] * mix[article + 1]
    return cost, key


@njit(cache=True)
def _enough(ways: Ways, amount: Amounts, rest: IntArray, wanted: IntArray) -> bool:
    """Whether what lies ahead can still make up for what is missing, of the articles at this stage."""
    for article in ways.here:  # noqa: SIM110 - numba knows no generators
        if amount[article] + rest[article] < wanted[article]:
            return False
    return True


@njit(cache=True)
def _slot(labels: Labels, table: Int32Array, key: int, state: int, like: int) -> int:
    """Where in the hash table a label is with this key and state and the amounts of `like`, or may be put."""
    mask = len(table) - 1
    slot = (key ^ (key >> 29)) & mask
    while table[slot] >= 0:
        other = table[slot]
        if labels.key[other] == key and labels.state[other] == state:
            same = True
            for article in range(labels.amount.shape[1]):
                same = same and labels.amount[other, article] == labels.amount[like, article]
            if same:
                break
        slot = (slot + 1) & mask
    return slot


@njit(cache=True)
def _best_kept(labels: Labels, count: int, width: int) -> tuple[int, int]:
    """Only the `width` most promising labels, in front; returns how many, and the best promise of the others."""
    low, high = labels.promise[0], labels.promise[0]
    for label in range(count):
        low, high = min(low, labels.promise[label]), max(high, labels.promise[label])
    while low < high:  # the least border within which there are `width`
        middle, inside = low + (high - low) // 2, 0
        for label in range(count):
            inside += labels.promise[label] <= middle
        if inside >= width:
            high = middle
        else:
            low = middle + 1
    under = 0
    for label in range(count):
        under += labels.promise[label] < low
    kept, equal, dropped = 0, width - under, BARRED
    for label in range(count):
        promise = labels.promise[label]
        if promise < low or (promise == low and equal > 0):
            equal -= promise == low
            _moved(labels, label, kept)
            kept += 1
        else:
            dropped = min(dropped, promise)
    return kept, dropped


@njit(cache=True)
def _moved(labels: Labels, label: int, to: int) -> None:
    """Copy a label to another place."""
    for article in range(labels.amount.shape[1]):
        labels.amount[to, article] = labels.amount[label, article]
    labels.state[to], labels.price[to], labels.key[to] = labels.state[label], labels.price[label], labels.key[label]
    labels.parent[to], labels.row[to] = labels.parent[label], labels.row[label]
    labels.promise[to] = labels.promise[label]


@njit(cache=True)
def _indexed(labels: Labels, count: int, table: Int32Array) -> None:
    """The hash table of these labels anew."""
    table[:] = -1
    for label in range(count):
        table[_slot(labels, table, labels.key[label], labels.state[label], label)] = label


@njit(cache=True)
def _traced(
    floor: StockedFloor, sight: Sight, every: list[Ways], parents: Int32Array, rows: Int32Array, label: int
) -> BoolArray:
    """The spots on the walk of a label of the last stage; none if there is none."""
    reached = np.zeros(len(floor.at), np.bool_)
    pieces, piece = len(floor.long) // len(floor.ahead), len(floor.long)
    if label >= 0:
        for stage in range(len(sight.kinds) - 1, -1, -1):
            if sight.kinds[stage] < pieces:
                piece -= 1
                ways, row = every[stage + 1], rows[stage, label]
                for spot in range(floor.spots[piece], floor.spots[piece + 1]):
                    reached[spot] = not ways.left[row] <= spot < ways.right[row]
            label = parents[stage, label]
    return reached
