"""The label of one bin, 100 x 50 mm, for the beam of a rack.

The code large enough to read from the aisle, its parts spelled out, a DataMatrix for the handheld, an
arrow where a beam carries labels of two levels, and two check digits. These are drawn at random for each
bin and have nothing to do with its code, so that a picker who reads them aloud or types them has
stood before this bin.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from labels.documents.typesetting import caption, fact
from labels.drawing import pdf, zpl
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas
from labels.drawing.faults import DrawingError

WIDTH, HEIGHT = 800, 400
MARGIN = 28
SIDE = 644
"""Where the right column (arrow and check digits) starts."""

_CHECK_DIGITS = re.compile(r"[0-9]{2}")
ARROWS = ("", "up", "down")


@dataclass(frozen=True, slots=True)
class BinLabel:
    """One bin's label. `code` is what the barcode says, printable ASCII; `arrow` is `up`, `down` or empty."""

    hub: str
    code: str
    zone: str
    aisle: str
    bay: str
    level: str
    position: str
    check_digits: str
    arrow: str = ""


def layout(doc: BinLabel) -> list[Canvas]:
    """One page. Refuses check digits that aren't two digits (`check_digits_invalid`) and arrows it doesn't know."""
    if not _CHECK_DIGITS.fullmatch(doc.check_digits):
        raise DrawingError("A bin has two check digits.", code="check_digits_invalid")
    if doc.arrow not in ARROWS:
        raise DrawingError("A bin label's arrow points up, down, or is left out.", code="arrow_invalid")
    canvas = Canvas(WIDTH, HEIGHT)
    _code(canvas, doc)
    _parts(canvas, doc)
    _side(canvas, doc)
    return [canvas]


def _code(canvas: Canvas, doc: BinLabel) -> None:
    width = (SIDE - 24 if doc.arrow else WIDTH - MARGIN) - MARGIN
    canvas.text(MARGIN, 144, doc.code, 150, width=width, least=40, bold=True)
    canvas.line(MARGIN, 184, SIDE - 24 - MARGIN, thickness=4)


def _parts(canvas: Canvas, doc: BinLabel) -> None:
    symbol = encode(Symbology.DATAMATRIX, doc.code)
    module = min(10, 172 // symbol.width)
    side = symbol.width * module
    canvas.barcode(MARGIN + module, 204 + (172 - side) // 2, symbol, module=module)
    left = MARGIN + 172 + 48
    parts = (
        ("Zone", doc.zone),
        ("Aisle", doc.aisle),
        ("Bay", doc.bay),
        ("Level", doc.level),
        ("Pos", doc.position),
    )
    step = (SIDE - 24 - left) // len(parts)
    widest = max(canvas.measure(value, 54, bold=True) for _name, value in parts)
    size = min(54, max(28, 54 * (step - 14) // max(widest, 1)))
    for place, (name, value) in enumerate(parts):
        fact(canvas, left + place * step, 228, name, value or "–", width=step - 14, size=size)
    canvas.line(left, 326, SIDE - 24 - left, thickness=2)
    canvas.text(left, 366, f"Hub {doc.hub}", 30, width=SIDE - 24 - left, least=20)


def _side(canvas: Canvas, doc: BinLabel) -> None:
    width = WIDTH - MARGIN - SIDE
    inside = width - 24
    canvas.box(SIDE, 196, width, 180)
    canvas.text(
        SIDE + 12, 320, doc.check_digits, 112, width=inside, least=60, bold=True, align=Align.CENTRE, white=True
    )
    if doc.arrow:
        canvas.polygon(_arrow(SIDE + width // 2, 30, 144, up=doc.arrow == "up"))
    else:
        caption(canvas, SIDE, 184, "Check", width=width, align=Align.CENTRE)


def _arrow(middle: int, top: int, height: int, *, up: bool) -> list[tuple[int, int]]:
    """The corners of a stout arrow, 112 dots wide."""
    neck = height * 11 // 20
    corners = [(0, 0), (56, neck), (22, neck), (22, height), (-22, height), (-22, neck), (-56, neck)]
    return [(middle + x, top + (y if up else height - y)) for x, y in corners]


def render_pdf(doc: BinLabel) -> bytes:
    """The label as a one-page PDF."""
    return pdf.render(layout(doc), title=f"Bin label {doc.code}")


def render_zpl(doc: BinLabel, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The label for a ZPL printer of 8 or 12 dots a millimetre."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[BinLabel]) -> bytes:
    """A batch as one PDF, a page each."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Bin labels")
