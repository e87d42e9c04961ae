"""Whose rows a transaction may touch: the second wall between sellers, which the database itself holds.

The first wall is `for_seller()` of the managers, in each query. This one stands behind it and catches the query
that forgot: inside `for_seller(...)` PostgreSQL shows one seller's rows and takes no others (row-level security,
`config/database/`). It guards against a mistake, not against whoever can run SQL of his own: he could say that
he is another.

Four roles, none of which owns a table, is superuser or passes by row-level security:

- `SELLER`  behind the sellers' doors: one seller's rows, and no row at all while nobody has said whose
- `STAFF`   web, workers and commands: the rows of all hubs, by a policy that says so
- `READER`  `manage.py verify`: reads every row, writes none
- `ALLOCATOR`  a hub's queue: what is promised of the stock, for all sellers, and nothing else
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from django.db import connection, transaction
from psycopg.pq import TransactionStatus

SELLER: Final = "pakhuis_seller"
STAFF: Final = "pakhuis_staff"
READER: Final = "pakhuis_reader"
ALLOCATOR: Final = "pakhuis_allocator"
ROLES: Final = (SELLER, STAFF, READER, ALLOCATOR)

SETTING: Final = "pakhuis.seller"
"""The setting, local to a transaction, that policies compare rows with: the seller's id."""

REFUSED: Final = "42501"
"""SQLSTATE of a statement for which the role lacks the right, or whose row would be another seller's."""

_walled: ContextVar[bool] = ContextVar("walled", default=False)


@contextmanager
def for_seller(seller_id: int) -> Iterator[None]:
    """One transaction (or savepoint) in which there are only this seller's rows; former rights come back after it.

    Reading another's row finds nothing, writing one is refused by the database (SQLSTATE 42501). Nests.
    """
    nested = connection.in_atomic_block
    with transaction.atomic(), _acting_as(SELLER, str(seller_id), walled=True, comes_back=nested):
        yield


@contextmanager
def hub_wide() -> Iterator[None]:
    """Inside `for_seller`: a step that is the hub's own work, such as its queue of jobs. Elsewhere it changes nothing.

    For the few steps that need rows of nobody or of everybody; each caller says why.
    """
    if not _walled.get():
        yield
        return
    with _acting_as(STAFF, "", walled=False):
        yield


def is_refusal(error: BaseException) -> bool:
    """Whether a database error says that the role has no right to do this, or not with this row."""
    return getattr(error.__cause__, "sqlstate", "") == REFUSED


@contextmanager
def reading() -> Iterator[None]:
    """One transaction (or savepoint) that reads every row and can write none."""
    nested = connection.in_atomic_block
    with transaction.atomic(), _acting_as(READER, "", walled=False, comes_back=nested):
        yield


@contextmanager
def allocating() -> Iterator[None]:
    """One transaction (or savepoint) that sees every seller's promises and stock, changes what is promised, no more."""
    nested = connection.in_atomic_block
    with transaction.atomic(), _acting_as(ALLOCATOR, "", walled=False, comes_back=nested):
        yield


@contextmanager
def _acting_as(role: str, seller: str, *, walled: bool, comes_back: bool = True) -> Iterator[None]:
    """Role and setting until the end, or until a savepoint around this is rolled back. Needs a transaction.

    `comes_back` is False where the end of the transaction is at hand, which undoes both anyway.
    """
    former = _switch(role, seller)
    token = _walled.set(walled)
    try:
        yield
    finally:
        _walled.reset(token)
        if comes_back and _is_usable():
            _switch(*former)


def _switch(role: str, seller: str) -> tuple[str, str]:
    """Takes role and seller, as SET LOCAL does, in one round trip; returns what they were."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT was.role, was.seller, set_config('role', %s, true), set_config(%s, %s, true)
               FROM (SELECT current_setting('role') AS role, coalesce(current_setting(%s, true), '') AS seller
                     OFFSET 0) AS was""",
            [role, SETTING, seller, SETTING],
        )
        former_role, former_seller, *_ = cursor.fetchone()
    return former_role, former_seller


def _is_usable() -> bool:
    """Whether the transaction goes on. If not, its rollback brings the former role back, and nothing runs before."""
    raw = connection.connection
    return (
        raw is not None and raw.info.transaction_status is TransactionStatus.INTRANS and not connection.needs_rollback
    )
