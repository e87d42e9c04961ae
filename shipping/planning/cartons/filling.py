"""One box filled as well as a fast rule can: maximal free spaces, blocks of identical units. Compiled.

After Parreño, Alvarez-Valdés, Tamarit and Oliveira, "A maximal-space algorithm for the container loading problem"
(INFORMS J. on Computing 20, 2008). A block is only ever put inside a free space, and every free space it touches is cut
around it, so no two units overlap and none sticks out. Under a fragile block's lid the column up to the top is cut away
with it, and one is only put where the column above is free. Units of one item stand as blocks of rows and layers:
thousands of units cost little more than one.

Arrays are int64. `sides` (turns x 3) and `of` (turns) are `Goods`'; `volume`, `weight`, `longest`, `fragile` and `left`
have a row per item; a block row is item, corner (3), unit as turned (3), counts (3).
"""

import numpy as np
from numba import njit

from shipping.planning.cartons.goods import Ints

RULES = 4
"""Ways to choose the next block: most of the space, biggest unit, longest unit, best use of the ground."""
_AXES = np.array([[2, 1, 0], [0, 2, 1], [1, 2, 0]], dtype=np.int64)
"""Which free corner is next: the lowest, the one furthest left, the one furthest back."""
FULL = 0.98
"""So full nobody looks for a fuller one."""
PLAIN_TRIES = RULES * len(_AXES)
_NOISE_BITS = 31


@njit(cache=True)
def search(
    sides: Ints,
    of: Ints,
    volume: Ints,
    weight: Ints,
    longest: Ints,
    fragile: Ints,
    left: Ints,
    box: Ints,
    room_g: int,
    tries: int,
    looks: int,
    by_weight: bool,
) -> tuple[Ints, Ints]:
    """The best of so many fillings of one box with what is `left`: its block rows, and what stays behind.

    The first `PLAIN_TRIES` follow the rules; later ones follow them with noise of their own number. The best
    holds most volume, or most weight. Stops at the first that leaves nothing or fills the box to `FULL`, and
    when more than `looks` turns of units have been held against spaces.
    """  # fmt: skip
    best_blocks = np.empty((0, 10), np.int64)
    best_rest = left.copy()
    most = -1
    worth = weight if by_weight else volume
    room = room_g if by_weight else box[0] * box[1] * box[2]
    # what may go in as a whole is looked for as a whole
    enough = FULL * room if (left * worth).sum() > room else room + 1
    for attempt in range(tries):
        blocks, rest = _fill(
            sides, of, volume, weight, longest, fragile, left, box, room_g,
            attempt % RULES, attempt // RULES % len(_AXES), attempt if attempt >= PLAIN_TRIES else 0,
        )  # fmt: skip
        held = ((left - rest) * worth).sum()
        if held > most:
            best_blocks, best_rest, most = blocks, rest, held
        looks -= len(of) * (len(blocks) + 1)
        if most >= enough or looks < 0 or not best_rest.any():
            break
    return best_blocks, best_rest


@njit(cache=True)
def _fill(
    sides: Ints, of: Ints, volume: Ints, weight: Ints, longest: Ints, fragile: Ints, left: Ints, box: Ints, room_g: int,
    rule: int, axes: int, noise: int,
) -> tuple[Ints, Ints]:  # fmt: skip
    rest = left.copy()
    spaces = np.zeros((1, 6), np.int64)
    spaces[0, 3:] = box
    blocks = np.empty((8, 10), np.int64)
    count = 0
    while len(spaces):
        at = _next_space(spaces, _AXES[axes])
        row, along, noise = _best_block(
            sides, of, volume, weight, longest, fragile, rest, spaces[at], box[2], room_g, rule, noise
        )
        if row < 0:
            spaces[at] = spaces[-1]
            spaces = spaces[:-1]
            continue
        if count == len(blocks):
            blocks = np.concatenate((blocks, np.empty_like(blocks)))
        item = of[row]
        block = blocks[count]
        block[0], block[1:4], block[4:7], block[7:10] = item, spaces[at, :3], sides[row], along
        count += 1
        quantity = along[0] * along[1] * along[2]
        rest[item] -= quantity
        room_g -= quantity * weight[item]
        high = block[1:4] + sides[row] * along
        if fragile[item]:
            high[2] = box[2]
        thinnest = 0
        for other in range(len(of)):
            if rest[of[other]] > 0:
                least = sides[other].min()
                thinnest = least if thinnest == 0 else min(thinnest, least)
        if thinnest == 0:
            break
        spaces = _cut(spaces, block[1:4], high, thinnest)
    return blocks[:count].copy(), rest


@njit(cache=True)
def _next_space(spaces: Ints, axes: Ints) -> int:
    best = 0
    for at in range(1, len(spaces)):
        for axis in axes:
            if spaces[at, axis] != spaces[best, axis]:
                if spaces[at, axis] < spaces[best, axis]:
                    best = at
                break
    return best


@njit(cache=True)
def _best_block(
    sides: Ints,
    of: Ints,
    volume: Ints,
    weight: Ints,
    longest: Ints,
    fragile: Ints,
    rest: Ints,
    space: Ints,
    top: int,
    room_g: int,
    rule: int,
    noise: int,
) -> tuple[int, Ints, int]:
    """The turn and the counts along x, y, z of the best block for a free space; -1 when nothing fits."""  # fmt: skip
    best, best_score = -1, -1.0
    counts = np.zeros(3, np.int64)
    room = space[3:] - space[:3]
    for row in range(len(of)):
        item = of[row]
        units = rest[item]
        if weight[item] > 0:
            units = min(units, room_g // weight[item])
        if units < 1 or sides[row, 0] > room[0] or sides[row, 1] > room[1] or sides[row, 2] > room[2]:
            continue
        if fragile[item] and space[5] != top:
            continue
        x = min(room[0] // sides[row, 0], units)
        y = min(room[1] // sides[row, 1], units // x)
        z = 1 if fragile[item] else min(room[2] // sides[row, 2], units // (x * y))
        held = x * y * z
        if rule == 0:
            score = float(held * volume[item])
        elif rule == 1:
            score = float(volume[item]) * 1e3 + min(held, 999)
        elif rule == 2:
            score = float(longest[item]) * 1e3 + min(held, 999)
        else:
            ground = x * sides[row, 0] * y * sides[row, 1] / (room[0] * room[1])
            score = ground + 1e-12 * held * volume[item]
        if noise:
            noise = (noise * 1_103_515_245 + 12_345) & 0x7FFFFFFF
            score *= 0.6 + 0.8 * noise / 2**_NOISE_BITS
        if score > best_score:
            best, best_score = row, score
            counts[0], counts[1], counts[2] = x, y, z
    return best, counts, noise


@njit(cache=True)
def _cut(spaces: Ints, low: Ints, high: Ints, thinnest: int) -> Ints:
    """The maximal free spaces after the room from corner `low` to `high` was taken.

    Each touched space becomes up to six: what is left of it on either side along x, y and z. Spaces thinner
    than `thinnest` (no unit fits) and spaces inside another are dropped.
    """
    fresh = np.empty((6 * len(spaces), 6), np.int64)
    kept = np.empty_like(spaces)
    n_fresh = n_kept = 0
    for at in range(len(spaces)):
        space = spaces[at]
        if not _touch(space, low, high):
            kept[n_kept] = space
            n_kept += 1
            continue
        for axis in range(3):
            if low[axis] - space[axis] >= thinnest:
                fresh[n_fresh] = space
                fresh[n_fresh, 3 + axis] = low[axis]
                n_fresh += 1
            if space[3 + axis] - high[axis] >= thinnest:
                fresh[n_fresh] = space
                fresh[n_fresh, axis] = high[axis]
                n_fresh += 1
    return _with_maximal(kept[:n_kept], fresh[:n_fresh])


@njit(cache=True)
def _with_maximal(kept: Ints, fresh: Ints) -> Ints:
    """`kept`, and those of `fresh` that lie in no other space; of two equal ones the first stays."""
    result = np.empty((len(kept) + len(fresh), 6), np.int64)
    result[: len(kept)] = kept
    count = len(kept)
    for at in range(len(fresh)):
        inside = False
        for other in range(len(kept)):
            if _within(fresh[at], kept[other]):
                inside = True
                break
        for other in range(len(fresh)):
            if inside:
                break
            if other != at and _within(fresh[at], fresh[other]):
                inside = other < at or not _within(fresh[other], fresh[at])
        if not inside:
            result[count] = fresh[at]
            count += 1
    return result[:count].copy()


@njit(cache=True)
def _touch(space: Ints, low: Ints, high: Ints) -> bool:
    for axis in range(3):  # noqa: SIM110 - compiled code has no generators
        if space[axis] >= high[axis] or space[3 + axis] <= low[axis]:
            return False
    return True


@njit(cache=True)
def _within(one: Ints, other: Ints) -> bool:
    for axis in range(3):  # noqa: SIM110 - compiled code has no generators
        if one[axis] < other[axis] or one[3 + axis] > other[3 + axis]:
            return False
    return True
