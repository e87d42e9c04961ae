"""A call is repeated for reasons that pass, as a whole, and only so often."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction

from foundation import retry
from foundation.errors import Conflict
from foundation.retry import ATTEMPTS, InsideTransaction, retrying
from tests.crowd import at_once
from tests.factories import make_hub, make_seller, make_sku
from tests.roles import kill_session
from warehouses.models import Hub, Seller

at_a_real_database = pytest.mark.django_db(transaction=True)


def say(sql: str, *params: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def kill_own_connection() -> None:
    """The server ends this session, as it would when it is stopped."""
    kill_session(connection.connection.info.backend_pid)


@at_a_real_database
def test_two_that_wait_for_each_other_both_get_through() -> None:
    hubs = [make_hub("LEFT"), make_hub("RIGHT")]
    both_have_one, attempts = Barrier(2), []

    def rename(first: Hub, second: Hub, name: str) -> str:
        attempts.append(name)
        with transaction.atomic():
            Hub.objects.filter(pk=first.pk).update(name=name)
            with suppress(BrokenBarrierError):  # broken when the other is through
                both_have_one.wait(timeout=5)
            Hub.objects.filter(pk=second.pk).update(name=name)
        both_have_one.abort()
        return name

    results = at_once(
        [
            lambda: retrying(lambda: rename(hubs[0], hubs[1], "one")),
            lambda: retrying(lambda: rename(hubs[1], hubs[0], "two")),
        ]
    )

    assert results == ["one", "two"]
    assert len(attempts) == 3
    assert len(set(Hub.objects.values_list("name", flat=True))) == 1


@at_a_real_database
def test_a_transaction_that_came_too_late_is_done_again() -> None:
    sku = make_sku(weight_g=100)
    attempts = []

    def heavier() -> None:
        attempts.append(1)
        with transaction.atomic():
            say("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            (before,) = say("SELECT weight_g FROM warehouses_sku WHERE id = %s", sku.pk)[0]
            if len(attempts) == 1:
                at_once([lambda: say("UPDATE warehouses_sku SET weight_g = 500 WHERE id = %s", sku.pk)])
            say("UPDATE warehouses_sku SET weight_g = %s WHERE id = %s", before + 1, sku.pk)

    retrying(heavier)

    sku.refresh_from_db()
    assert (len(attempts), sku.weight_g) == (2, 501)


@at_a_real_database
@pytest.mark.parametrize("when", ["before", "in the middle", "after the commit"])
def test_a_killed_session_is_made_anew_and_the_work_is_there_once(when: str) -> None:
    attempts = []

    def open_shop() -> Seller:
        attempts.append(1)
        dies = len(attempts) == 1
        if dies and when == "before":
            say("SELECT 1")
            kill_own_connection()
        with transaction.atomic():
            seller, _ = Seller.objects.get_or_create(
                code="ada", defaults={"name": "Ada", "email": "ada@example.com", "country": "NL"}
            )
            if dies and when == "in the middle":
                kill_own_connection()
        if dies and when == "after the commit":
            kill_own_connection()
            say("SELECT 1")
        return seller

    seller = retrying(open_shop)

    assert len(attempts) == 2
    assert list(Seller.objects.values_list("pk", "code")) == [(seller.pk, "ada")]


def failing(error: Exception, state: str | None) -> tuple[Callable[[], None], list[int]]:
    attempts: list[int] = []

    def call() -> None:
        attempts.append(1)
        cause = Exception("as the driver says it")
        cause.sqlstate = state  # type: ignore[attr-defined]
        raise error from (cause if state else None)

    return call, attempts


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "state", "times"),
    [
        (OperationalError("deadlock detected"), "40P01", ATTEMPTS),
        (OperationalError("could not serialize access"), "40001", ATTEMPTS),
        (OperationalError("terminating connection"), "57P01", ATTEMPTS),
        (OperationalError("the database system is starting up"), "57P03", ATTEMPTS),
        (OperationalError("connection failure"), "08006", ATTEMPTS),
        (OperationalError("server closed the connection unexpectedly"), None, ATTEMPTS),
        (InterfaceError("connection already closed"), None, ATTEMPTS),
        (OperationalError("lock timeout"), "55P03", 1),
        (OperationalError("statement timeout"), "57014", 1),
        (OperationalError("disk full"), "53100", 1),
        (IntegrityError("balance_never_oversold"), "23514", 1),
        (DataError("out of range"), "22003", 1),
        (Conflict("Not enough."), None, 1),
    ],
)
def test_only_what_passes_is_asked_again(
    error: Exception, state: str | None, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(retry.time, "sleep", waits.append)
    call, attempts = failing(error, state)

    with pytest.raises(type(error)) as raised:
        retrying(call)

    assert raised.value is error
    assert (len(attempts), len(waits)) == (times, times - 1)
    assert all(0 <= wait <= 0.05 * 2**n for n, wait in enumerate(waits))


@at_a_real_database
def test_part_of_a_transaction_is_not_repeated() -> None:
    attempts = []

    with transaction.atomic(), pytest.raises(InsideTransaction):
        retrying(lambda: attempts.append(1))

    assert attempts == []
    assert make_seller().pk
