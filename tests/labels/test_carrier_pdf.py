"""Labels that a carrier drew as PDF: what is let through, what is refused and why, and A6 cut out of A4."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption

from labels.documents import packing_list, shipping_label
from labels.documents.carrier_pdf import MOST_BYTES, Corner, check_pdf, cut_a6
from labels.drawing.faults import DrawingError
from tests.labels.pdfs import deflated, pages, raw_pdf
from tests.labels.reading import decode, pdf_rasters
from tests.labels.samples import contents, shipping

MM = 72 / 25.4


def refused_pdf(content: bytes) -> str:
    with pytest.raises(DrawingError) as refused:
        check_pdf(content)
    return refused.value.code


def test_a_carriers_label_is_let_through() -> None:
    label = shipping_label.render_pdf(shipping("Łukasz"))

    assert check_pdf(label) == 1
    assert check_pdf(pages(20)) == 20
    assert check_pdf(raw_pdf()) == 1
    assert check_pdf(raw_pdf(is_packed=True)) == 1


SCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"
ACTIVE = {
    "script when opened": raw_pdf(b"/OpenAction 4 0 R", others=(SCRIPT,)),
    "script by name": raw_pdf(b"/Names << /JavaScript << /Names [(a) 4 0 R] >> >>", others=(SCRIPT,)),
    "script of a page": raw_pdf(page=b"/AA << /O 4 0 R >>", others=(SCRIPT,)),
    "script in disguise": raw_pdf(b"/OpenAction << /S /J#61vaScript /JS (app.alert\\(1\\)) >>"),
    "packed script": raw_pdf(b"/OpenAction 4 0 R", others=(SCRIPT,), is_packed=True),
    "packed script in disguise": raw_pdf(b"/OpenAction << /S /#4aavaScript /JS (a) >>", is_packed=True),
    "program": raw_pdf(b"/OpenAction << /S /Launch /F (cmd.exe) >>"),
    "form that sends": raw_pdf(b"/OpenAction << /S /SubmitForm /F (http://x.example) >>", is_packed=True),
    "attachment": raw_pdf(
        b"/Names << /EmbeddedFiles << /Names [(a) 4 0 R] >> >>",
        others=(b"<< /Type /Filespec /F (a) /EF << /F 5 0 R >> >>", b"<< /Length 1 >>\nstream\na\nendstream"),
        is_packed=False,
    ),
    "attached to the page": raw_pdf(page=b"/Annots [<< /Subtype /FileAttachment /Rect [0 0 9 9] >>]", is_packed=True),
    "large unit": raw_pdf(page=b"/UserUnit 100", is_packed=True),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_scripts_and_files_in_a_label_are_refused(name: str) -> None:
    assert refused_pdf(ACTIVE[name]) == "label_active_content"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "label_not_pdf"),
        (b"<html>503</html>", "label_not_pdf"),
        (b"\n%PDF-1.4", "label_not_pdf"),
        (b"%PDF-1.4\n" + b"\x00" * 500, "label_not_pdf"),
        (pages(1)[:300], "label_not_pdf"),
        (pages(500), "label_too_many_pages"),
        (pages(1, (10_000 * MM, 10_000 * MM)), "label_page_size"),
        (pages(1, (100 * MM, 3 * MM)), "label_page_size"),
        (pages(1, encrypt=StandardEncryption("secret", ownerPassword="owner")), "label_encrypted"),
        (pages(1, encrypt=StandardEncryption("", ownerPassword="owner")), "label_encrypted"),
        (b"%PDF-1.4" + bytes(MOST_BYTES), "label_too_large"),
    ],
    ids=[
        "empty", "html", "late", "broken", "cut", "500 pages", "10 m", "3 mm", "password", "owner password", "large",
    ],
)  # fmt: skip
def test_what_is_no_printable_label_is_refused(content: bytes, code: str) -> None:
    assert refused_pdf(content) == code


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_file_that_grows_when_it_is_unpacked_is_refused(is_packed: bool) -> None:
    bomb = deflated(b" " * 50_000_000) if not is_packed else b"(" + b" " * 50_000_000 + b")"
    fine, large = (raw_pdf(others=(bomb,) * count, is_packed=is_packed) for count in (1, 3))

    assert len(large) < 500_000
    assert check_pdf(fine) == 1
    assert refused_pdf(large) == "label_too_large"


@given(at=st.integers(0, 2_000), byte=st.integers(0, 255))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(at: int, byte: int) -> None:
    content = bytearray(pages(1))
    content[at % len(content)] = byte

    try:
        outcome = f"{check_pdf(bytes(content))} page"
    except DrawingError as refused:
        outcome = refused.code
    assert outcome == "1 page" or outcome.startswith("label_")


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("corner", Corner)
def test_a6_is_cut_out_of_a4_without_moving_a_dot(corner: Corner, turn: int) -> None:
    """A full A4 page, so that every quarter is recognised."""
    whole = _turned(packing_list.render_pdf(contents("Canal House")), turn)

    before, after = pdf_rasters(whole)[0], pdf_rasters(cut_a6(whole, corner))[0]

    rows, columns = (side // 2 for side in before.shape)
    top, left = corner in {Corner.TOP_LEFT, Corner.TOP_RIGHT}, corner in {Corner.TOP_LEFT, Corner.BOTTOM_LEFT}
    wanted = before[:rows] if top else before[-rows:]
    wanted = wanted[:, :columns] if left else wanted[:, -columns:]
    assert abs(after.shape[0] - rows) <= 1
    assert abs(after.shape[1] - columns) <= 1
    height, width = (min(pair) for pair in zip(after.shape, wanted.shape, strict=True))
    after, wanted = (
        (image[:height] if top else image[-height:])[:, slice(width) if left else slice(-width, None)]
        for image in (after, wanted)
    )
    assert np.mean((after < 128) != (wanted < 128)) < 0.02
    assert (wanted < 128).any()


def _turned(content: bytes, degrees: int) -> bytes:
    assert b"/Rotate 0" in content
    return content.replace(b"/Rotate 0", b"/Rotate %d" % degrees)


def test_a_cut_label_still_reads_and_a_small_page_is_left_alone() -> None:
    label = shipping_label.render_pdf(shipping("Ada"))
    document = packing_list.render_pdf(contents("Ada"))

    assert pdf_rasters(cut_a6(label))[0].shape == pdf_rasters(label)[0].shape
    assert decode(pdf_rasters(cut_a6(label))[0]) == decode(pdf_rasters(label)[0])
    assert decode(pdf_rasters(cut_a6(document, Corner.TOP_RIGHT))[0]) == decode(pdf_rasters(document)[0])
    assert check_pdf(cut_a6(document)) == check_pdf(document)


def test_many_threads_judge_what_one_judges() -> None:
    labels = [pages(count) for count in (1, 2, 3, 4)] * 12

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(check_pdf, labels)) == [1, 2, 3, 4] * 12


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(content: bytes) -> None:
    with pytest.raises(DrawingError):
        check_pdf(b"%PDF-" + content)
