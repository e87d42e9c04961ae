"""The packing list of an inbound, A4 upright: carton by carton what is in it, for the sender's files and the driver.

Any number of cartons runs over as many pages as it takes; a carton's head is repeated where it goes on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from labels.documents.address import PostalAddress, draw_small_address
from labels.documents.typesetting import caption, fact, kilograms
from labels.drawing import pdf, zpl
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas, widest_module
from labels.drawing.sheets import A4_HEIGHT, A4_WIDTH

MARGIN = 96
INNER = A4_WIDTH - 2 * MARGIN
BOTTOM = A4_HEIGHT - 130
FIRST_TOP, NEXT_TOP = 640, 250
HEAD_HEIGHT, ROW_HEIGHT = 84, 50
SKU_WIDTH, LOT_WIDTH, UNITS_WIDTH = 330, 330, 150
NAME_LEFT = MARGIN + SKU_WIDTH + 24
LOT_LEFT = MARGIN + INNER - UNITS_WIDTH - 24 - LOT_WIDTH
UNITS_LEFT = MARGIN + INNER - UNITS_WIDTH


@dataclass(frozen=True, slots=True)
class PackedLine:
    """So many units of one item and lot."""

    sku: str
    name: str
    units: int
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class PackedCarton:
    """One carton. `weight_g` is what the seller declared, 0 unknown; `pallet` the number of its pallet, 0 none."""

    number: int
    sscc: str
    lines: tuple[PackedLine, ...]
    weight_g: int = 0
    pallet: int = 0


@dataclass(frozen=True, slots=True)
class PackingList:
    """One inbound. `inbound` is our number in printable ASCII, and becomes a barcode."""

    inbound: str
    reference: str
    ship_from: PostalAddress
    ship_to: PostalAddress
    cartons: tuple[PackedCarton, ...]
    expected_on: date | None = None
    expected_until: date | None = None


Row = PackedCarton | PackedLine


def layout(doc: PackingList) -> list[Canvas]:
    """One canvas a page, at least one."""
    sheets = _paginate(doc.cartons)
    pages = []
    for number, rows in enumerate(sheets, start=1):
        canvas = Canvas(A4_WIDTH, A4_HEIGHT)
        y = _first_head(canvas, doc) if number == 1 else _next_head(canvas, doc)
        for row in rows:
            y = _carton(canvas, y, row) if isinstance(row, PackedCarton) else _line(canvas, y, row)
        canvas.text(MARGIN, A4_HEIGHT - 64, f"Packing list {doc.inbound}", 24, width=INNER - 300, least=16)
        page = f"Page {number} of {len(sheets)}"
        canvas.text(A4_WIDTH - MARGIN - 260, A4_HEIGHT - 64, page, 24, width=260, align=Align.RIGHT)
        pages.append(canvas)
    return pages


def _paginate(cartons: Sequence[PackedCarton]) -> list[list[Row]]:
    """The rows of each page; a carton's head never stands alone at the foot."""
    sheets: list[list[Row]] = [[]]
    y = FIRST_TOP
    for carton in cartons:
        if y + HEAD_HEIGHT + ROW_HEIGHT > BOTTOM:
            sheets.append([])
            y = NEXT_TOP
        sheets[-1].append(carton)
        y += HEAD_HEIGHT
        for line in carton.lines:
            if y + ROW_HEIGHT > BOTTOM:
                sheets.append([carton])
                y = NEXT_TOP + HEAD_HEIGHT
            sheets[-1].append(line)
            y += ROW_HEIGHT
    return sheets


def _first_head(canvas: Canvas, doc: PackingList) -> int:
    canvas.text(MARGIN, 150, "Packing list", 64, width=520, bold=True)
    symbol = encode(Symbology.CODE_128, doc.inbound)
    module = widest_module(symbol, INNER - 540, most=4)
    canvas.barcode(A4_WIDTH - MARGIN - symbol.width * module - 10 * module, 84, symbol, module=module, height=96)
    canvas.line(MARGIN, 214, INNER, thickness=4)
    caption(canvas, MARGIN, 262, "Ship from", width=400)
    draw_small_address(canvas, MARGIN, 304, doc.ship_from, width=430, size=30, lines=6)
    caption(canvas, MARGIN + 470, 262, "Ship to", width=430)
    draw_small_address(canvas, MARGIN + 470, 304, doc.ship_to, width=460, size=30, lines=6)
    left, width = MARGIN + 970, INNER - 970
    fact(canvas, left, 262, "Inbound", doc.inbound, width=width, size=40)
    fact(canvas, left, 352, "Your reference", doc.reference or "–", width=width, size=32)
    fact(canvas, left, 434, "Expected", _window(doc), width=width, size=30, bold=False)
    units = sum(line.units for carton in doc.cartons for line in carton.lines)
    total = f"{len(doc.cartons):,} cartons, {units:,} units"
    canvas.text(left, 560, total, 30, width=width, least=18, bold=True)
    _column_heads(canvas, FIRST_TOP - 24)
    return FIRST_TOP


def _window(doc: PackingList) -> str:
    if doc.expected_on is None:
        return "–"
    if doc.expected_until is None or doc.expected_until == doc.expected_on:
        return f"{doc.expected_on:%d %B %Y}"
    return f"{doc.expected_on:%d %b} to {doc.expected_until:%d %b %Y}"


def _next_head(canvas: Canvas, doc: PackingList) -> int:
    canvas.text(MARGIN, 140, "Packing list", 40, width=500, bold=True)
    canvas.text(A4_WIDTH - MARGIN - 700, 140, doc.inbound, 40, width=700, least=24, align=Align.RIGHT)
    _column_heads(canvas, NEXT_TOP - 24)
    return NEXT_TOP


def _column_heads(canvas: Canvas, y: int) -> None:
    caption(canvas, MARGIN, y - 14, "SKU", width=SKU_WIDTH)
    caption(canvas, NAME_LEFT, y - 14, "Item", width=LOT_LEFT - NAME_LEFT - 24)
    caption(canvas, LOT_LEFT, y - 14, "Lot, last good day", width=LOT_WIDTH)
    caption(canvas, UNITS_LEFT, y - 14, "Units", width=UNITS_WIDTH, align=Align.RIGHT)
    canvas.line(MARGIN, y, INNER, thickness=4)


def _carton(canvas: Canvas, top: int, carton: PackedCarton) -> int:
    where = f" · Pallet {carton.pallet}" if carton.pallet else ""
    canvas.text(MARGIN, top + 56, f"Carton {carton.number}{where}", 34, width=520, least=22, bold=True)
    canvas.text(MARGIN + 540, top + 56, f"SSCC {carton.sscc}", 30, width=560, least=18)
    weight = kilograms(carton.weight_g)
    canvas.text(A4_WIDTH - MARGIN - 340, top + 56, weight, 30, width=340, least=18, align=Align.RIGHT)
    canvas.line(MARGIN, top + HEAD_HEIGHT - 8, INNER, thickness=2)
    return top + HEAD_HEIGHT


def _line(canvas: Canvas, top: int, line: PackedLine) -> int:
    y = top + 32
    lot = " · ".join(part for part in (line.lot.strip(), f"{line.expires_on or ''}") if part)
    canvas.text(MARGIN, y, line.sku, 28, width=SKU_WIDTH, least=16)
    canvas.text(NAME_LEFT, y, line.name, 28, width=LOT_LEFT - NAME_LEFT - 24, least=20)
    canvas.text(LOT_LEFT, y, lot, 26, width=LOT_WIDTH, least=16)
    canvas.text(UNITS_LEFT, y, f"{line.units:,}", 30, width=UNITS_WIDTH, least=18, bold=True, align=Align.RIGHT)
    return top + ROW_HEIGHT


def render_pdf(doc: PackingList) -> bytes:
    """The list as a PDF of one or more pages."""
    return pdf.render(layout(doc), title=f"Packing list {doc.inbound}")


def render_zpl(doc: PackingList, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The list for a wide ZPL printer, one label a page."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[PackingList]) -> bytes:
    """A batch of lists as one PDF, each from a fresh page."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Packing lists")
