"""`Idempotency-Key`: the same call is done once, whatever happens on the way."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from fulfillment.api import idempotency, views
from fulfillment.models import IdempotencyRecord, Order
from fulfillment.services.answering import KEPT, forget_answers
from fulfillment.services.tokens import revoke_token
from tests.crowd import at_once
from tests.fulfillment.api.machines import Machine, inbound_body, is_problem, order_body, places
from tests.roles import kill_session
from warehouses.models import Inbound, Reservation

REPLAYED = "Idempotency-Replayed"


# --- one after the other ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_call_again_gets_the_same_answer_to_the_byte(ada):
    first = ada.post("orders", order_body(), Idempotency_Key="k-1")
    Order.objects.update(is_gift=True)

    second = ada.post("orders", order_body(), Idempotency_Key="k-1")

    assert REPLAYED not in first
    assert second[REPLAYED] == "true"
    assert (second.status_code, second.content, second["Location"]) == (201, first.content, first["Location"])
    assert Order.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [order_body("S-2"), order_body(is_gift=True), {"external_ref": "S-1"}])
def test_the_same_key_for_another_body_is_refused(ada, changed):
    ada.post("orders", order_body(), Idempotency_Key="k-1")

    answer = ada.post("orders", changed, Idempotency_Key="k-1")

    assert places(is_problem(answer, 422, "idempotency_key_reused")) == {("Idempotency-Key", "idempotency_key_reused")}
    assert Order.objects.get().is_gift is False


@pytest.mark.django_db
def test_the_same_key_for_another_path_is_refused(ada):
    ada.post("orders", order_body(), Idempotency_Key="k-1")

    is_problem(ada.post("inbounds", inbound_body(), Idempotency_Key="k-1"), 422, "idempotency_key_reused")
    assert not Inbound.objects.exists()


@pytest.mark.django_db
def test_a_key_belongs_to_its_seller(ada, bo):
    mine = ada.post("orders", order_body(), Idempotency_Key="k-1")

    theirs = bo.post("orders", order_body(), Idempotency_Key="k-1")

    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["number"] != theirs.json()["number"]


@pytest.mark.django_db
def test_a_key_outlives_the_token_it_was_sent_with(ada):
    first = ada.post("orders", order_body(), Idempotency_Key="k-1")
    revoke_token(token_id=ada.token.pk)

    second = Machine(ada.seller).post("orders", order_body(), Idempotency_Key="k-1")

    assert second.content == first.content


@pytest.mark.django_db
def test_a_refused_call_leaves_its_key_free_for_the_mended_one(ada):
    refused = ada.post("orders", order_body(lines=[]), Idempotency_Key="k-1")

    mended = ada.post("orders", order_body(), Idempotency_Key="k-1")

    assert (refused.status_code, mended.status_code) == (422, 201)
    assert REPLAYED not in mended


@pytest.mark.django_db
def test_the_natural_key_holds_under_a_new_idempotency_key(ada):
    first = ada.post("orders", order_body(), Idempotency_Key="k-1")

    second = ada.post("orders", order_body(), Idempotency_Key="k-2")

    assert (first.status_code, second.status_code) == (201, 200)
    assert REPLAYED not in second
    assert Order.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 81, "caf\xe9"])
def test_a_key_is_1_to_80_visible_ascii_characters(ada, key):
    answer = ada.post("orders", order_body(), Idempotency_Key=key)

    errors = is_problem(answer, 400, "idempotency_key_invalid")
    assert places(errors) == {("Idempotency-Key", "idempotency_key_invalid")}
    assert errors[0]["in"] == "header"
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_an_answer_holds_nothing_about_the_buyer(ada):
    ada.post("orders", order_body(), Idempotency_Key="k-1")

    kept = str(IdempotencyRecord.objects.values().get())

    assert "Noor" not in kept
    assert "Prinsengracht" not in kept


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_week(ada):
    for key in ("old", "new"):
        ada.post("orders", order_body(key), Idempotency_Key=key)
    long_ago = timezone.now() - KEPT - timedelta(minutes=1)
    IdempotencyRecord.objects.filter(key="old").update(created_at=long_ago)

    assert forget_answers() == 1

    assert IdempotencyRecord.objects.get().key == "new"


@pytest.mark.django_db
def test_an_old_key_that_was_not_swept_away_yet_is_new_all_the_same(ada):
    ada.post("orders", order_body(), Idempotency_Key="k-1")
    IdempotencyRecord.objects.update(created_at=timezone.now() - KEPT)

    answer = ada.post("orders", order_body("S-2"), Idempotency_Key="k-1")

    assert answer.status_code == 201
    assert Order.objects.count() == 2


# --- at the same time -------------------------------------------------------------------------------------


@contextmanager
def lines_locked() -> Iterator[None]:
    """Nobody can write an order's line inside: a call that got that far waits."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE fulfillment_orderline IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        other.close()


def waiting_backend() -> int:
    """The process id of the connection that waits for the lines; looks until there is one."""
    query = """
        SELECT pid FROM pg_locks
        WHERE NOT granted AND relation = 'fulfillment_orderline'::regclass
    """
    while True:
        with connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
        if row:
            return int(row[0])


@contextmanager
def begun(machine: Machine, key: str) -> Iterator[list[Any]]:
    """A call that has begun in a thread; its answer is in the list once the thread has ended."""
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(machine.post("orders", order_body(), Idempotency_Key=key))
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    try:
        yield answers
    finally:
        thread.join(timeout=30)


@contextmanager
def begun_and_killed(machine: Machine) -> Iterator[tuple[list[Any], ExitStack]]:
    """A call with the key `k-1` whose session was killed; its answer, and what holds up its next attempt."""
    with ExitStack() as running:
        held = running.enter_context(ExitStack())
        held.enter_context(lines_locked())
        answers = running.enter_context(begun(machine, "k-1"))
        kill_session(waiting_backend())
        yield answers, held
        held.close()


@pytest.mark.django_db(transaction=True)
def test_sixteen_times_at_once_is_one_order_and_fifteen_identical_answers(ada, monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT_MS", 20_000)

    answers = at_once([lambda: ada.post("orders", order_body(), Idempotency_Key="k-1")] * 16)

    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert sorted(answer.get(REPLAYED, "") for answer in answers) == [""] + ["true"] * 15
    assert Order.objects.count() == 1
    assert Reservation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sixteen_times_at_once_without_a_key_is_one_order_too(ada):
    answers = at_once([lambda: ada.post("orders", order_body())] * 16)

    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert Order.objects.count() == 1
    assert Reservation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_while_the_first_runs_the_second_is_sent_away_and_may_come_back(ada, monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT_MS", 50)

    with ExitStack() as running:
        held = running.enter_context(ExitStack())
        held.enter_context(lines_locked())
        first = running.enter_context(begun(ada, "k-1"))
        waiting_backend()
        early = ada.post("orders", order_body(), Idempotency_Key="k-1")
        held.close()
    late = ada.post("orders", order_body(), Idempotency_Key="k-1")

    is_problem(early, 409, "call_running")
    assert early["Retry-After"] == "1"
    assert first[0].status_code == 201
    assert (late.status_code, late[REPLAYED], late.content) == (201, "true", first[0].content)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_dies_leaves_nothing_and_is_done_again_at_once(ada):
    with begun_and_killed(ada) as (answers, held):
        assert not Order.objects.exists()
        assert not IdempotencyRecord.objects.exists()
        held.close()
    again = ada.post("orders", order_body(), Idempotency_Key="k-1")

    assert answers[0].status_code == 201
    assert REPLAYED not in answers[0]
    assert (again.status_code, again[REPLAYED], again.content) == (201, "true", answers[0].content)
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_run_that_dies_every_time_may_be_repeated_by_its_caller(ada, monkeypatch):
    monkeypatch.setattr(views, "retrying", lambda call: call())

    with begun_and_killed(ada) as (died, _held):
        pass
    again = ada.post("orders", order_body(), Idempotency_Key="k-1")

    is_problem(died[0], 503, "unavailable")
    assert died[0]["Retry-After"] == "1"
    assert again.status_code == 201
    assert REPLAYED not in again
    assert Order.objects.count() == 1
