"""The hub's clock: real time, unless a day is being played.

Business times (when a carton was scanned, when a cut-off falls) come from `now()`. `play_day` runs a
whole day in a minute, so it sets this clock; nothing else does. Row times that audit or lease
(`recorded_at`, job leases) come from the database's own `now()` and are never played.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_played: ContextVar[datetime | None] = ContextVar("played_time", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC: the played one if a day is being played here."""
    return _played.get() or timezone.now()


@contextmanager
def playing(at: datetime) -> Iterator[None]:
    """Everything inside happens at `at` (aware). Nests; the former time comes back on leaving."""
    if timezone.is_naive(at):
        raise ValueError("a played time must be aware")
    token = _played.set(at)
    try:
        yield
    finally:
        _played.reset(token)
