"""A transaction around a whole story of several services, as a test has one: undone at its end."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """Everything done inside is rolled back. Django takes it for a test's own: services inside may be durable."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)
