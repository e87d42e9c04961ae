"""Slots of a dock door: when they are in a hub's zone, and what is still free of them.

Pure: opening hours are local times, slots are moments in UTC. A slot always lasts as long as the door says, also on the
two days a year on which the hub's clocks are changed: such a day has as many hours more or fewer as it really has.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A while at a door, from one moment (UTC) to the next."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What is booked at a door: so much load (pallets or cartons), over one slot or over several whole ones."""

    starts_at: datetime
    ends_at: datetime
    load: int


@dataclass(frozen=True, slots=True)
class Opening:
    """From when to when a door is open on a day, in the hub's local time."""

    opens: time
    closes: time


def day_slots(day: date, zone: ZoneInfo, openings: Sequence[Opening], minutes: int) -> list[Slot]:
    """The slots of a day in order, each of `minutes`; what is left before closing is too short for one.

    Of an hour that comes twice that day, opening and closing times mean the first; of one that is left out, the hour
    after it.
    """
    length = timedelta(minutes=minutes)
    slots = []
    for opening in sorted(openings, key=lambda each: each.opens):
        start, end = _moment(day, opening.opens, zone), _moment(day, opening.closes, zone)
        while start + length <= end:
            slots.append(Slot(start, start + length))
            start += length
    return slots


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def room_in(slot: Slot, taken: Sequence[Taken], capacity: int) -> int:
    """What still fits into a slot that takes `capacity`. What needs several slots has them to itself."""
    here = [each for each in taken if each.starts_at < slot.ends_at and slot.starts_at < each.ends_at]
    return max(capacity - sum(min(each.load, capacity) for each in here), 0)


def fitting(slots: Sequence[Slot], taken: Sequence[Taken], *, capacity: int, load: int) -> list[tuple[Slot, int]]:
    """Where a load may begin, in order: the while it takes and the room in it before (the least of its slots).

    A load that a slot can take shares it; a larger one takes as many whole slots as it needs, one right after the
    other.
    """
    needed = math.ceil(load / capacity)
    rooms = [room_in(slot, taken, capacity) for slot in slots]
    wanted = min(load, capacity)
    found = []
    for first in range(len(slots) - needed + 1):
        row = slots[first : first + needed]
        is_unbroken = all(a.ends_at == b.starts_at for a, b in pairwise(row))
        room = min(rooms[first : first + needed])
        if is_unbroken and room >= wanted:
            found.append((Slot(row[0].starts_at, row[-1].ends_at), room))
    return found
