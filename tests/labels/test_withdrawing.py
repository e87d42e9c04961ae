"""What is cancelled or voided never comes out of a printer, whatever was about to happen to it."""

from pathlib import Path

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.db.models.functions import Now

from foundation.errors import Conflict, DomainError
from labels import printing
from labels.models import Printer, PrintJob
from labels.proving import unproved
from labels.withdrawing import cancel_job, withdraw_papers
from tests.labels.printers import file_printer, free_port, request, tcp_printer
from tests.labels.test_admin import SUBMIT, staff, url
from tests.labels.test_printing import expire_leases, failed_job
from tests.labels.test_proving import TRACKING, labelled, prove

State = PrintJob.State
pytestmark = pytest.mark.django_db


@pytest.fixture
def printer(tmp_path: Path) -> Printer:
    return file_printer(tmp_path)


def queued(printer: Printer, key: str = "a") -> PrintJob:
    return printing.enqueue_many(requests=[request(printer, key)])[0]


def void(*keys: str) -> int:
    return withdraw_papers(keys=keys, reason="the label was voided", requested_by="voiding")


def states() -> dict[str, str]:
    return dict(PrintJob.objects.values_list("key", "state"))


def test_a_queued_job_is_cancelled_once_and_never_printed(printer: Printer, tmp_path: Path) -> None:
    job = queued(printer)
    queued(printer, "b")

    first = cancel_job(job_id=job.pk, reason="  wrong  printer ", requested_by="anna")
    again = cancel_job(job_id=job.pk, reason="another reason", requested_by="ben")

    assert printing.print_queued(site="AMS1") == printing.PrintReport(printed=1)
    assert states() == {"a": State.CANCELLED, "b": State.PRINTED}
    assert len(list(tmp_path.iterdir())) == 1
    assert (first.withdrawn_because, first.withdrawn_by) == ("wrong printer", "anna")
    assert (again.withdrawn_because, again.withdrawn_by, again.withdrawn_at) == (
        "wrong printer", "anna", first.withdrawn_at,
    )  # fmt: skip


def test_what_is_sent_printed_or_failed_is_not_cancelled(printer: Printer) -> None:
    failed = failed_job(printer)
    refusals = [refused(failed)]
    printing.retry_job(job_id=failed.pk)
    printing.lease_jobs(site="AMS1")
    refusals.append(refused(failed))
    expire_leases()
    printing.print_queued(site="AMS1")
    refusals.append(refused(failed))

    assert refusals == ["print_job_not_queued", "print_job_being_sent", "print_job_not_queued"]
    assert PrintJob.objects.get().withdrawn_at is None


def refused(job: PrintJob) -> str:
    with pytest.raises(Conflict) as refusal:
        cancel_job(job_id=job.pk, reason="wrong", requested_by="anna")
    return refusal.value.code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": " \n "}, "cancel_reason_missing"),
        ({"reason": "x" * 201}, "cancel_reason_missing"),
        ({"job_id": 0}, "print_job_not_found"),
    ],
)
def test_a_job_is_cancelled_for_a_reason(change: dict[str, object], code: str, printer: Printer) -> None:
    asked: dict[str, object] = {"job_id": queued(printer).pk, "reason": "wrong", "requested_by": "anna", **change}

    with pytest.raises(DomainError) as refusal:
        cancel_job(**asked)  # type: ignore[arg-type]

    assert refusal.value.code == code
    assert states() == {"a": State.QUEUED}


def test_a_voided_label_is_neither_printed_nor_retried_nor_copied_nor_proved(printer: Printer) -> None:
    failed = failed_job(file_printer(Path(printer.address), code="other"))
    printed = labelled(printer, TRACKING)
    copy = printing.reprint_job(job_id=printed.pk, reason="torn", key="copy")

    assert void(printed.key, failed.key) == 3
    assert void(printed.key, failed.key) == 0

    assert states() == {"a": State.CANCELLED, printed.key: State.PRINTED, "copy": State.CANCELLED}
    assert printing.print_queued(site="AMS1") == printing.PrintReport()
    with pytest.raises(Conflict) as no_retry:
        printing.retry_job(job_id=failed.pk)
    with pytest.raises(Conflict) as no_copy:
        printing.reprint_job(job_id=copy.pk, reason="lost", key="copy 2")
    with pytest.raises(Conflict) as no_proof:
        prove(TRACKING)
    assert no_retry.value.code == "print_job_not_failed"
    assert (no_copy.value.code, no_proof.value.code) == ("print_job_withdrawn", "label_withdrawn")
    assert "the label was voided" in no_proof.value.message
    assert not printing.may_copy(PrintJob.objects.get(pk=copy.pk))
    assert not unproved(PrintJob.objects.all()).exists()


def test_voided_while_it_was_being_sent_to_an_absent_printer_it_is_not_sent_again() -> None:
    printing.enqueue_many(requests=[request(tcp_printer(f"127.0.0.1:{free_port()}"), "a")])
    leased = printing.lease_jobs(site="AMS1")

    assert void("a") == 1
    assert states() == {"a": State.SENDING}
    assert printing._send_in_order(leased) == printing.PrintReport(requeued=1)
    assert printing.print_queued(site="AMS1") == printing.PrintReport()
    assert states() == {"a": State.CANCELLED}


def test_voided_while_its_sender_died_it_is_not_sent_again(printer: Printer, tmp_path: Path) -> None:
    queued(printer)
    printing.lease_jobs(site="AMS1")
    void("a")
    expire_leases()

    printing.print_queued(site="AMS1")

    assert states() == {"a": State.CANCELLED}
    assert list(tmp_path.iterdir()) == []


def test_voided_while_it_failed_it_is_not_retried(printer: Printer) -> None:
    queued(printer)
    (job,) = printing.lease_jobs(site="AMS1")
    void("a")
    printing._mark(job, "fail", error="out of paper")

    with pytest.raises(Conflict) as refusal:
        printing.retry_job(job_id=job.pk)

    assert refusal.value.code == "print_job_withdrawn"
    assert states() == {"a": State.FAILED}


def test_the_database_wants_a_reason_and_lets_nothing_come_back(printer: Printer) -> None:
    job = queued(printer)
    with pytest.raises(IntegrityError, match="printjob_withdrawn_has_reason"), transaction.atomic():
        PrintJob.objects.update(state=State.CANCELLED)
    with pytest.raises(IntegrityError, match="printjob_withdrawn_has_reason"), transaction.atomic():
        PrintJob.objects.update(withdrawn_at=Now())
    cancel_job(job_id=job.pk, reason="wrong", requested_by="anna")

    with pytest.raises(ProgrammingError, match="Invalid transition"), transaction.atomic():
        PrintJob.objects.update(state=State.QUEUED)


def test_supervisors_cancel_with_a_reason(printer: Printer) -> None:
    job = queued(printer)
    client = staff("view_printjob", "cancel_printjob")
    offered = url("cancel", job) in client.get(url("change", job)).content.decode()

    without = client.post(url("cancel", job), {**SUBMIT, "reason": " "})
    answer = client.post(url("cancel", job), {**SUBMIT, "reason": "wrong printer"})

    assert offered
    assert "HX-Redirect" not in without
    assert answer["HX-Redirect"] == url("change", job)
    job.refresh_from_db()
    assert (job.state, job.withdrawn_by, job.withdrawn_because) == (State.CANCELLED, "anna", "wrong printer")
    page = client.get(url("change", job)).content.decode()
    assert "wrong printer" in page
    assert url("cancel", job) not in page


def test_nobody_cancels_without_the_permission(printer: Printer) -> None:
    job = queued(printer)
    client = staff("view_printjob", "reprint_printjob", "retry_printjob")

    assert url("cancel", job) not in client.get(url("change", job)).content.decode()
    assert client.post(url("cancel", job), {**SUBMIT, "reason": "wrong"}).status_code == 403
    assert states() == {"a": State.QUEUED}
