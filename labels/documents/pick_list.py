"""The paper pick list, A4 upright: one cart's walk for the hour in which handhelds are down.

At each stop the picker writes the two check digits from the bin's label into the boxes, which is the proof of having
stood there; so the list never prints them. What was picked is scanned or typed in afterwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from labels.documents.paging import BOTTOM, GAP, INNER, MARGIN, RIGHT, Pen, signature
from labels.documents.typesetting import caption, fact
from labels.drawing import pdf
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import Align, Canvas, widest_module

STOP = 92
"""Height of a stop."""
BARCODE_ROOM = 640
TOTES_A_ROW, TOTE_HEIGHT = 4, 148
TICK, BIN, DIGITS, ITEM, UNITS, TOTE = 60, 460, 150, 476, 120, 190
"""Widths of the columns."""


@dataclass(frozen=True, slots=True)
class PickStop:
    """So many units of one item from one bin into one tote."""

    bin_code: str
    sku: str
    title: str
    units: int
    tote: str
    lot: str = ""


@dataclass(frozen=True, slots=True)
class PickList:
    """One cart's walk, stops in the order of walking.

    `number` and the codes of `totes` are printable ASCII and become barcodes; `metres` is the walk's length and
    `bound_metres` what no walk can be shorter than, 0 unknown.
    """

    number: str
    hub: str
    cart: str
    picker: str
    printed: str
    zone: str
    stops: tuple[PickStop, ...]
    totes: tuple[str, ...]
    metres: int = 0
    bound_metres: int = 0


def layout(doc: PickList) -> list[Canvas]:
    """One canvas a page, at least one. Refuses a number or tote that no barcode can say."""
    pen = Pen(lambda page: _head(page, doc))
    pen.turn()
    _facts(pen, doc)
    _totes(pen, doc)
    _stops(pen, doc)
    pen.need(320)
    asked = ("Name", "Date, time", "Signature")
    signature(pen.page, MARGIN, BOTTOM - 310, "Picked by", asked, width=INNER // 2)
    return pen.sign_pages(f"Pick list {doc.number}  ·  Printed {doc.printed}, times in {doc.zone}.")


def _head(page: Canvas, doc: PickList) -> int:
    width = INNER - BARCODE_ROOM
    page.text(MARGIN, 130, "Pick list", 60, width=width, bold=True)
    page.text(MARGIN, 190, f"Cart {doc.cart}", 36, width=width, least=22)
    symbol = encode(Symbology.CODE_128, doc.number)
    module = widest_module(symbol, BARCODE_ROOM, most=4)
    page.barcode(RIGHT - symbol.width * module, 76, symbol, module=module, height=88)
    page.text(RIGHT - BARCODE_ROOM + 20, 196, doc.number, 28, width=BARCODE_ROOM - 20, least=18, align=Align.RIGHT)
    page.line(MARGIN, 216, INNER, thickness=4)
    return 256


def _facts(pen: Pen, doc: PickList) -> None:
    units = sum(stop.units for stop in doc.stops)
    bound = f", at least {doc.bound_metres:,}" if doc.bound_metres else ""
    pairs = (
        ("Hub", doc.hub), ("Picker", doc.picker), ("Stops, units", f"{len(doc.stops):,}, {units:,}"),
        ("Metres to walk", f"{doc.metres:,}{bound}" if doc.metres else "–"),
    )  # fmt: skip
    quarter = INNER // len(pairs)
    for place, (name, value) in enumerate(pairs):
        fact(pen.page, MARGIN + place * quarter, pen.y, name, value or "–", width=quarter - GAP, size=30, bold=False)
    pen.y += 84


def _totes(pen: Pen, doc: PickList) -> None:
    """The cart's totes, to be scanned from the list."""
    step = INNER // TOTES_A_ROW
    for start in range(0, len(doc.totes), TOTES_A_ROW):
        pen.need(TOTE_HEIGHT)
        for column, code in enumerate(doc.totes[start : start + TOTES_A_ROW]):
            x = MARGIN + column * step
            symbol = encode(Symbology.CODE_128, code)
            module = widest_module(symbol, step, most=3)
            pen.page.barcode(x + (step - symbol.width * module) // 2, pen.y, symbol, module=module, height=80)
            pen.page.text(x, pen.y + 110, code, 26, width=step - 12, least=16, bold=True, align=Align.CENTRE)
        pen.y += TOTE_HEIGHT


def _stops(pen: Pen, doc: PickList) -> None:
    heads = (("", TICK), ("Bin", BIN), ("Check", DIGITS), ("Item", ITEM), ("Units", UNITS), ("Into tote", TOTE))

    def draw_heads() -> None:
        x = MARGIN
        for name, width in heads:
            align = Align.RIGHT if name == "Units" else Align.LEFT
            caption(pen.page, x, pen.y + 24, name, width=width - 24, align=align)
            x += width
        pen.page.line(MARGIN, pen.y + 36, INNER, thickness=2)
        pen.y += 40

    pen.need(40 + STOP)
    draw_heads()
    for stop in doc.stops:
        pen.need(STOP, draw_heads)
        _stop(pen.page, pen.y, stop)
        pen.y += STOP


def _stop(page: Canvas, top: int, stop: PickStop) -> None:
    x = MARGIN
    page.box(x, top + 24, 36, 36, thickness=2)
    x += TICK
    page.text(x, top + 62, stop.bin_code, 58, width=BIN - 24, least=26, bold=True)
    x += BIN
    for place in range(2):
        page.box(x + place * 58, top + 12, 54, 64, thickness=2)
    x += DIGITS
    lot = f"  ·  Lot {stop.lot}" if stop.lot.strip() else ""
    page.text(x, top + 36, f"{stop.sku}{lot}", 28, width=ITEM - 12, least=16, bold=True)
    page.text(x, top + 68, stop.title, 24, width=ITEM - 12, least=18)
    x += ITEM
    page.text(x, top + 60, f"{stop.units:,}", 52, width=UNITS - 24, least=16, bold=True, align=Align.RIGHT)
    x += UNITS
    page.text(x, top + 56, stop.tote, 34, width=TOTE, least=18)
    page.line(MARGIN, top + STOP - 3, INNER, thickness=1)


def render_pdf(doc: PickList) -> bytes:
    """The list as a PDF of one or more pages."""
    return pdf.render(layout(doc), title=f"Pick list {doc.number}")


def render_pdf_many(docs: Iterable[PickList]) -> bytes:
    """A batch as one PDF, each list from a fresh page."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Pick lists")
