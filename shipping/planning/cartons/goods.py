"""What is packed, into what, and how it stands there: plain values for planners, checkers and callers.

Lengths in millimetres, weights in grams; `x`, `y`, `z` run along a box's inner length, width and height, from one
corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Sides = tuple[int, int, int]

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
    """Identical units to pack. `upright`: the height stays vertical. `fragile`: nothing stands above a unit."""

    key: str
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    quantity: int
    upright: bool = False
    fragile: bool = False

    @property
    def volume_mm3(self) -> int:
        """One unit's volume."""
        return self.length_mm * self.width_mm * self.height_mm

    @property
    def turns(self) -> list[Sides]:
        """The different ways to lay one unit, in a fixed order."""
        sides = (self.length_mm, self.width_mm, self.height_mm)
        ways = {(sides[a], sides[b], sides[c]) for a, b, c in permutations(range(3)) if c == 2 or not self.upright}
        return sorted(ways)


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
    def sides_mm(self) -> Sides:
        """Inner length, width and height."""
        return self.length_mm, self.width_mm, self.height_mm

    @property
    def volume_mm3(self) -> int:
        """Inner volume."""
        return self.length_mm * self.width_mm * self.height_mm

    @property
    def room_g(self) -> int:
        """Grams of goods that it may hold."""
        return self.max_weight_g - self.tare_g


@dataclass(frozen=True, slots=True)
class Block:
    """Units of one item side by side: corner, one unit's sides as turned, and how many along x, y and z."""

    key: str
    corner_mm: Sides
    unit_mm: Sides
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
    """The parcels of one order, and how little is possible at all.

    `least_parcels` and `least_mm3` (the boxes' inner volumes added up) are proven: no packing has fewer or less.
    """

    parcels: tuple[PackedBox, ...]
    least_parcels: int = 0
    least_mm3: int = 0

    @property
    def volume_mm3(self) -> int:
        """Inner volume of all boxes."""
        return sum(parcel.box.volume_mm3 for parcel in self.parcels)

    @property
    def proven(self) -> bool:
        """Whether nothing better is possible: neither fewer parcels nor less box."""
        return len(self.parcels) == self.least_parcels and self.volume_mm3 == self.least_mm3


class Goods:
    """The items as arrays: one row per item, and one row per way an item may be turned (`sides`, `of`)."""

    def __init__(self, items: Sequence[Item]) -> None:
        turned = [(index, sides) for index, item in enumerate(items) for sides in item.turns]
        self.items = items
        self.sides: Ints = np.array([sides for _, sides in turned], dtype=np.int64)
        self.of: Ints = np.array([index for index, _ in turned], dtype=np.int64)
        self.volume: Ints = np.array([item.volume_mm3 for item in items], dtype=np.int64)
        self.weight: Ints = np.array([item.weight_g for item in items], dtype=np.int64)
        self.fragile: Ints = np.array([item.fragile for item in items], dtype=np.int64)
        self.longest: Ints = self.sides.max(axis=1)[np.searchsorted(self.of, np.arange(len(items)))]

    def fits(self, box: BoxSize) -> NDArray[np.bool_]:
        """For each item, whether one unit goes into an empty `box`, by size and by weight."""
        inside = (self.sides <= box.sides_mm).all(axis=1)
        by_item = np.zeros(len(self.items), dtype=bool)
        by_item[self.of[inside]] = True
        return by_item & (self.weight <= box.room_g)

    def parcel(self, box: BoxSize, rows: Ints) -> PackedBox:
        """A parcel of block rows: item, corner (3), unit as turned (3), counts (3)."""
        blocks = tuple(
            Block(self.items[item].key, (x, y, z), (a, b, c), (i, j, k))
            for item, x, y, z, a, b, c, i, j, k in rows.tolist()
        )
        goods_g = int((self.weight[rows[:, 0]] * rows[:, 7:10].prod(axis=1)).sum())
        return PackedBox(box, blocks, box.tare_g + goods_g)
