"""Which boxes, and what goes where in them: three-dimensional packing that never breaks a box. Pure.

For the packing station, which proposes a box, and for planning parcels before goods are picked. First a fast rule
(`filling`) packs; then, where a smaller box is not excluded (`bounds`), a search tries to prove or to better it
(`exact`). Fewest parcels come first, then the least box.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shipping.planning.cartons.bounds import cannot_hold, least_boxes
from shipping.planning.cartons.exact import MOST_UNITS, settle
from shipping.planning.cartons.filling import search
from shipping.planning.cartons.goods import MAX_SIDE_MM, BoxSize, CannotPack, Goods, Ints, Item, PackedBox, Packing


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look, the same on every machine.

    `tries` of the fast rule a box, and how many `looks` (turns of units held against free spaces) they may take
    together; `proof` is CP-SAT's deterministic time a box, 0 for none.
    """

    tries: int = 60
    looks: int = 20_000
    proof: float = 0.03


_MOST_PAIRS, _MOST_CHOICES = 40, 4
_AIR = 1.12
"""Hardly any mixed goods leave less air: two boxes with less room than this are not tried."""


def pack(items: Sequence[Item], boxes: Sequence[BoxSize], *, effort: Effort | None = None) -> Packing:
    """Parcels that hold every unit of `items`: one box when it can be, else as few as the method finds.

    Deterministic. Raises `CannotPack` naming the first item that no box can hold, or whose measures are
    impossible. An empty order gives no parcels.
    """
    _check_measures(items)
    if not items:
        return Packing(())
    return _Packer(items, boxes, effort or Effort()).pack()


class _Packer:
    """One order's packing: the goods, the boxes by volume, and how long to look."""

    def __init__(self, items: Sequence[Item], boxes: Sequence[BoxSize], effort: Effort) -> None:
        self.goods = Goods(items)
        self.boxes = sorted(boxes, key=lambda box: (box.volume_mm3, box.code))
        self.effort = effort
        self.all: Ints = np.array([item.quantity for item in items], dtype=np.int64)
        self.fits = np.array([self.goods.fits(box) for box in self.boxes]).reshape(len(self.boxes), len(items))
        self._check_fit()

    def pack(self) -> Packing:
        """The parcels with what is proven about them."""
        open_boxes = [box for box in self.boxes if not cannot_hold(self.goods, self.all, box)]
        found = self._into_one(self.all, open_boxes)
        if found is None or found.box != open_boxes[0]:
            found, open_boxes = self._proven(found, open_boxes)
        if found is not None:
            return Packing((found,), 1, open_boxes[0].volume_mm3 if open_boxes else found.box.volume_mm3)
        parcels = self._bettered(self._into_several())
        fewest, least_mm3 = least_boxes(self.goods, self.all, self.boxes, parcels=len(parcels))
        return Packing(tuple(parcels), 1 if open_boxes else max(2, fewest), least_mm3)

    def _into_one(self, left: Ints, boxes: Sequence[BoxSize]) -> PackedBox | None:
        """The smallest of `boxes` found to hold everything that is `left`, or None."""
        for box in boxes:
            rows, rest = self._search(left, box)
            if not rest.any():
                return self.goods.parcel(box, rows)
        return None

    def _proven(self, found: PackedBox | None, open_boxes: Sequence[BoxSize]) -> tuple[PackedBox | None, list[BoxSize]]:
        """The better parcel a search finds, and the boxes that may still hold everything, smallest first."""
        still: list[BoxSize] = []
        for place, box in enumerate(open_boxes):
            if found is not None and box == found.box:
                return found, [*still, *open_boxes[place:]]
            if not self.effort.proof or self.all.sum() > MOST_UNITS:
                still.append(box)
                continue
            verdict = settle(self.goods, self.all, box, effort=self.effort.proof)
            if verdict.rows is not None:
                return self.goods.parcel(box, verdict.rows), [*still, *open_boxes[place:]]
            if not verdict.impossible:
                still.append(box)
        return found, still

    def _into_several(self) -> list[PackedBox]:
        left = self.all.copy()
        parcels: list[PackedBox] = []
        while left.any():
            parcel = self._last(left) or self._fullest(left)
            left -= self._units(parcel)
            parcels.append(parcel)
        return parcels

    def _bettered(self, parcels: list[PackedBox]) -> list[PackedBox]:
        """The same goods in less box: any two parcels may be packed anew, until no two gain or enough were tried."""
        pairs = [(one, other) for other in range(len(parcels)) for one in range(other)]
        for _ in range(_MOST_PAIRS):
            if not pairs:
                break
            one, other = pairs.pop()
            better = self._two_anew(parcels[one], parcels[other])
            if better is None:
                continue
            rest = [parcel for place, parcel in enumerate(parcels) if place not in (one, other)]
            parcels = [*rest, *better]
            pairs = [(one, other) for other in range(len(parcels)) for one in range(other)]
        return parcels

    def _two_anew(self, one: PackedBox, other: PackedBox) -> list[PackedBox] | None:
        """Both parcels' goods in one or two boxes that measure less together, or None."""
        left = self._units(one) + self._units(other)
        volume, weight = int(left @ self.goods.volume), int(left @ self.goods.weight)
        now = one.box.volume_mm3 + other.box.volume_mm3
        choices = [
            (first.volume_mm3 + second.volume_mm3, first, second)
            for place, first in enumerate(self.boxes)
            for second in self.boxes[: place + 1]
            if _AIR * volume <= first.volume_mm3 + second.volume_mm3 < now and weight <= first.room_g + second.room_g
        ]
        for _, first, second in sorted(choices, key=lambda choice: choice[0])[:_MOST_CHOICES]:
            rows, rest = self._search(left, first)
            if not rest.any():
                return [self.goods.parcel(first, rows)]
            if not cannot_hold(self.goods, rest, second) and (last := self._into_one(rest, [second])):
                return [self.goods.parcel(first, rows), last]
        return None

    def _units(self, parcel: PackedBox) -> Ints:
        contents = parcel.contents
        return np.array([contents.get(item.key, 0) for item in self.goods.items], dtype=np.int64)

    def _last(self, left: Ints, below_mm3: int | None = None) -> PackedBox | None:
        """The smallest box found to hold what is `left`, of those smaller than `below_mm3`."""
        boxes = [box for box in self.boxes if below_mm3 is None or box.volume_mm3 < below_mm3]
        return self._into_one(left, [box for box in boxes if not cannot_hold(self.goods, left, box)])

    def _fullest(self, left: Ints) -> PackedBox:
        """The biggest box for the most awkward unit, filled as well as can be, then swapped for a smaller one."""
        awkward = int(np.argmax(np.where(left > 0, self.goods.longest, -1)))
        box = next(b for b, fit in zip(self.boxes[::-1], self.fits[::-1, awkward], strict=True) if fit)
        rows, rest = self._search(left, box)
        return self._last(left - rest, box.volume_mm3) or self.goods.parcel(box, rows)

    def _search(self, left: Ints, box: BoxSize) -> tuple[Ints, Ints]:
        goods = self.goods
        heavy = int(left @ goods.weight) * box.volume_mm3 > int(left @ goods.volume) * box.room_g
        sides: Ints = np.array(box.sides_mm, dtype=np.int64)
        rows = left[goods.of] > 0
        return search(
            goods.sides[rows], goods.of[rows], goods.volume, goods.weight, goods.longest, goods.fragile,
            left, sides, box.room_g, self.effort.tries, self.effort.looks, heavy,
        )  # fmt: skip

    def _check_fit(self) -> None:
        """Raises `CannotPack` for the first item that no box can hold."""
        heaviest = max((box.room_g for box in self.boxes), default=0)
        for item, fits in zip(self.goods.items, self.fits.T, strict=True):
            if not fits.any():
                raise CannotPack(item.key, "weight" if item.weight_g > heaviest else "size")


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


def warm_up() -> None:
    """Compiles the filling, or loads it compiled."""
    pack([Item("unit", 1, 1, 1, 1, 1)], [BoxSize("box", 1, 1, 1, 0, 1)])
