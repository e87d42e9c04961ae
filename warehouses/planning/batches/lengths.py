"""Lengths of shortest walks in compiled code: the price of every cart the batching thinks of.

The steps of `automaton` as flat arrays, worked aisle by aisle for 32 walks side by side or for one alone. A
walk is given as two rising lists of places (a cart's, and those of a load that might join it).
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from warehouses.planning.floor.layout import IntArray, Layout, Spot
from warehouses.planning.walks.automaton import BACK, FRONT, GAP, NONE, ONCE, TWICE, Automaton, Step, automaton

Small = npt.NDArray[np.int32]

compiled = numba.njit(cache=True, nogil=True)
"""Compiled when first called and kept on disk; runs beside other threads."""

LANES = 32
"""Walks worked side by side: what fills a core's vector registers."""

WORTH_LANES = 3
"""From so many walks on, working them side by side is faster than one by one."""

MOST = 2**31 - 1


class WalkedFloor(NamedTuple):
    """A floor plan and the places any walk may want on it, as arrays.

    Places are numbered by aisle and height. `piece` and `offset`: the piece of aisle a place is in, and how far
    it lies from its front. Lengths are in units of `unit_mm`. `arcs` (steps, states + 1) bounds each state's
    incoming arcs in `source` and `choice`; the steps are the pieces, the pieces without a place, the links, and
    across. `link` (aisles, cross aisles) is a door's distance or -1. `fixed`: from a single door and back.
    """

    arcs: IntArray
    source: IntArray
    choice: IntArray
    last: IntArray
    piece: IntArray
    offset: Small
    length: Small
    gap: Small
    link: Small
    barred: int
    fixed: int
    unit_mm: int


class Desk(NamedTuple):
    """Room to work out walks: costs per piece, choice and lane, values per state and lane, and the answers."""

    costs: Small
    before: Small
    after: Small
    laid: Small
    is_used: npt.NDArray[np.bool_]
    has_place: npt.NDArray[np.bool_]
    found: Small


def floor_of(layout: Layout, spots: Iterable[Spot]) -> tuple[WalkedFloor, dict[tuple[int, int], int], list[int]]:
    """The arrays for walks over any of `spots`; the number of each place (aisle, y); and what all walks share.

    The last are the places every walk has: a single door's crossing. Raises `Invalid` for a spot off the plan.
    """
    wanted = list(spots)
    layout.check(wanted)
    doors = len(layout.depot_links) > 1
    places = {(spot.aisle, spot.y_mm) for spot in wanted}
    shared = [] if doors else [(layout.depot_links[0][0], layout.cross_y_mm[layout.depot_links[0][1]])]
    places.update(shared)
    aisles = sorted({aisle for aisle, _ in places} | {aisle for aisle, _, _ in layout.depot_links})
    number = {place: index for index, place in enumerate(sorted(places))}
    cross = np.array(layout.cross_y_mm, dtype=np.int64)
    at = np.array(list(number), dtype=np.int64).reshape(-1, 2)
    block = np.minimum(np.searchsorted(cross, at[:, 1], side="right") - 1, len(cross) - 2)
    index_of = {aisle: index for index, aisle in enumerate(aisles)}
    link = np.full((len(aisles), len(cross)), -1, dtype=np.int64)
    if doors:
        for aisle, k, distance in layout.depot_links:
            link[index_of[aisle], k] = distance
    x = np.array([layout.aisle_x_mm[aisle] for aisle in aisles], dtype=np.int64)
    width, links = int(x[-1] - x[0]), sum(distance for _, _, distance in layout.depot_links)
    longest = 2 * (len(aisles) * int(cross[-1] - cross[0]) + len(cross) * width + links) + 1
    unit = max(1, -(-longest * (len(cross) + 4) // MOST))
    arcs, source, choice, last = _flat(automaton(len(cross), doors=doors))
    floor = WalkedFloor(
        arcs=arcs,
        source=source,
        choice=choice,
        last=last,
        piece=np.array([index_of[int(aisle)] for aisle in at[:, 0]], dtype=np.int64) * (len(cross) - 1) + block,
        offset=_in_units(at[:, 1] - cross[block], unit),
        length=_in_units(np.diff(cross), unit),
        gap=_in_units(np.concatenate([[0], np.diff(x)]), unit),
        link=np.where(link < 0, -1, link // unit).astype(np.int32),
        barred=longest // unit + 1,
        fixed=0 if doors else 2 * layout.depot_links[0][2] // unit,
        unit_mm=unit,
    )
    return floor, number, [number[place] for place in shared]


def _in_units(lengths: npt.NDArray[Any], unit: int) -> Small:
    return (lengths // unit).astype(np.int32)


def _flat(plan: Automaton) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """The automaton's arcs without repeats, all steps one after the other."""
    bounds: list[list[int]] = []
    source: list[int] = []
    choice: list[int] = []
    empty = {NONE, ONCE, TWICE}
    steps: list[tuple[Step, set[int] | None]] = [(piece, None) for piece in plan.pieces]
    steps += [(piece, empty) for piece in plan.pieces]
    steps += [(step, None) for step in (*plan.links, plan.across)]
    for step, only in steps:
        row = [len(source)]
        for state in range(plan.size):
            arcs = dict.fromkeys(zip(step.source[:, state].tolist(), step.choice[:, state].tolist(), strict=True))
            kept = [(at, way) for at, way in arcs if only is None or way in only]
            source += [at for at, _ in kept]
            choice += [way for _, way in kept]
            row.append(len(source))
        bounds.append(row)
    arrays = [np.array(values, dtype=np.int64) for values in (bounds, source, choice)]
    return arrays[0], arrays[1], arrays[2], plan.last


def desk_for(floor: WalkedFloor) -> Desk:
    """Room for walks on this floor."""
    aisles, cross = floor.link.shape
    states = floor.arcs.shape[1] - 1
    return Desk(
        costs=np.zeros((aisles * (cross - 1), 6, LANES), dtype=np.int32),
        before=np.zeros((states, LANES), dtype=np.int32),
        after=np.zeros((states, LANES), dtype=np.int32),
        laid=np.zeros((2 * cross + 1, LANES), dtype=np.int32),
        is_used=np.zeros(aisles, dtype=np.bool_),
        has_place=np.zeros(aisles * (cross - 1), dtype=np.bool_),
        found=np.zeros(LANES, dtype=np.int32),
    )


def effort_of(floor: WalkedFloor) -> int:
    """Steps of the automaton for one walk through all aisles."""
    aisles, cross = floor.link.shape
    per_step = floor.arcs[:, -1] - floor.arcs[:, 0]
    links = sum(per_step[2 * (cross - 1) + k] for _, k in np.argwhere(floor.link >= 0).tolist())
    return int(aisles * (per_step[: cross - 1].sum() + per_step[-1]) + links)


def grain(floor: WalkedFloor) -> int:
    """What every walk's length is a multiple of, in units of length: bounds may be rounded up to it."""
    parts = np.concatenate([2 * floor.offset, floor.length, floor.gap, floor.link[floor.link > 0]])
    return max(1, int(np.gcd.reduce(parts, initial=floor.fixed)))


@compiled
def clear(floor, desk):  # type: ignore[no-untyped-def]
    """Begin with new walks: none wants anything, only the aisles with doors are entered."""
    cross = floor.link.shape[1]
    for aisle in range(floor.link.shape[0]):
        desk.is_used[aisle] = False
        for k in range(cross):
            if floor.link[aisle, k] >= 0:
                desk.is_used[aisle] = True
    desk.has_place[:] = False


@compiled
def put(floor, desk, lane, one, other):  # type: ignore[no-untyped-def]
    """Lay out the walk over two rising lists of places in one lane."""
    _idle(desk.costs, floor.length, floor.barred, lane)
    _merged(floor.piece, floor.offset, floor.length, floor.barred, desk.costs, desk.has_place, lane, one, other)
    blocks = floor.length.shape[0]
    for piece in range(desk.costs.shape[0]):
        if desk.has_place[piece]:
            desk.is_used[piece // blocks] = True


@compiled
def _idle(costs, length, barred, lane):  # type: ignore[no-untyped-def]
    blocks = length.shape[0]
    piece = 0
    while piece < costs.shape[0]:
        for k in range(blocks):
            costs[piece, NONE, lane] = 0
            costs[piece, FRONT, lane] = barred
            costs[piece, BACK, lane] = barred
            costs[piece, GAP, lane] = barred
            costs[piece, ONCE, lane] = length[k]
            costs[piece, TWICE, lane] = 2 * length[k]
            piece += 1


@compiled
def _merged(piece_of, offset_of, lengths, barred, costs, has_place, lane, one, other):  # type: ignore[no-untyped-def]
    """Go along both lists at once; what a piece with places costs is written as each place is passed."""
    i, j, ones, others = 0, 0, one.shape[0], other.shape[0]
    now, before, gap, length = -1, 0, 0, 0
    while i < ones or j < others:
        if j == others or (i < ones and one[i] <= other[j]):
            place = one[i]
            if j < others and other[j] == place:
                j += 1
            i += 1
        else:
            place = other[j]
            j += 1
        piece, offset = piece_of[place], offset_of[place]
        if piece != now:
            now, gap, length = piece, -1, lengths[piece % lengths.shape[0]]
            has_place[piece] = True
            costs[piece, NONE, lane] = barred
            costs[piece, BACK, lane] = 2 * (length - offset)
        elif offset - before > gap:
            gap = offset - before
            costs[piece, GAP, lane] = 2 * (length - gap)
        costs[piece, FRONT, lane] = 2 * offset
        before = offset


@compiled
def work(floor, desk, lanes):  # type: ignore[no-untyped-def]
    """Work out the walks laid out in the first lanes; `desk.found` holds their lengths."""
    if lanes >= WORTH_LANES:
        _work_all(floor, desk)
    else:
        for lane in range(lanes):
            _work_one(floor, desk, lane)


@compiled
def _work_all(floor, desk):  # type: ignore[no-untyped-def]
    blocks, cross = floor.length.shape[0], floor.link.shape[1]
    before, after = desk.before, desk.after
    before[:] = floor.barred
    before[0] = 0
    ahead, has_begun = 0, False
    for aisle in range(floor.link.shape[0]):
        ahead += floor.gap[aisle]
        if not desk.is_used[aisle]:
            continue
        if has_begun:
            for copies in range(desk.laid.shape[0]):
                desk.laid[copies] = copies * ahead
            _step_all(floor, floor.arcs.shape[0] - 1, before, after, desk.laid)
            before, after = after, before
        ahead, has_begun = 0, True
        for k in range(blocks):
            _step_all(floor, k, before, after, desk.costs[aisle * blocks + k])
            before, after = after, before
        for k in range(cross):
            if floor.link[aisle, k] >= 0:
                for copies in range(3):
                    desk.laid[copies] = copies * floor.link[aisle, k]
                _step_all(floor, 2 * blocks + k, before, after, desk.laid)
                before, after = after, before
        np.minimum(before, floor.barred, before)
    desk.found[:] = floor.barred
    for state in floor.last:
        np.minimum(desk.found, before[state], desk.found)
    np.add(desk.found, floor.fixed, desk.found)


@compiled
def _step_all(floor, step, before, after, costs):  # type: ignore[no-untyped-def]
    """One step of all lanes; a barred way is dearer than any length and is cut back after each aisle."""
    lanes = before.shape[1]
    for state in range(before.shape[0]):
        first = floor.arcs[step, state]
        source, choice = floor.source[first], floor.choice[first]
        for lane in range(lanes):
            after[state, lane] = before[source, lane] + costs[choice, lane]
        for arc in range(first + 1, floor.arcs[step, state + 1]):
            source, choice = floor.source[arc], floor.choice[arc]
            for lane in range(lanes):
                after[state, lane] = min(after[state, lane], before[source, lane] + costs[choice, lane])


@compiled
def _work_one(floor, desk, lane):  # type: ignore[no-untyped-def]
    blocks, cross = floor.length.shape[0], floor.link.shape[1]
    before, after = desk.before[:, lane], desk.after[:, lane]
    laid = desk.laid[:, lane]
    before[:] = floor.barred
    before[0] = 0
    ahead, has_begun = 0, False
    for aisle in range(floor.link.shape[0]):
        ahead += floor.gap[aisle]
        if not desk.is_used[aisle]:
            continue
        if has_begun:
            for copies in range(len(laid)):
                laid[copies] = copies * ahead
            _step_one(floor, floor.arcs.shape[0] - 1, before, after, laid)
            before, after = after, before
        ahead, has_begun = 0, True
        for k in range(blocks):
            step = k if desk.has_place[aisle * blocks + k] else blocks + k
            _step_one(floor, step, before, after, desk.costs[aisle * blocks + k, :, lane])
            before, after = after, before
        for k in range(cross):
            if floor.link[aisle, k] >= 0:
                for copies in range(3):
                    laid[copies] = copies * floor.link[aisle, k]
                _step_one(floor, 2 * blocks + k, before, after, laid)
                before, after = after, before
        np.minimum(before, floor.barred, before)
    best = floor.barred
    for state in floor.last:
        best = min(best, before[state])
    desk.found[lane] = best + floor.fixed


@compiled
def _step_one(floor, step, before, after, costs):  # type: ignore[no-untyped-def]
    for state in range(before.shape[0]):
        best = MOST
        for arc in range(floor.arcs[step, state], floor.arcs[step, state + 1]):
            best = min(best, before[floor.source[arc]] + costs[floor.choice[arc]])
        after[state] = best


@compiled
def lengths_of(floor, desk, starts, places):  # type: ignore[no-untyped-def]
    """Lengths of many walks, each the rising places from `starts[i]` to `starts[i + 1]`."""
    count = len(starts) - 1
    lengths = np.empty(count, dtype=np.int64)
    for first in range(0, count, LANES):
        lanes = min(LANES, count - first)
        clear(floor, desk)
        for lane in range(lanes):
            put(floor, desk, lane, places[starts[first + lane] : starts[first + lane + 1]], places[:0])
        work(floor, desk, lanes)
        lengths[first : first + lanes] = desk.found[:lanes]
    return lengths


def flattened(lists: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray]:
    """Lists one after the other in one array: (where each begins, and the end; all values)."""
    starts = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in lists], out=starts[1:])
    return starts, np.array([value for one in lists for value in one], dtype=np.int64)
