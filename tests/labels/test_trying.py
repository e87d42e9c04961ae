"""A printer is tried out: its label can be measured, read, and proved like any other."""

import uuid
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from foundation.errors import DomainError
from labels import printing
from labels.documents import trial_label
from labels.drawing.canvas import Box
from labels.models import Printer, PrintJob
from labels.proving import prove_label
from labels.trying import print_trial
from tests.labels.printers import file_printer, request
from tests.labels.reading import ZplPrinter, decode, pdf_rasters
from tests.labels.test_admin import SUBMIT, staff

LABEL = trial_label.TrialLabel("Pack bench 1", "pack-1", "AMS1", "pack-1-42")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["zpl", "pdf"])
def test_a_test_label_is_printed_once_and_proved_by_its_number(kind: str, tmp_path: Path) -> None:
    printer = file_printer(tmp_path, kind=kind)

    job = print_trial(printer_id=printer.pk, key="trial:1", requested_by="anna")
    again = print_trial(printer_id=printer.pk, key="trial:1", requested_by="ben")
    report = printing.print_queued(site="AMS1")
    proved = prove_label(
        scanned=f"]d1pack-1-{job.pk}", site="AMS1", station="PACK-1", worker="anna", scan_id=uuid.uuid4()
    )

    assert again.pk == proved.pk == job.pk
    assert report == printing.PrintReport(printed=1)
    assert (proved.proof_code, proved.requested_by, proved.reference) == (f"pack-1-{job.pk}", "anna", "Test print")
    assert [path.suffix for path in tmp_path.iterdir()] == [f".{kind}"]


@pytest.mark.django_db
def test_a_finer_printer_gets_its_labels_and_slips_at_its_own_pitch(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    Printer.objects.update(dots_per_mm=12)

    job = print_trial(printer_id=printer.pk, key="trial:1", requested_by="anna")
    printing.print_queued(site="AMS1")
    copy = printing.reprint_job(job_id=job.pk, reason="torn", key="again", requested_by="anna")

    assert b"^PW684^LL384" in bytes(job.content)
    assert b"12 dots/mm" in bytes(job.content)
    assert b"300 dpi" in bytes(job.content)
    assert b"^PW684^LL384" in bytes(copy.copy_slip)


@pytest.mark.django_db
@pytest.mark.parametrize("dots_per_mm", [0, 6, 24])
def test_no_printer_has_a_pitch_that_no_label_is_drawn_at(dots_per_mm: int, tmp_path: Path) -> None:
    file_printer(tmp_path)

    with pytest.raises(IntegrityError), transaction.atomic():
        Printer.objects.update(dots_per_mm=dots_per_mm)

    assert Printer.objects.get().dots_per_mm == 8


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"printer_id": 0}, "printer_not_found"),
        ({"key": ""}, "print_job_invalid"),
        ({"key": "k" * 121}, "print_job_invalid"),
        ({"key": "other"}, "print_key_reused"),
    ],
)
def test_a_test_print_that_can_not_be_is_refused(change: dict[str, object], code: str, tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    printing.enqueue_many(requests=[request(printer, "other")])
    asked: dict[str, object] = {"printer_id": printer.pk, "key": "trial:1", "requested_by": "anna", **change}

    with pytest.raises(DomainError) as refused:
        print_trial(**asked)  # type: ignore[arg-type]

    assert refused.value.code == code
    assert list(PrintJob.objects.values_list("key", flat=True)) == ["other"]


@pytest.mark.django_db
def test_supervisors_try_a_printer_out_from_its_page(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    client = staff("view_printer", "change_printer", "view_printjob")
    page = reverse("admin:labels_printer_change", args=[printer.pk])
    press = reverse("admin:labels_printer_try_out", args=[printer.pk])

    offered = press in client.get(page).content.decode()
    once, twice = (client.post(press, {**SUBMIT, "key": "trial:1"}) for _ in range(2))

    job = PrintJob.objects.get()
    assert offered
    assert once["HX-Redirect"] == twice["HX-Redirect"] == reverse("admin:labels_printjob_change", args=[job.pk])
    assert job.requested_by == "anna"


@pytest.mark.django_db
def test_who_may_not_change_a_printer_may_not_try_it_out(tmp_path: Path) -> None:
    printer = file_printer(tmp_path)
    client = staff("view_printer", "view_printjob")
    press = reverse("admin:labels_printer_try_out", args=[printer.pk])

    assert client.post(press, {**SUBMIT, "key": "trial:1"}).status_code == 403
    assert not PrintJob.objects.exists()


def test_the_rulers_have_a_mark_each_millimetre() -> None:
    (page,) = trial_label.layout(LABEL)

    marks = [item for item in page.items if isinstance(item, Box)]

    assert [mark.x for mark in marks if mark.y == 10] == list(range(10, 442, 8))
    assert [mark.y for mark in marks if mark.y > 10] == list(range(18, 242, 8))
    assert [mark.x // 8 for mark in marks if mark.y == 10 and mark.height == 24] == [1, 11, 21, 31, 41, 51]


def test_its_code_reads_on_paper_of_either_kind(zpl_printer: ZplPrinter) -> None:
    (page,) = pdf_rasters(trial_label.render_pdf(LABEL))
    (label,) = zpl_printer.print(trial_label.render_zpl(LABEL), width=456, height=256)

    assert decode(page) == decode(label) == {("]d1", b"pack-1-42")}
