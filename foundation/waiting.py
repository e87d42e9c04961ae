"""Waiting for a lock, but not for ever. What is locked, and in which order, stands in each floor's `locks.py`."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import OperationalError, connection

LOCK_NOT_AVAILABLE: Final = "55P03"
"""SQLSTATE of a lock that did not come in time."""


def locks_within(wait_ms: int, statement: str, params: Sequence[Any] = ()) -> bool:
    """Whether `statement` had the lock it takes within `wait_ms`; if not, the transaction can only be rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{wait_ms}ms"])
        try:
            cursor.execute(statement, params)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            return False
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    return True
