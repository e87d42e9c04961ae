"""The finer label printers, 12 dots a millimetre: the same label, bars on whole dots, and it reads back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.drawing import zpl
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import Barcode, Box, Canvas
from labels.drawing.faults import DrawingError
from labels.drawing.pitches import at_pitch
from tests.labels.reading import ZplPrinter, decode, dots_at, ink_box, said, wanted_dots
from tests.labels.samples import EXTREMES, MAKERS, THERMAL

BEYOND = 120


@pytest.mark.parametrize("document", THERMAL)
def test_every_label_reads_back_at_300_dpi_and_keeps_to_its_paper(document: str, zpl_printer: ZplPrinter) -> None:
    module, make = MAKERS[document]
    doc = make(EXTREMES["longest"])

    pages = [at_pitch(page, 12) for page in module.layout(doc)]
    rasters = zpl_printer.print(
        module.render_zpl(doc, dots_per_mm=12),
        width=pages[0].width + BEYOND,
        height=pages[0].height + BEYOND,
        dots_per_mm=12,
    )

    assert [decode(raster) for raster in rasters] == said(module.layout(doc))
    for raster, page in zip(rasters, pages, strict=True):
        left, top, right, bottom = ink_box(raster)
        assert left >= BEYOND // 2 + 10
        assert top >= 10
        assert right <= BEYOND // 2 + page.width - 10
        assert bottom <= page.height - 10
        for barcode in (item for item in page.items if isinstance(item, Barcode)):
            dots, wanted = dots_at(raster[:, BEYOND // 2 :], barcode), wanted_dots(barcode)
            if barcode.symbol.symbology is Symbology.CODE_128:
                # A printer may switch between the code sets elsewhere; its symbol is as wide and ends alike.
                stop = -13 * barcode.module
                dots, wanted = dots[:, stop:], wanted[:, stop:]
            if barcode.symbol.symbology is Symbology.DATAMATRIX:
                # And it may pack letters otherwise: the finder's left edge is the same.
                dots, wanted = dots[:, : barcode.module], wanted[:, : barcode.module]
            wrong = dots != wanted
            assert wrong.sum() == 0, f"{wrong.sum()} dots of {barcode.symbol.text} are wrong"


@given(module=st.integers(2, 12), x=st.integers(0, 40), kind=st.sampled_from([Symbology.CODE_128, Symbology.QR]))
def test_a_barcode_and_its_quiet_zones_stay_where_they_were(module: int, x: int, kind: Symbology) -> None:
    canvas = Canvas(4_000, 800)
    before = canvas.barcode(x + kind.quiet * module, kind.quiet * module, encode(kind, "T1"), module=module, height=100)

    (after,) = at_pitch(canvas, 12).items

    assert isinstance(after, Barcode)
    assert after.module == module * 3 // 2 >= 3
    assert 2 * (after.x - after.quiet) >= 3 * (before.x - before.quiet) - 2
    assert 2 * (after.x + after.width + after.quiet) <= 3 * (before.x + before.width + before.quiet) + 2
    assert 2 * (after.y + after.height) <= 3 * (before.y + before.height) + 2


@given(st.data())
def test_boxes_that_touch_still_touch(data: st.DataObject) -> None:
    x, first, second = (data.draw(st.integers(1, 400)) for _ in range(3))
    canvas = Canvas(2_000, 100)
    canvas.box(x, 1, first, 7)
    canvas.box(x + first, 1, second, 7)

    one, other = at_pitch(canvas, 12).items

    assert isinstance(one, Box)
    assert isinstance(other, Box)
    assert one.x + one.width == other.x
    assert min(one.width, other.width, one.height) >= 1


def test_the_coarser_printer_gets_the_layout_itself() -> None:
    (page,) = MAKERS["tote_label"][0].layout(MAKERS["tote_label"][1]("AMS1"))

    assert at_pitch(page, 8) is page
    assert zpl.render([page], dots_per_mm=8) == zpl.render([page])
    assert f"^PW{page.width * 3 // 2}^LL{page.height * 3 // 2}".encode() in zpl.render([page], dots_per_mm=12)


@pytest.mark.parametrize("dots_per_mm", [0, 6, 11.8, 24])
def test_other_pitches_are_refused(dots_per_mm: int) -> None:
    with pytest.raises(DrawingError) as refused:
        zpl.render([Canvas(80, 80)], dots_per_mm=dots_per_mm)

    assert refused.value.code == "pitch_invalid"
