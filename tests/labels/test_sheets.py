"""Sheets of item labels: every label stands in its own place, and every barcode on it reads."""

import numpy as np
import pytest
import zxingcpp

from labels.documents.item_label import ItemLabel, layout, render_counted_zpl, render_sheets
from labels.drawing.canvas import Canvas
from labels.drawing.faults import OutsideLabel
from labels.drawing.sheets import A4_21, A4_24, A4_HEIGHT, A4_WIDTH, Sheet, on_sheets
from tests.labels.reading import ink_box, pdf_rasters

MUG, OWN = ItemLabel("4006381333931", "Mug", sku="MUG"), ItemLabel("X0000012348", "Tote bag", sku="TOTE")


@pytest.mark.parametrize("sheet, places", [(A4_21, 21), (A4_24, 24)], ids=["21", "24"])
def test_every_label_reads_and_stays_in_its_place(sheet: Sheet, places: int) -> None:
    pages = [page.copy() for page in pdf_rasters(render_sheets([(MUG, places - 1), (OWN, 2)], sheet))]

    assert [page.shape for page in pages] == [(A4_HEIGHT, A4_WIDTH)] * 2
    assert sheet.places == places
    for place in range(places):
        row, column = divmod(place, sheet.columns)
        x, y = round((sheet.left + column * sheet.step_x) * 8), round((sheet.top + row * sheet.step_y) * 8)
        cell = pages[0][y : y + round(sheet.height * 8), x : x + round(sheet.width * 8)]
        (code,) = zxingcpp.read_barcodes(np.pad(cell, 20, constant_values=255))
        assert code.text == ("X0000012348" if place == places - 1 else "4006381333931")
        assert ink_box(cell)[2] <= cell.shape[1] - 8
        pages[0][y : y + round(sheet.height * 8), x : x + round(sheet.width * 8)] = 255
    assert (pages[0] == 255).all(), "nothing is printed between the labels"
    assert [code.text for code in zxingcpp.read_barcodes(pages[1])] == ["X0000012348"]


@pytest.mark.parametrize("sheet", [A4_21, A4_24], ids=["21", "24"])
def test_a_sheet_lies_on_its_paper(sheet: Sheet) -> None:
    assert sheet.left > 0
    assert sheet.left + (sheet.columns - 1) * sheet.step_x + sheet.width <= 210
    assert sheet.top + (sheet.rows - 1) * sheet.step_y + sheet.height <= 297 - 5


def test_a_label_that_is_too_large_is_refused() -> None:
    with pytest.raises(OutsideLabel):
        list(on_sheets([Canvas(509, 100)], A4_21))


def test_a_label_printer_repeats_a_label_by_itself() -> None:
    printed = render_counted_zpl([(MUG, 1_200), (OWN, 1)])

    assert printed.count(b"^XA") == 3
    assert [part.split(b"\n")[0] for part in printed.split(b"^PQ")[1:]] == [b"999", b"201", b"1"]
    assert len(layout(MUG)) == 1
