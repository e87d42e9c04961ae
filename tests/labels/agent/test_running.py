"""What the agent does with each job: bytes are checked first, a lease is watched, a printer in trouble rests."""

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now

from labels import printing
from labels.agent import running
from labels.agent.client import Client, LockedOut
from labels.agent.journal import Journal
from labels.agent.running import Agent, pause_s, plain
from labels.models import Printer, PrintJob
from tests.labels.agent.hubs import Caller, agent_printer, job_of, queued, token_for
from tests.labels.agent.machines import Line, line_to, slow_printer, wait_until
from tests.labels.ipp_printers import ipp_printer
from tests.labels.printers import ZPL, PaperPrinter, free_port, paper_printer

State = PrintJob.State
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def line(live_server: Any) -> Iterator[Line]:
    with line_to(live_server.url) as line:
        yield line


@pytest.fixture
def paper() -> Iterator[PaperPrinter]:
    with paper_printer() as paper:
        yield paper


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite3")
    yield journal
    journal.close()


@pytest.fixture
def client(line: Line) -> Iterator[Client]:
    client = Client(line.url, token_for())
    yield client
    client.close()


@pytest.fixture
def agent(client: Client, journal: Journal) -> Agent:
    return Agent(client, journal)


def states() -> dict[str, str]:
    return dict(PrintJob.objects.order_by("pk").values_list("key", "state"))


def test_bytes_that_arrived_damaged_are_not_printed(
    line: Line, agent: Agent, paper: PaperPrinter, client: Client, journal: Journal
) -> None:
    queued(agent_printer(paper.address), "a", "b")
    line.fail("damage", at="jobs?")

    assert agent.run_once()

    assert paper.papers == []
    assert states() == {"a": State.QUEUED, "b": State.QUEUED}
    assert (job_of("a").attempts, job_of("a").error) == (1, "The bytes of the job are not those of its digest.")
    assert Agent(client, journal).run_once()
    assert paper.wait_for(2) == [ZPL, ZPL]


def test_a_printer_that_is_away_rests_and_no_other_waits_for_it(agent: Agent, paper: PaperPrinter) -> None:
    queued(agent_printer(f"127.0.0.1:{free_port()}", code="off"), "a", "b")
    queued(agent_printer(paper.address, code="on"), *(f"c{n}" for n in range(7)))

    assert agent.run_once()

    assert paper.wait_for(7) == [ZPL] * 7
    assert states() == {"a": State.QUEUED, "b": State.QUEUED} | {f"c{n}": State.PRINTED for n in range(7)}
    assert [job_of("a").attempts, job_of("b").attempts] == [0, 0]
    assert "off can't be reached" in job_of("a").error


def test_an_address_that_is_none_goes_to_a_person_in_the_end(client: Client, journal: Journal) -> None:
    queued(agent_printer("printer:x"), "a")

    for _ in range(printing.MOST_ATTEMPTS):
        assert Agent(client, journal).run_once()

    assert states() == {"a": State.FAILED}
    assert job_of("a").error == "dock-1 has the address 'printer:x', which is no host:port."


def test_a_line_that_breaks_off_means_that_nobody_knows(agent: Agent) -> None:
    with paper_printer(broken=4) as torn:
        queued(agent_printer(torn.address), "a", content=ZPL * 100_000)

        assert agent.run_once()

    assert states() == {"a": State.FAILED}
    assert "Look whether it printed" in job_of("a").error


def test_a_print_server_of_the_site_gets_jobs_by_ipp(agent: Agent) -> None:
    with ipp_printer() as server:
        queued(agent_printer(server.address), "a", "b")

        assert agent.run_once()

    assert [(job.format, job.document) for job in server.jobs] == [("application/octet-stream", ZPL)] * 2
    assert [job.name.rpartition("-")[0] for job in server.jobs] == [f"pakhuis-{job_of(key).pk}" for key in ("a", "b")]
    assert states() == {"a": State.PRINTED, "b": State.PRINTED}


def test_a_way_to_print_that_it_does_not_know_is_said(
    agent: Agent, paper: PaperPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(agent_printer(paper.address), "a")
    monkeypatch.setattr("labels.door.views.RAW_TCP", "smoke")

    assert agent.run_once()

    assert (states(), job_of("a").error) == ({"a": State.QUEUED}, "This agent knows no 'smoke'.")
    assert paper.papers == []


def test_a_job_whose_lease_is_about_to_end_is_not_begun_under_it(agent: Agent, line: Line, paper: PaperPrinter) -> None:
    queued(agent_printer(paper.address), "a")
    lease, token = agent.journal.lease_to_ask(), token_for()
    Caller(token).jobs(lease)
    PrintJob.objects.update(lease_until=Now() + timedelta(seconds=running.MARGIN_S - 5))

    assert Agent(Client(line.url, token), agent.journal).run_once()

    assert len([path for path in line.calls if "outcome" in path]) == 2
    assert (job_of("a").state, job_of("a").attempts) == (State.PRINTED, 1)
    assert str(job_of("a").settled_lease) != lease
    assert paper.wait_for(1) == [ZPL]


def test_given_up_by_the_server_and_sent_again_by_a_person_it_prints_again(agent: Agent) -> None:
    with slow_printer() as printer:
        queued(agent_printer(printer.address), "a")
        work = threading.Thread(target=agent.run_once)
        work.start()
        assert printer.begun.acquire(timeout=10)
        PrintJob.objects.update(lease_until=Now() - timedelta(seconds=1))
        printing.recover_leases(site="AMS1")
        assert states() == {"a": State.FAILED}
        printing.retry_job(job_id=job_of("a").pk)
        printer.may_go_on.set()
        work.join(timeout=20)

        wait_until(lambda: printer.papers == [ZPL, ZPL])
    assert (states(), job_of("a").attempts) == ({"a": State.PRINTED}, 1)


def test_nothing_is_said_that_a_label_says(
    agent: Agent, paper: PaperPrinter, capsys: pytest.CaptureFixture[str]
) -> None:
    queued(agent_printer(paper.address), "order-of-anna", content=b"^XA^FDANNA^FS^XZ")

    assert agent.run_once()

    said = capsys.readouterr().out
    assert '"outcome": "printed"' in said
    assert len(said.splitlines()) == 1
    assert "anna" not in said.lower()
    assert "order" not in said


def test_another_sites_jobs_are_never_seen(agent: Agent, paper: PaperPrinter) -> None:
    queued(agent_printer(paper.address, code="rtm", site="RTM1"), "r")

    assert agent.run_once()

    assert (states(), paper.papers) == ({"r": State.QUEUED}, [])


def test_a_token_that_opens_nothing_ends_it(line: Line, journal: Journal) -> None:
    Printer.objects.all().delete()

    with pytest.raises(LockedOut, match="token_invalid"):
        Agent(Client(line.url, f"pka_{'x' * 43}"), journal).run()


def test_pauses_double_up_to_a_minute_and_no_two_are_alike() -> None:
    for failures, longest in [(0, 1), (1, 2), (5, 32), (6, 60), (500, 60)]:
        pauses = {pause_s(failures) for _ in range(50)}
        assert longest / 2 <= min(pauses) <= max(pauses) <= longest
        assert len(pauses) > 1


def test_what_went_wrong_is_told_in_plain_characters() -> None:
    assert plain("dock\n\x00 é \udcff") == "dock   \\xe9 \\udcff"
    assert len(plain("x" * 900)) == 300


def test_leases_are_uuids(agent: Agent) -> None:
    assert uuid.UUID(agent.journal.lease_to_ask()).version == 4
