"""The return label, 4 x 6 inches: a buyer's parcel back to the hub, found again by its RMA number.

For returns that no carrier's own label travels with; a buyer may put it over the old one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from labels.documents.address import PostalAddress, draw_large_address, draw_small_address
from labels.documents.typesetting import caption, fact
from labels.drawing import pdf, zpl
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas, widest_module

WIDTH, HEIGHT = 812, 1218
MARGIN = 32
INNER = WIDTH - 2 * MARGIN
MOST_REASONS = 6
QR_SIDE = 184


@dataclass(frozen=True, slots=True)
class ReturnReason:
    """A reason that the buyer may tick, and its code."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class ReturnLabel:
    """One parcel on its way back. `rma` is printable ASCII and becomes the barcodes; up to six reasons are printed."""

    rma: str
    sender: PostalAddress
    recipient: PostalAddress
    order_no: str = ""
    shop: str = ""
    reasons: tuple[ReturnReason, ...] = ()


def layout(doc: ReturnLabel) -> list[Canvas]:
    """One page. Refuses an RMA number that no barcode can say, or that is too wide for 4 inches."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.text(MARGIN, 88, "RETURN", 64, width=300, bold=True)
    canvas.text(MARGIN + 320, 84, doc.shop, 36, width=INNER - 320, least=22, bold=True, align=Align.RIGHT)
    canvas.line(MARGIN, 112, INNER, thickness=4)
    _addresses(canvas, doc)
    _reasons(canvas, doc)
    _number(canvas, doc)
    return [canvas]


def _addresses(canvas: Canvas, doc: ReturnLabel) -> None:
    symbol = encode(Symbology.QR, doc.rma)
    module = min(7, QR_SIDE // symbol.width)
    side = symbol.width * module
    canvas.barcode(WIDTH - MARGIN - side, 148, symbol, module=module)
    width = INNER - side - 48
    caption(canvas, MARGIN, 150, "From", width=width)
    draw_small_address(canvas, MARGIN, 184, doc.sender, width=width, size=26, lines=4)
    canvas.line(MARGIN, 342, INNER)
    caption(canvas, MARGIN, 378, "Return to", width=INNER)
    draw_large_address(canvas, MARGIN, 436, doc.recipient, width=INNER, size=46, lines=3)


def _reasons(canvas: Canvas, doc: ReturnLabel) -> None:
    """What the buyer ticks, in two columns."""
    canvas.line(MARGIN, 760, INNER)
    if not doc.reasons:
        return
    caption(canvas, MARGIN, 790, "Why it comes back", width=INNER)
    half = INNER // 2
    for place, reason in enumerate(doc.reasons[:MOST_REASONS]):
        x, y = MARGIN + place % 2 * half, 802 + place // 2 * 38
        canvas.box(x, y, 26, 26, thickness=2)
        canvas.text(x + 38, y + 21, f"{reason.code}  {reason.words}", 22, width=half - 54, least=15)


def _number(canvas: Canvas, doc: ReturnLabel) -> None:
    canvas.line(MARGIN, 922, INNER, thickness=4)
    symbol = encode(Symbology.CODE_128, doc.rma)
    module = widest_module(symbol, WIDTH, most=4)
    canvas.barcode((WIDTH - symbol.width * module) // 2, 944, symbol, module=module, height=128)
    fact(canvas, MARGIN, 1100, "RMA", doc.rma, width=440, size=36)
    fact(canvas, MARGIN + 460, 1100, "Order", doc.order_no or "–", width=INNER - 460, size=36, align=Align.RIGHT)
    canvas.line(MARGIN, 1160, INNER)
    canvas.text(MARGIN, 1192, "Place over the old label.", 26, width=INNER, bold=True, align=Align.CENTRE)


def render_pdf(doc: ReturnLabel) -> bytes:
    """The label as a one-page PDF."""
    return pdf.render(layout(doc), title=f"Return label {doc.rma}")


def render_zpl(doc: ReturnLabel, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The label for a ZPL printer of 8 or 12 dots a millimetre."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[ReturnLabel]) -> bytes:
    """A batch as one PDF, a page each."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Return labels")
