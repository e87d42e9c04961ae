"""The planners' only clock: how many seconds of the limit they were given are left."""

import math
import time

from foundation.errors import Invalid


class Deadline:
    """Counts down from `time_limit_s` seconds, from now on. Zero or less is refused (`time_limit_invalid`)."""

    __slots__ = ("begun", "limit_s")

    def __init__(self, time_limit_s: float) -> None:
        if not (math.isfinite(time_limit_s) and time_limit_s > 0):
            raise Invalid(
                f"The time limit is {time_limit_s} s; it must be more than 0 and finite.",
                code="time_limit_invalid",
                field="time_limit_s",
            )
        self.limit_s = time_limit_s
        self.begun = time.monotonic()

    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.begun

    def left(self) -> float:
        """Seconds left; negative when over."""
        return self.limit_s - self.spent()

    def over(self) -> bool:
        """Whether the time is up."""
        return self.left() <= 0

    def ends_in(self, seconds: float) -> float:
        """The moment so many seconds from now, as `time.monotonic` counts."""
        return self.begun + self.spent() + seconds
