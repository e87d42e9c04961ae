"""The carts of a plan as arrays for the compiled search: taking loads off, putting them on, going back.

A cart is a row: its loads, what they take up, the rising places of its walk, and its price. A set of loads is
known by its sign, the sum of random 64-bit numbers of its loads, under which its walk's length is remembered.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warehouses.planning.batches.lengths import LANES, WalkedFloor, clear, compiled, desk_for, flattened, put, work
from warehouses.planning.batches.wave import Signs, Wave
from warehouses.planning.floor.layout import IntArray

MEMORY_BITS = 19
"""Walks remembered per search, as a power of two; a newer one takes an older one's place."""

SAVED = 64
"""Carts that one round may change."""


class Fleet(NamedTuple):
    """Carts by row; a row with `held` 0 is free. `of` is each load's row, `price` walk and mixing together."""

    of: IntArray
    held: IntArray
    members: IntArray
    size: IntArray
    price: IntArray
    sign: Signs
    group: IntArray
    due: IntArray
    stops: IntArray
    places: IntArray


class Memory(NamedTuple):
    """Lengths of walks by sign, room to work new ones out, and what was asked: (cart, load or -1) -> `answer`.

    A cart's row plus the number of loads stands for all that is on that cart, in the place of a load.
    """

    signs: Signs
    lengths: npt.NDArray[np.int32]
    ask: IntArray
    answer: IntArray
    lane: IntArray


class Saved(NamedTuple):
    """The carts as they were before the round, by the order in which they were changed."""

    rows: Fleet
    row: IntArray
    place: IntArray
    number: IntArray


def empty_fleet(wave: Wave, rows: int) -> Fleet:
    """So many free carts, with room for as many loads and places as one can have."""
    count = len(wave.size)
    in_rank = np.cumsum(np.sort(wave.size, axis=0), axis=0)
    most = int(min((in_rank[:, kind] <= wave.capacity[kind]).sum() for kind in range(3))) if count else 0
    stops = np.sort(np.diff(wave.starts))[::-1][:most].sum()
    room = int(min(stops, wave.places.max(initial=0) + 1))
    return Fleet(
        of=np.full(count, -1, dtype=np.int64),
        held=np.zeros(rows, dtype=np.int64),
        members=np.zeros((rows, most), dtype=np.int64),
        size=np.zeros((rows, 3), dtype=np.int64),
        price=np.zeros(rows, dtype=np.int64),
        sign=np.zeros(rows, dtype=np.uint64),
        group=np.zeros(rows, dtype=np.int64),
        due=np.zeros(rows, dtype=np.int64),
        stops=np.zeros(rows, dtype=np.int64),
        places=np.zeros((rows, room), dtype=np.int64),
    )


def fleet_with(floor: WalkedFloor, wave: Wave, plan: Sequence[Sequence[int]], rows: int, memory: Memory) -> Fleet:
    """So many carts, the first ones with the plan's loads and priced."""
    fleet = empty_fleet(wave, rows)
    starts, loads = flattened(plan)
    _fill(floor, desk_for(floor), wave, fleet, memory, starts, loads)
    return fleet


@compiled
def _fill(floor, desk, wave, fleet, memory, starts, loads):  # type: ignore[no-untyped-def]
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            put_on(wave, fleet, row, loads[at], 0)
        memory.ask[0, 0], memory.ask[0, 1] = row, -1
        answer(floor, desk, wave, fleet, memory, 1)
        fleet.price[row] = memory.answer[0]


def plan_of(of: IntArray) -> list[list[int]]:
    """The loads of each cart that has any, from each load's cart."""
    plan: dict[int, list[int]] = {}
    for load, row in enumerate(of.tolist()):
        plan.setdefault(row, []).append(load)
    return list(plan.values())


def empty_memory(asked: int = 4_096) -> Memory:
    """Nothing remembered yet; room for so many questions at once."""
    return Memory(
        signs=np.zeros(1 << MEMORY_BITS, dtype=np.uint64),
        lengths=np.zeros(1 << MEMORY_BITS, dtype=np.int32),
        ask=np.zeros((asked, 2), dtype=np.int64),
        answer=np.zeros(asked, dtype=np.int64),
        lane=np.zeros(LANES, dtype=np.int64),
    )


def nothing_saved(wave: Wave, fleet: Fleet) -> Saved:
    """Room for the carts of one round."""
    rows = len(fleet.held)
    return Saved(
        rows=empty_fleet(wave, SAVED),
        row=np.zeros(SAVED, dtype=np.int64),
        place=np.full(rows, -1, dtype=np.int64),
        number=np.zeros(1, dtype=np.int64),
    )


@compiled
def copy_row(source, row, target, to):  # type: ignore[no-untyped-def]
    """One cart's row into another fleet's."""
    loads, stops = source.held[row], source.stops[row]
    target.held[to], target.stops[to] = loads, stops
    target.members[to, :loads] = source.members[row, :loads]
    target.places[to, :stops] = source.places[row, :stops]
    target.size[to] = source.size[row]
    target.price[to], target.sign[to] = source.price[row], source.sign[row]
    target.group[to], target.due[to] = source.group[row], source.due[row]


@compiled
def keep(fleet, saved, row):  # type: ignore[no-untyped-def]
    """Save a cart before its first change of the round; whether there was room."""
    if saved.place[row] >= 0:
        return True
    number = saved.number[0]
    if number == SAVED:
        return False
    saved.place[row], saved.row[number] = number, row
    saved.number[0] = number + 1
    copy_row(fleet, row, saved.rows, number)
    return True


@compiled
def settle(fleet, saved, is_taken_back):  # type: ignore[no-untyped-def]
    """End the round: the carts stay as they are, or go back to what they were."""
    for number in range(saved.number[0]):
        row = saved.row[number]
        saved.place[row] = -1
        if is_taken_back:
            copy_row(saved.rows, number, fleet, row)
            for index in range(fleet.held[row]):
                fleet.of[fleet.members[row, index]] = row
    saved.number[0] = 0


@compiled
def fits(wave, fleet, row, load):  # type: ignore[no-untyped-def]
    """Whether a load may ride on a cart."""
    if fleet.group[row] & wave.apart[load]:
        return False
    is_over = False
    for kind in range(3):
        is_over |= fleet.size[row, kind] + wave.size[load, kind] > wave.capacity[kind]
    return not is_over


@compiled
def mixed(wave, dues):  # type: ignore[no-untyped-def]
    """What the due classes on one cart cost beyond the first."""
    extra = -1
    while dues:
        dues &= dues - 1
        extra += 1
    return wave.mixing * max(0, extra)


@compiled
def put_on(wave, fleet, row, load, price):  # type: ignore[no-untyped-def]
    """Put a load on a cart, which then costs `price`."""
    fleet.price[row] = price
    book(wave, fleet, row, load)
    _add_places(fleet.places[row], fleet.stops, row, wave.places[wave.starts[load] : wave.starts[load + 1]])


@compiled
def book(wave, fleet, row, load):  # type: ignore[no-untyped-def]
    """Put a load on a cart, all but its places and the price."""
    fleet.members[row, fleet.held[row]] = load
    fleet.held[row] += 1
    fleet.of[load] = row
    for kind in range(3):
        fleet.size[row, kind] += wave.size[load, kind]
    fleet.sign[row] += wave.sign[load]
    fleet.group[row] |= wave.group[load]
    fleet.due[row] |= wave.due[load]


@compiled
def _add_places(held, stops, row, new):  # type: ignore[no-untyped-def]
    """Merge rising places into a cart's, from the end, so that none is in the way."""
    added, j = 0, 0
    for i in range(stops[row]):
        while j < len(new) and new[j] < held[i]:
            added, j = added + 1, j + 1
        if j < len(new) and new[j] == held[i]:
            j += 1
    added += len(new) - j
    i, j = stops[row] - 1, len(new) - 1
    to = i + added
    stops[row] += added
    while j >= 0:
        if i >= 0 and held[i] >= new[j]:
            if held[i] == new[j]:
                j -= 1
            held[to] = held[i]
            i -= 1
        else:
            held[to] = new[j]
            j -= 1
        to -= 1


@compiled
def take_off(wave, fleet, row, load):  # type: ignore[no-untyped-def]
    """Take a load off its cart; `rebuild` must follow before the cart is asked for anything."""
    last = fleet.held[row] - 1
    for index in range(last):
        if fleet.members[row, index] == load:
            fleet.members[row, index] = fleet.members[row, last]
            break
    fleet.held[row] = last
    fleet.of[load] = -1


@compiled
def rebuild(wave, fleet, row):  # type: ignore[no-untyped-def]
    """Work out anew all of a cart but its price from the loads on it."""
    count = fleet.held[row]
    fleet.held[row] = fleet.stops[row] = fleet.group[row] = fleet.due[row] = 0
    fleet.size[row] = 0
    fleet.sign[row] = 0
    for index in range(count):
        put_on(wave, fleet, row, fleet.members[row, index], 0)


@compiled
def _asked_sign(wave, fleet, row, other):  # type: ignore[no-untyped-def]
    if other < 0:
        return fleet.sign[row]
    if other < len(fleet.of):
        return fleet.sign[row] + wave.sign[other]
    return fleet.sign[row] + fleet.sign[other - len(fleet.of)]


@compiled
def _asked_places(wave, fleet, other):  # type: ignore[no-untyped-def]
    if other < 0:
        return wave.places[:0]
    if other < len(fleet.of):
        return wave.places[wave.starts[other] : wave.starts[other + 1]]
    row = other - len(fleet.of)
    return fleet.places[row, : fleet.stops[row]]


@compiled
def _asked_dues(wave, fleet, row, other):  # type: ignore[no-untyped-def]
    if other < 0:
        return fleet.due[row]
    if other < len(fleet.of):
        return fleet.due[row] | wave.due[other]
    return fleet.due[row] | fleet.due[other - len(fleet.of)]


@compiled
def answer(floor, desk, wave, fleet, memory, asked):  # type: ignore[no-untyped-def]
    """The prices of the first so many questions in `memory.ask`, into `memory.answer`."""
    mask = np.uint64(len(memory.signs) - 1)
    lanes = 0
    clear(floor, desk)
    for index in range(asked):
        row, other = memory.ask[index]
        sign = _asked_sign(wave, fleet, row, other)
        at = sign & mask
        if memory.signs[at] == sign:
            memory.answer[index] = memory.lengths[at]
        else:
            put(floor, desk, lanes, fleet.places[row, : fleet.stops[row]], _asked_places(wave, fleet, other))
            memory.lane[lanes] = index
            lanes += 1
            if lanes == LANES:
                _learn(floor, desk, wave, fleet, memory, lanes)
                lanes = 0
    _learn(floor, desk, wave, fleet, memory, lanes)
    if wave.mixing:
        for index in range(asked):
            row, other = memory.ask[index]
            memory.answer[index] += mixed(wave, _asked_dues(wave, fleet, row, other))


@compiled
def _learn(floor, desk, wave, fleet, memory, lanes):  # type: ignore[no-untyped-def]
    """Work out the walks laid out, answer and remember them."""
    if lanes == 0:
        return
    work(floor, desk, lanes)
    mask = np.uint64(len(memory.signs) - 1)
    for lane in range(lanes):
        index = memory.lane[lane]
        sign = _asked_sign(wave, fleet, memory.ask[index, 0], memory.ask[index, 1])
        memory.signs[sign & mask], memory.lengths[sign & mask] = sign, desk.found[lane]
        memory.answer[index] = desk.found[lane]
    clear(floor, desk)
