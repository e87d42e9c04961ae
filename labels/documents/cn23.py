"""The large customs form CN 23, A5 on its side, for parcels over 2 kg or 300 SDR; two copies of the invoice go with it.

Goods that do not fit run on over further pages; totals stand on the last.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from labels.documents.address import draw_small_address
from labels.documents.customs_form import DECLARATION, CustomsForm, CustomsLine, Form, check, draw_categories
from labels.documents.typesetting import amount, caption, customs_weight, fact
from labels.drawing import pdf, zpl
from labels.drawing.barcodes import Symbol, Symbology, encode
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas, widest_module
from labels.drawing.faults import BarcodeRefused

WIDTH, HEIGHT = 1680, 1184
MARGIN = 56
INNER = WIDTH - 2 * MARGIN
RIGHT = WIDTH - MARGIN
ROWS_TOP, ROW, ROWS = 470, 46, 7
FOOT = ROWS_TOP + ROWS * ROW + 8
"""Where the totals stand."""
BARCODE_ROOM = 640
SQUARE_MODULE = 3

_L, _R = Align.LEFT, Align.RIGHT
COLUMNS: Final[Sequence[tuple[str, int, Align]]] = (
    ("Detailed description of contents", 756, _L), ("Quantity", 130, _R), ("Net weight kg", 190, _R),
    ("Value", 190, _R), ("", 24, _L), ("HS tariff number", 178, _L), ("Origin", 100, _L),
)  # fmt: skip


def layout(doc: CustomsForm) -> list[Canvas]:
    """One canvas a page, at least one. Refuses what customs would send back (`customs_form.check`)."""
    check(doc)
    sheets = [doc.lines[start : start + ROWS] for start in range(0, len(doc.lines), ROWS)]
    pages = []
    for number, lines in enumerate(sheets, start=1):
        canvas = Canvas(WIDTH, HEIGHT)
        _head(canvas, doc)
        _goods(canvas, lines)
        if number == len(sheets):
            _totals(canvas, doc)
        _declaration(canvas, doc)
        where = f"{doc.number}  ·  Page {number} of {len(sheets)}"
        canvas.text(RIGHT - 600, HEIGHT - 28, where, 18, width=600, align=Align.RIGHT)
        pages.append(canvas)
    return pages


def _number(number: str) -> tuple[Symbol, int]:
    """The number as bars; as a square where it has too many letters for the room beside the title."""
    symbol = encode(Symbology.CODE_128, number)
    try:
        return symbol, widest_module(symbol, BARCODE_ROOM, most=3)
    except BarcodeRefused:
        return encode(Symbology.DATAMATRIX, number), SQUARE_MODULE


def _head(canvas: Canvas, doc: CustomsForm) -> None:
    canvas.text(MARGIN, 84, f"CUSTOMS DECLARATION  {Form.CN23}", 46, width=880, bold=True)
    canvas.text(MARGIN, 120, "Déclaration en douane  ·  May be opened officially", 24, width=880)
    symbol, module = _number(doc.number)
    canvas.barcode(RIGHT - symbol.width * module - 10 * module, 44, symbol, module=module, height=84)
    canvas.line(MARGIN, 144, INNER, thickness=4)
    third = INNER // 3
    caption(canvas, MARGIN, 178, "From / De", width=third - 32)
    draw_small_address(canvas, MARGIN, 214, doc.sender, width=third - 32, size=26, lines=6)
    caption(canvas, MARGIN + third, 178, "To / À", width=third - 32)
    draw_small_address(canvas, MARGIN + third, 214, doc.recipient, width=third - 32, size=26, lines=6)
    facts = (
        ("Sender's customs reference (EORI)", doc.sender_reference), ("IOSS", doc.ioss),
        ("Importer's reference", doc.importer_reference),
    )  # fmt: skip
    for place, (name, value) in enumerate(facts):
        fact(canvas, MARGIN + 2 * third, 178 + place * 72, name, value or "–", width=third, size=28)


def _goods(canvas: Canvas, lines: Sequence[CustomsLine]) -> None:
    canvas.line(MARGIN, ROWS_TOP - 62, INNER)
    _row(canvas, ROWS_TOP - 28, [name.upper() for name, _width, _align in COLUMNS], size=18)
    canvas.line(MARGIN, ROWS_TOP - 14, INNER)
    for place, line in enumerate(lines):
        top = ROWS_TOP + place * ROW
        weight, value = customs_weight(line.net_weight_g), amount(line.value_cents)
        cells = [line.description, f"{line.quantity:,}", weight, value, "", line.hs_code or "–", line.origin]
        _row(canvas, top + 22, cells, size=25)
        canvas.line(MARGIN, top + ROW - 10, INNER, thickness=1)


def _row(canvas: Canvas, y: int, cells: Sequence[str], *, size: int) -> None:
    x = MARGIN
    for (_name, width, align), text in zip(COLUMNS, cells, strict=True):
        canvas.text(x, y, text, size, width=width - 12, least=size * 3 // 5, align=align)
        x += width


def _totals(canvas: Canvas, doc: CustomsForm) -> None:
    quarter = INNER // 4
    facts = (
        ("Total gross weight", f"{customs_weight(doc.gross_weight_g)} kg"),
        ("Total net weight", f"{customs_weight(doc.net_weight_g)} kg"),
        ("Total value", f"{doc.currency} {amount(doc.value_cents)}"),
        ("Postal charges", f"{doc.currency} {amount(doc.postal_charges_cents)}" if doc.postal_charges_cents else "–"),
    )
    for place, (name, value) in enumerate(facts):
        fact(canvas, MARGIN + place * quarter, FOOT + 20, name, value, width=quarter - 24, size=30)


def _declaration(canvas: Canvas, doc: CustomsForm) -> None:
    top, left, half = FOOT + 80, MARGIN + 800, INNER - 800
    canvas.line(MARGIN, top, INNER)
    caption(canvas, MARGIN, top + 30, "Category of item / Catégorie de l'envoi", width=760)
    draw_categories(canvas, MARGIN, top + 42, doc.category, width=760, columns=2)
    fact(canvas, MARGIN, top + 180, "Invoice", doc.invoice_no or "–", width=240, size=26, bold=False)
    fact(canvas, MARGIN + 264, top + 180, "Comments", doc.comments or "–", width=496, size=26, bold=False)
    canvas.paragraph(left, top + 32, DECLARATION, 20, width=half, lines=5, leading=26)
    fact(canvas, left, top + 180, "Date", f"{doc.signed_on:%Y-%m-%d}", width=200, size=30)
    fact(canvas, left + 220, top + 180, "Sender's signature", doc.signed_by, width=half - 220, size=30)
    canvas.line(MARGIN, top + 230, INNER)


def render_pdf(doc: CustomsForm) -> bytes:
    """The form as a PDF of one or more pages."""
    return pdf.render(layout(doc), title=f"CN 23 {doc.number}")


def render_zpl(doc: CustomsForm, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The form for a wide ZPL printer, one label a page."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[CustomsForm]) -> bytes:
    """A batch as one PDF, each form from a fresh page."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="CN 23")
