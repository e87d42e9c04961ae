"""Printing by IPP: what a print server is sent, and what each of its answers means for the paper."""

import re
import socket
import time
from typing import Any

import pytest

from labels.models import Printer, PrintJob
from labels.printing import PrintRequest, enqueue_many, print_queued, reprint_job
from labels.wire.ipp import send_ipp
from labels.wire.ipp_messages import JOB, Unreadable, read_answer
from labels.wire.raw_tcp import WireFailed
from tests.labels.ipp_printers import ABORTED, CANCELED, LATER, PROCESSING, STOPPED, IppPrinter, Printed, ipp_printer
from tests.labels.printers import ZPL

PDF = b"%PDF-1.4 a page"


def send(printer: IppPrinter, content: bytes = PDF, *, content_type: str = "application/pdf", copies: int = 1) -> None:
    send_ipp(printer.address, content, content_type=content_type, copies=copies, name="pakhuis-7")


def test_a_page_is_printed_as_one_job_with_its_name_and_copies() -> None:
    with ipp_printer() as printer:
        send(printer, copies=3)

    assert printer.jobs == [Printed("pakhuis-7", "application/pdf", 3, PDF)]
    assert printer.uris == {printer.address}
    assert printer.asked == ["Get-Printer-Attributes", "Print-Job", "Get-Job-Attributes"]


@pytest.mark.parametrize(
    ("formats", "chosen"),
    [
        (["application/octet-stream", "application/vnd.zebra-zpl"], "application/vnd.zebra-zpl"),
        (["application/octet-stream", "application/vnd.cups-raw"], "application/vnd.cups-raw"),
        (["application/pdf", "application/octet-stream"], "application/octet-stream"),
    ],
)
def test_zpl_goes_as_what_the_queue_takes_with_its_copies_in_the_bytes(formats: list[str], chosen: str) -> None:
    with ipp_printer(formats=formats) as printer:
        send(printer, ZPL, content_type="application/zpl", copies=2)

    assert printer.jobs == [Printed("pakhuis-7", chosen, 1, ZPL + ZPL)]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (
            {"state": STOPPED, "reasons": ["media-empty-error", "paused"]},
            "takes no jobs: it is out of paper, it is paused.",
        ),
        ({"is_accepting": False}, "takes no jobs: it does not say why."),
        ({"formats": ["image/urf"]}, "does not print application/pdf."),
        ({"refusal": 0x0507}, "refused the job (status 0x0507)."),
        ({"http_status": 401}, "can't be reached: HTTP 401"),
    ],
)
def test_what_it_does_not_take_has_not_been_printed(told: dict[str, Any], message: str) -> None:
    with ipp_printer(**told) as printer, pytest.raises(WireFailed) as failed:
        send(printer)

    assert (failed.value.message, failed.value.may_have_printed) == (message, False)
    assert printer.jobs == []


@pytest.mark.parametrize("said", LATER)
def test_an_answer_that_is_none_is_a_printer_that_is_not_there(said: str) -> None:
    with ipp_printer(said=LATER[said]) as printer, pytest.raises(WireFailed) as failed:
        send(printer)

    assert failed.value.message.startswith("can't be reached: ")
    assert not failed.value.may_have_printed
    assert printer.asked == ["Get-Printer-Attributes"]


def test_nobody_at_the_address_is_told_apart_from_doubt() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"ipp://127.0.0.1:{nobody.getsockname()[1]}/printers/labels"
        with pytest.raises(WireFailed) as failed:
            send_ipp(address, PDF, content_type="application/pdf", copies=1, name="pakhuis-7")

    assert not failed.value.may_have_printed


@pytest.mark.parametrize(
    "address", ["", "ipp://", "http://host/x", "ipp:///x", "ipp://host:99999/x", "ipp://ho st/x", "ipp://[::1/x"]
)
def test_an_address_that_is_none_is_named(address: str) -> None:
    with pytest.raises(WireFailed, match=r"no ipp://host/path|can't be reached") as failed:
        send_ipp(address, PDF, content_type="application/pdf", copies=1, name="pakhuis-7")

    assert not failed.value.may_have_printed


def test_a_lost_answer_is_looked_for_by_the_jobs_name() -> None:
    with ipp_printer(hangs_up="Print-Job") as printer:
        send(printer)

    assert len(printer.jobs) == 1
    assert printer.asked[2:] == ["Get-Jobs", "Get-Jobs", "Get-Job-Attributes"]


def test_a_lost_answer_to_a_job_that_is_in_no_list_is_for_a_person() -> None:
    with ipp_printer(hangs_up="Print-Job", forgets=True) as printer, pytest.raises(WireFailed) as failed:
        send(printer)

    assert failed.value.may_have_printed
    assert failed.value.message.endswith("Look whether it printed.")


@pytest.mark.parametrize(("status", "doubt"), [(401, False), (403, False), (413, False), (502, True)])
def test_a_job_turned_away_unread_is_no_doubt(status: int, doubt: bool) -> None:
    with ipp_printer(print_status=status, forgets=True) as printer, pytest.raises(WireFailed) as failed:
        send(printer)

    assert (failed.value.may_have_printed, failed.value.is_away) == (doubt, False)
    assert f"HTTP {status}" in failed.value.message


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labels.wire.ipp.ANSWER_S", 0.3)
    begun = time.monotonic()
    with ipp_printer(drip_s=0.1) as printer, pytest.raises(WireFailed) as failed:
        send(printer)

    assert time.monotonic() - begun < 5
    assert not failed.value.may_have_printed


def test_a_quarter_of_a_million_bytes_are_read_in_no_time() -> None:
    values = b"\x44\x00\x01x\x00\x00" + b"\x44\x00\x00\x00\x00" * 51_000
    begun = time.process_time()

    answer = read_answer(b"\x01\x01\x00\x00\x00\x00\x00\x01\x02" + values + b"\x03")

    assert len(answer.values(JOB, "x")) == 51_001
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("state", "reasons", "message"),
    [
        (ABORTED, ["document-format-error"], "gave the job up (document-format). Look whether it printed."),
        (CANCELED, ["none"], "was told to drop the job (it does not say why). Look whether it printed."),
    ],
)
def test_a_job_given_up_at_once_has_failed(state: int, reasons: list[str], message: str) -> None:
    with ipp_printer(job_state=state, job_reasons=reasons) as printer, pytest.raises(WireFailed) as failed:
        send(printer)

    assert (failed.value.message, failed.value.may_have_printed) == (message, True)


def test_a_slow_job_is_the_printers_own_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labels.wire.ipp.FOLLOW_S", 0.5)
    with ipp_printer(job_state=PROCESSING) as printer:
        send(printer)

    assert len(printer.jobs) == 1
    assert printer.asked.count("Get-Job-Attributes") >= 2


def test_a_number_of_a_job_is_read_with_its_sign() -> None:
    answer = read_answer(b"\x02\x00\x00\x01\x00\x00\x00\x01\x02\x21\x00\x01n\x00\x04\xff\xff\xff\xfe\x03")

    assert (answer.is_ok, answer.number(JOB, "n"), answer.words(JOB, "n")) == (True, -2, [])
    with pytest.raises(Unreadable):
        read_answer(b"\x09\x00\x00\x00\x00\x00\x00\x01\x03")


# --- through the queue ------------------------------------------------------------------------------------


def queue_at(address: str) -> Printer:
    return Printer.objects.create(
        code="desk-1", name="Desk 1", site="AMS1", kind="pdf", transport="ipp", address=address
    )


@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_queue_come_out_in_order_and_a_copy_with_its_slip() -> None:
    with ipp_printer() as server:
        printer = queue_at(server.address)
        jobs = enqueue_many(
            requests=[
                PrintRequest(printer, PrintJob.Document.PACKING_SLIP, PDF + key.encode(), "application/pdf", key)
                for key in ("a", "b")
            ]
        )
        report = print_queued(site="AMS1")
        Printer.objects.update(copy_slips=False)  # these pages are no PDF that a slip could be added to
        reprint_job(job_id=jobs[0].pk, reason="spoilt", key="again")
        print_queued(site="AMS1")

    assert (report.printed, report.failed) == (2, 0)
    assert [job.document for job in server.jobs] == [PDF + b"a", PDF + b"b", PDF + b"a"]
    assert re.fullmatch(rf"pakhuis-{jobs[0].pk}-[0-9a-f]{{8}}", server.jobs[0].name)
    assert server.jobs[0].name.rpartition("-")[2] == server.jobs[1].name.rpartition("-")[2], "one lease"


@pytest.mark.django_db(transaction=True)
def test_a_queue_without_paper_keeps_the_job_and_a_lost_answer_gives_it_to_a_person() -> None:
    with ipp_printer(state=STOPPED, reasons=["media-empty"]) as server:
        printer = queue_at(server.address)
        (job,) = enqueue_many(
            requests=[PrintRequest(printer, PrintJob.Document.PACKING_SLIP, PDF, "application/pdf", "a")]
        )
        print_queued(site="AMS1")
        job.refresh_from_db()
        waiting = (job.state, job.error)
        server.state, server.hangs_up, server.forgets = 3, "Print-Job", True
        print_queued(site="AMS1")
        job.refresh_from_db()

    assert waiting == ("queued", "desk-1 takes no jobs: it is out of paper.")
    assert (job.state, job.attempts) == ("failed", 1)
