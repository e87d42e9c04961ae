"""The batching's working values: a trip is a set of loads on one cart with its priced walk.

Trips are made once and kept by their set of loads: the price of a trip, and of a trip with one load added,
is asked for thousands of times, and every trip met is a column for the recombination.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from warehouses.planning.layout import IntArray, Layout
from warehouses.planning.loads import Cart, Load
from warehouses.planning.pricing import Pricer, Stops, united

Size = tuple[int, int, int]
"""Totes, mm3, g."""

Members = frozenset[int]
"""The loads on a trip, by their place in the wave."""

REGIONS = 4
"""Stretches an aisle is cut into when loads are compared by where they lie."""


class Trip:
    """Loads on one cart, what they take up, and the length of their shortest walk in mm.

    `adding` holds the length with one more load, for the loads that were asked for.
    """

    __slots__ = ("adding", "length_mm", "members", "size", "stops")

    def __init__(self, members: Members, size: Size, stops: Stops, length_mm: int) -> None:
        self.members, self.size, self.stops, self.length_mm = members, size, stops, length_mm
        self.adding: dict[int, int] = {}


class Trips:
    """All trips met in one wave, and what it takes to make more."""

    def __init__(self, layout: Layout, loads: Sequence[Load], cart: Cart) -> None:
        self.pricer = Pricer(layout, (spot for load in loads for spot in load.spots))
        self.capacity: Size = (cart.totes, cart.volume_mm3, cart.weight_g)
        self.sizes: list[Size] = [(load.totes, load.volume_mm3, load.weight_g) for load in loads]
        self.stops = [self.pricer.stops(load.spots) for load in loads]
        self.met: dict[Members, Trip] = {}
        self.made([frozenset((index,)) for index in range(len(loads))])
        self.alone = [self.met[frozenset((index,))] for index in range(len(loads))]

    def __len__(self) -> int:
        return len(self.alone)

    def fits(self, one: Size, other: Size) -> bool:
        """Whether both go on one cart."""
        most = self.capacity
        return one[0] + other[0] <= most[0] and one[1] + other[1] <= most[1] and one[2] + other[2] <= most[2]

    def made(self, wanted: Iterable[Members]) -> list[Trip]:
        """The trips with these loads; the walks not known yet are priced together."""
        sets = list(wanted)
        new = [members for members in dict.fromkeys(sets) if members not in self.met]
        all_stops = [self._stops(members) for members in new]
        for members, stops, length in zip(new, all_stops, self.pricer.lengths(all_stops), strict=True):
            sizes = [self.sizes[load] for load in members]
            total = (sum(s[0] for s in sizes), sum(s[1] for s in sizes), sum(s[2] for s in sizes))
            self.met[members] = Trip(members, total, stops, length)
        return [self.met[members] for members in sets]

    def _stops(self, members: Members) -> Stops:
        stops = self.pricer.base
        for load in members:
            stops = united(stops, self.stops[load])
        return stops

    def price_adding(self, pairs: Iterable[tuple[Trip, int]]) -> None:
        """Fill in `adding` for these trips and loads, all unknown ones priced together."""
        ask: list[tuple[Trip, int]] = []
        stops: list[Stops] = []
        for trip, load in pairs:
            if load not in trip.adding:
                both = united(trip.stops, self.stops[load])
                if both == trip.stops:
                    trip.adding[load] = trip.length_mm
                else:
                    trip.adding[load] = -1
                    ask.append((trip, load))
                    stops.append(both)
        for (trip, load), length in zip(ask, self.pricer.lengths(stops), strict=True):
            trip.adding[load] = length

    def union_lengths(self, pairs: Sequence[tuple[Trip, Trip]]) -> list[int]:
        """Lengths in mm of the walks that serve both trips of each pair."""
        return self.pricer.lengths([united(one.stops, other.stops) for one, other in pairs])

    def grown(self, trip: Trip, load: int) -> Trip:
        """`trip` with `load` on it; its length must have been priced by `price_adding`."""
        members = trip.members | {load}
        known = self.met.get(members)
        if known is None:
            size, more = trip.size, self.sizes[load]
            total = (size[0] + more[0], size[1] + more[1], size[2] + more[2])
            known = Trip(members, total, united(trip.stops, self.stops[load]), trip.adding[load])
            self.met[members] = known
        return known

    def everything(self, most: int) -> bool:
        """Make every trip a cart can carry, if they are at most `most`; whether they were."""
        found: list[Members] = []
        open_sets: list[tuple[Members, Size]] = [(frozenset(), (0, 0, 0))]
        while open_sets:
            members, size = open_sets.pop()
            for load in range(max(members, default=-1) + 1, len(self)):
                more = self.sizes[load]
                if self.fits(size, more):
                    grown = members | {load}
                    found.append(grown)
                    open_sets.append((grown, (size[0] + more[0], size[1] + more[1], size[2] + more[2])))
            if len(found) > most:
                return False
        self.made(found)
        return True

    def keep(self, members: Iterable[Members]) -> None:
        """Forget all trips but these and the loads alone, so that memory stays flat."""
        kept = {known: self.met[known] for known in members}
        for trip in self.alone:
            kept.setdefault(trip.members, trip)
        self.met = kept

    def neighbours(self, most: int) -> list[list[int]]:
        """Per load the loads that lie most alike, best first, at most so many: cosine over stretches of aisle."""
        regions = self._regions()
        count = len(regions)
        near: list[list[int]] = []
        for first in range(0, count, 512):
            alike = regions[first : first + 512] @ regions.T
            alike[np.arange(len(alike)), first + np.arange(len(alike))] = -1
            best = np.argsort(-alike, axis=1, kind="stable")[:, : min(most, count - 1)]
            near += best.tolist()
        return near

    def _regions(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Per load a unit vector of the stretches of aisle it needs."""
        low, high = self.pricer.layout.cross_y_mm[0], self.pricer.layout.cross_y_mm[-1]
        used = np.zeros((len(self.stops), len(self.pricer.aisles) * REGIONS), dtype=np.float32)
        heights: list[IntArray] = [np.array(h, dtype=np.int64) for h in self.pricer.heights]
        stretch = [np.minimum((h - low) * REGIONS // (high - low), REGIONS - 1) for h in heights]
        for load, stops in enumerate(self.stops):
            for index, key in enumerate(stops):
                mask = key >> self.pricer.tag_bits
                while mask:
                    place = (mask & -mask).bit_length() - 1
                    mask &= mask - 1
                    used[load, index * REGIONS + int(stretch[index][place])] = 1
        return used / np.linalg.norm(used, axis=1, keepdims=True).clip(1)


def total_mm(trips: Iterable[Trip]) -> int:
    """Length of all walks together."""
    return sum(trip.length_mm for trip in trips)
