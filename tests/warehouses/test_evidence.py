"""The evidence of a case: everything that is known, in the hub's time, and nothing left out however much it is."""

import pytest

from foundation import clock
from labels.documents.case_file import CaseFile, CountedLine, ScanRow, StepRow, layout, render_pdf
from labels.drawing.canvas import Photo, Text
from tests.factories import MONDAY, announced, code_of, make_user, picture, unit_scan
from tests.labels.reading import pdf_rasters
from warehouses.models import Case, Condition, Hub, Sku
from warehouses.services.cases import answer_case
from warehouses.services.evidence import MOST_PHOTOS, case_file_of, evidence_pdf
from warehouses.services.photos import keep_photo
from warehouses.services.receiving import arrive_carton, close_carton, count_units, undo_scan


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def case(hub: Hub, sku: Sku) -> Case:
    """Of five rings two were broken; one scan was a slip, and something nobody knows was with them."""
    worker = make_user("karin")
    with clock.playing(MONDAY):
        (carton,) = announced(hub, [{sku: 5}])
        arrive_carton(hub=hub, code=carton.sscc)
        broken, slip = unit_scan(sku, 2, Condition.DAMAGED), unit_scan(sku, 1)
        scans = [unit_scan(sku, 3), broken, slip, unit_scan(sku, 4, code="???", is_unexpected=True)]
        count_units(carton_id=carton.pk, scans=scans, station="DOCK-1", worker_id=worker.pk, may_exceed=True)
        undo_scan(scan_id=slip.scan_id, station="DOCK-2")
        for colour, scan_id in (("teal", broken.scan_id), ("navy", scans[3].scan_id), ("red", None)):
            content = picture(400, 300, colour=colour)
            keep_photo(carton_id=carton.pk, content=content, station="DOCK-1", scan_id=scan_id, worker_id=worker.pk)
        close_carton(carton_id=carton.pk)
        return answer_case(case_id=Case.objects.get(kind="damaged").pk, choice="dispose", note="Too bad.")


def test_the_evidence_says_all_that_is_known(sku: Sku, case: Case) -> None:
    doc = case_file_of(case)

    at, code = "2026-03-02 09:00:00", code_of(sku)
    assert (doc.number, doc.subject, doc.zone) == (case.number, "Damaged: 2 units, RING", "Europe/Amsterdam")
    assert (doc.opened, doc.due, doc.outcome) == (at, "2026-03-10 00:00:00", "Dispose · answered")
    assert doc.lines == (CountedLine("RING", "", 5, 3, 2, 0, 0),)
    assert sorted(doc.scans, key=lambda row: (row.station, row.units)) == [
        ScanRow(at, "karin", "DOCK-1", code, 1, "Sellable", "Taken back"),
        ScanRow(at, "karin", "DOCK-1", code, 2, "Damaged"),
        ScanRow(at, "karin", "DOCK-1", code, 3, "Sellable"),
        ScanRow(at, "karin", "DOCK-1", "???", 4, "Unknown"),
        ScanRow(at, "–", "DOCK-2", code, -1, "Sellable", "Takes a scan back"),
    ]
    assert doc.steps == (
        StepRow(at, "Opened", "–"),
        StepRow(at, "Answered", "The seller", "Too bad."),
    )
    assert [photo.caption for photo in doc.photos] == [
        f"2 x {code} · {at} · DOCK-1 · karin",
        f"The carton · {at} · DOCK-1 · karin",
    ]


def test_the_evidence_is_a_page_with_its_photos(case: Case) -> None:
    (page,) = pdf_rasters(evidence_pdf(case=case))

    assert page.shape == (2376, 1680)
    (sheet,) = layout(case_file_of(case))
    assert len([item for item in sheet.items if isinstance(item, Photo)]) == 2


def test_a_photo_more_than_fits_a_letter_is_seen_by_itself(case: Case) -> None:
    for n in range(MOST_PHOTOS):
        keep_photo(carton_id=case.carton_id, content=picture(40 + n), station="DOCK-1")

    assert len(case_file_of(case).photos) == MOST_PHOTOS


def test_two_thousand_scans_stand_on_as_many_pages_as_it_takes() -> None:
    scans = tuple(ScanRow("09:00", "karin", "DOCK-1", f"CODE-{n}", 1, "Sellable") for n in range(2_000))
    doc = CaseFile("CA-1", "Missing", "Shop", "AMS1", "IN-1", "1", "", "", "Open", "UTC", scans=scans)

    pages = layout(doc)

    texts = {item.text for page in pages for item in page.items if isinstance(item, Text)}
    assert {f"CODE-{n}" for n in range(2_000)} <= texts
    assert len(pages) > 30
    assert render_pdf(doc).startswith(b"%PDF-")
