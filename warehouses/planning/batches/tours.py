"""Walks as visiting orders, in compiled code: for floors where no closed method tells a walk's length.

A cart's places stand in its row of the fleet in the order of the walk, and ways are a matrix from row to column,
0 the depot, as there and back need not be alike. Places join where they add least (Rosenkrantz, Stearns and Lewis
1977), and a walk is tidied by moving pieces of it (Or 1976) and turning pieces round (Croes 1958) until neither helps.
"""

from typing import NamedTuple

import numpy as np

from warehouses.planning.batches.fleet import Fleet, book, mixed
from warehouses.planning.batches.lengths import Small, compiled
from warehouses.planning.floor.layout import IntArray

LONGEST_PIECE = 3
"""Places that are moved together at most."""


class Bench(NamedTuple):
    """Room to try walks out: a walk, another with the depot at both ends, its way there and back, marks per place."""

    trial: IntArray
    tour: IntArray
    there: IntArray
    back: IntArray
    mark: IntArray


def bench_for(fleet: Fleet, ways: Small) -> Bench:
    """Room for the walks of one fleet; `mark` ends with the number last used."""
    trial, tour, there, back = np.zeros((4, fleet.places.shape[1] + 3), dtype=np.int64)
    return Bench(trial, tour, there, back, mark=np.zeros(len(ways) + 1, dtype=np.int64))


@compiled
def tour_length(ways, stops, count):  # type: ignore[no-untyped-def]
    """From the depot over the first so many stops and back."""
    length, at = 0, 0
    for index in range(count):
        length += ways[at, stops[index]]
        at = stops[index]
    return length + ways[at, 0]


@compiled
def _insert(ways, stops, count, place):  # type: ignore[no-untyped-def]
    """Put a place where it adds least; what it adds, or -1 if it is there already."""
    least, chosen, before = -1, 0, 0
    for at in range(count + 1):
        after = stops[at] if at < count else 0
        if after == place:
            return -1
        added = ways[before, place] + ways[place, after] - ways[before, after]
        if least < 0 or added < least:
            least, chosen = added, at
        before = after
    for at in range(count, chosen, -1):
        stops[at] = stops[at - 1]
    stops[chosen] = place
    return least


@compiled
def _join(ways, wave, stops, count, load):  # type: ignore[no-untyped-def]
    """Put a load's places into a walk: (how many stops it has then, what they add)."""
    total = 0
    for at in range(wave.starts[load], wave.starts[load + 1]):
        added = _insert(ways, stops, count, wave.places[at])
        if added >= 0:
            count += 1
            total += added
    return count, total


@compiled
def joining(ways, wave, fleet, bench, row, load):  # type: ignore[no-untyped-def]
    """What a load would add to a cart's price."""
    count = fleet.stops[row]
    bench.trial[:count] = fleet.places[row, :count]
    _, added = _join(ways, wave, bench.trial, count, load)
    return added + mixed(wave, fleet.due[row] | wave.due[load]) - mixed(wave, fleet.due[row])


@compiled
def ride(ways, wave, fleet, row, load):  # type: ignore[no-untyped-def]
    """Put a load on a cart; the price follows."""
    mixing = mixed(wave, fleet.due[row])
    book(wave, fleet, row, load)
    count, added = _join(ways, wave, fleet.places[row], fleet.stops[row], load)
    fleet.stops[row] = count
    fleet.price[row] += added + mixed(wave, fleet.due[row]) - mixing


@compiled
def priced(ways, wave, fleet, row):  # type: ignore[no-untyped-def]
    """A cart's walk and what its due classes cost."""
    return tour_length(ways, fleet.places[row], fleet.stops[row]) + mixed(wave, fleet.due[row])


@compiled
def prune(ways, wave, fleet, bench, row):  # type: ignore[no-untyped-def]
    """Work out anew all of a cart that loads were taken off; its walk passes by what nobody wants any more."""
    count = fleet.held[row]
    fleet.held[row] = fleet.group[row] = fleet.due[row] = 0
    fleet.size[row] = 0
    fleet.sign[row] = 0
    bench.mark[-1] += 1
    for index in range(count):
        load = fleet.members[row, index]
        book(wave, fleet, row, load)
        for at in range(wave.starts[load], wave.starts[load + 1]):
            bench.mark[wave.places[at]] = bench.mark[-1]
    kept = 0
    for at in range(fleet.stops[row]):
        place = fleet.places[row, at]
        if bench.mark[place] == bench.mark[-1]:
            fleet.places[row, kept] = place
            kept += 1
    fleet.stops[row] = kept
    fleet.price[row] = priced(ways, wave, fleet, row) if count else 0


@compiled
def tidy(ways, wave, fleet, bench, row):  # type: ignore[no-untyped-def]
    """Shorten a cart's walk until no piece moved or turned round makes it shorter."""
    count = fleet.stops[row]
    tour = bench.tour
    tour[0] = tour[count + 1] = 0
    tour[1 : count + 1] = fleet.places[row, :count]
    while _turned(ways, bench, count) or _moved(ways, bench, count):
        pass
    fleet.places[row, :count] = tour[1 : count + 1]
    fleet.price[row] = priced(ways, wave, fleet, row)


@compiled
def _turned(ways, bench, count):  # type: ignore[no-untyped-def]
    """Turn pieces round as long as that helps, once over the walk; whether any was."""
    tour, there, back = bench.tour, bench.there, bench.back
    is_better = False
    _sum(ways, bench, count)
    for first in range(1, count):
        last = first + 1
        while last <= count:
            before, after = tour[first - 1], tour[last + 1]
            change = ways[before, tour[last]] + ways[tour[first], after] - ways[before, tour[first]]
            change += back[last] - back[first] - ways[tour[last], after] - there[last] + there[first]
            if change < 0:
                tour[first : last + 1] = tour[first : last + 1][::-1].copy()
                _sum(ways, bench, count)
                is_better = True
            last += 1
    return is_better


@compiled
def _sum(ways, bench, count):  # type: ignore[no-untyped-def]
    """The ways up to each stop of the walk, there and back."""
    tour = bench.tour
    for at in range(1, count + 2):
        bench.there[at] = bench.there[at - 1] + ways[tour[at - 1], tour[at]]
        bench.back[at] = bench.back[at - 1] + ways[tour[at], tour[at - 1]]


@compiled
def _moved(ways, bench, count):  # type: ignore[no-untyped-def]
    """Move pieces as long as that helps, once over the walk; whether any was."""
    tour, is_better = bench.tour, False
    for length in range(1, min(LONGEST_PIECE, count - 1) + 1):
        for first in range(1, count - length + 2):
            last = first + length - 1
            start, end = tour[first], tour[last]
            saved = ways[tour[first - 1], start] + ways[end, tour[last + 1]] - ways[tour[first - 1], tour[last + 1]]
            inner = 0
            for at in range(first, last):
                inner += ways[tour[at + 1], tour[at]] - ways[tour[at], tour[at + 1]]
            best, chosen, is_round = 0, -1, False
            for at in range(count + 1):
                if first - 1 <= at <= last:
                    continue
                gap = ways[tour[at], tour[at + 1]] + saved
                forward = ways[tour[at], start] + ways[end, tour[at + 1]] - gap
                backward = ways[tour[at], end] + ways[start, tour[at + 1]] + inner - gap
                if forward < best:
                    best, chosen, is_round = forward, at, False
                if backward < best:
                    best, chosen, is_round = backward, at, True
            if chosen >= 0:
                _shift(bench, first, last, chosen, is_round)
                is_better = True
    return is_better


@compiled
def _shift(bench, first, last, to, is_round):  # type: ignore[no-untyped-def]
    """Put the piece from `first` to `last` behind the stop at `to`, turned round or not."""
    tour, length = bench.tour, last - first + 1
    piece = tour[first : last + 1].copy()
    if is_round:
        piece = piece[::-1].copy()
    if to > last:
        tour[first : to - length + 1] = tour[last + 1 : to + 1].copy()
        tour[to - length + 1 : to + 1] = piece
    else:
        tour[to + length + 1 : last + 1] = tour[to + 1 : first].copy()
        tour[to + 1 : to + length + 1] = piece


@compiled
def lay(ways, wave, fleet, bench, starts, loads, tours_start, tours):  # type: ignore[no-untyped-def]
    """The first carts with these loads: each walked by its tour, or by one made now if that is empty."""
    for row in range(len(starts) - 1):
        given = tours[tours_start[row] : tours_start[row + 1]]
        if len(given) == 0:
            for at in range(starts[row], starts[row + 1]):
                ride(ways, wave, fleet, row, loads[at])
            tidy(ways, wave, fleet, bench, row)
        else:
            for at in range(starts[row], starts[row + 1]):
                book(wave, fleet, row, loads[at])
            fleet.places[row, : len(given)] = given
            fleet.stops[row] = len(given)
            fleet.price[row] = priced(ways, wave, fleet, row)
