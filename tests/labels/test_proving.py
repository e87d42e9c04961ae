"""A label is proved by scanning it back: by its own code only, once, and never before it was printed."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse

from foundation.errors import Conflict, DomainError, Invalid
from labels import printing
from labels.models import Printer, PrintJob
from labels.proving import prove_label, unproved
from labels.scanning import code_of
from tests.labels.printers import ZPL, file_printer
from tests.labels.test_admin import staff, url

pytestmark = pytest.mark.django_db
SSCC = "387123450000047116"
TRACKING = "3SPAKH0012345678"


@pytest.fixture
def printer(tmp_path: Path) -> Printer:
    return file_printer(tmp_path)


def labelled(printer: Printer, code: str, *, reference: str = "", key: str = "", is_printed: bool = True) -> PrintJob:
    job = printing.enqueue(
        printer=printer,
        document="shipping_label",
        content=ZPL,
        content_type="application/zpl",
        key=key or f"label:{code}",
        reference=reference,
        proof_code=code,
    )
    if is_printed:
        printing.print_queued(site=printer.site)
    return job


def prove(scanned: str, **change: Any) -> PrintJob:
    scan = {"site": "AMS1", "station": "PACK-1", "worker": "B-104", "scan_id": uuid.uuid4()}
    return prove_label(scanned=scanned, **{**scan, **change})


def proofs() -> list[tuple[str, str, str]]:
    jobs = PrintJob.objects.filter(proved_at__isnull=False).order_by("pk")
    return list(jobs.values_list("key", "proved_by", "proved_station"))


@pytest.mark.parametrize(
    ("code", "scanned"),
    [
        (TRACKING, TRACKING),
        (TRACKING, f"]C0{TRACKING}\r\n"),
        (SSCC, f"]C100{SSCC}"),
        (SSCC, f"00{SSCC}"),
        (SSCC, f"(00){SSCC}"),
        ("4006381333931", "]E04006381333931"),
        ("T1234568", "]d1T1234568"),
        ("0112345678901234567", "]C00112345678901234567"),
    ],
)
def test_a_scan_proves_the_label_however_its_code_is_sent(code: str, scanned: str, printer: Printer) -> None:
    job = labelled(printer, code)
    scan_id = uuid.uuid4()

    proved = prove(scanned, scan_id=scan_id)

    job.refresh_from_db()
    assert proved.pk == job.pk
    assert (job.proved_by, job.proved_station, job.proof_scan) == ("B-104", "PACK-1", scan_id)
    assert job.proved_at is not None
    assert not unproved(PrintJob.objects.all()).exists()


def test_proved_twice_the_first_proof_stays(printer: Printer) -> None:
    labelled(printer, TRACKING)
    first = prove(TRACKING)

    again = prove(TRACKING, scan_id=first.proof_scan)
    later = prove(TRACKING, worker="B-200", station="PACK-2")

    assert (again.pk, again.proved_at) == (later.pk, later.proved_at) == (first.pk, first.proved_at)
    assert proofs() == [(f"label:{TRACKING}", "B-104", "PACK-1")]


def test_the_label_of_another_parcel_is_refused_by_name(printer: Printer) -> None:
    meant = labelled(printer, TRACKING, reference="O-1")
    labelled(printer, "3SOTHER", reference="O-2")
    labelled(file_printer(Path(printer.address), code="far", site="RTM1"), "3SFAR", reference="O-3")

    refusals = {}
    for scanned in ("3SOTHER", "3SFAR", "3SUNKNOWN"):
        with pytest.raises(Conflict) as refused:
            prove(scanned, job_id=meant.pk)
        assert refused.value.code == "wrong_label"
        refusals[scanned] = refused.value.message

    assert refusals["3SOTHER"] == "This label is the shipping label of O-2, not that of O-1: don't use it here."
    assert refusals["3SFAR"] == "This label is from elsewhere, not that of O-1: don't use it here."
    assert refusals["3SUNKNOWN"] == refusals["3SFAR"]
    assert proofs() == []
    assert prove(TRACKING, job_id=meant.pk).pk == meant.pk


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scanned": "3SUNKNOWN"}, "label_unknown"),
        ({"scanned": " "}, "scan_empty"),
        ({"scanned": "x" * 501}, "scan_too_long"),
        ({"site": "RTM1"}, "label_unknown"),
        ({"worker": ""}, "worker_missing"),
        ({"job_id": 0}, "print_job_not_found"),
        ({"site": "RTM1", "job_id": -1}, "print_job_not_found"),
        ({"scanned": "3SWAITS"}, "label_unknown"),
        ({"scanned": "3SWAITS", "job_id": -2}, "label_not_printed"),
    ],
)
def test_what_proves_nothing_changes_nothing(change: dict[str, Any], code: str, printer: Printer) -> None:
    printed = labelled(printer, TRACKING)
    waiting = labelled(printer, "3SWAITS", is_printed=False)
    jobs = {-1: printed.pk, -2: waiting.pk}
    scan = {"scanned": TRACKING, **change}
    if scan.get("job_id") in jobs:
        scan["job_id"] = jobs[scan["job_id"]]

    with pytest.raises(DomainError) as refused:
        prove(**scan)

    assert refused.value.code == code
    assert proofs() == []


def test_one_scan_proves_one_label(printer: Printer) -> None:
    labelled(printer, TRACKING)
    labelled(printer, "3SOTHER")
    scan_id = prove(TRACKING).proof_scan

    with pytest.raises(Conflict) as refused:
        prove("3SOTHER", scan_id=scan_id)

    assert refused.value.code == "scan_id_reused"
    assert [key for key, _who, _where in proofs()] == [f"label:{TRACKING}"]


def test_a_copy_counts_for_its_original_and_a_later_copy_wants_its_own_scan(printer: Printer) -> None:
    original = labelled(printer, TRACKING)
    copy = printing.reprint_job(job_id=original.pk, reason="torn", key="r1")
    printing.print_queued(site="AMS1")

    assert prove(TRACKING, job_id=original.pk).pk == copy.pk
    assert [key for key, _who, _where in proofs()] == [f"label:{TRACKING}", "r1"]
    later = printing.reprint_job(job_id=original.pk, reason="lost", key="r2")
    printing.print_queued(site="AMS1")
    assert list(unproved(PrintJob.objects.all())) == [later]
    assert prove(TRACKING, worker="B-200").pk == later.pk
    assert proofs()[1:] == [("r1", "B-104", "PACK-1"), ("r2", "B-200", "PACK-1")]


def test_of_two_labels_with_one_code_the_newest_is_proved_unless_another_is_meant(printer: Printer) -> None:
    first = labelled(printer, "A-01", key="bin:1")
    second = labelled(printer, "A-01", key="bin:2")

    assert prove("A-01").pk == second.pk
    assert prove("A-01", job_id=first.pk).pk == first.pk


def test_a_code_is_written_one_way() -> None:
    assert code_of(f"]C100{SSCC}") == SSCC
    assert code_of("036000291452") == "00036000291452"
    assert code_of("]C1" + "9" * 5) == "99999"
    with pytest.raises(Invalid):
        code_of("")


def test_a_code_too_long_for_any_label_is_refused(printer: Printer) -> None:
    with pytest.raises(Invalid) as refused:
        labelled(printer, "x" * 81)

    assert (refused.value.code, refused.value.field) == ("print_job_invalid", "proof_code")
    assert not PrintJob.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"proved_at": Now()},
        {"proved_by": "anna"},
        {"proved_at": Now(), "proved_by": "anna", "proof_scan": uuid.uuid4()},
    ],
)
def test_the_database_lets_no_label_be_proved_that_was_not_printed(change: dict[str, Any], printer: Printer) -> None:
    labelled(printer, TRACKING, is_printed=False)

    with pytest.raises(IntegrityError, match="printjob_proved_when_printed"), transaction.atomic():
        PrintJob.objects.update(**change)


def test_supervisors_see_what_was_printed_and_not_proved(printer: Printer) -> None:
    waiting, proved = labelled(printer, TRACKING, reference="O-1"), labelled(printer, "3SOTHER", reference="O-2")
    labelled(printer, "", reference="O-3", key="slip")
    prove("3SOTHER")
    PrintJob.objects.filter(pk=waiting.pk).update(printed_at=F("printed_at") - timedelta(minutes=12))
    client = staff("view_printjob")
    listed = reverse("admin:labels_printjob_changelist")

    unscanned = client.get(listed, {"proof": "waiting"}).content.decode()
    scanned = client.get(listed, {"proof": "proved"}).content.decode()
    page = client.get(url("change", proved)).content.decode()

    assert ("O-1" in unscanned, "O-2" in unscanned, "O-3" in unscanned) == (True, False, False)
    assert "not scanned for 12\xa0minutes" in unscanned
    assert ("O-1" in scanned, "O-2" in scanned, "O-3" in scanned) == (False, True, False)
    assert "B-104" in page
    assert "PACK-1" in page
