"""The door for print agents: a lease asked for twice is one, an outcome told twice is one, no site sees another's."""

import uuid
from base64 import b64decode
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from labels import printing
from labels.agents import revoke_agent
from labels.models import PrintAgent, Printer, PrintJob
from labels.withdrawing import withdraw_papers
from tests.labels.agent.hubs import DOOR, Caller, agent_printer, job_of, queued, token_for
from tests.labels.printers import ZPL, file_printer

State = PrintJob.State
pytestmark = pytest.mark.django_db


def run_out() -> None:
    PrintJob.objects.filter(state=State.SENDING).update(lease_until=Now() - timedelta(seconds=1))


def states() -> dict[str, str]:
    return dict(PrintJob.objects.values_list("key", "state"))


def test_a_job_comes_with_all_that_printing_it_takes() -> None:
    (job,) = queued(agent_printer("10.0.0.7:9100"), "a", copies=3)
    lease = uuid.uuid4()

    (told,) = Caller(token_for()).jobs(lease)

    held = job_of("a")
    assert told.pop("lease_left_s") == pytest.approx(300, abs=5)
    assert told.pop("lease_until").startswith(held.lease_until.strftime("%Y-%m-%dT%H:"))
    assert b64decode(told.pop("content")) == ZPL
    assert told == {
        "id": job.pk,
        "lease": str(lease),
        "printer": "dock-1",
        "transport": "tcp",
        "address": "10.0.0.7:9100",
        "copies": 3,
        "content_type": "application/zpl",
        "sha256": sha256(ZPL).hexdigest(),
    }
    assert (held.state, held.lease) == (State.SENDING, lease)


def test_a_copy_comes_with_its_slip_and_a_digest_of_both() -> None:
    printer = agent_printer()
    queued(printer, "a")
    caller = Caller(token_for())
    caller.tell(caller.jobs()[0], "printed")
    Printer.objects.update(copy_slips=True)
    copy = printing.reprint_job(job_id=job_of("a").pk, reason="torn", key="copy", requested_by="anna")

    (told,) = caller.jobs()

    sent = b64decode(told["content"])
    assert sent == ZPL + bytes(copy.copy_slip)
    assert len(copy.copy_slip) > 0
    assert told["sha256"] == sha256(sent).hexdigest()


def test_the_same_lease_again_is_the_same_answer_and_another_gets_nothing() -> None:
    queued(agent_printer(), "a", "b")
    caller, lease = Caller(token_for()), uuid.uuid4()

    first = [(job["id"], job["lease"]) for job in caller.jobs(lease)]
    again = [(job["id"], job["lease"]) for job in caller.jobs(lease)]

    assert first == again == [(job_of("a").pk, str(lease)), (job_of("b").pk, str(lease))]
    assert caller.jobs() == []


def test_so_many_jobs_for_each_idle_printer_but_those_that_rest() -> None:
    queued(agent_printer(), *(f"a{n}" for n in range(7)))
    queued(agent_printer(code="dock-2"), "b")
    queued(agent_printer(code="dock-3"), "c")
    caller = Caller(token_for())

    told = caller.jobs(resting=["dock-2", "dock-9"])

    assert [job["printer"] for job in told] == ["dock-1"] * 5 + ["dock-3"]
    assert [job["printer"] for job in caller.jobs()] == ["dock-2"]


def test_the_server_and_the_agent_leave_each_other_their_printers(tmp_path: Any) -> None:
    queued(agent_printer(), "theirs")
    queued(file_printer(tmp_path), "ours")

    assert printing.print_queued(site="AMS1") == printing.PrintReport(printed=1)
    told = Caller(token_for()).jobs()

    assert [job["printer"] for job in told] == ["dock-1"]
    assert states() == {"theirs": State.SENDING, "ours": State.PRINTED}


def test_a_site_sees_nothing_of_another() -> None:
    queued(agent_printer(), "a")
    queued(agent_printer(code="rtm", site="RTM1"), "r")
    here, there = Caller(token_for()), Caller(token_for("RTM1"))
    lease = uuid.uuid4()

    (mine,) = here.jobs(lease)

    assert [job["id"] for job in there.jobs(lease)] == [job_of("r").pk]
    assert there.tell(mine, "printed") == (404, there.tell({"id": 0, "lease": str(lease)}, "printed")[1])
    assert states()["a"] == State.SENDING


def test_paper_that_was_withdrawn_is_not_handed_out() -> None:
    queued(agent_printer(), "a", "b")
    withdraw_papers(keys=["a"], reason="voided", requested_by="anna")
    caller = Caller(token_for())

    (told,) = caller.jobs()
    withdraw_papers(keys=["b"], reason="voided", requested_by="anna")
    caller.tell(told, "failed", may_have_printed=False, error="out of reach")

    assert told["id"] == job_of("b").pk
    assert caller.jobs() == []
    assert states() == {"a": State.CANCELLED, "b": State.CANCELLED}


@pytest.mark.parametrize(
    ("said", "state", "attempts", "error"),
    [
        ({"outcome": "printed"}, State.PRINTED, 1, ""),
        ({"outcome": "untried"}, State.QUEUED, 0, ""),
        ({"outcome": "failed", "may_have_printed": False, "error": "off"}, State.QUEUED, 1, "off"),
        ({"outcome": "failed", "may_have_printed": True, "error": "cut"}, State.FAILED, 1, "cut"),
    ],
)
def test_an_outcome_is_noted_once_whatever_is_said_later(
    said: dict[str, Any], state: str, attempts: int, error: str
) -> None:
    queued(agent_printer(), "a")
    caller = Caller(token_for())
    (job,) = caller.jobs()

    once = caller.tell(job, **said)
    again = caller.tell(job, **said)
    otherwise = caller.tell(job, "failed", may_have_printed=True)

    held = job_of("a")
    assert once == again == otherwise == (200, {"id": job["id"], "state": state})
    assert (held.state, held.attempts, held.error, held.lease) == (state, attempts, error, None)
    assert (held.printed_at is not None) == (state == State.PRINTED)


def test_a_failure_too_many_waits_for_a_person() -> None:
    queued(agent_printer(), "a")
    caller = Caller(token_for())

    told = [caller.tell(caller.jobs()[0], "failed", may_have_printed=False)[1]["state"] for _ in range(5)]

    assert told == [State.QUEUED] * 4 + [State.FAILED]
    assert caller.jobs() == []


def test_a_lease_that_ran_out_is_lost_and_a_person_decides() -> None:
    queued(agent_printer(), "a")
    caller = Caller(token_for())
    (job,) = caller.jobs()
    run_out()
    printing.print_queued(site="AMS1")

    late = caller.tell(job, "printed")

    assert (late[0], late[1]["code"]) == (409, "lease_lost")
    assert (job_of("a").state, job_of("a").attempts) == (State.FAILED, 1)
    assert "Look whether it printed" in job_of("a").error
    printing.retry_job(job_id=job["id"])
    (again,) = caller.jobs()
    assert caller.tell(job, "printed")[1]["code"] == "lease_lost"
    assert caller.tell(again, "printed")[1]["state"] == State.PRINTED
    assert caller.tell(job, "printed")[1]["code"] == "lease_lost"


def test_late_but_before_anybody_else_decided_is_in_time() -> None:
    queued(agent_printer(), "a")
    caller = Caller(token_for())
    (job,) = caller.jobs()
    run_out()

    assert caller.tell(job, "printed") == (200, {"id": job["id"], "state": State.PRINTED})


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, "not_authenticated"),
        ({"Authorization": "Bearer"}, "token_invalid"),
        ({"Authorization": f"Bearer pka_{'x' * 43}"}, "token_invalid"),
        ({"Authorization": f"Bearer pka_{'é' * 43}"}, "token_invalid"),
        ({"Authorization": "Basic YTpi"}, "token_invalid"),
    ],
)
def test_without_a_token_there_is_nothing(header: dict[str, str], code: str) -> None:
    queued(agent_printer(), "a")

    answers = [
        Client(headers=header).get(f"{DOOR}/jobs", {"lease": str(uuid.uuid4())}),
        Client(headers=header).post(f"{DOOR}/heartbeat", {"version": "1"}, content_type="application/json"),
    ]

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert states() == {"a": State.QUEUED}


def test_a_revoked_token_opens_nothing_from_then_on() -> None:
    queued(agent_printer(), "a", "b")
    caller = Caller(token_for())
    jobs = caller.jobs()
    caller.tell(jobs[0], "printed")

    revoke_agent(agent_id=PrintAgent.objects.get().pk, revoked_by="anna")

    assert [caller.ask()[1]["code"], caller.tell(jobs[1], "printed")[1]["code"]] == ["token_revoked"] * 2
    assert states() == {"a": State.PRINTED, "b": State.SENDING}
    run_out()
    printing.recover_leases(site="AMS1")
    assert states() == {"a": State.PRINTED, "b": State.FAILED}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("heartbeat", {}),
        ("heartbeat", {"version": "x" * 41}),
        ("heartbeat", []),
        ("jobs/{id}/outcome", {"lease": "{lease}"}),
        ("jobs/{id}/outcome", {"lease": "{lease}", "outcome": "eaten"}),
        ("jobs/{id}/outcome", {"lease": "{lease}", "outcome": "failed"}),
        ("jobs/{id}/outcome", {"lease": "no uuid", "outcome": "printed"}),
        ("jobs/{id}/outcome", {"lease": "{lease}", "outcome": "printed", "error": "a\0"}),
        ("jobs/{id}/outcome", {"lease": "{lease}", "outcome": "printed", "error": "a\ud800"}),
    ],
)
def test_what_makes_no_sense_changes_nothing(path: str, body: Any) -> None:
    queued(agent_printer(), "a")
    caller = Caller(token_for())
    (job,) = caller.jobs()
    if isinstance(body, dict) and body.get("lease") == "{lease}":
        body = {**body, "lease": job["lease"]}

    status, problem = caller.post(path.format(id=job["id"]), body)

    assert (status, problem["code"]) == (422, "invalid")
    assert states() == {"a": State.SENDING}


@pytest.mark.parametrize("query", [{"lease": "x"}, {"wait": -1}, {"wait": "nan"}, {"resting": "a b"}])
def test_a_question_that_makes_no_sense_leases_nothing(query: dict[str, Any]) -> None:
    queued(agent_printer(), "a")

    status, problem = Caller(token_for()).ask(**{"lease": uuid.uuid4(), **query})

    assert (status, problem["code"]) == (422, "invalid")
    assert states() == {"a": State.QUEUED}


def test_other_doors_are_problems_too() -> None:
    queued(agent_printer(), "a")
    caller = Caller(token_for())

    nowhere = caller.client.get(f"{DOOR}/what")
    wrong = caller.client.delete(f"{DOOR}/jobs")
    empty = caller.client.head(f"{DOOR}/jobs", {"lease": str(uuid.uuid4())})
    torn = caller.client.post(f"{DOOR}/heartbeat", b"{", content_type="application/json")
    form = caller.client.post(f"{DOOR}/heartbeat", {"version": "1"})

    assert [(each.status_code, each.json()["code"]) for each in (nowhere, wrong, torn, form)] == [
        (404, "not_found"), (405, "method_not_allowed"), (400, "request_unreadable"), (415, "media_type_unsupported"),
    ]  # fmt: skip
    assert (empty.status_code, states()) == (405, {"a": State.QUEUED})


def test_an_agent_is_seen_and_says_what_it_is() -> None:
    queued(agent_printer(), "a")
    caller = Caller(token_for())

    assert caller.post("heartbeat", {"version": "1.0"}) == (200, {"site": "AMS1", "name": "Computer of AMS1"})

    agent = PrintAgent.objects.get()
    assert agent.last_seen_at is not None
    assert (agent.version, agent.created_by, agent.revoked_at) == ("1.0", "anna", None)


def test_asking_often_is_not_writing_often(django_assert_num_queries: Any) -> None:
    agent_printer()
    caller = Caller(token_for())
    caller.jobs()
    seen = PrintAgent.objects.get().last_seen_at

    # Who it is; its question, noted and locked; what it holds; run out; withdrawn; idle printers; the jobs of one; the
    # answer; six for savepoints.
    with django_assert_num_queries(15):
        caller.jobs()

    assert PrintAgent.objects.get().last_seen_at == seen


def test_nothing_on_the_way_keeps_an_answer() -> None:
    agent_printer()
    answer = Caller(token_for()).client.get(f"{DOOR}/jobs", {"lease": str(uuid.uuid4())})

    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {"ask_again_s": 2, "jobs": []}
