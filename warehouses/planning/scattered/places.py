"""What scattered storage is planned on: the articles wanted, where they lie, and the floor as arrays."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from foundation.errors import Invalid
from warehouses.planning.floor.layout import IntArray, Layout, Spot
from warehouses.planning.scattered.stocked import BoolArray, StockedFloor
from warehouses.planning.walks.compiled import arcs_of


@dataclass(frozen=True, slots=True)
class Supply:
    """So many units of an article in one bin. `sku` is the caller's name for the article."""

    sku: str
    spot: Spot
    units: int

    def __post_init__(self) -> None:
        if self.units < 0:
            raise Invalid(
                f"Bin {self.spot.name or '(no code)'} is said to hold {self.units} of {self.sku}; "
                "it must be 0 or more.",
                code="supply_invalid",
                field="supplies",
                bin=self.spot.name,
                sku=self.sku,
            )


def check_demand(demand: Mapping[str, int], supplies: Sequence[Supply]) -> None:
    """Raise `Invalid`: `demand_invalid` for a quantity under 1, `supply_short` naming what there is too little of."""
    there: dict[str, int] = defaultdict(int)
    for supply in supplies:
        there[supply.sku] += supply.units
    for sku, units in demand.items():
        if units < 1:
            raise Invalid(
                f"{units} of {sku} are asked for; it must be at least 1.",
                code="demand_invalid",
                field="demand",
                sku=sku,
            )
        if there[sku] < units:
            raise Invalid(
                f"{units} of {sku} are asked for, and all its bins together hold {there[sku]}.",
                code="supply_short",
                field="demand",
                sku=sku,
                missing=units - there[sku],
            )


class Places:
    """The floor with the supplies that matter, as the compiled methods want it.

    `wanted` (articles) is in the order of `demand`; `row[s]` is the caller's index of supply s, `spot_of[s]` its
    spot. `needed` are the spots that every walk visits: the depot's crossing, and bins without which an article
    runs short. `fixed_mm` is the way to the depot's door and back, which no array counts.
    """

    def __init__(self, layout: Layout, demand: Mapping[str, int], supplies: Sequence[Supply]) -> None:
        self.layout, self.cross = layout, layout.cross_y_mm
        number = {sku: index for index, sku in enumerate(demand)}
        self.wanted: IntArray = np.array(list(demand.values()), dtype=np.int64)
        at: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, supply in enumerate(supplies):
            if supply.sku in number and supply.units:
                at[supply.spot.aisle][supply.spot.y_mm].append(index)
        depot: tuple[int, int] | None = None
        self.fixed_mm = 0
        if len(layout.depot_links) == 1:
            aisle, cross, distance = layout.depot_links[0]
            depot, self.fixed_mm = (aisle, self.cross[cross]), 2 * distance
            at[aisle].setdefault(self.cross[cross], [])
        else:
            for aisle, _, _ in layout.depot_links:
                at[aisle].update({})
        spots = [(aisle, y) for aisle in sorted(at) for y in sorted(at[aisle])]
        rows = [at[aisle][y] for aisle, y in spots]
        self.row: IntArray = np.array([index for group in rows for index in group], dtype=np.int64)
        self.spot_of: IntArray = np.repeat(np.arange(len(spots)), [len(group) for group in rows])
        self.aisle: IntArray = np.array([supplies[index].spot.aisle for index in self.row], dtype=np.int64)
        article: IntArray = np.array([number[supplies[index].sku] for index in self.row], dtype=np.int64)
        units: IntArray = np.array([supplies[index].units for index in self.row], dtype=np.int64)
        self.supplies_of = [np.flatnonzero(article == place) for place in range(len(number))]
        self.needed: BoolArray = np.array([spot == depot for spot in spots], dtype=np.bool_)
        total = np.bincount(article, units, minlength=len(number))[article]
        self.needed[self.spot_of[total - units < self.wanted[article]]] = True
        self.floor = self._floor(sorted(at), spots, rows, article, units)

    def _floor(
        self,
        aisles: list[int],
        spots: list[tuple[int, int]],
        rows: list[list[int]],
        article: IntArray,
        units: IntArray,
    ) -> StockedFloor:
        """The arrays; a spot on a cross aisle belongs to the piece behind it, on the last one to that before."""
        doors = len(self.layout.depot_links) > 1
        arcs = arcs_of(len(self.cross), doors=doors)
        links = np.full((len(aisles), len(self.cross) if doors else 0), -1, dtype=np.int64)
        if doors:
            for aisle, cross, distance in self.layout.depot_links:
                links[aisles.index(aisle), cross] = distance
        x = [self.layout.aisle_x_mm[aisle] for aisle in aisles]
        last = len(self.cross) - 2
        piece = [min(last, int(np.searchsorted(self.cross, y, side="right")) - 1) for _, y in spots]
        order = [aisles.index(aisle) * (last + 1) + k for (aisle, _), k in zip(spots, piece, strict=True)]
        return StockedFloor(
            spots=np.searchsorted(np.array(order, dtype=np.int64), np.arange(len(aisles) * (last + 1) + 1)),
            long=np.tile(np.diff(np.array(self.cross, dtype=np.int64)), len(aisles)),
            at=np.array([y - self.cross[k] for (_, y), k in zip(spots, piece, strict=True)], dtype=np.int64),
            supplies=np.cumsum([0, *map(len, rows)], dtype=np.int64),
            article=article,
            units=units,
            ahead=np.array([*(right - left for left, right in pairwise(x)), 0], dtype=np.int64),
            links=links,
            first=arcs.first,
            source=arcs.source,
            target=arcs.target,
            choice=arcs.choice,
            last=arcs.last,
        )
