"""A first plan of a wave: join the two carts whose union saves most, again and again.

Clarke and Wright 1964 in the batching variant C&W(ii) of de Koster, van der Poort and Wolters 1999: the
savings of a joined cart are worked out anew, here with the exact walk and in compiled code.
"""

import numpy as np

from warehouses.planning.batches.fleet import answer, empty_memory, fleet_with, plan_of, rebuild
from warehouses.planning.batches.lengths import WalkedFloor, compiled, desk_for
from warehouses.planning.batches.wave import Wave
from warehouses.planning.deadline import Deadline

SLICE = 64
"""Carts looked at, or joined, between two looks at the clock."""


def first_come(wave: Wave) -> list[list[int]]:
    """The loads as they came, each cart filled until the next load does not fit or may not ride along."""
    plan: list[list[int]] = []
    room, groups = wave.capacity, 0
    for load, size in enumerate(wave.size):
        if not plan or (size > room).any() or groups & int(wave.apart[load]):
            plan.append([])
            room, groups = wave.capacity, 0
        plan[-1].append(load)
        room, groups = room - size, groups | int(wave.group[load])
    return plan


def savings(floor: WalkedFloor, wave: Wave, deadline: Deadline) -> list[list[int]]:
    """Carts joined by savings until none fits another, or the time is up."""
    loads = len(wave.size)
    memory = empty_memory(loads + 1)
    desk = desk_for(floor)
    fleet = fleet_with(floor, wave, [[load] for load in range(loads)], loads, memory)
    best = np.full((loads, 2), -1, dtype=np.int64)
    marks = np.zeros(loads + 1, dtype=np.int64)
    for is_wide in (False, True):
        for first in range(0, loads, SLICE):
            if deadline.over():
                break
            _offer(floor, desk, wave, fleet, memory, best, marks, is_wide, first, min(loads, first + SLICE))
        while not deadline.over() and _join(floor, desk, wave, fleet, memory, best, marks, is_wide, SLICE):
            pass
    plan = plan_of(fleet.of)
    return _filled_up(wave, plan) if deadline.over() else plan


def _filled_up(wave: Wave, plan: list[list[int]]) -> list[list[int]]:
    """A plan that was cut short, its carts joined unpriced with those of loads near their own, where they fit."""
    size = [wave.size[cart].sum(axis=0) for cart in plan]
    groups = [int(np.bitwise_or.reduce(wave.group[cart])) for cart in plan]
    barred = [int(np.bitwise_or.reduce(wave.apart[cart])) for cart in plan]
    of = {load: place for place, cart in enumerate(plan) for load in cart}
    for place in range(len(plan)):
        for load in [int(near) for member in plan[place] for near in wave.near[member] if near >= 0]:
            into = of[load]
            fits = into != place and not groups[place] & barred[into]
            if fits and (size[place] + size[into] <= wave.capacity).all():
                plan[into] += plan[place]
                size[into] = size[into] + size[place]
                groups[into], barred[into] = groups[into] | groups[place], barred[into] | barred[place]
                of.update(dict.fromkeys(plan[place], into))
                plan[place] = []
                break
    return [cart for cart in plan if cart]


@compiled
def _offer(floor, desk, wave, fleet, memory, best, marks, is_wide, first, end):  # type: ignore[no-untyped-def]
    """Find the best partner, and tell others of it, for the carts of these rows."""
    for row in range(first, end):
        if fleet.held[row]:
            _partner(floor, desk, wave, fleet, memory, best, marks, is_wide, row)


@compiled
def _partner(floor, desk, wave, fleet, memory, best, marks, is_wide, row):  # type: ignore[no-untyped-def]
    loads = len(fleet.of)
    marks[loads] += 1
    asked = 0
    marks[row] = marks[loads]
    if is_wide:
        for other in range(loads):
            if fleet.held[other] and other != row and _joinable(wave, fleet, row, other):
                memory.ask[asked, 0], memory.ask[asked, 1] = row, loads + other
                asked += 1
    else:
        for index in range(fleet.held[row]):
            for load in wave.near[fleet.members[row, index]]:
                other = fleet.of[load] if load >= 0 else row
                if marks[other] != marks[loads]:
                    marks[other] = marks[loads]
                    if _joinable(wave, fleet, row, other):
                        memory.ask[asked, 0], memory.ask[asked, 1] = row, loads + other
                        asked += 1
    answer(floor, desk, wave, fleet, memory, asked)
    best[row] = -1
    for index in range(asked):
        other = memory.ask[index, 1] - loads
        saved = fleet.price[row] + fleet.price[other] - memory.answer[index]
        if saved > best[row, 0]:
            best[row, 0], best[row, 1] = saved, other
        if saved > best[other, 0]:
            best[other, 0], best[other, 1] = saved, row


@compiled
def _joinable(wave, fleet, row, other):  # type: ignore[no-untyped-def]
    for kind in range(3):
        if fleet.size[row, kind] + fleet.size[other, kind] > wave.capacity[kind]:
            return False
    barred = 0
    for index in range(fleet.held[other]):
        barred |= wave.apart[fleet.members[other, index]]
    return fleet.group[row] & barred == 0


@compiled
def _join(floor, desk, wave, fleet, memory, best, marks, is_wide, most):  # type: ignore[no-untyped-def]
    """Join the pairs that save most, at most so many; whether there may be more."""
    loads = len(fleet.of)
    for _ in range(most):
        row = 0
        for candidate in range(loads):
            if best[candidate, 0] > best[row, 0]:
                row = candidate
        if best[row, 0] < 0:
            return False
        other = best[row, 1]
        price = fleet.price[row] + fleet.price[other] - best[row, 0]
        for index in range(fleet.held[other]):
            fleet.members[row, fleet.held[row]] = fleet.members[other, index]
            fleet.held[row] += 1
        fleet.held[other] = 0
        rebuild(wave, fleet, row)
        rebuild(wave, fleet, other)
        fleet.price[row] = price
        best[other] = -1
        _partner(floor, desk, wave, fleet, memory, best, marks, is_wide, row)
        for candidate in range(loads):
            if candidate != row and fleet.held[candidate] and best[candidate, 1] in (row, other):
                _partner(floor, desk, wave, fleet, memory, best, marks, is_wide, candidate)
    return True
