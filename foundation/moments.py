"""Moments as calls and files write them: RFC 3339, always with a zone, and not before this century."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def zoned_moment(text: str) -> datetime:
    """The moment an RFC 3339 text names, in UTC: with its offset there is no gap and no doubt at a clock change.

    Raises `ValueError` for anything else, a time without a zone among it. PostgreSQL knows no zone beyond 16
    hours, RFC 3339 goes up to 24; what that carries over an end of the calendar becomes that end.
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError("no RFC 3339 time with a zone")
    moment = datetime.fromisoformat(text.upper())
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return FIRST if moment.year == 1 else LAST


def can_have_happened(moment: datetime, *, now: datetime) -> bool:
    """Whether something can have happened then: not before 2000, nor more than a day ahead of our clock."""
    return EARLIEST <= moment <= now + timedelta(days=1)
