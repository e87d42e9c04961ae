"""The commercial invoice, A4 upright and in English: what customs of GB, CH or NO ask of goods from the EU.

A statement of origin is printed as it is given, word for word. Any number of lines runs over as many pages as it takes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from labels.documents.address import PostalAddress, draw_small_address
from labels.documents.customs_form import CustomsLine, check_lines
from labels.documents.paging import GAP, INNER, MARGIN, RIGHT, Column, Pen
from labels.documents.typesetting import amount, caption, customs_weight, fact
from labels.drawing import pdf
from labels.drawing.canvas import Align, Canvas
from labels.drawing.faults import DrawingError
from labels.drawing.lettering import clean, wrap

STATEMENT_SIZE, STATEMENT_LINES = 23, 40
"""So many lines hold as much of a text as is ever looked at, so none is cut."""


class Incoterm(StrEnum):
    """Who pays the duty: the buyer on delivery, or the seller."""

    DAP = "DAP"
    DDP = "DDP"


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer, with their customs and VAT numbers, printed as given."""

    address: PostalAddress
    eori: str = ""
    vat: str = ""


@dataclass(frozen=True, slots=True)
class CommercialInvoice:
    """One sending's invoice, money in cents of `currency`.

    `importer` is who declares the goods, the buyer if none; `place` is where the incoterm ends, `statement` a statement
    of origin.
    """

    number: str
    issued_on: date
    exporter: Party
    buyer: Party
    incoterm: Incoterm
    place: str
    reason: str
    lines: tuple[CustomsLine, ...]
    currency: str
    freight_cents: int = 0
    importer: Party | None = None
    gross_weight_g: int = 0
    parcels: int = 1
    tracking_no: str = ""
    statement: str = ""
    signed_by: str = ""


_LEFT, _RIGHT = Align.LEFT, Align.RIGHT
LINES: Final[Sequence[Column]] = (
    ("Description", 506, _LEFT), ("HS code", 170, _LEFT), ("Origin", 90, _LEFT), ("Quantity", 130, _RIGHT),
    ("Net weight kg", 180, _RIGHT), ("Unit value", 180, _RIGHT), ("Value", 200, _RIGHT),
)  # fmt: skip


def layout(doc: CommercialInvoice) -> list[Canvas]:
    """One canvas a page, at least one. Refuses lines that customs would send back (`customs_form.check_lines`)."""
    check_lines(doc.lines, doc.currency)
    if doc.freight_cents < 0:
        raise DrawingError("Freight costs nothing or something.", code="freight_invalid")
    pen = Pen(lambda page: _head(page, doc))
    pen.turn()
    _parties(pen, doc)
    _terms(pen, doc)
    pen.table(f"Goods, values in {doc.currency}", LINES, [_row(line) for line in doc.lines], lines=3)
    _totals(pen, doc)
    _statement(pen, doc)
    return pen.sign_pages(f"Commercial invoice {doc.number}")


def _head(page: Canvas, doc: CommercialInvoice) -> int:
    page.text(MARGIN, 140, "Commercial invoice", 56, width=INNER - 720, bold=True)
    width = 340
    fact(page, RIGHT - 2 * width, 100, "Number", doc.number, width=width - GAP, size=34)
    fact(page, RIGHT - width, 100, "Date", f"{doc.issued_on:%d %B %Y}", width=width, size=34)
    page.line(MARGIN, 172, INNER, thickness=4)
    return 212


def _parties(pen: Pen, doc: CommercialInvoice) -> None:
    parties = [("Seller, exporter", doc.exporter), ("Buyer", doc.buyer)]
    parties.append(("Importer", doc.importer or doc.buyer))
    step = INNER // len(parties)
    for place, (name, party) in enumerate(parties):
        x, width = MARGIN + place * step, step - GAP
        caption(pen.page, x, pen.y, name, width=width)
        draw_small_address(pen.page, x, pen.y + 38, party.address, width=width, size=27, lines=6)
        pen.page.text(x, pen.y + 286, f"EORI {party.eori or '–'}", 25, width=width, least=16)
        pen.page.text(x, pen.y + 322, f"VAT {party.vat or '–'}", 25, width=width, least=16)
    pen.y += 350


def _terms(pen: Pen, doc: CommercialInvoice) -> None:
    pen.page.line(MARGIN, pen.y, INNER)
    facts = (
        ("Incoterm 2020", f"{doc.incoterm} {doc.place}"), ("Reason for export", doc.reason),
        ("Parcels, gross weight", f"{doc.parcels:,}, {customs_weight(doc.gross_weight_g)} kg"),
        ("Tracking number", doc.tracking_no or "–"),
    )  # fmt: skip
    step = INNER // len(facts)
    for place, (name, value) in enumerate(facts):
        fact(pen.page, MARGIN + place * step, pen.y + 36, name, value, width=step - GAP, size=27)
    pen.y += 110


def _row(line: CustomsLine) -> tuple[str, ...]:
    cents, rest = divmod(line.value_cents, line.quantity)
    unit = f"{line.value_cents / line.quantity / 100:,.4f}" if rest else amount(cents)
    return (
        line.description, line.hs_code, line.origin, f"{line.quantity:,}", customs_weight(line.net_weight_g),
        unit, amount(line.value_cents),
    )  # fmt: skip


def _totals(pen: Pen, doc: CommercialInvoice) -> None:
    goods = sum(line.value_cents for line in doc.lines)
    net = sum(line.net_weight_g for line in doc.lines)
    rows = (
        ("Net weight of the goods", f"{customs_weight(net)} kg"), ("Value of the goods", amount(goods)),
        ("Freight", amount(doc.freight_cents)), (f"Total {doc.currency}", amount(goods + doc.freight_cents)),
    )  # fmt: skip
    pen.need(44 * len(rows))
    for name, value in rows:
        is_last = name == rows[-1][0]
        pen.page.text(RIGHT - 712, pen.y + 30, name, 27, width=400, bold=is_last)
        pen.page.text(RIGHT - 300, pen.y + 30, value, 27, width=288, least=16, bold=is_last, align=Align.RIGHT)
        pen.y += 44
    pen.y += GAP


def _statement(pen: Pen, doc: CommercialInvoice) -> None:
    """The statement of origin, whole, and the signature."""
    words = wrap(clean(doc.statement), STATEMENT_SIZE, INNER, lines=STATEMENT_LINES)
    leading = STATEMENT_SIZE * 4 // 3
    pen.need(150 + leading * len(words))
    if words:
        caption(pen.page, MARGIN, pen.y + 20, "Statement of origin", width=INNER)
    for place, text in enumerate(words):
        pen.page.text(MARGIN, pen.y + 56 + place * leading, text, STATEMENT_SIZE, width=INNER)
    pen.y += leading * len(words) + (56 if words else 0)
    signed = doc.signed_by or doc.exporter.address.addressee
    fact(pen.page, MARGIN, pen.y + 36, "Signed for the exporter", signed, width=700, size=30)


def render_pdf(doc: CommercialInvoice) -> bytes:
    """The invoice as a PDF of one or more pages."""
    return pdf.render(layout(doc), title=f"Commercial invoice {doc.number}")


def render_pdf_many(docs: Iterable[CommercialInvoice]) -> bytes:
    """A batch as one PDF, each invoice from a fresh page."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Commercial invoices")
