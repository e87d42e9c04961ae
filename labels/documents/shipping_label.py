"""The shipping label, 4 x 6 inches: what a carrier needs to move one parcel.

For parcels whose label we print ourselves. A label that a real carrier sends is stored and printed in
its own bytes, never redrawn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from labels.documents.address import PostalAddress, draw_large_address, draw_small_address
from labels.documents.typesetting import caption, fact, kilograms
from labels.drawing import pdf, zpl
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas, widest_module

WIDTH, HEIGHT = 812, 1218
MARGIN = 32
INNER = WIDTH - 2 * MARGIN


@dataclass(frozen=True, slots=True)
class ShippingLabel:
    """One parcel's label.

    `tracking_no` is printable ASCII and becomes the barcodes; `routing` is the carrier's sorting code,
    set large; `weight_g` 0 is unknown; `notices` are short marks such as `LIMITED QUANTITY`.
    """

    carrier: str
    service: str
    tracking_no: str
    sender: PostalAddress
    recipient: PostalAddress
    routing: str = ""
    reference: str = ""
    weight_g: int = 0
    parcel_no: int = 1
    parcel_count: int = 1
    shipped_on: date | None = None
    notices: tuple[str, ...] = ()


def layout(doc: ShippingLabel) -> list[Canvas]:
    """One page. Refuses a tracking number that no barcode can say, or that is too wide for 4 inches."""
    canvas = Canvas(WIDTH, HEIGHT)
    _head(canvas, doc)
    _sender_and_facts(canvas, doc)
    _recipient(canvas, doc)
    _routing(canvas, doc)
    _tracking(canvas, doc)
    _foot(canvas, doc)
    return [canvas]


def _head(canvas: Canvas, doc: ShippingLabel) -> None:
    canvas.text(MARGIN, 84, doc.carrier, 52, width=440, least=30, bold=True)
    canvas.text(MARGIN + 460, 84, doc.service, 36, width=INNER - 460, least=22, bold=True, align=Align.RIGHT)
    canvas.line(MARGIN, 110, INNER, thickness=4)


def _sender_and_facts(canvas: Canvas, doc: ShippingLabel) -> None:
    caption(canvas, MARGIN, 144, "From", width=400)
    draw_small_address(canvas, MARGIN, 176, doc.sender, width=400, size=26, lines=4)
    left, half = 492, 136
    canvas.line(left - 24, 126, 164, upright=True)
    fact(canvas, left, 144, "Parcel", f"{doc.parcel_no} / {doc.parcel_count}", width=half, size=36)
    fact(canvas, left + half + 16, 144, "Weight", kilograms(doc.weight_g) or "–", width=half, size=36)
    shipped = f"{doc.shipped_on:%d %b %Y}" if doc.shipped_on else "–"
    fact(canvas, left, 228, "Shipped", shipped, width=2 * half, size=30)
    canvas.line(MARGIN, 306, INNER, thickness=2)


def _recipient(canvas: Canvas, doc: ShippingLabel) -> None:
    symbol = encode(Symbology.DATAMATRIX, doc.tracking_no)
    module = min(6, 132 // symbol.width)
    size = symbol.width * module
    canvas.barcode(WIDTH - MARGIN - size, 336, symbol, module=module)
    caption(canvas, MARGIN, 346, "Deliver to", width=400)
    width = INNER - size - 28
    after = draw_large_address(canvas, MARGIN, 404, doc.recipient, width=width, size=42, lines=4)
    if doc.recipient.phone.strip():
        canvas.text(MARGIN, min(after - 14, 768), f"Tel. {doc.recipient.phone}", 26, width=width, least=18)


def _routing(canvas: Canvas, doc: ShippingLabel) -> None:
    if not doc.routing.strip():
        canvas.line(MARGIN, 896, INNER, thickness=4)
        return
    canvas.box(MARGIN, 790, INNER, 112)
    left, width = MARGIN + 24, INNER - 48
    canvas.text(left, 880, doc.routing, 92, width=width, least=44, bold=True, align=Align.CENTRE, white=True)


def _tracking(canvas: Canvas, doc: ShippingLabel) -> None:
    symbol = encode(Symbology.CODE_128, doc.tracking_no)
    module = widest_module(symbol, WIDTH, most=4)
    canvas.barcode((WIDTH - symbol.width * module) // 2, 928, symbol, module=module, height=176)
    canvas.text(MARGIN, 1142, doc.tracking_no, 34, width=INNER, least=20, bold=True, align=Align.CENTRE)


def _foot(canvas: Canvas, doc: ShippingLabel) -> None:
    canvas.line(MARGIN, 1158, INNER, thickness=2)
    notices = "  ·  ".join(notice.strip().upper() for notice in doc.notices if notice.strip())
    ours = 300 if notices else INNER
    if doc.reference.strip():
        canvas.text(MARGIN, 1192, f"Ref. {doc.reference}", 24, width=ours, least=18)
    if notices:
        canvas.text(MARGIN + 316, 1192, notices, 24, width=INNER - 316, least=16, bold=True, align=Align.RIGHT)


def render_pdf(doc: ShippingLabel) -> bytes:
    """The label as a one-page PDF."""
    return pdf.render(layout(doc), title=f"Shipping label {doc.tracking_no}")


def render_zpl(doc: ShippingLabel, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The label for a ZPL printer of 8 or 12 dots a millimetre."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[ShippingLabel]) -> bytes:
    """A batch as one PDF, a page each."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Shipping labels")
