"""Waiting at the door: a job is heard of soon, nothing of the database is held, and scans keep their threads."""

import threading
import time
import uuid
from typing import Any

import httpx
import pytest
from django.db import connection

from labels.agents import revoke_agent
from labels.door import views
from labels.handing import hand_out, note_asking
from labels.models import PrintAgent, PrintJob
from labels.wire.agreed import PATH
from tests.labels.agent.hubs import agent_printer, job_of, queued, token_for
from tests.labels.agent.machines import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


class Asking:
    """A question that waits, in a thread of its own."""

    def __init__(self, server: Any, token: str, *, wait_s: float, lease: uuid.UUID | None = None) -> None:
        self.url = f"{server.url}{PATH}/jobs"
        self.token, self.wait_s, self.lease = token, wait_s, lease or uuid.uuid4()
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()

    def _ask(self) -> None:
        started = time.monotonic()
        self.answer = httpx.get(
            self.url,
            params={"lease": str(self.lease), "wait": self.wait_s},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        self.took_s = time.monotonic() - started

    def heard(self) -> dict[str, Any]:
        self.thread.join(timeout=30)
        assert self.answer.status_code == 200, self.answer.text
        return self.answer.json()

    def is_asked(self) -> bool:
        return PrintAgent.objects.filter(asking_lease=self.lease).exists()


def open_connections() -> int:
    """Besides this thread's own, to this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_a_job_that_comes_meanwhile_is_the_answer(live_server: Any) -> None:
    printer = agent_printer()
    asking = Asking(live_server, token_for(), wait_s=25)
    wait_until(asking.is_asked)

    queued(printer, "a")

    assert [job["id"] for job in asking.heard()["jobs"]] == [job_of("a").pk]
    assert asking.took_s < 3


def test_nothing_comes_and_the_answer_says_so_in_time(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "LONGEST_WAIT_S", 1.0)

    asking = Asking(live_server, token_for(), wait_s=25)

    assert asking.heard() == {"ask_again_s": 0, "jobs": []}
    assert 1.0 <= asking.took_s < 2.5


def test_who_waits_holds_no_connection_and_only_so_many_wait(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "LONGEST_WAIT_S", 3.0)
    before = open_connections()
    waiting = [Asking(live_server, token_for(f"S{n}"), wait_s=25) for n in range(views.MOST_WAITING)]
    for asking in waiting:
        wait_until(asking.is_asked)
    time.sleep(0.2)

    one_more = Asking(live_server, token_for("S9"), wait_s=25)

    assert one_more.heard() == {"ask_again_s": views.ASK_AGAIN_S, "jobs": []}
    assert one_more.took_s < 1
    samples = []
    for _ in range(20):
        samples.append(open_connections() - before)
        time.sleep(0.05)
    assert sorted(samples)[len(samples) // 2] == 0
    assert [asking.heard()["ask_again_s"] for asking in waiting] == [0] * views.MOST_WAITING
    assert Asking(live_server, token_for("S9"), wait_s=0.5).heard()["ask_again_s"] == 0


def test_a_question_left_behind_gets_nothing_and_ends(live_server: Any) -> None:
    printer, token = agent_printer(), token_for()
    behind = Asking(live_server, token, wait_s=25)
    wait_until(behind.is_asked)
    anew = Asking(live_server, token, wait_s=25)
    wait_until(anew.is_asked)

    queued(printer, "a")

    assert [job["lease"] for job in anew.heard()["jobs"]] == [str(anew.lease)]
    assert behind.heard()["jobs"] == []
    assert job_of("a").lease == anew.lease


def test_revoked_while_it_waits_it_gets_nothing(live_server: Any) -> None:
    printer = agent_printer()
    asking = Asking(live_server, token_for(), wait_s=25)
    wait_until(asking.is_asked)

    revoke_agent(agent_id=PrintAgent.objects.get().pk, revoked_by="anna")
    queued(printer, "a")

    assert asking.heard()["jobs"] == []
    assert job_of("a").state == PrintJob.State.QUEUED


def test_an_old_question_that_wakes_up_late_leases_nothing() -> None:
    queued(agent_printer(), "a")
    token_for()
    agent, old, new = PrintAgent.objects.get(), uuid.uuid4(), uuid.uuid4()
    note_asking(agent_id=agent.pk, lease=old)
    note_asking(agent_id=agent.pk, lease=new)

    assert hand_out(agent_id=agent.pk, lease=old) == []
    assert job_of("a").state == PrintJob.State.QUEUED
    assert [job.key for job in hand_out(agent_id=agent.pk, lease=new)] == ["a"]
