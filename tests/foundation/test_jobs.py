"""Work for later goes into the queue with the change that wants it, once if it says so."""

from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import TaskNotFound

from foundation.jobs import enqueue
from foundation.retry import passes
from tests.roles import kill_session

TASK = "fulfillment.allocate"


def waiting() -> list[tuple[str, str | None, dict[str, object]]]:
    return list(ProcrastinateJob.objects.order_by("id").values_list("task_name", "queueing_lock", "args"))


def test_a_job_waits_with_its_arguments(db) -> None:
    enqueue(TASK, hub_id=7)
    enqueue(TASK, hub_id=7)

    assert waiting() == [(TASK, None, {"hub_id": 7})] * 2


def test_a_job_with_a_mark_waits_once(db) -> None:
    enqueue(TASK, once="allocate:7", hub_id=7)
    enqueue(TASK, once="allocate:7", hub_id=7)
    enqueue(TASK, once="allocate:8", hub_id=8)

    assert waiting() == [(TASK, "allocate:7", {"hub_id": 7}), (TASK, "allocate:8", {"hub_id": 8})]


def test_no_change_no_job(db) -> None:
    with transaction.atomic():
        enqueue(TASK, once="allocate:7", hub_id=7)
        transaction.set_rollback(True)

    assert waiting() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mark", [None, "allocate:7"])
def test_a_lost_connection_is_told_as_one(mark: str | None) -> None:
    def lose(execute: Any, sql: Any, *rest: Any) -> Any:
        if "defer_job" in str(sql):
            kill_session(connection.connection.info.backend_pid)
        return execute(sql, *rest)

    with pytest.raises(OperationalError) as lost, connection.execute_wrapper(lose), transaction.atomic():
        enqueue(TASK, once=mark, hub_id=7)

    assert passes(lost.value)
    assert waiting() == []


def test_an_unknown_task_is_a_programmers_fault(db) -> None:
    with pytest.raises(TaskNotFound):
        enqueue("warehouses.no_such_task")

    assert waiting() == []
