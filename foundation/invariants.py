"""Invariants: what must be true of the rows at any moment, as SQL that finds the rows of which it is not.

Each floor lists its own (`<floor>/invariants.py`); `manage.py verify` runs them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from foundation.snapshots import one_moment
from foundation.tenancy import reading

MOST_ROWS = 50
"""So many broken rows are shown; all of them are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """`promise` is one sentence; `sql` selects the rows that break it, with a name for every column."""

    name: str
    promise: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `broken` rows in all, of which `rows` holds the first (column name to value)."""

    invariant: Invariant
    broken: int
    rows: tuple[dict[str, Any], ...]


def check(invariants: Iterable[Invariant]) -> list[Finding]:
    """Checks the invariants one by one, all on the same moment of the database; a finding for each, in order.

    Only committed work is seen, so it may run at any time. Inside a transaction it sees that one's view. It reads
    under a role that can write nothing.
    """
    with one_moment(takes_long=True), reading():
        return [_check(invariant) for invariant in invariants]


def _check(invariant: Invariant) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) OVER () AS broken, q.* FROM ({invariant.sql}) AS q LIMIT {MOST_ROWS}")  # noqa: S608
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    broken = rows[0]["broken"] if rows else 0
    return Finding(invariant, broken, tuple({k: v for k, v in row.items() if k != "broken"} for row in rows))
