"""What is particular to one document: what it refuses, what must stand where, and what may never be left out."""

import pytest

from labels.documents import (
    bin_label,
    carton_label,
    item_label,
    limited_quantity,
    packing_slip,
    shipping_label,
    tote_label,
)
from labels.drawing.canvas import Barcode, Box, Canvas, Polygon, Text
from labels.drawing.faults import DrawingError
from tests.labels.reading import Raster, ZplPrinter, decode, pdf_rasters
from tests.labels.samples import HUB, carton


@pytest.mark.parametrize(
    ("tracking_no", "code"),
    [
        ("", "barcode_characters"),
        ("3S\x00", "barcode_characters"),
        ("3SŁ", "barcode_characters"),
        ("x" * 49, "barcode_characters"),
        ("x" * 48, "barcode_too_wide"),
    ],
)
def test_a_tracking_number_no_barcode_can_say_is_refused(tracking_no: str, code: str) -> None:
    label = shipping_label.ShippingLabel("C", "S", tracking_no, HUB, HUB)

    with pytest.raises(DrawingError) as refused:
        shipping_label.layout(label)

    assert refused.value.code == code


def test_a_sscc_with_a_wrong_check_digit_is_refused() -> None:
    with pytest.raises(DrawingError) as refused:
        carton_label.layout(carton_label.CartonLabel("387123450000047117", HUB, HUB, "IN-1"))

    assert refused.value.code == "gs1_check_digit"


def test_the_sscc_stands_lowest_in_bars_of_half_a_millimetre_and_33_high() -> None:
    (page,) = carton_label.layout(carton("Canal House"))

    (barcode,) = (item for item in page.items if isinstance(item, Barcode))

    assert (barcode.module, barcode.height) == (4, 264)
    below = [item for item in page.items if isinstance(item, Text) and item.y > barcode.y + barcode.height]
    assert [item.text for item in below] == ["(00) 387123450000047116"]
    assert not [item for item in page.items if isinstance(item, Box) and item.y > barcode.y]


@pytest.mark.parametrize("check_digits", ["", "4", "477", "4x", "٤٧"])
def test_a_bin_has_two_check_digits(check_digits: str) -> None:
    with pytest.raises(DrawingError) as refused:
        bin_label.layout(bin_label.BinLabel("AMS1", "A-01", "A", "01", "1", "1", "1", check_digits))

    assert refused.value.code == "check_digits_invalid"


def test_a_bin_shows_its_check_digits_whole() -> None:
    def texts(check_digits: str) -> list[str]:
        label = bin_label.BinLabel("AMS1", "A-01", "A", "01", "1", "1", "1", check_digits)
        return [item.text for item in bin_label.layout(label)[0].items if isinstance(item, Text)]

    assert [digits for digits in ("00", "11", "47", "58", "99") if digits not in texts(digits)] == []


def test_a_bin_arrow_points_where_it_is_told() -> None:
    def arrow_place(arrow: str) -> Raster:
        label = bin_label.BinLabel("AMS1", "A-01", "A", "01", "1", "1", "1", "47", arrow)
        return pdf_rasters(bin_label.render_pdf(label))[0][30:174, 644:772] < 128

    up, down = arrow_place("up"), arrow_place("down")
    assert (up ^ down[::-1]).sum() < 150
    assert (up ^ down).sum() > 2_000
    without = bin_label.layout(bin_label.BinLabel("AMS1", "A-01", "A", "01", "1", "1", "1", "47"))
    assert not [item for item in without[0].items if isinstance(item, Polygon)]
    with pytest.raises(DrawingError):
        arrow_place("left")


def test_a_tote_code_has_a_check_digit_that_finds_every_wrong_digit() -> None:
    code = tote_label.tote_code(123_456)

    wrong = [
        code[:place] + digit + code[place + 1 :]
        for place in range(1, 8)
        for digit in "0123456789"
        if digit != code[place]
    ]

    assert code == "T1234568"
    assert tote_label.is_tote_code(code)
    assert not any(tote_label.is_tote_code(text) for text in [*wrong, "", "T", "X1234568", "T123456８", code + "0"])
    with pytest.raises(DrawingError):
        tote_label.layout(tote_label.ToteLabel(wrong[0]))
    with pytest.raises(DrawingError):
        tote_label.tote_code(1_000_000)


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("4006381333931", ("]E0", b"4006381333931")),
        ("036000291452", ("]E0", b"0036000291452")),
        ("X00ABC1234", ("]C0", b"X00ABC1234")),
        ("4006381333932", ("]C0", b"4006381333932")),
        ("LUM/lip-balm_cherry.15ml*24>Q^3", ("]d1", b"LUM/lip-balm_cherry.15ml*24>Q^3")),
    ],
)
def test_an_item_code_gets_the_barcode_that_fits(code: str, read: tuple[str, bytes], zpl_printer: ZplPrinter) -> None:
    label = item_label.ItemLabel(code, "Lip balm cherry")

    (raster,) = pdf_rasters(item_label.render_pdf(label))
    (printed,) = zpl_printer.print(item_label.render_zpl(label), width=456, height=256)

    assert decode(raster) == {read}
    assert decode(printed) == {read}


def test_a_slip_prints_every_line_and_every_serial_over_as_many_pages_as_it_takes() -> None:
    lines = tuple(
        packing_slip.SlipLine(
            f"SKU-{number}", f"Thing {number}", number, serials=tuple(f"S{number}-{n}" for n in range(300))
        )
        for number in range(1, 8)
    )

    pages = packing_slip.layout(packing_slip.PackingSlip("O-1", "Shop", HUB, lines))

    words = _words(pages)
    assert all(f"S{number}-{n}" in words for number in range(1, 8) for n in range(300))
    assert all(word in words for number in range(1, 8) for word in (f"SKU-{number}",))
    assert f"Page {len(pages)} of {len(pages)}" in [item.text for item in pages[-1].items if isinstance(item, Text)]
    assert len(pages) > 3


def test_a_slip_counts_units_and_tells_what_follows_and_never_a_price() -> None:
    lines = (packing_slip.SlipLine("A", "Lip balm", 2), packing_slip.SlipLine("B", "Ring", 1, backordered=3))

    pages = packing_slip.layout(packing_slip.PackingSlip("O-1", "Shop", HUB, lines))

    texts = [item.text for page in pages for item in page.items if isinstance(item, Text)]
    assert "3 units in this parcel, 3 to follow" in texts
    assert not [text for text in texts if "€" in text or "EUR" in text]


def test_a_slip_without_lines_is_one_page() -> None:
    pages = packing_slip.layout(packing_slip.PackingSlip("O-1", "Shop", HUB, ()))

    assert len(pages) == 1


def test_a_slips_closing_block_is_never_torn_or_printed_over() -> None:
    for count in range(1, 30):
        lines = tuple(packing_slip.SlipLine(f"SKU-{number}", "Thing", 1) for number in range(count))
        doc = packing_slip.PackingSlip("O-1", "Shop", HUB, lines, return_instructions="Send it back.", message="Enjoy!")
        last = packing_slip.layout(doc)[-1]
        baselines = {item.text: item.y for item in last.items if isinstance(item, Text)}
        rows = [y for text, y in baselines.items() if text.startswith("SKU")]
        assert baselines["Enjoy!"] < baselines["Sending something back?"]
        assert max(rows, default=0) < baselines[f"{count} unit{'s' * (count > 1)} in this parcel"]


def _words(pages: list[Canvas]) -> set[str]:
    texts = (item.text for page in pages for item in page.items if isinstance(item, Text))
    return {word.strip(",") for text in texts for word in text.split()}


@pytest.mark.parametrize(
    ("sides_mm", "mark_mm"),
    [((300, 180, 90), 100), ((120, 110, 90), 73), ((90, 120, 110), 73), ((80, 60, 10), 50), ((900, 800, 700), 100)],
)
def test_a_mark_is_as_large_as_the_largest_face_and_no_smaller_than_the_rule(
    sides_mm: tuple[int, int, int], mark_mm: int
) -> None:
    assert limited_quantity.side_for(*sides_mm) == mark_mm
