"""The small customs form CN 22 on a 4 x 6 inch label, for parcels up to 2 kg and 300 SDR.

Goods that do not fit run on over further labels; totals and signature stand on the last.
"""

from collections.abc import Iterable
from typing import Final

from labels.documents.address import draw_small_address
from labels.documents.customs_form import DECLARATION, CustomsForm, CustomsLine, Form, check, draw_categories
from labels.documents.typesetting import amount, caption, customs_weight, fact
from labels.drawing import pdf, zpl
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas

WIDTH, HEIGHT = 812, 1218
MARGIN = 28
INNER = WIDTH - 2 * MARGIN
RIGHT = WIDTH - MARGIN
ROWS_TOP, ROW, ROWS = 508, 78, 5
"""Where the goods start, the height of one kind of them, and how many kinds a label takes."""
QUANTITY, WEIGHT, VALUE = 84, 100, 150
"""Widths of the columns beside the description."""
_LEFT: Final = MARGIN + QUANTITY + 12
_DESCRIBED: Final = INNER - QUANTITY - WEIGHT - VALUE - 36


def layout(doc: CustomsForm) -> list[Canvas]:
    """One canvas a label, at least one. Refuses what customs would send back (`customs_form.check`)."""
    check(doc)
    sheets = [doc.lines[start : start + ROWS] for start in range(0, len(doc.lines), ROWS)]
    pages = []
    for number, lines in enumerate(sheets, start=1):
        canvas = Canvas(WIDTH, HEIGHT)
        _head(canvas, doc, f"{number} / {len(sheets)}" if len(sheets) > 1 else "")
        for place, line in enumerate(lines):
            _line(canvas, ROWS_TOP + place * ROW, line)
        if number == len(sheets):
            _totals(canvas, doc)
        _signature(canvas, doc)
        pages.append(canvas)
    return pages


def _head(canvas: Canvas, doc: CustomsForm, part: str) -> None:
    canvas.text(MARGIN, 66, "CUSTOMS DECLARATION", 40, width=500, bold=True)
    canvas.text(MARGIN, 98, "Déclaration en douane  ·  May be opened officially", 21, width=560, least=14)
    canvas.text(RIGHT - 200, 70, Form.CN22, 52, width=200, bold=True, align=Align.RIGHT)
    canvas.text(RIGHT - 160, 98, part, 21, width=160, align=Align.RIGHT)
    canvas.line(MARGIN, 112, INNER, thickness=4)
    half = INNER // 2
    caption(canvas, MARGIN, 142, "From / De", width=half - 20)
    draw_small_address(canvas, MARGIN, 172, doc.sender, width=half - 20, size=22, lines=5)
    caption(canvas, MARGIN + half, 142, "To / À", width=half)
    draw_small_address(canvas, MARGIN + half, 172, doc.recipient, width=half, size=22, lines=5)
    canvas.line(MARGIN, 314, INNER)
    draw_categories(canvas, MARGIN, 326, doc.category, width=INNER, columns=2)
    canvas.line(MARGIN, 446, INNER)
    value = RIGHT - VALUE
    caption(canvas, MARGIN, 478, "Qty", width=QUANTITY)
    caption(canvas, _LEFT, 478, "Detailed description, HS code, origin", width=_DESCRIBED)
    caption(canvas, value - 12 - WEIGHT, 478, "Net kg", width=WEIGHT, align=Align.RIGHT)
    caption(canvas, value, 478, f"Value {doc.currency}", width=VALUE, align=Align.RIGHT)
    canvas.line(MARGIN, 490, INNER)


def _line(canvas: Canvas, top: int, line: CustomsLine) -> None:
    value = RIGHT - VALUE
    canvas.text(MARGIN, top + 20, f"{line.quantity:,}", 24, width=QUANTITY, least=12, bold=True)
    below = canvas.paragraph(_LEFT, top + 18, line.description, 21, width=_DESCRIBED, lines=2, leading=23)
    canvas.text(_LEFT, below, f"HS {line.hs_code or '–'}  ·  {line.origin}", 20, width=_DESCRIBED)
    weight = customs_weight(line.net_weight_g)
    canvas.text(value - 12 - WEIGHT, top + 20, weight, 24, width=WEIGHT, least=14, align=Align.RIGHT)
    canvas.text(value, top + 20, amount(line.value_cents), 24, width=VALUE, least=14, align=Align.RIGHT)
    canvas.line(MARGIN, top + ROW - 7, INNER, thickness=1)


def _totals(canvas: Canvas, doc: CustomsForm) -> None:
    third, y = INNER // 3, ROWS_TOP + ROWS * ROW + 16
    facts = (
        ("Total net weight", f"{customs_weight(doc.net_weight_g)} kg"),
        ("Total gross weight", f"{customs_weight(doc.gross_weight_g)} kg"),
        ("Total value", f"{doc.currency} {amount(doc.value_cents)}"),
    )
    for place, (name, value) in enumerate(facts):
        fact(canvas, MARGIN + place * third, y, name, value, width=third - 20, size=30)


def _signature(canvas: Canvas, doc: CustomsForm) -> None:
    canvas.line(MARGIN, 962, INNER)
    canvas.text(MARGIN, 992, doc.references or "–", 21, width=INNER, least=13)
    canvas.paragraph(MARGIN, 1026, DECLARATION, 17, width=INNER, lines=4, leading=23)
    canvas.line(MARGIN, 1106, INNER)
    fact(canvas, MARGIN, 1138, "Date", f"{doc.signed_on:%Y-%m-%d}", width=180, size=28)
    fact(canvas, MARGIN + 200, 1138, "Sender's signature", doc.signed_by, width=300, size=28)
    fact(canvas, MARGIN + 520, 1138, "Item", doc.number, width=INNER - 520, size=24, bold=False)


def render_pdf(doc: CustomsForm) -> bytes:
    """The form as a PDF of one or more labels."""
    return pdf.render(layout(doc), title=f"CN 22 {doc.number}")


def render_zpl(doc: CustomsForm, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The form for a ZPL printer of 8 or 12 dots a millimetre."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[CustomsForm]) -> bytes:
    """A batch as one PDF, each form from a fresh page."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="CN 22")
