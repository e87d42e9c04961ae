"""Seconds out of metres: how long a walk takes, from speeds that are measured or assumed per hub."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from foundation.errors import Invalid
from warehouses.planning.floor.layout import Plan, Spot


@dataclass(frozen=True, slots=True)
class Speeds:
    """A hub's speeds: walking in mm per second, and seconds per pick, per change of tote, per change of level.

    `pick_s` is for a pick of one unit, `unit_s` for each further unit of it: seven of an item take longer than one,
    and orders differ in that. `setup_s` is what passes between a cart's start and its first step. The defaults are
    those of walking with a cart in a shelf warehouse. Raises `Invalid` (`speeds_invalid`) for a walking speed that
    is not positive, or negative seconds.
    """

    walk_mm_per_s: float = 1_000.0
    pick_s: float = 8.0
    tote_change_s: float = 5.0
    level_change_s: float = 20.0
    unit_s: float = 1.5
    setup_s: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0 or (name == "walk_mm_per_s" and value == 0):
                raise Invalid(f"{name} is {value}, which no picker has.", code="speeds_invalid", field=name)

    def seconds(
        self, length_mm: int, *, picks: int = 0, further_units: int = 0, tote_changes: int = 0, level_changes: int = 0
    ) -> float:
        """How long a walk of `length_mm` takes with so many picks, units beyond each pick's first, and changes."""
        walked = length_mm / self.walk_mm_per_s
        changes = tote_changes * self.tote_change_s + level_changes * self.level_change_s
        return walked + picks * self.pick_s + further_units * self.unit_s + changes


@dataclass(frozen=True, slots=True)
class StopWork:
    """What is done at one stop of a walk. `further_units`: units beyond the first of each pick."""

    spot: Spot
    picks: int = 1
    further_units: int = 0
    tote_changes: int = 0


@dataclass(frozen=True, slots=True)
class StopTime:
    """When a cart comes to a stop and when it is done there, in seconds from its start."""

    from_s: float
    done_s: float


@dataclass(frozen=True, slots=True)
class WalkTimes:
    """A walk's stops in time, and when the cart is back at the depot, in seconds from its start."""

    stops: tuple[StopTime, ...]
    back_s: float


def times_of(floor: Plan, works: Sequence[StopWork], speeds: Speeds) -> WalkTimes:
    """When a cart that serves these stops in this order is where. Raises `Invalid` (`spot_unreachable`)."""
    at_s, stops = speeds.setup_s, []
    *legs, home = floor.legs_mm([work.spot for work in works])
    for work, leg in zip(works, legs, strict=True):
        from_s = at_s + speeds.seconds(leg)
        at_s = from_s + speeds.seconds(
            0, picks=work.picks, further_units=work.further_units, tote_changes=work.tote_changes
        )
        stops.append(StopTime(from_s, at_s))
    return WalkTimes(tuple(stops), at_s + speeds.seconds(home))
