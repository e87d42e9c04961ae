"""Asking for work later: a job goes into the queue in the same transaction as the change that wants it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.types import JSONValue

from foundation.tenancy import hub_wide


def enqueue(task: str, *, once: str | None = None, **arguments: JSONValue) -> None:
    """Queues the task of that name. With `once`, not while a job with the same mark still waits.

    By name, so that a service need not import the tasks that call it. Arguments are ids and plain values,
    never a buyer's data.
    """
    job = app.configure_task(task, queueing_lock=once, allow_unknown=False)
    with hub_wide():  # the queue is nobody's: a seller's request adds to it and sees nothing of it
        if once is None:
            with _database_errors():
                job.defer(**arguments)
            return
        if ProcrastinateJob.objects.filter(queueing_lock=once, status="todo").exists():
            return  # most of the time, and cheaper than to try
        # The savepoint keeps a refused INSERT from spoiling the caller's transaction.
        with suppress(AlreadyEnqueued), transaction.atomic(), _database_errors():
            job.defer(**arguments)


@contextmanager
def _database_errors() -> Iterator[None]:
    """Django's own errors instead of the queue's wrapping: doors know them, and `retry` knows which of them pass."""
    try:
        yield
    except UniqueViolation:
        raise  # the queue's own: an equal job waits
    except ConnectorException as error:
        if error.__cause__ is None:
            raise
        with connection.wrap_database_errors:
            raise error.__cause__ from None
