"""Printers that are switched off, out of reach or out of paper: their queue waits, and the control room says so."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import F
from django.db.models.functions import Now

from foundation import clock
from fulfillment.selectors.day import HubDay
from fulfillment.selectors.health import exceptions
from labels import printing
from labels.models import Printer, PrintJob
from labels.transports import TRANSPORTS
from tests.factories import make_hub
from tests.labels.printers import free_port, paper_printer, request, tcp_printer

State = PrintJob.State
pytestmark = pytest.mark.django_db


def job_of(key: str) -> PrintJob:
    return PrintJob.objects.get(key=key)


def test_a_printer_that_is_away_gets_its_jobs_later_and_never_twice() -> None:
    printer = tcp_printer(f"127.0.0.1:{free_port()}")
    printing.enqueue_many(requests=[request(printer, "a"), request(printer, "b")])

    away = printing.print_queued(site="AMS1")

    assert away == printing.PrintReport(requeued=2)
    assert (job_of("a").state, job_of("a").attempts, job_of("b").attempts) == (State.QUEUED, 0, 0)
    assert "can't be reached" in job_of("a").error
    with paper_printer() as paper:
        Printer.objects.update(address=paper.address)
        assert printing.print_queued(site="AMS1") == printing.PrintReport(printed=2)
        assert len(paper.wait_for(2)) == 2


def test_a_printer_that_stays_away_keeps_its_queue() -> None:
    printer = tcp_printer(f"127.0.0.1:{free_port()}")
    printing.enqueue_many(requests=[request(printer, "a")])

    reports = [printing.print_queued(site="AMS1") for _ in range(printing.MOST_ATTEMPTS + 2)]

    assert reports == [printing.PrintReport(requeued=1)] * (printing.MOST_ATTEMPTS + 2)
    assert (job_of("a").state, job_of("a").attempts) == (State.QUEUED, 0)


def test_a_job_that_its_printer_never_takes_goes_to_a_person() -> None:
    printer = tcp_printer("printer:x")
    printing.enqueue_many(requests=[request(printer, "a")])

    reports = [printing.print_queued(site="AMS1") for _ in range(printing.MOST_ATTEMPTS)]

    assert [report.requeued for report in reports] == [1] * (printing.MOST_ATTEMPTS - 1) + [0]
    assert (reports[-1].failed, job_of("a").state) == (1, State.FAILED)


def test_what_waits_too_long_is_for_somebody_to_look_at() -> None:
    hub = make_hub(code="AMS1")
    printer = tcp_printer(f"127.0.0.1:{free_port()}")
    printing.enqueue_many(requests=[request(printer, key) for key in ("old", "older", "new")])
    PrintJob.objects.exclude(key="new").update(created_at=Now() - timedelta(minutes=6))

    odd = exceptions(HubDay(hub, clock.now().date(), clock.now()))

    assert (odd.waiting_prints, odd.failed_prints) == (2, 0)


class Slow:
    """A way to print that takes its time: `meanwhile` happens while a job is being sent."""

    repeatable = False

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self.meanwhile = meanwhile
        self.sent: list[str] = []

    def send(self, printer: Printer, job: PrintJob) -> None:
        self.sent.append(job.key)
        self.meanwhile()


def test_a_slow_batch_keeps_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    nearly_out = partial(PrintJob.objects.filter(state=State.SENDING).update, lease_until=Now() + timedelta(seconds=30))
    seen: list[timedelta] = []

    def left() -> timedelta:
        jobs = PrintJob.objects.filter(key="b").annotate(left=F("lease_until") - Now())
        return jobs.values_list("left", flat=True).get()

    slow = Slow(lambda: (seen.append(left()), nearly_out()))
    monkeypatch.setitem(TRANSPORTS, "tcp", slow)
    printer = tcp_printer("printer")
    printing.enqueue_many(requests=[request(printer, key) for key in ("a", "b")])

    report = printing.print_queued(site="AMS1")

    assert (report.printed, slow.sent) == (2, ["a", "b"])
    assert min(seen) > timedelta(minutes=4)


def test_what_was_given_up_meanwhile_is_not_sent_by_its_first_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    def thought_dead() -> None:
        PrintJob.objects.filter(state=State.SENDING).update(lease_until=Now() - timedelta(seconds=1))
        printing.recover_leases(site="AMS1")

    slow = Slow(thought_dead)
    monkeypatch.setitem(TRANSPORTS, "tcp", slow)
    printer = tcp_printer("printer")
    printing.enqueue_many(requests=[request(printer, key) for key in ("a", "b")])

    report = printing.print_queued(site="AMS1")

    assert (report.printed, slow.sent) == (0, ["a"])
    assert {job_of("a").state, job_of("b").state} == {State.FAILED}
