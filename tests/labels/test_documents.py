"""Every document with every kind of data: it renders, stays on its paper, and its barcodes read back."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labels.documents.carrier_pdf import check_pdf
from labels.drawing import zpl
from labels.drawing.canvas import Barcode, Text
from labels.drawing.faults import DrawingError
from tests.labels.reading import (
    ZplPrinter,
    decode,
    dots_at,
    ink_box,
    pdf_raster_around,
    pdf_rasters,
    poppler_rasters,
    said,
    texts,
    wanted_dots,
    zpl_commands,
    zpl_texts,
)
from tests.labels.samples import EXTREMES, MAKERS, THERMAL, printed, shipping

BEYOND = 80
every_document = pytest.mark.parametrize("document", MAKERS)
every_label = pytest.mark.parametrize("document", THERMAL)
WORDLESS = {"limited_quantity"}
"""Documents that say no words of anyone's."""
every_label_with_words = pytest.mark.parametrize("document", [name for name in THERMAL if name not in WORDLESS])
every_extreme = pytest.mark.parametrize("words", EXTREMES)


def dealt() -> Iterator[tuple[str, str]]:
    """Every label with the longest words, and every other extreme on some labels: each takes the renderer its time.

    What is drawn is one for both writers, and the PDF's test has every label with every extreme.
    """
    for number, document in enumerate(THERMAL):
        for place, words in enumerate(EXTREMES):
            if words == "longest" or (place - number) % 6 == 0:
                yield document, words


@every_extreme
@every_document
def test_pdf_reads_back_and_keeps_to_its_paper(document: str, words: str) -> None:
    module, make = MAKERS[document]
    doc = make(EXTREMES[words])

    pages = module.layout(doc)
    around = pdf_raster_around(module.render_pdf(doc), margin=BEYOND)

    assert [decode(raster) for raster in around] == said(pages)
    for raster, page in zip(around, pages, strict=True):
        left, top, right, bottom = ink_box(raster)
        assert left >= BEYOND + 8
        assert top >= BEYOND + 8
        assert right <= BEYOND + page.width - 8
        assert bottom <= BEYOND + page.height - 8


@pytest.mark.parametrize(("document", "words"), dealt())
def test_zpl_reads_back_and_keeps_to_its_paper(document: str, words: str, zpl_printer: ZplPrinter) -> None:
    module, make = MAKERS[document]
    doc = make(EXTREMES[words])

    pages = module.layout(doc)
    zpl = module.render_zpl(doc)
    rasters = zpl_printer.print(zpl, width=pages[0].width + BEYOND, height=pages[0].height + BEYOND)

    assert [decode(raster) for raster in rasters] == said(pages)
    for raster, page in zip(rasters, pages, strict=True):
        left, top, right, bottom = ink_box(raster)
        assert left >= BEYOND // 2 + 8, "the renderer lays the label in the middle of wider paper"
        assert top >= 8
        assert right <= BEYOND // 2 + page.width - 8
        assert bottom <= page.height - 8


@every_document
def test_every_bar_is_as_wide_as_it_should_be(document: str, poppler: None) -> None:
    module, make = MAKERS[document]
    doc = make("Canal House")
    pdf = module.render_pdf(doc)

    rasters = {
        "pdfium": pdf_rasters(pdf),
        "poppler grey": poppler_rasters(pdf),
        "poppler mono": poppler_rasters(pdf, mono=True),
    }

    for number, page in enumerate(module.layout(doc)):
        for barcode in (item for item in page.items if isinstance(item, Barcode)):
            for name, images in rasters.items():
                assert images[number].shape == (page.height, page.width), name
                wrong = dots_at(images[number], barcode) != wanted_dots(barcode)
                assert wrong.sum() == 0, f"{name}: {wrong.sum()} dots of {barcode.symbol.text} are wrong"


@every_document
def test_quiet_zones_are_quiet(document: str) -> None:
    module, make = MAKERS[document]
    doc = make("Canal House")

    for page, raster in zip(module.layout(doc), pdf_rasters(module.render_pdf(doc)), strict=True):
        for barcode in (item for item in page.items if isinstance(item, Barcode)):
            around = 0 if barcode.symbol.symbology.linear else barcode.quiet
            left, right = barcode.x - barcode.quiet, barcode.x + barcode.width + barcode.quiet
            top, bottom = barcode.y - around, barcode.y + barcode.height + around
            place = raster[top:bottom, left:right].copy()
            place[around : around + barcode.height, barcode.quiet : barcode.quiet + barcode.width] = 255
            assert (place > 200).all(), f"something stands in the quiet zone of {barcode.symbol.text}"


@every_document
def test_texts_do_not_run_into_each_other(document: str) -> None:
    module, make = MAKERS[document]

    for page in module.layout(make(EXTREMES["longest"])):
        boxes = [(*_cap_box(item), item.text) for item in page.items if isinstance(item, Text)]
        for place, (left, top, right, bottom, text) in enumerate(boxes):
            for other_left, other_top, other_right, other_bottom, other in boxes[place + 1 :]:
                apart = right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top
                assert apart, f"{text!r} runs into {other!r}"


def _cap_box(item: Text) -> tuple[int, int, int, int]:
    """Where the capitals of a line may be: its whole width, baseline up to cap height."""
    return item.x, item.y - round(0.73 * item.size), item.x + item.width, item.y


@every_label_with_words
def test_names_that_hold_commands_are_printed_as_text(document: str, zpl_printer: ZplPrinter) -> None:
    module, make = MAKERS[document]
    plain, hostile = "AAXZAAXAAAFDAAXZ", "^XZ^XA~JA^FD^ID_"
    doc = make(hostile)

    zpl = module.render_zpl(doc)
    labels = zpl_printer.print(zpl, width=1184, height=1680)

    assert zpl_commands(zpl) == zpl_commands(module.render_zpl(make(plain)))
    assert any(hostile in text or hostile.upper() in text for text in zpl_texts(zpl))
    assert len(labels) == len(module.layout(doc))


@every_document
def test_markup_in_a_name_is_text_and_nothing_is_fetched(document: str) -> None:
    module, make = MAKERS[document]
    doc = make(EXTREMES["markup"])

    pdf = module.render_pdf(doc)

    assert check_pdf(pdf) == len(module.layout(doc))
    assert not re.search(rb"/(URI|Annots?|Link|OpenAction|AA)\b", pdf)
    shown = [text for page in module.layout(doc) for text in texts(page)]
    assert any("<img" in text or "<IMG" in text for text in shown) or document in WORDLESS
    assert {item.symbol.text for page in module.layout(doc) for item in page.items if isinstance(item, Barcode)} == {
        item.symbol.text for page in module.layout(make("Ada")) for item in page.items if isinstance(item, Barcode)
    }


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=st.text(max_size=300))
def test_any_text_at_all_can_be_printed(words: str) -> None:
    for module, make in MAKERS.values():
        doc = make(words)
        assert module.render_pdf(doc).startswith(b"%PDF")
    for module, make in map(MAKERS.__getitem__, THERMAL):
        doc = make(words)
        zpl = module.render_zpl(doc)
        assert zpl_commands(zpl).count("^XA") == zpl_commands(zpl).count("^XZ") == len(module.layout(doc))
        assert set(zpl_commands(zpl)) <= COMMANDS


COMMANDS = {
    "^XA", "^CI", "^PW", "^LL", "^LH", "^PO", "^PM", "^LR", "^FW", "^FO", "^FT", "^A0", "^FB",
    "^FR", "^FH", "^FD", "^FS", "^GB", "^GF", "^BY", "^BC", "^BX", "^PQ", "^XZ",
}  # fmt: skip


def test_the_same_document_is_the_same_bytes() -> None:
    words = "Łukasz Πάρος 😀"
    program = (
        "import hashlib; from tests.labels.samples import MAKERS, printed\n"
        f"for document in MAKERS: print(document, hashlib.sha256(printed(document, {words!r})).hexdigest())"
    )

    there = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    assert [f"{document} {hashlib.sha256(printed(document, words)).hexdigest()}" for document in MAKERS] == there


@every_document
def test_a_batch_is_one_pdf_with_every_page(document: str) -> None:
    module, make = MAKERS[document]
    docs = [make("Canal House"), make("Πάρος"), make("")]

    rasters = pdf_rasters(module.render_pdf_many(docs))

    single = [page for doc in docs for page in pdf_rasters(module.render_pdf(doc))]
    assert len(rasters) == len(single)
    assert all((one == other).all() for one, other in zip(rasters, single, strict=True))


def test_pdf_asks_not_to_be_scaled_and_is_four_by_six_inches() -> None:
    module, _make = MAKERS["shipping_label"]

    pdf = module.render_pdf(shipping("Canal House"))

    assert b"/PrintScaling /None" in pdf
    assert pdf_rasters(pdf)[0].shape == (1218, 812)


def test_many_threads_draw_what_one_draws() -> None:
    module, _make = MAKERS["shipping_label"]
    labels = [replace(shipping("Πάρος"), reference=f"O-{number}") for number in range(48)]

    with ThreadPoolExecutor(6) as threads:
        drawn = list(threads.map(module.render_pdf, labels))

    assert drawn == [module.render_pdf(label) for label in labels]


def test_zpl_asks_for_copies_and_refuses_none() -> None:
    (page,) = MAKERS["tote_label"][0].layout(MAKERS["tote_label"][1]("AMS1"))

    assert zpl.render([page], copies=3).count(b"^PQ3\n^XZ") == 1
    with pytest.raises(DrawingError) as refused:
        zpl.render([page], copies=0)
    assert refused.value.code == "copies_invalid"
