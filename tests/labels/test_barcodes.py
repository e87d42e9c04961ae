"""Round trips: what is said in a barcode is what a scanner reads, from PDF and from ZPL."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labels.drawing import gs1, pdf, zpl
from labels.drawing.barcodes import Symbol, Symbology, encode, encode_gs1
from labels.drawing.canvas import Canvas
from labels.drawing.faults import BarcodeRefused, Gs1Refused
from tests.labels.reading import ZplPrinter, decode, dots_at, pdf_rasters, wanted_dots
from tests.labels.strategies import elements, gtins, plain

often = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
seldom = settings(often, max_examples=25)


def on_paper(symbol: Symbol, *, module: int = 3) -> Canvas:
    """A label with nothing but the symbol and its quiet zone."""
    canvas = Canvas((symbol.width + 2 * symbol.symbology.quiet) * module, 600)
    canvas.barcode(symbol.symbology.quiet * module, 60, symbol, module=module, height=120)
    return canvas


def assert_pdf_says(symbol: Symbol, read: tuple[str, bytes]) -> None:
    page = on_paper(symbol)
    (raster,) = pdf_rasters(pdf.render([page]))
    (barcode,) = page.items
    assert decode(raster) == {read}
    assert (dots_at(raster, barcode) == wanted_dots(barcode)).all()


def assert_zpl_says(symbol: Symbol, read: tuple[str, bytes], printer: ZplPrinter) -> None:
    page = on_paper(symbol)
    (raster,) = printer.print(zpl.render([page]), width=page.width, height=page.height)
    assert decode(raster) == {read}


@often
@given(said=elements)
def test_gs1_128_in_pdf(said: list[gs1.Element]) -> None:
    if len(gs1.message(said)) > 48:
        with pytest.raises(BarcodeRefused):
            encode_gs1(Symbology.GS1_128, said)
        return

    assert_pdf_says(encode_gs1(Symbology.GS1_128, said), ("]C1", gs1.message(said).encode()))


@often
@given(said=elements)
def test_gs1_datamatrix_in_pdf(said: list[gs1.Element]) -> None:
    symbol = encode_gs1(Symbology.GS1_DATAMATRIX, said)

    assert symbol.width == symbol.height
    assert_pdf_says(symbol, ("]d2", gs1.message(said).encode()))


@seldom
@given(said=elements)
def test_gs1_128_in_zpl(said: list[gs1.Element], zpl_printer: ZplPrinter) -> None:
    if len(gs1.message(said)) <= 48:
        assert_zpl_says(encode_gs1(Symbology.GS1_128, said), ("]C1", gs1.message(said).encode()), zpl_printer)


@seldom
@given(said=elements)
def test_gs1_datamatrix_in_zpl(said: list[gs1.Element], zpl_printer: ZplPrinter) -> None:
    assert_zpl_says(encode_gs1(Symbology.GS1_DATAMATRIX, said), ("]d2", gs1.message(said).encode()), zpl_printer)


@often
@given(text=plain)
def test_code_128_in_pdf(text: str) -> None:
    assert_pdf_says(encode(Symbology.CODE_128, text), ("]C0", text.encode()))


@seldom
@given(text=plain)
def test_code_128_in_zpl(text: str, zpl_printer: ZplPrinter) -> None:
    assert_zpl_says(encode(Symbology.CODE_128, text), ("]C0", text.encode()), zpl_printer)


@often
@given(text=plain)
def test_datamatrix_in_pdf(text: str) -> None:
    symbol = encode(Symbology.DATAMATRIX, text)

    assert symbol.width == symbol.height
    assert_pdf_says(symbol, ("]d1", text.encode()))


@seldom
@given(text=plain)
def test_datamatrix_in_zpl(text: str, zpl_printer: ZplPrinter) -> None:
    assert_zpl_says(encode(Symbology.DATAMATRIX, text), ("]d1", text.encode()), zpl_printer)


@often
@given(text=plain)
def test_qr_in_pdf(text: str) -> None:
    assert_pdf_says(encode(Symbology.QR, text), ("]Q1", text.encode()))


@seldom
@given(text=plain)
def test_qr_in_zpl(text: str, zpl_printer: ZplPrinter) -> None:
    assert_zpl_says(encode(Symbology.QR, text), ("]Q1", text.encode()), zpl_printer)


@seldom
@given(gtin=gtins)
def test_ean_13_in_pdf_and_zpl(gtin: str, zpl_printer: ZplPrinter) -> None:
    text = gtin[1:13] + gs1.check_digit(gtin[1:13])

    symbol = encode(Symbology.EAN_13, text)

    assert_pdf_says(symbol, ("]E0", text.encode()))
    assert_zpl_says(symbol, ("]E0", text.encode()), zpl_printer)


def test_a_lot_that_looks_like_two_elements_stays_one(zpl_printer: ZplPrinter) -> None:
    said = [("10", "A(21)B>8(00)")]

    for symbology, identifier in ((Symbology.GS1_128, "]C1"), (Symbology.GS1_DATAMATRIX, "]d2")):
        symbol = encode_gs1(symbology, said)
        assert_pdf_says(symbol, (identifier, b"10A(21)B>8(00)"))
        assert_zpl_says(symbol, (identifier, b"10A(21)B>8(00)"), zpl_printer)


@pytest.mark.parametrize("symbology", [Symbology.CODE_128, Symbology.DATAMATRIX, Symbology.QR])
@pytest.mark.parametrize("text", ["", "Łódź", "a\nb", "a\x1db", "x" * 501, "\ud800", "😀"])
def test_what_a_symbology_can_not_say_is_refused(symbology: Symbology, text: str) -> None:
    with pytest.raises(BarcodeRefused) as refused:
        encode(symbology, text)

    assert refused.value.code == "barcode_characters"


@pytest.mark.parametrize(
    ("text", "code"),
    [("4006381333932", "gtin_invalid"), ("400638133393", "barcode_characters"), ("", "barcode_characters")],
)
def test_ean_13_takes_thirteen_right_digits(text: str, code: str) -> None:
    with pytest.raises(BarcodeRefused) as refused:
        encode(Symbology.EAN_13, text)

    assert refused.value.code == code


def test_gs1_and_plain_symbologies_are_not_mixed_up() -> None:
    with pytest.raises(BarcodeRefused):
        encode(Symbology.GS1_128, "(00)387123450000047116")
    with pytest.raises(BarcodeRefused):
        encode_gs1(Symbology.CODE_128, [("00", "387123450000047116")])
    with pytest.raises(Gs1Refused):
        encode_gs1(Symbology.GS1_128, [("00", "387123450000047117")])


@pytest.mark.parametrize("module", [2, 3, 4, 6])
@pytest.mark.parametrize("offset", [0, 1, 7, 13])
def test_bars_are_exact_at_every_width_and_place(module: int, offset: int) -> None:
    for symbol in (
        encode(Symbology.CODE_128, "3SPAKH00123"),
        encode(Symbology.DATAMATRIX, "A-01-02-3-04"),
    ):
        canvas = Canvas(1200, 700)
        barcode = canvas.barcode(100 + offset, 61 + offset, symbol, module=module, height=99)

        (raster,) = pdf_rasters(pdf.render([canvas]))

        assert (dots_at(raster, barcode) == wanted_dots(barcode)).all()


def test_bars_too_narrow_to_scan_are_refused() -> None:
    canvas = Canvas(400, 200)

    with pytest.raises(BarcodeRefused) as refused:
        canvas.barcode(20, 20, encode(Symbology.CODE_128, "T1"), module=1, height=100)

    assert refused.value.code == "barcode_too_small"
    assert canvas.items == []


@given(st.data())
def test_a_barcode_is_only_taken_with_its_quiet_zone_inside(data: st.DataObject) -> None:
    symbol = encode(Symbology.CODE_128, "T1234568")
    canvas = Canvas((symbol.width + 20) * 2, 200)

    x = data.draw(st.integers(0, 60))

    if x == 20:
        canvas.barcode(x, 10, symbol, module=2, height=100)
    else:
        with pytest.raises(BarcodeRefused):
            canvas.barcode(x, 10, symbol, module=2, height=100)
        assert canvas.items == []
