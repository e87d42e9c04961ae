"""Paper for the floor: a walk that goes on without handhelds, and a label for the way back."""

from dataclasses import replace

import pytest

from labels.documents import pick_list, return_label
from labels.documents.pick_list import PickList, PickStop
from labels.documents.return_label import ReturnLabel, ReturnReason
from labels.documents.tote_label import tote_code
from labels.drawing.canvas import Barcode, Box
from labels.drawing.faults import DrawingError
from tests.labels.reading import ZplPrinter, decode, pdf_rasters, said, texts
from tests.labels.samples import HUB

STOP = PickStop("A-01-02-3-04", "LUM-1", "Lip balm", 3, tote_code(1))
WALK = PickList("PL-7", "AMS1", "C-3", "Sanne", "09:12", "Europe/Amsterdam", (STOP,), (tote_code(1),), 412, 398)
RETURN = ReturnLabel("RMA-0000045-7K", replace(HUB, name="Ada"), HUB, "O-1", "Lumen")


def test_stops_stand_in_the_order_of_walking_over_all_pages() -> None:
    doc = replace(WALK, stops=tuple(replace(STOP, bin_code=f"BIN-{n}") for n in range(200)))

    pages = pick_list.layout(doc)

    words = [text for page in pages for text in texts(page)]
    assert [text for text in words if text.startswith("BIN-")] == [f"BIN-{n}" for n in range(200)]
    assert "200, 600" in words
    assert "412, at least 398" in words
    assert f"Page {len(pages)} of {len(pages)}" in words


def test_every_stop_has_two_boxes_for_the_check_digits_and_does_not_tell_them() -> None:
    (page,) = pick_list.layout(replace(WALK, stops=(STOP,) * 5))

    boxes = [box for box in page.items if isinstance(box, Box) and (box.width, box.height) == (54, 64)]
    assert len(boxes) == 10
    assert "check_digits" not in PickStop.__slots__


def test_the_list_and_all_its_totes_can_be_scanned_from_it() -> None:
    codes = tuple(tote_code(n) for n in range(40))

    pages = pick_list.layout(replace(WALK, totes=codes))

    scanned = set().union(*said(pages))
    assert scanned == {("]C0", code.encode()) for code in (*codes, "PL-7")}


def test_a_tote_that_no_barcode_can_say_is_refused() -> None:
    with pytest.raises(DrawingError) as refused:
        pick_list.layout(replace(WALK, totes=("Łódź",)))

    assert refused.value.code == "barcode_characters"


def test_a_return_says_its_rma_twice_over_and_lists_reasons() -> None:
    doc = replace(RETURN, reasons=(ReturnReason("1", "Too large"), ReturnReason("2", "Broken")))

    (page,) = return_label.layout(doc)

    symbols = [item.symbol.symbology.name for item in page.items if isinstance(item, Barcode)]
    assert symbols == ["QR", "CODE_128"]
    assert said([page]) == [{("]Q1", b"RMA-0000045-7K"), ("]C0", b"RMA-0000045-7K")}]
    words = texts(page)
    assert {"1 Too large", "2 Broken", "Place over the old label.", "RETURN"} <= set(words)
    assert "WHY IT COMES BACK" not in texts(return_label.layout(RETURN)[0])


@pytest.mark.parametrize("dots_per_mm", [8, 12])
@pytest.mark.parametrize("rma", [">;12>8", "A_7E|1", "^XZ~JA", r"\x\&", "00112233"])
def test_an_rma_that_means_something_to_a_printer_is_printed_as_it_is(
    rma: str, dots_per_mm: int, zpl_printer: ZplPrinter
) -> None:
    doc = replace(RETURN, rma=rma)
    zpl = return_label.render_zpl(doc, dots_per_mm=dots_per_mm)

    width, height = return_label.WIDTH * dots_per_mm // 8, return_label.HEIGHT * dots_per_mm // 8
    (printed,) = zpl_printer.print(zpl, width=width, height=height, dots_per_mm=dots_per_mm)

    assert decode(printed) == decode(pdf_rasters(return_label.render_pdf(doc))[0]) == {
        ("]Q1", rma.encode()), ("]C0", rma.encode())
    }  # fmt: skip


@pytest.mark.parametrize("rma", ["", "RMA\x00", "Łódź", "x" * 49])
def test_an_rma_that_no_barcode_can_say_is_refused(rma: str) -> None:
    with pytest.raises(DrawingError) as refused:
        return_label.layout(replace(RETURN, rma=rma))

    assert refused.value.code == "barcode_characters"
