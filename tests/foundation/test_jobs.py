"""Work for later goes into the queue with the change that wants it, once if it says so."""

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import TaskNotFound

from foundation.jobs import enqueue

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


def test_an_unknown_task_is_a_programmers_fault(db) -> None:
    with pytest.raises(TaskNotFound):
        enqueue("warehouses.no_such_task")

    assert waiting() == []
