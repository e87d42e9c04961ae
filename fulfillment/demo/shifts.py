"""When a played hub works: its shifts, and the next moment in one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Shifts:
    """Working times as (start, end), aware, in any order; they may overlap."""

    spans: tuple[tuple[datetime, datetime], ...]

    def next(self, at: datetime) -> datetime | None:
        """`at` if people are at work then, else the start of the next shift; None after the last one."""
        if any(start <= at < end for start, end in self.spans):
            return at
        return min((start for start, _ in self.spans if start > at), default=None)


def day_shifts(days: Iterable[date], *, zone: str, start: time = time(7), end: time = time(22)) -> Shifts:
    """The same shift on each of these days, in the hub's own time."""
    tz = ZoneInfo(zone)
    return Shifts(tuple((datetime.combine(d, start, tzinfo=tz), datetime.combine(d, end, tzinfo=tz)) for d in days))
