"""Shortest ways over stretches of floor that need not be walkable both ways. For `floors`, which makes them of plans.

Distances between the ends of stretches are shortest paths by Floyd (1962) and Warshall (1962), once per plan; a spot
hangs in its stretch between two ends, so the way between two spots is the best of four, or straight along.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt

from warehouses.planning.floor.layout import IntArray, Spot, bad_layout

FAR = 1 << 40
"""No way: longer than any walk, and many of them still fit 64 bits."""

MOST_ENDS = 2_000
"""Ends of stretches that a plan may have: their shortest paths take some seconds."""

PLACE = np.dtype(
    [(name, np.int64) for name in ("low", "high", "down", "up", "from_low", "from_high", "piece", "y", "rules")]
)
"""A spot: the ends it hangs between, the ways to them and from them in mm, its piece (-1 at an end), y, rules."""

Places = npt.NDArray[np.void]


class Traffic(Enum):
    """How a stretch may be walked; the value is 1 for forwards and 2 for backwards, together."""

    CLOSED = 0
    FORWARD = 1  # with rising y in an aisle, with rising x on a cross aisle
    BACKWARD = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """A way between two ends: `there_mm` from `start` to `end`, `back_mm` from `end` to `start`, `FAR` for none."""

    start: Hashable
    end: Hashable
    there_mm: int
    back_mm: int


@dataclass(frozen=True, slots=True)
class Column:
    """An aisle: the heights of its ends, rising, and how each piece between two of them may be walked."""

    heights: tuple[int, ...]
    traffic: tuple[Traffic, ...]


class Mesh:
    """Shortest ways between places. `depot` is the end of that name, as an array of one place."""

    def __init__(self, columns: Sequence[Column], stretches: Iterable[Stretch], depot: Hashable) -> None:
        self.columns = columns
        self.number: dict[Hashable, int] = {depot: 0}
        for aisle, column in enumerate(columns):
            for height in column.heights:
                self.number[aisle, height] = len(self.number)
        if len(self.number) > MOST_ENDS:
            raise bad_layout(f"The plan has {len(self.number)} crossings and ends of rules; {MOST_ENDS} are the most.")
        self.steps: dict[int, dict[int, int]] = defaultdict(dict)
        self.shortest = self._paths(stretches)
        self.depot = np.array([(0, 0, 0, 0, 0, 0, -1, 0, 0)], dtype=PLACE)
        self.first_piece = np.cumsum([0, *(len(column.traffic) for column in columns)]).tolist()

    def _paths(self, stretches: Iterable[Stretch]) -> IntArray:
        """Shortest ways between all ends."""
        ways = np.full((len(self.number), len(self.number)), FAR, dtype=np.int64)
        np.fill_diagonal(ways, 0)

        def lay(start: Hashable, end: Hashable, length: int) -> None:
            one, other = self.number[start], self.number[end]
            ways[one, other] = min(int(ways[one, other]), length)
            if length < FAR:
                self.steps[one][other] = int(ways[one, other])

        for stretch in stretches:
            lay(stretch.start, stretch.end, stretch.there_mm)
            lay(stretch.end, stretch.start, stretch.back_mm)
        for aisle, column in enumerate(self.columns):
            for low, high, traffic in zip(column.heights, column.heights[1:], column.traffic, strict=False):
                lay((aisle, low), (aisle, high), high - low if traffic.value & 1 else FAR)
                lay((aisle, high), (aisle, low), high - low if traffic.value & 2 else FAR)
        for end in range(len(ways)):
            np.minimum(ways, ways[:, end, None] + ways[end], out=ways)
        return ways

    def places(self, spots: Sequence[Spot]) -> Places:
        """Where spots hang; the spots must lie on the plan."""
        return np.array([self._place(spot) for spot in spots], dtype=PLACE)

    def _place(self, spot: Spot) -> tuple[int, ...]:
        column = self.columns[spot.aisle]
        above = bisect_left(column.heights, spot.y_mm)
        high = column.heights[above]
        end = self.number[spot.aisle, high]
        if high == spot.y_mm:
            return end, end, 0, 0, 0, 0, -1, high, 0
        low, rules = column.heights[above - 1], column.traffic[above - 1].value
        down, up = spot.y_mm - low, high - spot.y_mm
        return (
            end - 1,
            end,
            down if rules & 2 else FAR,
            up if rules & 1 else FAR,
            down if rules & 1 else FAR,
            up if rules & 2 else FAR,
            self.first_piece[spot.aisle] + above - 1,
            spot.y_mm,
            rules,
        )

    def ways(self, one: Places, other: Places) -> IntArray:
        """Shortest ways in mm from each of `one` to each of `other`, broadcast; `FAR` or more for none."""
        ways = np.minimum(
            one["down"]
            + np.minimum(
                self.shortest[one["low"], other["low"]] + other["from_low"],
                self.shortest[one["low"], other["high"]] + other["from_high"],
            ),
            one["up"]
            + np.minimum(
                self.shortest[one["high"], other["low"]] + other["from_low"],
                self.shortest[one["high"], other["high"]] + other["from_high"],
            ),
        )
        rise = other["y"] - one["y"]
        along = np.where(rise >= 0, (one["rules"] & 1) > 0, (one["rules"] & 2) > 0) | (rise == 0)
        same = (one["piece"] == other["piece"]) & (one["piece"] >= 0) & along
        return np.minimum(ways, np.where(same, np.abs(rise), FAR * 4))

    def between(self, one: Places, other: Places) -> list[int]:
        """The ends that a shortest way from one place to another (arrays of one) passes; none straight along."""
        length = int(self.ways(one, other)[0])
        for leave, out in ((one["low"], one["down"]), (one["high"], one["up"])):
            for reach, into in ((other["low"], other["from_low"]), (other["high"], other["from_high"])):
                if (out + self.shortest[leave, reach] + into)[0] == length:
                    return self._ends(int(leave[0]), int(reach[0]))
        return []

    def _ends(self, start: int, end: int) -> list[int]:
        """The ends along a shortest way, both included (Dijkstra 1959)."""
        came_from: dict[int, int] = {}
        waiting = [(0, start, start)]
        while end not in came_from:
            length, at, before = heappop(waiting)
            if at not in came_from:
                came_from[at] = before
                for after, step in self.steps[at].items():
                    heappush(waiting, (length + step, after, at))
        passed = [end]
        while passed[-1] != start:
            passed.append(came_from[passed[-1]])
        return passed[::-1]
