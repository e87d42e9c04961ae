"""Watches the order in which a transaction locks rows: that of `warehouses/locks.py`, or two can wait for each other.

Every queryset with `select_for_update` tells, once it is fetched, which rows are locked now; so does every raw one that
locks, and every advisory lock of `locks.py`. What a function of the database locks by itself is not seen here. A row
that is held already may be locked again; a new one must stand behind all that are held.
Bin balances are left out: whoever locks one holds the hub balance of its SKU (see `balances`), which orders them.

A transaction is what a service opens. One that a test opens around several services is marked (`tests.sandbox`).
"""

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Model
from django.db.models.query import QuerySet, RawQuerySet

from warehouses import locks
from warehouses.models import (
    Balance,
    Bin,
    Carton,
    CartonLine,
    CartTote,
    Count,
    Inbound,
    PickList,
    PickTask,
    PutawayTask,
    Reservation,
)

Key = tuple[object, ...]
Held = set[tuple[int, Key]]

ORDER: Final[Sequence[object]] = (
    Inbound,
    "dock",
    Carton,
    CartonLine,
    "putaway",
    PutawayTask,
    Count,
    "shelves",
    "allocator",
    PickList,
    Bin,
    PickTask,
    Reservation,
    Balance,
    CartTote,
)
"""The order that `warehouses.locks` documents. Bins here are totes; a word is another lock."""

LOCKS: Final = re.compile(r"\bFOR (UPDATE|SHARE)\b|\bwarehouses_lock_balances\b")

_findings: list[str] = []


def take_findings() -> list[str]:
    """What was found since the last call."""
    found = list(_findings)
    _findings.clear()
    return found


def key_of(row: Any) -> Key:
    """By what rows of a table are put in order: balances of hot SKUs come last in their hub."""
    return (row.hub_id, row.is_hot, row.sku_id) if isinstance(row, Balance) else (row.pk,)


def _stack() -> list[Held]:
    """What each open block of this thread's transaction holds, the innermost last."""
    own = transaction.get_connection()  # `connection` is one for all threads: it only points to each one's own
    return own.__dict__.setdefault("watched_locks", [])


def note(kind: object, keys: Iterable[Key]) -> None:
    """These rows are locked now, in this order."""
    stack = _stack()
    if not stack or kind not in ORDER:
        return
    held, rank = stack[-1], ORDER.index(kind)
    for key in keys:
        if (rank, key) in held:
            continue
        last = max(held, default=(rank, key))
        if last > (rank, key):
            _findings.append(f"{_name(kind)} {key} after {_name(ORDER[last[0]])} {last[1]} in {_caller()}")
        held.add((rank, key))


def _name(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)


def _caller() -> str:
    """The service that asked, as file and line."""
    frame = sys._getframe()
    while frame is not None and "/services/" not in frame.f_code.co_filename:
        frame = frame.f_back
    return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}" if frame else "a test"


def install() -> None:
    """Begins to watch, for the rest of the run."""
    _watch_blocks()
    _watch_rows()
    advisory = locks._lock_advisory

    def lock_advisory(what: str, hub_id: int) -> None:
        advisory(what, hub_id)
        word, _, day = what.partition(" ")
        note(word, [(hub_id, day)])

    locks._lock_advisory = lock_advisory


def _watch_blocks() -> None:
    enter, leave = transaction.Atomic.__enter__, transaction.Atomic.__exit__

    def entered(block: transaction.Atomic) -> None:
        enter(block)
        if not block._from_testcase:
            stack = _stack()
            stack.append(set(stack[-1]) if stack else set())

    def left(block: transaction.Atomic, kind: Any, error: Any, trace: Any) -> None:
        undone = kind is not None or connection.needs_rollback
        try:
            leave(block, kind, error, trace)
        finally:
            stack = _stack()
            if not block._from_testcase and stack:
                held = stack.pop()
                # Rolling back to a savepoint lets go what was locked since.
                if stack and not undone:
                    stack[-1] = held

    transaction.Atomic.__enter__ = entered
    transaction.Atomic.__exit__ = left


def _watch_rows() -> None:
    fetch: Callable[[QuerySet], None] = QuerySet._fetch_all

    def fetched(queryset: QuerySet) -> None:
        is_new = queryset._result_cache is None
        fetch(queryset)
        if is_new and queryset.query.select_for_update and queryset.model in ORDER:
            _note_rows(queryset.model, queryset._result_cache)

    QuerySet._fetch_all = fetched
    fetch_raw: Callable[[RawQuerySet], None] = RawQuerySet._fetch_all

    def fetched_raw(queryset: RawQuerySet) -> None:
        is_new = queryset._result_cache is None
        fetch_raw(queryset)
        if is_new and queryset.model in ORDER and LOCKS.search(queryset.raw_query):
            _note_rows(queryset.model, queryset._result_cache)

    RawQuerySet._fetch_all = fetched_raw


def _note_rows(model: type[Model], rows: Sequence[Any]) -> None:
    shelves = [row for row in rows if isinstance(row, Bin) and row.kind != Bin.Kind.TOTE]
    note("shelves", [key_of(row) for row in shelves])
    others = [row for row in rows if row not in shelves] if shelves else rows
    note(model, [key_of(row) if hasattr(row, "pk") else (row,) for row in others])
