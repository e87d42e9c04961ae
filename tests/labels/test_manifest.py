"""What a driver signs for: every parcel, sums that are right, the law's sentence, and the mark that goes with it."""

from dataclasses import replace
from math import sqrt

import pytest

from labels.documents import limited_quantity, manifest
from labels.drawing.canvas import Barcode
from labels.drawing.faults import DrawingError
from tests.labels.reading import decode, ink_box, pdf_rasters, texts

PARCEL = manifest.ManifestParcel("3S1", "O-1", "Standard", "NL", "1019 BN", 1_250)
DOC = manifest.Manifest("MAN-7", "PostNL", "AMS1", "Trailer 4", "18:00", "17:55", "Europe/Amsterdam", parcels=(PARCEL,))


def test_every_parcel_of_hundreds_stands_on_some_page_and_pages_are_numbered() -> None:
    doc = replace(DOC, parcels=tuple(replace(PARCEL, tracking_no=f"3S{n}") for n in range(700)))

    pages = manifest.layout(doc)

    words = [text for page in pages for text in texts(page)]
    assert [text for text in words if text.startswith("3S")] == [f"3S{n}" for n in range(700)]
    assert [f"Page {n} of {len(pages)}" in texts(page) for n, page in enumerate(pages, start=1)] == [True] * len(pages)
    assert [next(i for i in page.items if isinstance(i, Barcode)).symbol.text for page in pages] == ["MAN-7"] * len(
        pages
    )


def test_the_longest_number_there_is_has_its_bars_on_every_page() -> None:
    number = "LONGHUBCODE-SENDCLOUD-20260302-928F73ABC"
    assert len(number) == 40

    (raster,) = pdf_rasters(manifest.render_pdf(replace(DOC, number=number)))

    assert decode(raster) == {("]C0", number.encode())}


def test_parcels_and_kilograms_are_summed_by_service() -> None:
    express = replace(PARCEL, service="Express", weight_g=500)

    words = texts(manifest.layout(replace(DOC, parcels=(PARCEL, express, PARCEL)))[0])

    start = words.index("By service")
    assert words[start + 4 : start + 13] == [
        "Express",
        "1",
        "0.50 kg",
        "Standard",
        "2",
        "2.50 kg",
        "All",
        "3",
        "3.00 kg",
    ]


def test_limited_quantities_are_declared_with_their_gross_mass() -> None:
    limited = replace(PARCEL, limited_quantity=True, marks=("UN3481",))
    unknown = replace(limited, weight_g=0)

    words = texts(manifest.layout(replace(DOC, parcels=(PARCEL, limited, limited, unknown)))[0])

    assert words.count("LQ, UN3481") == 3
    assert (
        "Dangerous goods packed in limited quantities, ADR chapter 3.4. Total gross mass: 2.50 kg."
        " Parcels: 3, not weighed: 1."
    ) in words
    assert not [text for text in texts(manifest.layout(DOC)[0]) if "ADR" in text]


def test_parcels_left_behind_are_listed_with_their_reasons() -> None:
    left = manifest.LeftBehind("3S9", "O-9", "Arrived at the dock after the trailer was closed")

    words = texts(manifest.layout(replace(DOC, left_behind=(left,)))[0])

    assert words[words.index("Left behind") + 4 :][:3] == ["3S9", "O-9", left.reason]
    assert "Left behind" not in texts(manifest.layout(DOC)[0])


def test_the_signatures_are_never_torn_or_printed_over() -> None:
    for count in range(60):
        page = manifest.layout(replace(DOC, parcels=(PARCEL,) * count))[-1]
        words = texts(page)
        assert words.count("SIGNATURE") == 2
        assert "Hub AMS1" in words
        assert "Driver of PostNL" in words


@pytest.mark.parametrize("side_mm", [50, 67, 100])
@pytest.mark.parametrize("by_air", [False, True])
def test_the_diamond_has_the_size_and_the_lines_that_adr_asks_for(side_mm: int, by_air: bool) -> None:
    doc = limited_quantity.LimitedQuantityMark(side_mm, by_air)

    (raster,) = pdf_rasters(limited_quantity.render_pdf(doc))

    left, top, right, bottom = ink_box(raster)
    diagonal = side_mm * 8 * sqrt(2)
    assert diagonal - 2 <= right - left <= diagonal + 4
    assert diagonal - 2 <= bottom - top <= diagonal + 4
    black = raster < 128
    across = black[raster.shape[0] // 2 + round(diagonal / 6)]
    line = int((~across[across.argmax() :]).argmax())
    assert line / sqrt(2) >= side_mm * 8 / 50 - 1
    assert black[top + round(diagonal / 8), raster.shape[1] // 2]
    assert black[bottom - round(diagonal / 8), raster.shape[1] // 2]
    assert black[raster.shape[0] // 2 + 10, raster.shape[1] // 2] == by_air


@pytest.mark.parametrize("side_mm", [-50, 0, 49, 101])
def test_a_diamond_of_another_size_is_refused(side_mm: int) -> None:
    with pytest.raises(DrawingError) as refused:
        limited_quantity.layout(limited_quantity.LimitedQuantityMark(side_mm))

    assert refused.value.code == "mark_size_invalid"
