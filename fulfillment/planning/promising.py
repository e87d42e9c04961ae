"""The promise: when an order placed now will be in the carrier's hands. Pure; all times in the hub's zone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

GRACE: Final = timedelta(hours=1)
"""So long an order may take to reach us: a shop is asked for its orders every so often."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """A hub's days: its zone, the last moment to order for today, when the carriers leave, on which ISO weekdays."""

    zone: str
    cutoff: time
    dispatch: time
    work_days: Collection[int]


def promised_from(placed_at: datetime, heard_at: datetime) -> datetime:
    """The moment a promise counts from: when the buyer bought, but not long before the hub heard of it.

    An order that comes in a week late is late for its buyer, and yet nothing can be promised for last week.
    """
    return max(placed_at, heard_at - GRACE)


def ship_by(placed_at: datetime, timetable: Timetable) -> datetime:
    """The departure an order placed at `placed_at` (aware) is promised for.

    Placed up to and including the cut-off of a working day, it leaves that day; otherwise the next working
    day. A local time that a clock change skips or repeats resolves to its first meaning (PEP 495, fold 0).
    Raises `ValueError` for a naive time or a timetable without working days.
    """
    if placed_at.tzinfo is None:
        raise ValueError("a promise needs an aware time")
    if not set(timetable.work_days) & set(range(1, 8)):
        raise ValueError("a hub needs a working day to promise anything")
    local = placed_at.astimezone(ZoneInfo(timetable.zone))
    day = local.date()
    if not (day.isoweekday() in timetable.work_days and local.time() <= timetable.cutoff):
        day = _next_work_day(day, timetable.work_days)
    return datetime.combine(day, timetable.dispatch, tzinfo=ZoneInfo(timetable.zone))


def _next_work_day(day: date, work_days: Collection[int]) -> date:
    day += timedelta(days=1)
    while day.isoweekday() not in work_days:
        day += timedelta(days=1)
    return day
