"""The safety taken out, for the controls: what is left must be caught by the same checks."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection

from tests.roles import as_owner


@contextmanager
def balances_only_read(*, unchecked: bool = False) -> Iterator[None]:
    """Hub balances are read where they should be locked, by services and by the database's own functions alike.

    `unchecked`: the table's CHECKs are gone too; they are the second wall, and hold alone. For tests with real
    commits: every session sees it.
    """
    (safe,) = _rows("SELECT pg_get_functiondef('warehouses_lock_balances'::regproc)")[0]
    unsafe = safe.replace("FOR UPDATE", "")
    assert unsafe != safe
    with ExitStack() as mended:
        mended.callback(_rows, safe)
        _rows(unsafe)
        if unchecked:
            mended.enter_context(_without_checks())
        yield


@contextmanager
def _without_checks() -> Iterator[None]:
    checks = _rows(
        """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE conrelid = 'warehouses_balance'::regclass AND contype = 'c'"""
    )
    assert checks
    for name, _ in checks:
        _rows(f"ALTER TABLE warehouses_balance DROP CONSTRAINT {name}")
    yield
    _rows("TRUNCATE warehouses_balance CASCADE")
    for name, definition in checks:
        _rows(f"ALTER TABLE warehouses_balance ADD CONSTRAINT {name} {definition}")


def _rows(sql: str) -> list[tuple[str, ...]]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []
