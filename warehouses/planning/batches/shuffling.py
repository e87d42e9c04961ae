"""Ruin and recreate over visiting orders, in compiled code: `improving` for floors without a closed method.

The same ruins and the same repair by regret; what differs is the price of a cart, which is its walk as it stands
after places were left out, put in where they add least, and the walk tidied.
"""

import numpy as np

from warehouses.planning.batches.fleet import copy_row, fits, keep, settle, take_off
from warehouses.planning.batches.improving import MOST_RELATED, choose, collect, next_pair, open_carts, with_free
from warehouses.planning.batches.lengths import compiled
from warehouses.planning.batches.tours import joining, prune, ride, tidy
from warehouses.planning.chance import draw


@compiled
def _price(ways, wave, fleet, bench, room, loads, first, end):  # type: ignore[no-untyped-def]
    """What each of the waiting loads would add to the open carts from `first` to `end`; -1 where it does not fit."""
    for index in range(loads):
        for at in range(first, end):
            row, load = room.open[at], room.taken[index]
            room.adds[index, at] = -1
            if fits(wave, fleet, row, load):
                room.adds[index, at] = max(0, joining(ways, wave, fleet, bench, row, load))


@compiled
def _ruin(ways, wave, fleet, bench, saved, room, taken):  # type: ignore[no-untyped-def]
    """Take the chosen loads off, and shuffle them."""
    for index in range(taken):
        load = room.taken[index]
        keep(fleet, saved, fleet.of[load])
        take_off(wave, fleet, fleet.of[load], load)
    for number in range(saved.number[0]):
        prune(ways, wave, fleet, bench, saved.row[number])
    for index in range(taken):
        other = index + int(draw(room.random) * (taken - index))
        room.taken[index], room.taken[other] = room.taken[other], room.taken[index]


@compiled
def _recreate(ways, wave, fleet, bench, saved, room, loads):  # type: ignore[no-untyped-def]
    """Put the loads taken off back; whether all found a cart."""
    carts = open_carts(wave, fleet, saved, room, loads)
    by_regret = draw(room.random) < 0.6
    blur = draw(room.random)
    noise = 0.0 if blur < 0.4 else (0.03 if blur < 0.7 else 0.1)
    _price(ways, wave, fleet, bench, room, loads, 0, carts)
    while loads:
        index, at = next_pair(room, loads, carts, by_regret, noise)
        if index < 0 or not keep(fleet, saved, room.open[at]):
            return False
        load, row = room.taken[index], room.open[at]
        was_free = fleet.held[row] == 0
        ride(ways, wave, fleet, row, load)
        loads -= 1
        room.taken[index] = room.taken[loads]
        room.adds[index, :carts] = room.adds[loads, :carts]
        _price(ways, wave, fleet, bench, room, loads, at, at + 1)
        if was_free and loads:
            more = with_free(fleet, room, carts)
            _price(ways, wave, fleet, bench, room, loads, carts, more)
            carts = more
    return True


@compiled
def _remember(fleet, best, changed):  # type: ignore[no-untyped-def]
    """Copy the carts that have changed since the best plan so far was found."""
    for row in range(len(changed)):
        if changed[row]:
            changed[row] = False
            copy_row(fleet, row, best, row)
    best.of[:] = fleet.of


@compiled
def shuffle(ways, wave, fleet, best, changed, bench, saved, room, pool, turns, hot):  # type: ignore[no-untyped-def]
    """Rounds from one turn to another, cooling down; `turns` is (from, to, of how many in all).

    The plan at hand costs `room.totals[0]`, the one in `best` `totals[1]`; `changed` says which carts differ.
    """
    most = max(1, min(MOST_RELATED, len(fleet.of) - 1))
    for turn in range(turns[0], turns[1]):
        heat = hot * (1.0 - turn / turns[2])
        taken = choose(wave, fleet, room, most)
        _ruin(ways, wave, fleet, bench, saved, room, taken)
        is_whole = _recreate(ways, wave, fleet, bench, saved, room, taken)
        change = 0
        if is_whole:
            for number in range(saved.number[0]):
                row = saved.row[number]
                if fleet.held[row]:
                    tidy(ways, wave, fleet, bench, row)
                    collect(fleet, pool, row)
                change += fleet.price[row] - saved.rows.price[number]
        is_taken = is_whole and change < -heat * np.log(1.0 - draw(room.random))
        if is_taken:
            for number in range(saved.number[0]):
                changed[saved.row[number]] = True
        settle(fleet, saved, not is_taken)
        if is_taken:
            room.totals[0] += change
            if room.totals[0] < room.totals[1]:
                room.totals[1] = room.totals[0]
                _remember(fleet, best, changed)
