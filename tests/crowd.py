"""Many at once: real threads on real connections, all let go at the same moment."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

from django.db import connection, transaction

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each call returned or raised, in order. The test needs `django_db(transaction=True)`."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            connection.ensure_connection()
            gate.wait(timeout=20)
            return call()
        except Exception as error:  # noqa: BLE001 - the test judges what was raised
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def while_it_waits(first: Callable[[], object], then: Callable[[], T], *, timeout_s: float = 10.0) -> T:
    """Does `first` in a transaction, starts `then` elsewhere, and commits as soon as that waits for a lock.

    Returns what `then` returned. Raises `TimeoutError` if it never had to wait: then nothing kept the two apart.
    """
    session: list[int] = []
    begun = Event()

    def run() -> T:
        try:
            session.append(_my_session())
            begun.set()
            return then()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(run)
            begun.wait(timeout_s)
            _until_blocked(session[0], timeout_s)
        return waiting.result(timeout_s)


def _my_session() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def _until_blocked(session: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [session])
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise TimeoutError("It never waited for a lock.")
