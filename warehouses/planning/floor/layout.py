"""The walking graph of a hub: straight aisles, cross aisles over all of them, and a depot.

For everyone who needs a walking distance. A picker walks along an aisle (x fixed), changes aisles by a
cross aisle (y fixed) and reaches the depot from the linked crossings only. Both sides of an aisle share a
spot. On such a rectangular graph the shortest distance has a closed form, so no path search is needed.
All lengths are whole millimetres.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from foundation.errors import Invalid

IntArray = npt.NDArray[np.int64]

MAX_MM = 10_000_000
"""Ten kilometres: a longer aisle or link is a slip of the keyboard, and sums stay far inside 64 bits."""


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Where a picker stands to pick: an aisle (index, from the left) and the height `y_mm` in it.

    `name` is the bin's code, for messages only: two bins across one aisle are the same spot.
    """

    aisle: int
    y_mm: int
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """A rectangular floor plan.

    `aisle_x_mm`: x of each aisle, left to right. `cross_y_mm`: y of each cross aisle, front to back, two at
    least. `depot_links`: (aisle, cross aisle, distance in mm) per crossing from which the depot is reached;
    several links are several doors. Raises `Invalid` (`layout_invalid`) on anything else.
    """

    aisle_x_mm: tuple[int, ...]
    cross_y_mm: tuple[int, ...]
    depot_links: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        check_axis(self.aisle_x_mm, "aisle", at_least=1)
        check_axis(self.cross_y_mm, "cross aisle", at_least=2)
        if not self.depot_links:
            raise bad_layout("The depot has no link to any crossing, so no walk can start.")
        for aisle, cross, distance in self.depot_links:
            if not (whole(aisle) and 0 <= aisle < len(self.aisle_x_mm)):
                raise bad_layout(f"The depot is linked to aisle {aisle}, which is not on the plan.", aisle=aisle)
            if not (whole(cross) and 0 <= cross < len(self.cross_y_mm)):
                raise bad_layout(f"The depot is linked to cross aisle {cross}, which is not on the plan.")
            if not (whole(distance) and 0 <= distance <= MAX_MM):
                raise bad_layout(
                    f"The depot's link to aisle {aisle}, cross aisle {cross} is {distance} mm long; "
                    f"it must be a whole number from 0 to {MAX_MM}.",
                    aisle=aisle,
                )

    def check(self, spots: Sequence[Spot]) -> None:
        """Raise `Invalid` (`spot_unreachable`), naming the bin, if a spot is not on the walking graph."""
        low, high, aisles = self.cross_y_mm[0], self.cross_y_mm[-1], len(self.aisle_x_mm)
        for spot in spots:
            if not (whole(spot.aisle) and 0 <= spot.aisle < aisles):
                raise unreachable(spot, f"aisle {spot.aisle} is not on the plan ({aisles} aisles, from 0)")
            if not (whole(spot.y_mm) and low <= spot.y_mm <= high):
                raise unreachable(
                    spot, f"y {spot.y_mm} mm is not between the first and last cross aisle ({low} to {high})"
                )

    def distance_mm(self, start: Spot | None, end: Spot | None) -> int:
        """Shortest walking distance between two spots; None is the depot."""
        if start is None or end is None:
            named = [spot for spot in (start, end) if spot is not None]
            return self.route_mm(named) // 2
        return int(self.distance_matrix([start, end])[1, 2])

    def route_mm(self, spots: Sequence[Spot]) -> int:
        """Length in mm of a walk from the depot over `spots` in this order and back, each leg the shortest."""
        return sum(self.legs_mm(spots))

    def legs_mm(self, spots: Sequence[Spot]) -> list[int]:
        """The legs of that walk, one more than spots: from the depot to the first, ..., from the last to the depot."""
        self.check(spots)
        if not spots:
            return [0]
        x, y = self._axes(spots)
        home = self._to_depot(x, y)
        between = np.minimum(self._direct(x[:-1], y[:-1], x[1:], y[1:]), home[:-1] + home[1:])
        return [int(home[0]), *between.tolist(), int(home[-1])]

    def round_trips_mm(self, spots: Sequence[Spot]) -> IntArray:
        """Per spot the way there from the depot and back, in mm."""
        self.check(spots)
        return 2 * self._to_depot(*self._axes(spots))

    def distance_matrix(self, spots: Sequence[Spot]) -> IntArray:
        """Shortest walking distances in mm, shape (n + 1, n + 1): row and column 0 is the depot, then `spots`.

        A way through the depot counts too, where the depot's doors make it shorter.
        """
        self.check(spots)
        x, y = self._axes(spots)
        home = self._to_depot(x, y)
        matrix = np.zeros((len(spots) + 1, len(spots) + 1), dtype=np.int64)
        matrix[0, 1:] = matrix[1:, 0] = home
        matrix[1:, 1:] = np.minimum(self._direct(x[:, None], y[:, None], x, y), home[:, None] + home)
        np.fill_diagonal(matrix, 0)
        return matrix

    def _axes(self, spots: Sequence[Spot]) -> tuple[IntArray, IntArray]:
        """x and y of each spot in mm."""
        aisle = np.array([spot.aisle for spot in spots], dtype=np.int64)
        y = np.array([spot.y_mm for spot in spots], dtype=np.int64)
        return np.array(self.aisle_x_mm, dtype=np.int64)[aisle], y

    def _to_depot(self, x: IntArray, y: IntArray) -> IntArray:
        """Distance of each point to the depot by its best door."""
        doors = [
            self._direct(x, y, np.int64(self.aisle_x_mm[aisle]), np.int64(self.cross_y_mm[cross])) + distance
            for aisle, cross, distance in self.depot_links
        ]
        nearest: IntArray = np.min(doors, axis=0)
        return nearest

    def _direct(self, x1: IntArray, y1: IntArray, x2: IntArray | np.int64, y2: IntArray | np.int64) -> IntArray:
        """Distances that do not use the depot: along one aisle, or by the cross aisle of least detour."""
        across = np.abs(x1 - x2)
        detours = [np.abs(y1 - cross_y) + np.abs(y2 - cross_y) for cross_y in self.cross_y_mm]
        return np.where(across == 0, np.abs(y1 - y2), across + np.min(detours, axis=0))

    def thinned(self, cross_aisles: int) -> "Layout":
        """The same plan with at most so many cross aisles: first, last, the nearest door's, and some between.

        A walk on the thinned plan is a walk on this one, so methods whose effort grows steeply with the
        cross aisles may plan on it. At least 3 are kept.
        """
        count = len(self.cross_y_mm)
        if count <= max(3, cross_aisles):
            return self
        door = min(self.depot_links, key=lambda link: link[2])[1]
        kept = {0, count - 1, door}
        for step in range(1, cross_aisles):
            if len(kept) < max(3, cross_aisles):
                kept.add(round(step * (count - 1) / (cross_aisles - 1)))
        number = {cross: place for place, cross in enumerate(sorted(kept))}
        links = tuple((a, number[k], distance) for a, k, distance in self.depot_links if k in number)
        return Layout(self.aisle_x_mm, tuple(self.cross_y_mm[k] for k in sorted(kept)), links)


class Plan(Protocol):
    """What a planner of walks asks of a floor plan: `Layout` answers by closed form, `floors.FloorGraph` by paths."""

    def check(self, spots: Sequence[Spot]) -> None:
        """Raise `Invalid` (`spot_unreachable`), naming the bin, for a spot no walk can visit."""

    def distance_mm(self, start: Spot | None, end: Spot | None) -> int:
        """Shortest way in mm from one spot to another; None is the depot."""

    def route_mm(self, spots: Sequence[Spot]) -> int:
        """Length in mm of a walk from the depot over `spots` in this order and back."""

    def legs_mm(self, spots: Sequence[Spot]) -> list[int]:
        """The legs of that walk, one more than spots."""

    def round_trips_mm(self, spots: Sequence[Spot]) -> IntArray:
        """Per spot the way there from the depot and back, in mm."""

    def distance_matrix(self, spots: Sequence[Spot]) -> IntArray:
        """Shortest ways in mm from row to column, (n + 1, n + 1): 0 is the depot, then `spots`."""


def whole(value: object) -> bool:
    """Whether a value is a whole number (a bool is none)."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def check_axis(values: tuple[int, ...], what: str, *, at_least: int) -> None:
    """Raise `Invalid` (`layout_invalid`) unless the places of `what` are whole millimetres in rising order."""
    if len(values) < at_least:
        raise bad_layout(f"A plan needs at least {at_least} {what}{'s' if at_least > 1 else ''}.")
    for index, value in enumerate(values):
        if not whole(value) or abs(value) > MAX_MM:
            raise bad_layout(f"The place of {what} {index} ({value}) must be whole millimetres up to {MAX_MM}.")
        if index and value <= values[index - 1]:
            raise bad_layout(
                f"The {what}s must be in rising order: {what} {index} at {value} mm comes after "
                f"{values[index - 1]} mm.",
                index=index,
            )


def bad_layout(message: str, **facts: Any) -> Invalid:
    """The refusal of a plan."""
    return Invalid(message, code="layout_invalid", field="layout", **facts)


def unreachable(spot: Spot, why: str) -> Invalid:
    """The refusal of a bin that no walk can visit."""
    return Invalid(
        f"Bin {spot.name or '(no code)'} cannot be reached: {why}.",
        code="spot_unreachable",
        field="spots",
        bin=spot.name,
        aisle=spot.aisle,
        y_mm=spot.y_mm,
    )
