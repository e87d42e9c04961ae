"""Which boxes, and what goes where in them: three-dimensional packing that never breaks a box. Pure.

For the packing station, which proposes a box, and for planning parcels before goods are picked. Lengths in
millimetres, weights in grams; `x`, `y`, `z` run along a box's inner length, width and height from one corner.

Method: maximal free spaces with blocks of identical units, after Parreño, Alvarez-Valdés, Tamarit and Oliveira,
"A maximal-space algorithm for the container loading problem" (INFORMS J. on Computing 20, 2008). A block is only
ever put inside a free space, and every free space it touches is cut around it, so no two units can overlap and none
can stick out. Units of one item are placed as blocks of rows and layers: thousands of units cost little more than one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

MAX_SIDE_MM = 20_000
"""Longer than this is a slip of the keyboard, not goods."""


class CannotPack(ValueError):
    """An item fits in no box. `key` is the item's, `reason` is `size`, `weight` or `measures`."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"item {key} cannot be packed: {reason}")
        self.key = key
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Item:
    """Identical units to pack. `upright`: the height stays vertical."""

    key: str
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    quantity: int
    upright: bool = False

    @property
    def volume_mm3(self) -> int:
        """One unit's volume."""
        return self.length_mm * self.width_mm * self.height_mm


@dataclass(frozen=True, slots=True)
class BoxSize:
    """A kind of box: inner measures, own weight, and the gross weight it may reach."""

    code: str
    length_mm: int
    width_mm: int
    height_mm: int
    tare_g: int
    max_weight_g: int

    @property
    def volume_mm3(self) -> int:
        """Inner volume."""
        return self.length_mm * self.width_mm * self.height_mm


@dataclass(frozen=True, slots=True)
class Block:
    """Units of one item side by side: corner, one unit's sides as turned, and how many along x, y and z."""

    key: str
    corner_mm: tuple[int, int, int]
    unit_mm: tuple[int, int, int]
    counts: tuple[int, int, int]

    @property
    def quantity(self) -> int:
        """Units in the block."""
        return self.counts[0] * self.counts[1] * self.counts[2]


@dataclass(frozen=True, slots=True)
class PackedBox:
    """One parcel: its box, what stands where, and its gross weight."""

    box: BoxSize
    blocks: tuple[Block, ...]
    weight_g: int

    @property
    def contents(self) -> dict[str, int]:
        """Units by item key."""
        units: dict[str, int] = {}
        for block in self.blocks:
            units[block.key] = units.get(block.key, 0) + block.quantity
        return units

    @property
    def fill(self) -> float:
        """The part of the inner volume that goods take, 0 to 1."""
        used = sum(b.quantity * b.unit_mm[0] * b.unit_mm[1] * b.unit_mm[2] for b in self.blocks)
        return used / self.box.volume_mm3


@dataclass(frozen=True, slots=True)
class Packing:
    """The parcels of one order."""

    parcels: tuple[PackedBox, ...]


class _Goods:
    """The items as arrays: one row per item, and one row per way an item may be turned (`sides`, `of`)."""

    def __init__(self, items: Sequence[Item]) -> None:
        turned: list[tuple[int, int, int]] = []
        owner: list[int] = []
        for index, item in enumerate(items):
            for sides in _turns(item):
                turned.append(sides)
                owner.append(index)
        self.items = items
        self.sides: Ints = np.array(turned, dtype=np.int64)
        self.of: Ints = np.array(owner, dtype=np.int64)
        self.volume: Ints = np.array([item.volume_mm3 for item in items], dtype=np.int64)
        self.weight: Ints = np.array([item.weight_g for item in items], dtype=np.int64)
        self.longest: Ints = np.array(
            [max(item.length_mm, item.width_mm, item.height_mm) for item in items], dtype=np.int64
        )

    def fits(self, box: BoxSize) -> NDArray[np.bool_]:
        """For each item, whether one unit goes into an empty `box`, by size and by weight."""
        inside = (self.sides <= (box.length_mm, box.width_mm, box.height_mm)).all(axis=1)
        by_item = np.zeros(len(self.items), dtype=bool)
        by_item[self.of[inside]] = True
        return by_item & (self.weight <= box.max_weight_g - box.tare_g)


Score = Callable[[_Goods, Ints, Ints], Ints]


def _block_volume(goods: _Goods, rows: Ints, counts: Ints) -> Ints:
    """Prefers the block that takes most of the space."""
    return counts * goods.volume[goods.of[rows]]


def _big_units_first(goods: _Goods, rows: Ints, counts: Ints) -> Ints:
    """Prefers the biggest unit, and the biggest block of it."""
    items = goods.of[rows]
    return goods.volume[items] * 1_000 + np.minimum(counts, 999)


def _long_units_first(goods: _Goods, rows: Ints, counts: Ints) -> Ints:
    """Prefers the unit with the longest side, and the biggest block of it."""
    items = goods.of[rows]
    return goods.longest[items] * 1_000 + np.minimum(counts, 999)


_SCORES: tuple[Score, ...] = (_block_volume, _big_units_first, _long_units_first)


def pack(items: Sequence[Item], boxes: Sequence[BoxSize]) -> Packing:
    """Parcels that hold every unit of `items`: one box when it can be, else as few as the method finds.

    Deterministic. Raises `CannotPack` naming the first item that no box can hold, or whose measures are
    impossible. An empty order gives no parcels.
    """
    _check_measures(items)
    if not items:
        return Packing(())
    goods = _Goods(items)
    by_size = sorted(boxes, key=lambda box: (box.volume_mm3, box.code))
    fits = {box: goods.fits(box) for box in by_size}
    _check_fit(goods, by_size)

    left: Ints = np.array([item.quantity for item in items], dtype=np.int64)
    parcels: list[PackedBox] = []
    while left.any():
        parcel = _one_box(goods, left, by_size, fits) or _fullest(goods, left, by_size, fits)
        contents = parcel.contents
        left -= np.array([contents.get(item.key, 0) for item in items], dtype=np.int64)
        parcels.append(parcel)
    return Packing(tuple(parcels))


def _one_box(
    goods: _Goods, left: Ints, by_size: Sequence[BoxSize], fits: dict[BoxSize, NDArray[np.bool_]]
) -> PackedBox | None:
    """The smallest box found to hold everything that is `left`, or None."""
    volume, weight = int(left @ goods.volume), int(left @ goods.weight)
    needed = left > 0
    for box in by_size:
        if volume > box.volume_mm3 or weight > box.max_weight_g - box.tare_g or not fits[box][needed].all():
            continue
        for score in _SCORES:
            packed, rest = _fill(goods, left, box, score)
            if not rest.any():
                return packed
    return None


def _fullest(
    goods: _Goods, left: Ints, by_size: Sequence[BoxSize], fits: dict[BoxSize, NDArray[np.bool_]]
) -> PackedBox:
    """The biggest box that takes the most awkward unit, filled as well as can be, then swapped for a smaller one."""
    awkward = int(np.argmax(np.where(left > 0, goods.longest, -1)))
    box = next(box for box in reversed(by_size) if fits[box][awkward])
    tries = [_fill(goods, left, box, score) for score in _SCORES[:2]]
    packed, rest = max(tries, key=lambda each: each[0].fill)
    return _one_box(goods, left - rest, [b for b in by_size if b.volume_mm3 < box.volume_mm3], fits) or packed


def _fill(goods: _Goods, left: Ints, box: BoxSize, score: Score) -> tuple[PackedBox, Ints]:
    """Packs as much of `left` into one `box` as `score` finds room for; answers it and what stays behind."""
    rest = left.copy()
    room_g = box.max_weight_g - box.tare_g
    spaces: Ints = np.array([[0, 0, 0, box.length_mm, box.width_mm, box.height_mm]], dtype=np.int64)
    rows: Ints = np.flatnonzero(rest[goods.of] > 0)
    blocks: list[Block] = []
    while len(spaces) and len(rows):
        # the lowest free corner, then the one nearest to the back and the left
        at = int(np.argmin((spaces[:, 2] << 40) + (spaces[:, 1] << 20) + spaces[:, 0]))
        space = spaces[at]
        units = np.minimum(rest, room_g // np.maximum(goods.weight, 1))[goods.of[rows]]
        best = _best_block(goods, rows, units, space[3:] - space[:3], score)
        if best is None:
            spaces = np.delete(spaces, at, axis=0)
            continue
        row, counts = best
        item, unit = int(goods.of[row]), goods.sides[row]
        quantity = int(counts.prod())
        corner = space[:3].copy()
        x, y, z = (int(v) for v in corner)
        blocks.append(Block(goods.items[item].key, (x, y, z), tuple(unit.tolist()), tuple(counts.tolist())))
        rest[item] -= quantity
        room_g -= quantity * int(goods.weight[item])
        if not rest[item]:
            rows = rows[goods.of[rows] != item]
        if len(rows):
            spaces = _cut(spaces, corner, corner + unit * counts, int(goods.sides[rows].min()))
    return PackedBox(box, tuple(blocks), box.max_weight_g - room_g), rest


def _best_block(goods: _Goods, rows: Ints, units: Ints, room: Ints, score: Score) -> tuple[int, Ints] | None:
    """The row of `goods.sides` and the counts along x, y, z of the best block for a free space `room`.

    `units` is how many of each row's item may still go in. None when nothing fits.
    """
    sides = goods.sides[rows]
    possible = (sides[:, 0] <= room[0]) & (sides[:, 1] <= room[1]) & (sides[:, 2] <= room[2]) & (units > 0)
    if not possible.any():
        return None
    rows, units, per_axis = rows[possible], units[possible], room // sides[possible]
    along_x = np.minimum(per_axis[:, 0], units)
    along_y = np.minimum(per_axis[:, 1], units // along_x)
    along_z = np.minimum(per_axis[:, 2], units // (along_x * along_y))
    best = int(np.argmax(score(goods, rows, along_x * along_y * along_z)))
    return int(rows[best]), np.array([along_x[best], along_y[best], along_z[best]], dtype=np.int64)


def _cut(spaces: Ints, low: Ints, high: Ints, thinnest: int) -> Ints:
    """The maximal free spaces after a block from corner `low` to `high` was placed.

    Each touched space becomes up to six: what is left of it on either side along x, y and z. Spaces thinner
    than `thinnest` (no unit fits) and spaces inside another are dropped.
    """
    touched = (spaces[:, :3] < high).all(axis=1) & (spaces[:, 3:] > low).all(axis=1)
    kept, hit = spaces[~touched], spaces[touched]
    parts = []
    for axis in range(3):
        before, after = hit.copy(), hit.copy()
        before[:, 3 + axis] = low[axis]
        after[:, axis] = high[axis]
        parts += [before, after]
    fresh = np.concatenate(parts)
    fresh = fresh[(fresh[:, 3:] - fresh[:, :3]).min(axis=1) >= thinnest]
    if not len(fresh):
        return kept
    everything = np.concatenate([fresh, kept])
    low_ok = fresh[:, None, :3] >= everything[None, :, :3]
    high_ok = fresh[:, None, 3:] <= everything[None, :, 3:]
    inside = low_ok[..., 0] & low_ok[..., 1] & low_ok[..., 2] & high_ok[..., 0] & high_ok[..., 1] & high_ok[..., 2]
    among = inside[:, : len(fresh)]
    # of equal ones the first stays; and each is inside itself
    among &= ~(among.T & np.triu(np.ones_like(among)))
    return np.concatenate([kept, fresh[~inside.any(axis=1)]])


def _turns(item: Item) -> list[tuple[int, int, int]]:
    """The different ways to lay one unit, in a fixed order."""
    sides = (item.length_mm, item.width_mm, item.height_mm)
    ways = {(sides[a], sides[b], sides[c]) for a, b, c in permutations(range(3)) if c == 2 or not item.upright}
    return sorted(ways)


def _check_measures(items: Sequence[Item]) -> None:
    """Raises `CannotPack` for an item whose numbers cannot be goods, or a key used twice."""
    seen = set()
    for item in items:
        sides = (item.length_mm, item.width_mm, item.height_mm)
        if min(sides) < 1 or max(sides) > MAX_SIDE_MM or item.weight_g < 0 or item.quantity < 1:
            raise CannotPack(item.key, "measures")
        if item.key in seen:
            raise ValueError(f"item {item.key} is listed twice")
        seen.add(item.key)


def _check_fit(goods: _Goods, boxes: Sequence[BoxSize]) -> None:
    """Raises `CannotPack` for the first item that no box can hold."""
    heaviest = max((box.max_weight_g - box.tare_g for box in boxes), default=0)
    possible = np.zeros(len(goods.items), dtype=bool)
    for box in boxes:
        possible |= goods.fits(box)
    for item, ok in zip(goods.items, possible, strict=True):
        if not ok:
            raise CannotPack(item.key, "weight" if item.weight_g > heaviest else "size")
