"""The logistic label of an inbound carton, A6: the SSCC that the dock scans, and what a person needs beside it.

Source: GS1 Logistic Label Guideline: addresses on top, plain facts in the middle, GS1-128 lowest; bars of
0.500 mm (at least 0.495), 33 mm high (at least 32), quiet zones of 10 bars; text of 3 mm capitals.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from labels.documents.address import PostalAddress, draw_small_address
from labels.documents.typesetting import caption, fact, kilograms
from labels.drawing import pdf, zpl
from labels.drawing.barcodes import Symbology, encode_gs1
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas

WIDTH, HEIGHT = 840, 1184
MARGIN = 36
INNER = WIDTH - 2 * MARGIN
MODULE = 4
BAR_HEIGHT = 264
SPLIT = 372
"""Where the second column starts."""


@dataclass(frozen=True, slots=True)
class CartonLabel:
    """One inbound carton's label, or with that as its `unit` a pallet's.

    `sscc` is 18 digits with a right check digit; `weight_g` is the goods', 0 unknown.
    """

    sscc: str
    ship_from: PostalAddress
    ship_to: PostalAddress
    inbound: str
    carton_no: int = 1
    carton_count: int = 1
    seller: str = ""
    contents: str = ""
    weight_g: int = 0
    unit: str = "Carton"


def layout(doc: CartonLabel) -> list[Canvas]:
    """One page. Refuses an SSCC whose check digit is wrong."""
    canvas = Canvas(WIDTH, HEIGHT)
    _addresses(canvas, doc)
    _facts(canvas, doc)
    _sscc(canvas, doc)
    return [canvas]


def _addresses(canvas: Canvas, doc: CartonLabel) -> None:
    caption(canvas, MARGIN, 58, "Ship from", width=SPLIT - MARGIN - 40)
    draw_small_address(canvas, MARGIN, 100, doc.ship_from, width=SPLIT - MARGIN - 40, size=33, lines=7)
    canvas.line(SPLIT - 20, 40, 306, upright=True)
    caption(canvas, SPLIT, 58, "Ship to", width=WIDTH - MARGIN - SPLIT)
    draw_small_address(canvas, SPLIT, 106, doc.ship_to, width=WIDTH - MARGIN - SPLIT, size=40, lines=6)
    canvas.line(MARGIN, 362, INNER, thickness=4)


def _facts(canvas: Canvas, doc: CartonLabel) -> None:
    count = f"{doc.carton_no} / {doc.carton_count}"
    fact(canvas, MARGIN, 400, "Inbound", doc.inbound, width=480, size=76)
    fact(canvas, MARGIN + 500, 400, doc.unit, count, width=INNER - 500, size=76, align=Align.RIGHT)
    canvas.line(MARGIN, 520, INNER, thickness=2)
    fact(canvas, MARGIN, 556, "Seller", doc.seller or "–", width=520, size=44)
    weight = kilograms(doc.weight_g) or "–"
    fact(canvas, MARGIN + 540, 556, "Net weight", weight, width=INNER - 540, size=44, align=Align.RIGHT)
    canvas.line(MARGIN, 636, INNER, thickness=2)
    caption(canvas, MARGIN, 672, "Contents", width=INNER)
    canvas.paragraph(MARGIN, 714, doc.contents or "–", 36, width=INNER, lines=2, leading=46)
    canvas.line(MARGIN, 786, INNER, thickness=4)


def _sscc(canvas: Canvas, doc: CartonLabel) -> None:
    symbol = encode_gs1(Symbology.GS1_128, [("00", doc.sscc)])
    left = (WIDTH - symbol.width * MODULE) // 2
    canvas.barcode(left, 826, symbol, module=MODULE, height=BAR_HEIGHT)
    canvas.text(MARGIN, 1140, symbol.text.replace(")", ") "), 44, width=INNER, bold=True, align=Align.CENTRE)


def render_pdf(doc: CartonLabel) -> bytes:
    """The label as a one-page PDF."""
    return pdf.render(layout(doc), title=f"Carton label {doc.sscc}")


def render_zpl(doc: CartonLabel, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The label for a ZPL printer of 8 or 12 dots a millimetre."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[CartonLabel]) -> bytes:
    """A batch as one PDF, a page each."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Carton labels")
