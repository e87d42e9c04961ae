"""All sets of loads whose walk is worth it at given prices: exact pricing, by branch and bound.

A set grows load by load. A walk only gets longer with more loads, so a set is left as soon as its walk costs
more than its loads and the most valuable ones that still fit (a fractional knapsack, Dantzig 1957) are worth.
With nothing left to find below zero, the relaxation's value is a proven bound; with all sets found whose reduced
cost is within the gap, their best plan is the best of all (Baldacci, Christofides and Mingozzi 2008).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from warehouses.planning.batches.fleet import answer, copy_row, empty_fleet, empty_memory, fits, put_on
from warehouses.planning.batches.improving import collect, empty_pool
from warehouses.planning.batches.lengths import WalkedFloor, compiled, desk_for
from warehouses.planning.batches.pool import Columns, Floats
from warehouses.planning.batches.wave import Wave
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import IntArray

BUDGET = 4_000
"""Sets looked at between two looks at the clock."""


class Growing(NamedTuple):
    """Where the search is: per depth the loads that may come next, their prices, how many, and which is on.

    `rank` orders the loads by worth per size in the tightest measure `kind`; `status` is (depth, sets priced).
    """

    rank: IntArray
    worth: Floats
    kind: int
    load: IntArray
    price: IntArray
    ways: IntArray
    at: IntArray
    status: IntArray
    least: Floats


@dataclass(frozen=True, slots=True)
class Found:
    """The sets of reduced cost below the limit, and the least reduced cost of all. `complete`: none is missing."""

    columns: Columns
    least: float
    complete: bool


def sets_below(
    floor: WalkedFloor, wave: Wave, worth: Floats, limit: float, *, most: int, bits: int, deadline: Deadline
) -> Found:
    """All sets whose price less their loads' `worth` is below `limit`, in units of length.

    Gives up after `most` sets were priced, 2 ** `bits` found, or at the deadline.
    """
    loads = len(wave.size)
    fleet = empty_fleet(wave, loads + 2)
    depth = fleet.members.shape[1] + 1
    kind = int(np.argmax(wave.size.sum(axis=0) / wave.capacity))
    order = np.argsort(-(worth + 1e-9) / np.maximum(wave.size[:, kind], 1e-3), kind="stable")
    growing = Growing(
        rank=order,
        worth=worth,
        kind=kind,
        load=np.zeros((depth, loads), dtype=np.int64),
        price=np.zeros((depth, loads), dtype=np.int64),
        ways=np.zeros(depth, dtype=np.int64),
        at=np.zeros(depth, dtype=np.int64),
        status=np.array([0, 0], dtype=np.int64),
        least=np.zeros(1),
    )
    memory, desk, pool = empty_memory(loads + 1), desk_for(floor), empty_pool(fleet, bits)
    limit = float(limit)
    _branch(floor, desk, wave, fleet, memory, growing, pool, limit, 0)
    priced = 0
    while growing.status[0] >= 0:
        if deadline.over() or priced >= most or pool.number[0] == len(pool.held):
            break
        _grow(floor, desk, wave, fleet, memory, growing, pool, limit, BUDGET)
        priced = int(growing.status[1])
    is_complete = growing.status[0] < 0 and pool.number[0] < len(pool.held)
    return Found(Columns.of_pool(pool), float(growing.least[0]), bool(is_complete))


@compiled
def _grow(floor, desk, wave, fleet, memory, growing, pool, limit, budget):  # type: ignore[no-untyped-def]
    """Go on with the search until it is done (depth -1) or so many sets more were priced."""
    most = growing.status[1] + budget
    while growing.status[0] >= 0 and growing.status[1] < most:
        depth = growing.status[0]
        if growing.at[depth] == growing.ways[depth]:
            growing.status[0] = depth - 1
            continue
        index = growing.at[depth]
        growing.at[depth] += 1
        load = growing.rank[growing.load[depth, index]]
        copy_row(fleet, depth, fleet, depth + 1)
        put_on(wave, fleet, depth + 1, load, growing.price[depth, index])
        growing.status[0] = depth + 1
        _branch(floor, desk, wave, fleet, memory, growing, pool, limit, growing.load[depth, index] + 1)


@compiled
def _branch(floor, desk, wave, fleet, memory, growing, pool, limit, first):  # type: ignore[no-untyped-def]
    """Price the set at this depth with each load that may follow; keep the ones that may lead on."""
    depth = growing.status[0]
    held = 0.0
    for index in range(fleet.held[depth]):
        held += growing.worth[fleet.members[depth, index]]
    asked = 0
    left = wave.capacity[growing.kind] - fleet.size[depth, growing.kind]
    for at in range(first, len(growing.rank)):
        load = growing.rank[at]
        if not fits(wave, fleet, depth, load):
            continue
        room = left - wave.size[load, growing.kind]
        most = held + growing.worth[load] + _knapsack(wave, growing, at + 1, room)
        if fleet.price[depth] - most < limit:
            memory.ask[asked, 0], memory.ask[asked, 1] = depth, load
            growing.load[depth, asked] = at
            asked += 1
    answer(floor, desk, wave, fleet, memory, asked)
    growing.status[1] += asked
    growing.at[depth] = growing.ways[depth] = 0
    for index in range(asked):
        at, price = growing.load[depth, index], memory.answer[index]
        load = growing.rank[at]
        cost = price - held - growing.worth[load]
        growing.least[0] = min(growing.least[0], cost)
        if cost < limit:
            _collect(wave, fleet, pool, depth, load, price)
        if cost - _knapsack(wave, growing, at + 1, left - wave.size[load, growing.kind]) < limit:
            growing.load[depth, growing.ways[depth]] = at
            growing.price[depth, growing.ways[depth]] = price
            growing.ways[depth] += 1


@compiled
def _collect(wave, fleet, pool, depth, load, price):  # type: ignore[no-untyped-def]
    """Add the set at this depth with one load more to the pool."""
    last = len(fleet.held) - 1
    count = fleet.held[depth]
    fleet.members[last, :count] = fleet.members[depth, :count]
    fleet.members[last, count] = load
    fleet.held[last] = count + 1
    fleet.sign[last] = fleet.sign[depth] + wave.sign[load]
    fleet.price[last] = price
    collect(fleet, pool, last)


@compiled
def _knapsack(wave, growing, first, room):  # type: ignore[no-untyped-def]
    """The most that loads from this rank on can be worth in the room, the last one perhaps in part."""
    most = 0.0
    for at in range(first, len(growing.rank)):
        load = growing.rank[at]
        size = wave.size[load, growing.kind]
        if size > room:
            return most + growing.worth[load] * room / size
        most += growing.worth[load]
        room -= size
    return most
