"""A copy is the label's own bytes, and a slip behind them that says it is a copy."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pypdfium2
import pytest
from django.core.exceptions import ValidationError

from foundation import clock
from foundation.errors import Invalid
from labels import printing
from labels.documents import copy_slip, item_label, tote_label
from labels.drawing import zpl
from labels.drawing.appending import pages_behind
from labels.drawing.faults import DrawingError
from labels.models import Printer, PrintJob
from tests.labels.printers import file_printer, paper_printer, tcp_printer
from tests.labels.reading import ZplPrinter, decode, pdf_rasters
from tests.labels.samples import item

LABEL = item("Lip balm")
TYPES = {"zpl": "application/zpl", "pdf": "application/pdf"}
WHEN = datetime(2026, 9, 30, 17, 45, tzinfo=UTC)
HOSTILE = "torn ^XZ^XA^FDx ~JA"


def printed(printer: Printer, content: bytes) -> PrintJob:
    job = printing.enqueue(
        printer=printer,
        document="item_label",
        content=content,
        content_type=TYPES[printer.kind],
        key="a",
        reference="O-1",
    )
    printing.print_queued(site="AMS1")
    return job


def copied(job: PrintJob, *, reason: str = "label torn") -> PrintJob:
    copy = printing.reprint_job(job_id=job.pk, reason=reason, key="r1", requested_by="anna")
    copy.refresh_from_db()
    return copy


def words(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.django_db
def test_a_copy_in_zpl_is_sent_with_its_slip_and_its_bytes_are_the_labels() -> None:
    label = item_label.render_zpl(LABEL)
    with paper_printer() as paper:
        job = printed(tcp_printer(paper.address), label)

        copy = copied(job)
        assert printing.print_queued(site="AMS1") == printing.PrintReport(printed=1)
        first, second = paper.wait_for(2)

    assert (bytes(copy.content), copy.sha256) == (label, sha256(label).hexdigest())
    assert first == label
    assert second.startswith(label)
    assert (second.count(b"^XA"), second.count(b"^XZ")) == (2, 2)
    slip = second[len(label) :]
    for said in (b"COPY 1", b"label torn", b"anna", b"O-1", f"Copy of job {job.pk}".encode()):
        assert said.replace(b" ", b"_20") in slip or said in slip


@pytest.mark.django_db
def test_a_reason_is_text_and_adds_no_command(tmp_path: Path) -> None:
    job = printed(file_printer(tmp_path), item_label.render_zpl(LABEL))

    slip = bytes(copied(job, reason=HOSTILE).copy_slip)
    plain = zpl.render(copy_slip.layout(copy_slip.CopySlip(1, "torn", "anna", WHEN, job.pk, "O-1")))

    assert (slip.count(b"^"), slip.count(b"~")) == (plain.count(b"^"), plain.count(b"~"))


@pytest.mark.django_db
def test_a_copy_in_pdf_is_one_file_that_begins_with_the_label(tmp_path: Path) -> None:
    label = item_label.render_pdf(LABEL)
    job = printed(file_printer(tmp_path, kind="pdf"), label)

    copy = copied(job)
    printing.print_queued(site="AMS1")

    sent = (tmp_path / f"{copy.pk:08d}-item_label.pdf").read_bytes()
    assert sha256(sent[: len(label)]).hexdigest() == copy.sha256 == job.sha256
    first, second = pdf_rasters(sent)
    (original,) = pdf_rasters(label)
    assert (first == original).all()
    assert second.shape == (copy_slip.HEIGHT, copy_slip.WIDTH)
    assert decode(second) == set()
    assert [said for said in ("COPY 1", "label torn", "anna", f"Copy of job {job.pk}") if said not in words(sent)] == []


@pytest.mark.django_db
def test_the_slip_tells_the_time_of_its_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printer = file_printer(tmp_path, kind="pdf")
    Printer.objects.update(timezone="America/New_York")
    job = printed(printer, item_label.render_pdf(LABEL))
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-24T02:05:00+00:00"))

    copy = copied(job)

    assert "23 Nov 2026 21:05" in words(copy.transmission)


@pytest.mark.django_db
def test_a_printer_may_want_no_slips(tmp_path: Path) -> None:
    job = printed(file_printer(tmp_path), item_label.render_zpl(LABEL))
    Printer.objects.update(copy_slips=False)

    copy = copied(job)

    assert copy.transmission == bytes(job.content)


@pytest.mark.django_db
def test_a_pdf_that_can_not_be_marked_is_not_copied_in_silence(tmp_path: Path) -> None:
    job = printed(file_printer(tmp_path, kind="pdf"), b"%PDF-")

    with pytest.raises(Invalid) as refused:
        copied(job)

    assert refused.value.code == "copy_not_markable"
    assert "switch copy slips off at pack-1" in refused.value.message
    assert PrintJob.objects.count() == 1


@pytest.mark.django_db
def test_a_printer_stands_in_a_time_zone_that_exists(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    printer.timezone = "Europe/Atlantis"

    with pytest.raises(ValidationError, match="no such time zone"):
        printer.full_clean()


def test_pages_are_put_behind_others_without_touching_them() -> None:
    original, more = item_label.render_pdf(LABEL), tote_label.render_pdf(tote_label.ToteLabel("T1234568"))

    pages = pdf_rasters(original + pages_behind(original, more))

    assert [page.shape for page in pages] == [(256, 456), (400, 800)]
    assert decode(pages[1]) == {("]C0", b"T1234568"), ("]d1", b"T1234568")}
    for broken in (b"", b"%PDF-", original[:500]):
        with pytest.raises(DrawingError) as refused:
            pages_behind(broken, more)
        assert refused.value.code == "pdf_unreadable"


def test_a_slip_prints_on_the_smallest_label(zpl_printer: ZplPrinter) -> None:
    slip = copy_slip.CopySlip(2, "the label was torn at the bench", "anna", WHEN, 1234, "O-1")

    (page,) = zpl_printer.print(copy_slip.render_zpl(slip), width=456, height=256)

    assert decode(page) == set()
    assert 0.1 < (page < 128).mean() < 0.6
