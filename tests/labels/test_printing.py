"""The print queue: enqueued twice prints once, failures are kept apart by whether paper came out, copies say why."""

import threading
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models.functions import Now
from django_fsm import TransitionNotAllowed

from foundation.errors import Conflict, DomainError, Invalid, NotFound
from labels import printing, tasks
from labels.models import Printer, PrintJob
from tests.labels.printers import ZPL, file_printer, free_port, paper_printer, request, tcp_printer

State = PrintJob.State
pytestmark = pytest.mark.django_db


def job_of(key: str) -> PrintJob:
    return PrintJob.objects.get(key=key)


def test_a_job_keeps_the_bytes_and_their_digest(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)

    job = printing.enqueue(
        printer=printer,
        document="bin_label",
        content=ZPL,
        content_type="application/zpl",
        key="bin:A-01",
        reference="A-01",
    )

    job.refresh_from_db()
    assert (bytes(job.content), job.sha256, job.state) == (ZPL, sha256(ZPL).hexdigest(), State.QUEUED)
    assert (job.copies, job.attempts, job.copy_no) == (1, 0, 0)


def test_enqueued_twice_it_prints_once(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)

    first = printing.enqueue_many(requests=[request(printer, "a"), request(printer, "b"), request(printer, "a")])
    again = printing.enqueue_many(requests=[request(printer, "b"), request(printer, "c")])
    report = printing.print_queued(site="AMS1")

    assert [job.key for job in first] == ["a", "b", "a"]
    assert first[0].pk == first[2].pk
    assert again[0].pk == first[1].pk
    assert report == printing.PrintReport(printed=3)
    assert len(list(tmp_path.iterdir())) == 3
    assert printing.print_queued(site="AMS1") == printing.PrintReport()


@pytest.mark.django_db(transaction=True)
def test_enqueued_by_many_at_once_it_prints_once(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    found: list[int] = []

    def enqueue() -> None:
        try:
            found.append(printing.enqueue_many(requests=[request(printer, "same")])[0].pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=enqueue) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert set(found) == {job_of("same").pk}


def test_a_key_means_one_thing_for_ever(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    printing.enqueue_many(requests=[request(printer, "a")])

    with pytest.raises(Conflict) as refused:
        printing.enqueue_many(requests=[request(printer, "b"), request(printer, "a", content=ZPL + ZPL)])

    assert refused.value.code == "print_key_reused"
    assert list(PrintJob.objects.values_list("key", "sha256")) == [("a", sha256(ZPL).hexdigest())]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content", b""),
        ("content_type", "application/pdf"),
        ("key", ""),
        ("key", "k" * 121),
        ("copies", 0),
        ("copies", 100),
        ("document", "poem"),
    ],
)
def test_what_can_not_be_printed_is_refused(field: str, value: object, tmp_path: Path) -> None:
    wanted = {
        "printer": file_printer(tmp_path),
        "document": "bin_label",
        "content": ZPL,
        "content_type": "application/zpl",
        "key": "a",
        "copies": 1,
    }

    with pytest.raises(Invalid) as refused:
        printing.enqueue(**{**wanted, field: value})

    assert (refused.value.code, refused.value.field) == ("print_job_invalid", field)
    assert not PrintJob.objects.exists()


def test_the_printer_gets_every_byte_in_order() -> None:
    with paper_printer() as paper:
        printer = tcp_printer(paper.address)
        requests = [request(printer, str(n), content=b"^XA^FD%d^FS^XZ" % n, copies=1 + n % 2) for n in range(6)]
        printing.enqueue_many(requests=requests)

        report = printing.print_queued(site="AMS1")

        assert report == printing.PrintReport(printed=6)
        assert paper.wait_for(6) == [b"^XA^FD%d^FS^XZ" % n * (1 + n % 2) for n in range(6)]
    job = job_of("0")
    assert (job.state, job.attempts, job.lease, job.lease_until) == (State.PRINTED, 1, None, None)
    assert job.printed_at is not None


def test_a_line_that_breaks_in_the_middle_is_never_sent_again_by_itself() -> None:
    with paper_printer(broken=4) as paper:
        printer = tcp_printer(paper.address)
        printing.enqueue_many(requests=[request(printer, "a", content=ZPL * 100_000), request(printer, "b")])

        report = printing.print_queued(site="AMS1")

    assert report == printing.PrintReport(requeued=1, failed=1)
    assert job_of("a").state == State.FAILED
    assert "Look whether it printed" in job_of("a").error
    assert (job_of("b").state, job_of("b").attempts) == (State.QUEUED, 0)


def test_one_printers_trouble_is_not_anothers(tmp_path: Path) -> None:
    away = tcp_printer(f"127.0.0.1:{free_port()}")
    near = file_printer(tmp_path)
    printing.enqueue_many(requests=[request(away, f"away {n}") for n in range(5)] + [request(near, "near")])

    report = printing.print_queued(site="AMS1", limit=2)

    assert report == printing.PrintReport(printed=1, requeued=2)
    assert job_of("near").state == State.PRINTED


def test_other_sites_and_resting_printers_are_left_alone(tmp_path: Path) -> None:
    elsewhere = file_printer(tmp_path, code="other", site="RTM1")
    resting = file_printer(tmp_path, code="resting")
    Printer.objects.filter(pk=resting.pk).update(active=False)
    printing.enqueue_many(requests=[request(elsewhere, "a"), request(resting, "b")])

    assert printing.print_queued(site="AMS1") == printing.PrintReport()
    assert set(PrintJob.objects.values_list("state", flat=True)) == {State.QUEUED}


def test_a_printer_serves_one_sender_at_a_time(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    printing.enqueue_many(requests=[request(printer, "a"), request(printer, "b")])

    first = printing.lease_jobs(site="AMS1", limit=1)
    second = printing.lease_jobs(site="AMS1", limit=1)

    assert [job.key for job in first] == ["a"]
    assert second == []


def expire_leases() -> None:
    PrintJob.objects.filter(state=State.SENDING).update(lease_until=Now() - timedelta(seconds=1))


def test_a_dead_senders_job_is_printed_again_where_that_is_safe(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    printing.enqueue_many(requests=[request(printer, "a")])
    printing.lease_jobs(site="AMS1")
    expire_leases()

    report = printing.print_queued(site="AMS1")

    assert report == printing.PrintReport(printed=1)
    assert (job_of("a").state, job_of("a").attempts) == (State.PRINTED, 2)


def test_a_dead_senders_job_waits_for_a_person_where_it_may_have_printed() -> None:
    with paper_printer() as paper:
        printing.enqueue_many(requests=[request(tcp_printer(paper.address), "a")])
        printing.lease_jobs(site="AMS1")
        expire_leases()

        assert printing.recover_leases(site="AMS1") == printing.PrintReport(failed=1)
        assert printing.print_queued(site="AMS1") == printing.PrintReport()

        assert paper.papers == []
    assert job_of("a").state == State.FAILED
    assert "Look whether it printed" in job_of("a").error


def test_a_sender_that_lost_its_lease_changes_nothing(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    printing.enqueue_many(requests=[request(printer, "a")])
    (late,) = printing.lease_jobs(site="AMS1")
    expire_leases()
    (current,) = printing.lease_jobs(site="AMS1")

    report = printing._send_in_order([late])

    assert report == printing.PrintReport()
    job = job_of("a")
    assert (job.state, job.lease) == (State.SENDING, current.lease)


def failed_job(printer: Printer) -> PrintJob:
    printing.enqueue_many(requests=[request(printer, "a")])
    (job,) = printing.lease_jobs(site="AMS1")
    printing._mark(job, "fail", error="out of paper", attempts=3)
    return job


def test_a_person_retries_what_failed(tmp_path: Path) -> None:
    job = failed_job(file_printer(tmp_path))

    printing.retry_job(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (State.QUEUED, 0, "")
    with pytest.raises(Conflict) as refused:
        printing.retry_job(job_id=job.pk)
    assert refused.value.code == "print_job_not_failed"


def test_a_copy_has_the_same_bytes_a_reason_and_a_number(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    (job,) = printing.enqueue_many(requests=[request(printer, "a", copies=2)])
    printing.print_queued(site="AMS1")

    copy = printing.reprint_job(job_id=job.pk, reason="  label  torn ", key="r1", requested_by="anna")
    again = printing.reprint_job(job_id=job.pk, reason="label torn", key="r1", requested_by="anna")
    printing.print_queued(site="AMS1")
    second = printing.reprint_job(job_id=copy.pk, reason="lost", key="r2")

    copy.refresh_from_db()
    assert (copy.state, bytes(copy.content), copy.sha256, copy.copies) == (State.PRINTED, ZPL, job.sha256, 2)
    assert (copy.reprint_of_id, copy.copy_no, copy.reprint_reason) == (job.pk, 1, "label torn")
    assert copy.requested_by == "anna"
    assert again.pk == copy.pk
    assert (second.reprint_of_id, second.copy_no, second.state) == (job.pk, 2, State.QUEUED)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": " \n"}, "reprint_reason_missing"),
        ({"reason": "x" * 201}, "reprint_reason_missing"),
        ({"key": ""}, "print_job_invalid"),
        ({"key": "b"}, "print_key_reused"),
        ({"job_id": 0}, "print_job_not_found"),
        ({}, "print_job_waiting"),
    ],
)
def test_a_copy_that_is_not_due_is_refused(change: dict[str, object], code: str, tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    job, _other = printing.enqueue_many(requests=[request(printer, "a"), request(printer, "b")])

    with pytest.raises(DomainError) as refused:
        printing.reprint_job(**{"job_id": job.pk, "reason": "torn", "key": "r1", **change})

    assert refused.value.code == code
    assert PrintJob.objects.count() == 2


def test_there_is_no_retry_of_nothing() -> None:
    with pytest.raises(NotFound):
        printing.retry_job(job_id=0)


def test_states_can_not_be_jumped(tmp_path: Path) -> None:
    (job,) = printing.enqueue_many(requests=[request(file_printer(tmp_path), "a")])

    with pytest.raises(ProgrammingError, match="Invalid transition"), transaction.atomic():
        PrintJob.objects.filter(pk=job.pk).update(state=State.PRINTED, printed_at=Now())
    with pytest.raises(TransitionNotAllowed):
        job.finish()
    with pytest.raises(ProgrammingError, match="Cannot insert"), transaction.atomic():
        PrintJob.objects.create(printer=job.printer, document="other", key="b", sha256="0" * 64, state="failed")

    assert list(PrintJob.objects.values_list("key", "state")) == [("a", State.QUEUED)]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"copies": 0}, "printjob_copies_1_to_99"),
        ({"sha256": "x" * 64}, "printjob_sha256_is_a_digest"),
        ({"copy_no": 1}, "printjob_reprint_has_reason"),
        ({"reprint_reason": "torn"}, "printjob_reprint_has_reason"),
        ({"lease_until": Now()}, "printjob_lease_while_sending"),
        ({"printed_at": Now()}, "printjob_printed_at_when_printed"),
    ],
)
def test_the_database_keeps_jobs_whole(change: dict[str, object], name: str, tmp_path: Path) -> None:
    (job,) = printing.enqueue_many(requests=[request(file_printer(tmp_path), "a")])

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PrintJob.objects.filter(pk=job.pk).update(**change)


def test_the_background_job_empties_every_sites_queue(tmp_path: Path) -> None:
    one, other = file_printer(tmp_path / "a"), file_printer(tmp_path / "b", code="other", site="RTM1")
    printing.enqueue_many(requests=[request(one, f"a{n}") for n in range(120)] + [request(other, "b")])

    tasks.print_everywhere.func(timestamp=0)

    assert set(PrintJob.objects.values_list("state", flat=True)) == {State.PRINTED}
    assert len(list((tmp_path / "a").iterdir())) == 120
