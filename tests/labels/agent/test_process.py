"""The agent as a real process, killed and cut off at the worst moments: nothing is printed twice, nothing is lost."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now

from config.devdb import ROOT
from labels import printing
from labels.agents import revoke_agent
from labels.door import views
from labels.models import PrintAgent, PrintJob
from tests.labels.agent.hubs import agent_printer, job_of, queued, token_for
from tests.labels.agent.machines import Line, Machine, line_to, slow_printer, wait_until
from tests.labels.printers import ZPL, PaperPrinter, free_port, paper_printer

State = PrintJob.State
pytestmark = pytest.mark.django_db(transaction=True)
LONG = ZPL * 200_000
"""More than the buffers between two sockets take: whoever sends it is in the middle for as long as one likes."""


@pytest.fixture
def line(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr(views, "LONGEST_WAIT_S", 1.0)
    with line_to(live_server.url) as line:
        yield line


@pytest.fixture
def machine(tmp_path: Path, line: Line) -> Machine:
    return Machine(tmp_path, token_for())


@pytest.fixture
def paper() -> Iterator[PaperPrinter]:
    with paper_printer() as paper:
        yield paper


def states() -> dict[str, str]:
    return dict(PrintJob.objects.order_by("pk").values_list("key", "state"))


def is_printed(*keys: str) -> bool:
    return all(states()[key] == State.PRINTED for key in keys)


def test_it_prints_what_waits_and_what_comes_later(line: Line, machine: Machine, paper: PaperPrinter) -> None:
    printer = agent_printer(paper.address)
    queued(printer, "a", copies=3)

    with machine.running(line.url) as process:
        wait_until(lambda: is_printed("a"))
        queued(printer, "b")
        wait_until(lambda: is_printed("b"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0

    assert paper.wait_for(2) == [ZPL * 3, ZPL]
    assert (job_of("a").attempts, job_of("a").lease) == (1, None)
    assert PrintAgent.objects.get().version == "1.0"


def test_killed_in_the_middle_of_a_paper_it_leaves_that_one_to_a_person(line: Line, machine: Machine) -> None:
    with slow_printer() as printer:
        row = agent_printer(printer.address)
        queued(row, "a", content=LONG)
        queued(row, "b")
        with machine.running(line.url) as process:
            assert printer.begun.acquire(timeout=20)
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=10)
        printer.may_go_on.set()

        status, said = machine.once(line.url)

        assert (status, [each["event"] for each in said]) == (0, ["job"])
        assert states() == {"a": State.FAILED, "b": State.PRINTED}
        assert "Look whether it printed" in job_of("a").error
        assert [len(paper) < len(LONG) for paper in printer.papers] == [True, True]
        assert printer.papers[1] == ZPL
        printing.retry_job(job_id=job_of("a").pk)
        assert machine.once(line.url)[0] == 0
        wait_until(lambda: len(printer.papers) == 3)
        assert printer.papers[2] == LONG
    assert is_printed("a", "b")


def test_killed_between_printer_and_outcome_it_tells_it_later(
    line: Line, machine: Machine, paper: PaperPrinter
) -> None:
    queued(agent_printer(paper.address), "a", "b")
    line.fail("hold", at="outcome")

    with machine.running(line.url) as process:
        assert line.struck.wait(20)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    assert states() == {"a": State.SENDING, "b": State.SENDING}
    assert machine.once(line.url)[0] == 0

    assert is_printed("a", "b")
    assert paper.wait_for(2) == [ZPL, ZPL]
    assert [job_of("a").attempts, job_of("b").attempts] == [1, 1]


def test_with_its_journal_lost_it_leaves_what_it_had_to_a_person(
    line: Line, machine: Machine, paper: PaperPrinter
) -> None:
    queued(agent_printer(paper.address), "a")
    line.fail("hold", at="outcome")
    with machine.running(line.url) as process:
        assert line.struck.wait(20)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    for file in machine.journal.parent.iterdir():
        file.unlink()

    assert machine.once(line.url) == (0, [])
    assert states() == {"a": State.SENDING}
    PrintJob.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert machine.once(line.url) == (0, [])

    assert states() == {"a": State.FAILED}
    assert paper.wait_for(1) == [ZPL]


def test_an_outcome_whose_answer_was_lost_is_told_again_not_printed_again(
    line: Line, machine: Machine, paper: PaperPrinter
) -> None:
    queued(agent_printer(paper.address), "a")
    line.fail("swallow", at="outcome")

    assert machine.once(line.url)[0] == 0

    assert len([path for path in line.calls if "outcome" in path]) == 2
    assert (job_of("a").state, job_of("a").attempts) == (State.PRINTED, 1)
    assert paper.wait_for(1) == [ZPL]


def test_jobs_whose_answer_was_lost_are_asked_for_again_even_after_a_kill(
    line: Line, machine: Machine, paper: PaperPrinter
) -> None:
    queued(agent_printer(paper.address), "a", "b")
    line.fail("swallow", at="jobs?")

    with machine.running(line.url) as process:
        assert line.struck.wait(20)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    assert states() == {"a": State.SENDING, "b": State.SENDING}
    assert machine.once(line.url)[0] == 0

    assert is_printed("a", "b")
    assert paper.wait_for(2) == [ZPL, ZPL]


def test_a_server_that_goes_and_comes_back_is_waited_for(
    live_server: Any, tmp_path: Path, paper: PaperPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "LONGEST_WAIT_S", 1.0)
    machine, port, row = Machine(tmp_path, token_for()), free_port(), agent_printer(paper.address)
    queued(row, "a")

    with machine.running(f"http://127.0.0.1:{port}") as process:
        assert process.stdout is not None
        assert '"server_away"' in process.stdout.readline()
        with line_to(live_server.url, port=port):
            wait_until(lambda: is_printed("a"))
        queued(row, "b")
        assert '"job"' in process.stdout.readline()
        assert '"server_away"' in process.stdout.readline()
        with line_to(live_server.url, port=port):
            wait_until(lambda: is_printed("b"))

    assert paper.wait_for(2) == [ZPL, ZPL]


def test_told_to_stop_it_ends_after_the_job_in_hand(line: Line, machine: Machine) -> None:
    with slow_printer() as printer:
        queued(agent_printer(printer.address), "a", "b")
        with machine.running(line.url) as process:
            assert printer.begun.acquire(timeout=20)
            process.send_signal(signal.SIGTERM)
            printer.may_go_on.set()
            assert process.wait(timeout=10) == 0

        assert states() == {"a": State.PRINTED, "b": State.QUEUED}
        assert (job_of("b").attempts, printer.papers) == (0, [ZPL])


def test_locked_out_it_ends_and_keeps_what_it_knows(line: Line, machine: Machine) -> None:
    with slow_printer() as printer:
        queued(agent_printer(printer.address), "a")
        with machine.running(line.url) as process:
            assert printer.begun.acquire(timeout=20)
            revoke_agent(agent_id=PrintAgent.objects.get().pk, revoked_by="anna")
            printer.may_go_on.set()
            assert process.wait(timeout=15) == 77
        assert job_of("a").state == State.SENDING

        machine.token_file.write_text(token_for())
        assert machine.once(line.url)[0] == 0

        assert (job_of("a").state, printer.papers) == (State.PRINTED, [ZPL])


def test_one_journal_serves_one_agent(line: Line, machine: Machine, paper: PaperPrinter) -> None:
    row = agent_printer(paper.address)
    queued(row, "a")
    with machine.running(line.url):
        wait_until(lambda: is_printed("a"))

        status, (said,) = machine.once(line.url)

        assert (status, said["event"]) == (64, "mistaken")
        assert "Another print agent" in said["error"]


def test_the_command_needs_no_database(line: Line, machine: Machine, paper: PaperPrinter) -> None:
    queued(agent_printer(paper.address), "a")
    command = [sys.executable, "manage.py", "print_agent", *machine.command(line.url, "--once")[3:]]
    nowhere = {"DATABASE_URL": f"postgres://nobody@127.0.0.1:{free_port()}/nothing", "DJANGO_SETTINGS_MODULE": ""}
    env = {name: value for name, value in os.environ.items() if name not in nowhere}

    done = subprocess.run(
        command, cwd=ROOT, env={**env, "DATABASE_URL": nowhere["DATABASE_URL"]}, capture_output=True, check=False
    )

    assert (done.returncode, is_printed("a")) == (0, True), done.stderr
    assert paper.wait_for(1) == [ZPL]


def test_killed_again_and_again_no_paper_comes_twice_and_no_job_is_lost(line: Line, machine: Machine) -> None:
    dice = random.Random(6)
    texts = {f"j{n}": b"^XA^FDJOB %d^FS^XZ" % n for n in range(60)}
    with paper_printer(pace_s=0.03) as paper:
        row = agent_printer(paper.address)
        for key, text in texts.items():
            queued(row, key, content=text)

        for fault in ["", "swallow", "", "swallow", "", "swallow", "", ""]:
            line.fail(fault, at=dice.choice(["outcome", "jobs?"]), times=1 if fault else 0)
            with machine.running(line.url) as process, pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=dice.uniform(0.4, 1.2))
        line.fail("", at="", times=0)
        assert machine.once(line.url)[0] == 0
        came = Counter(paper.papers)

    assert max(came.values()) == 1
    for key, text in texts.items():
        job = job_of(key)
        assert (job.state, came[text]) in {(State.PRINTED, 1), (State.FAILED, 1), (State.FAILED, 0)}, key
        assert job.state == State.PRINTED or "Look whether it printed" in job.error
    assert Counter(states().values())[State.FAILED] <= 8
