"""Snapshots: several queries that see the database as it was at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_moment(*, takes_long: bool = False) -> Iterator[None]:
    """Everything read inside is of the same moment, and nothing can be written.

    Inside a transaction it sees that one's view. `takes_long` lifts the time limit of a statement, for what reads whole
    tables.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if takes_long:
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield
