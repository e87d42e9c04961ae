"""The label of one unit, 57 x 32 mm: the code, the title and the condition, and no other barcode.

A GTIN becomes EAN-13; an own code (such as `X00…`) becomes Code 128, or DataMatrix where its bars would
be wider than the label.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from labels.drawing import gs1, pdf, zpl
from labels.drawing.barcodes import Symbol, Symbology, encode
from labels.drawing.canvas import DOTS_PER_MM, LEAST_MODULE, Align, Canvas
from labels.drawing.sheets import Sheet, on_sheets

WIDTH, HEIGHT = 456, 256
MARGIN = 20
INNER = WIDTH - 2 * MARGIN
SIDE_QUIET = 51
"""White beside the bars: a quarter of an inch, as marketplaces ask."""


@dataclass(frozen=True, slots=True)
class ItemLabel:
    """One unit's label. `code` is a GTIN or an own code in printable ASCII."""

    code: str
    title: str
    condition: str = "New"
    sku: str = ""
    seller: str = ""


def layout(doc: ItemLabel) -> list[Canvas]:
    """One page. Refuses a code that no barcode can say."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.paragraph(MARGIN, 38, doc.title, 22, width=INNER, lines=2, leading=27, bold=True)
    symbol, module = _symbol(doc.code)
    if symbol.symbology.linear:
        canvas.barcode((WIDTH - symbol.width * module) // 2, 84, symbol, module=module, height=104)
        canvas.text(MARGIN, 214, symbol.text, 24, width=INNER, least=14, align=Align.CENTRE)
    else:
        canvas.barcode(MARGIN + module, 84, symbol, module=module)
        beside = MARGIN + symbol.width * module + 28
        canvas.paragraph(beside, 112, symbol.text, 22, width=WIDTH - MARGIN - beside, lines=4, leading=28)
    note = " · ".join(part.strip() for part in (doc.seller, doc.sku) if part.strip())
    canvas.text(MARGIN, 242, note, 18, width=INNER - 200, least=13)
    canvas.text(WIDTH - MARGIN - 190, 242, doc.condition, 18, width=190, least=13, bold=True, align=Align.RIGHT)
    return [canvas]


def _symbol(code: str) -> tuple[Symbol, int]:
    """The barcode of `code` and its module in dots."""
    if gs1.is_gtin(code) and len(code) in {12, 13}:
        return encode(Symbology.EAN_13, code.zfill(13)), 3
    if len(code) <= 30:
        bars = encode(Symbology.CODE_128, code)
        module = min(3, (WIDTH - 2 * SIDE_QUIET) // bars.width)
        if module >= LEAST_MODULE:
            return bars, module
    square = encode(Symbology.DATAMATRIX, code)
    return square, min(6, 130 // square.width)


def render_pdf(doc: ItemLabel) -> bytes:
    """The label as a one-page PDF."""
    return pdf.render(layout(doc), title=f"Item label {doc.code}")


def render_zpl(doc: ItemLabel, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The label for a ZPL printer of 8 or 12 dots a millimetre."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[ItemLabel]) -> bytes:
    """A batch as one PDF, a page each."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Item labels")


def render_sheets(docs: Iterable[tuple[ItemLabel, int]], sheet: Sheet) -> bytes:
    """So many of each label on A4 sheets, one PDF. Each label is laid out once, however often it is printed."""
    labels = (page for doc, count in docs for page in layout(doc) * count)
    return pdf.render(on_sheets(labels, sheet), title="Item labels")


def render_counted_pdf(docs: Iterable[tuple[ItemLabel, int]]) -> bytes:
    """So many of each label for a label printer, a page each, one PDF."""
    return pdf.render((page for doc, count in docs for page in layout(doc) * count), title="Item labels")


def render_counted_zpl(docs: Iterable[tuple[ItemLabel, int]], *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """So many of each label for a ZPL printer, which repeats it by itself."""
    most = zpl.MOST_COPIES
    return b"".join(
        zpl.render(layout(doc), copies=min(most, count - done), dots_per_mm=dots_per_mm)
        for doc, count in docs
        for done in range(0, count, most)
    )
