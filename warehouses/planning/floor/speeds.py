"""Seconds out of metres: how long a walk takes, from speeds that are measured or assumed per hub."""

import math
from dataclasses import dataclass

from foundation.errors import Invalid


@dataclass(frozen=True, slots=True)
class Speeds:
    """A hub's speeds: walking in mm per second, and seconds per pick, per change of tote, per change of level.

    The defaults are those of walking with a cart in a shelf warehouse. Raises `Invalid` (`speeds_invalid`) for a
    walking speed that is not positive, or negative seconds.
    """

    walk_mm_per_s: float = 1_000.0
    pick_s: float = 8.0
    tote_change_s: float = 5.0
    level_change_s: float = 20.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0 or (name == "walk_mm_per_s" and value == 0):
                raise Invalid(f"{name} is {value}, which no picker has.", code="speeds_invalid", field=name)

    def seconds(self, length_mm: int, *, picks: int = 0, tote_changes: int = 0, level_changes: int = 0) -> float:
        """How long a walk of `length_mm` takes with so many picks and changes."""
        walked = length_mm / self.walk_mm_per_s
        stops = picks * self.pick_s + tote_changes * self.tote_change_s + level_changes * self.level_change_s
        return walked + stops
