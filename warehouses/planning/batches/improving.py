"""Ruin and recreate in compiled code: take some loads off their carts, put them back better, cool down slowly.

Schrimpf et al. 2000; the ruins are after Shaw 1998 (related loads) and Christiaens and Vanden Berghe 2020
(strings; here a few loads of each of several neighbouring carts, or whole carts), the repair by regret after
Ropke and Pisinger 2006. Every insertion is priced by its exact walk.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warehouses.planning.batches.fleet import Fleet, answer, fits, keep, put_on, rebuild, settle, take_off
from warehouses.planning.batches.lengths import compiled
from warehouses.planning.batches.wave import Signs, Wave
from warehouses.planning.chance import Chance, chance_of, draw
from warehouses.planning.floor.layout import IntArray

MOST_RELATED = 14
"""Loads taken off at once at most: more are rarely put back better."""

MOST_RUINED = 30
"""Room for them."""

MOST_OPEN = 40
"""Carts that the loads taken off may go to."""


class Room(NamedTuple):
    """Working room of one search: the loads taken off, the carts open to them, and what joining adds."""

    taken: IntArray
    open: IntArray
    stamp: IntArray
    adds: IntArray
    random: Chance
    best_of: IntArray
    totals: IntArray


class Pool(NamedTuple):
    """Sets of loads met that a plan may be made of, each once: `slots` finds them by sign."""

    held: IntArray
    members: npt.NDArray[np.int32]
    price: IntArray
    sign: Signs
    slots: npt.NDArray[np.int32]
    number: IntArray


def room_for(wave: Wave, fleet: Fleet, seed: int) -> Room:
    """Room for one search, which begins with the plan the fleet has."""
    loads = len(wave.size)
    return Room(
        taken=np.zeros(MOST_RUINED + 1, dtype=np.int64),
        open=np.zeros(MOST_OPEN + MOST_RUINED, dtype=np.int64),
        stamp=np.zeros(loads + len(fleet.held) + 1, dtype=np.int64),
        adds=np.zeros((MOST_RUINED + 1, MOST_OPEN + MOST_RUINED), dtype=np.int64),
        random=chance_of(seed),
        best_of=fleet.of.copy(),
        totals=np.full(2, fleet.price.sum(), dtype=np.int64),
    )


def empty_pool(fleet: Fleet, bits: int) -> Pool:
    """Room for 2 ** `bits` sets."""
    most = 1 << bits
    return Pool(
        held=np.zeros(most, dtype=np.int64),
        members=np.zeros((most, fleet.members.shape[1]), dtype=np.int32),
        price=np.zeros(most, dtype=np.int64),
        sign=np.zeros(most, dtype=np.uint64),
        slots=np.zeros(2 * most, dtype=np.int32),
        number=np.zeros(1, dtype=np.int64),
    )


@compiled
def collect(fleet, pool, row):  # type: ignore[no-untyped-def]
    """Add a cart's set of loads to the pool if it is new and there is room."""
    sign = fleet.sign[row]
    mask = np.uint64(len(pool.slots) - 1)
    at = sign & mask
    while pool.slots[at]:
        if pool.sign[pool.slots[at] - 1] == sign:
            return
        at = (at + np.uint64(1)) & mask
    number = pool.number[0]
    if number == len(pool.held):
        return
    pool.number[0] = number + 1
    pool.slots[at] = number + 1
    pool.sign[number], pool.held[number], pool.price[number] = sign, fleet.held[row], fleet.price[row]
    for index in range(fleet.held[row]):
        pool.members[number, index] = fleet.members[row, index]


@compiled
def choose(wave, fleet, room, most):  # type: ignore[no-untyped-def]
    """The loads to take off, stamped with a new number; how many."""
    random, near, loads = room.random, wave.near, len(fleet.of)
    room.stamp[loads + len(fleet.held)] += 1
    mark = room.stamp[loads + len(fleet.held)]
    seed = int(draw(random) * loads)
    room.taken[0] = seed
    room.stamp[seed] = mark
    taken = 1
    kind = draw(random)
    if kind < 0.4:
        want = 2 + int(draw(random) * (most - 1))
        reach = 2 * want + 4
        for _ in range(4 * want):
            if taken >= want:
                break
            load = near[seed, min(near.shape[1] - 1, int(reach * draw(random) ** 1.5))]
            if load >= 0 and room.stamp[load] != mark:
                room.stamp[load] = mark
                room.taken[taken] = load
                taken += 1
        return taken
    carts = 2 + int(draw(random) * 3)
    share = 1.0 if kind < 0.65 else 0.15 + 0.6 * draw(random)
    for at in range(-1, near.shape[1]):
        load = near[seed, at] if at >= 0 else seed
        if load < 0 or carts == 0:
            break
        row = fleet.of[load]
        if room.stamp[loads + row] == mark or (at >= 0 and draw(random) < 0.3):
            continue
        room.stamp[loads + row] = mark
        carts -= 1
        for index in range(fleet.held[row]):
            member = fleet.members[row, index]
            if room.stamp[member] != mark and (member == load or draw(random) < share):
                if taken > most:
                    return taken
                room.stamp[member] = mark
                room.taken[taken] = member
                taken += 1
    return taken


@compiled
def open_carts(wave, fleet, saved, room, taken):  # type: ignore[no-untyped-def]
    """The carts the loads may go to: those they came from, those near, and a free one, which comes last."""
    loads = len(fleet.of)
    room.stamp[loads + len(fleet.held)] += 1
    mark = room.stamp[loads + len(fleet.held)]
    count = 0
    for number in range(saved.number[0]):
        row = saved.row[number]
        room.stamp[loads + row] = mark
        if fleet.held[row]:
            room.open[count] = row
            count += 1
    for at in range(min(16, wave.near.shape[1])):
        for index in range(taken):
            load = wave.near[room.taken[index], at]
            if load < 0 or fleet.of[load] < 0 or count >= MOST_OPEN - 1:
                continue
            row = fleet.of[load]
            if room.stamp[loads + row] != mark:
                room.stamp[loads + row] = mark
                room.open[count] = row
                count += 1
    return with_free(fleet, room, count)


@compiled
def with_free(fleet, room, count):  # type: ignore[no-untyped-def]
    """One free cart after the first `count` open ones, if there is one; how many are open then."""
    for row in range(len(fleet.held)):
        if fleet.held[row] == 0:
            room.open[count] = row
            return count + 1
    return count


@compiled
def _price(floor, desk, wave, fleet, memory, room, loads, first, end):  # type: ignore[no-untyped-def]
    """What each of the waiting loads would add to the open carts from `first` to `end`; -1 where it does not fit."""
    asked = 0
    for index in range(loads):
        for at in range(first, end):
            room.adds[index, at] = -1
            if fits(wave, fleet, room.open[at], room.taken[index]):
                memory.ask[asked, 0], memory.ask[asked, 1] = room.open[at], room.taken[index]
                room.adds[index, at] = asked
                asked += 1
    answer(floor, desk, wave, fleet, memory, asked)
    for index in range(loads):
        for at in range(first, end):
            if room.adds[index, at] >= 0:
                added = memory.answer[room.adds[index, at]] - fleet.price[room.open[at]]
                room.adds[index, at] = max(0, added)


@compiled
def next_pair(room, loads, carts, by_regret, noise):  # type: ignore[no-untyped-def]
    """Which waiting load goes to which open cart: (load's index, cart's index), or -1s if one fits nowhere."""
    best_value, chosen, chosen_at = -1.0, -1, -1
    for index in range(loads if by_regret else 1):
        least, second, at_least = np.inf, np.inf, -1
        for at in range(carts):
            adds = room.adds[index, at]
            if adds < 0:
                continue
            blurred = adds * (1.0 + noise * (2.0 * draw(room.random) - 1.0))
            if blurred < least:
                least, second, at_least = blurred, least, at
            elif blurred < second:
                second = blurred
        if at_least < 0:
            return -1, -1
        value = (second - least if second < np.inf else 1e15) + 1e-3 * draw(room.random)
        if value > best_value:
            best_value, chosen, chosen_at = value, index, at_least
    return chosen, chosen_at


@compiled
def _recreate(floor, desk, wave, fleet, memory, saved, room, loads):  # type: ignore[no-untyped-def]
    """Put the loads taken off back; whether all found a cart."""
    carts = open_carts(wave, fleet, saved, room, loads)
    by_regret = draw(room.random) < 0.6
    blur = draw(room.random)
    noise = 0.0 if blur < 0.4 else (0.03 if blur < 0.7 else 0.1)
    _price(floor, desk, wave, fleet, memory, room, loads, 0, carts)
    while loads:
        index, at = next_pair(room, loads, carts, by_regret, noise)
        if index < 0 or not keep(fleet, saved, room.open[at]):
            return False
        load, row = room.taken[index], room.open[at]
        was_free = fleet.held[row] == 0
        put_on(wave, fleet, row, load, fleet.price[row] + room.adds[index, at])
        loads -= 1
        room.taken[index] = room.taken[loads]
        room.adds[index, :carts] = room.adds[loads, :carts]
        _price(floor, desk, wave, fleet, memory, room, loads, at, at + 1)
        if was_free and loads:
            more = with_free(fleet, room, carts)
            _price(floor, desk, wave, fleet, memory, room, loads, carts, more)
            carts = more
    return True


@compiled
def _ruin(floor, desk, wave, fleet, memory, saved, room, taken):  # type: ignore[no-untyped-def]
    """Take the chosen loads off and price the carts as they are without them."""
    for index in range(taken):
        load = room.taken[index]
        row = fleet.of[load]
        keep(fleet, saved, row)
        take_off(wave, fleet, row, load)
    asked = saved.number[0]
    for number in range(asked):
        rebuild(wave, fleet, saved.row[number])
        memory.ask[number, 0], memory.ask[number, 1] = saved.row[number], -1
    answer(floor, desk, wave, fleet, memory, asked)
    for number in range(asked):
        row = saved.row[number]
        fleet.price[row] = memory.answer[number] if fleet.held[row] else 0
    for index in range(taken):
        other = index + int(draw(room.random) * (taken - index))
        room.taken[index], room.taken[other] = room.taken[other], room.taken[index]


@compiled
def anneal(floor, desk, wave, fleet, memory, saved, room, pool, turns, hot, cold):  # type: ignore[no-untyped-def]
    """Rounds from one turn to another, between two temperatures; `turns` is (from, to, of how many in all).

    The plan at hand costs `room.totals[0]`; the best stays in `room.best_of`, its price in `totals[1]`.
    """
    most = max(1, min(MOST_RELATED, len(fleet.of) - 1))
    for turn in range(turns[0], turns[1]):
        heat = hot + (cold - hot) * turn / turns[2]
        taken = choose(wave, fleet, room, most)
        _ruin(floor, desk, wave, fleet, memory, saved, room, taken)
        is_whole = _recreate(floor, desk, wave, fleet, memory, saved, room, taken)
        change = 0
        if is_whole:
            for number in range(saved.number[0]):
                row = saved.row[number]
                change += fleet.price[row] - saved.rows.price[number]
                if fleet.held[row]:
                    collect(fleet, pool, row)
        is_taken = is_whole and change < -heat * np.log(1.0 - draw(room.random))
        settle(fleet, saved, not is_taken)
        if is_taken:
            room.totals[0] += change
            if room.totals[0] < room.totals[1]:
                room.totals[1] = room.totals[0]
                room.best_of[:] = fleet.of
