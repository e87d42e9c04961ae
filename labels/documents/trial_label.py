"""The label that a printer is tried out with, 57 x 32 mm: who it is, rulers to measure, and a code to scan back.

If the rulers are true to the millimetre and the code reads, the printer prints labels as they are drawn.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from labels.drawing import pdf, zpl
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import DOTS_PER_MM, Canvas

WIDTH, HEIGHT = 456, 256
EDGE, LEFT, MARGIN = 10, 68, 20
SQUARE = 112
"""The side of the code in dots, at most."""


@dataclass(frozen=True, slots=True)
class TrialLabel:
    """`proof_code` is what a scan must read, printable ASCII."""

    name: str
    code: str
    site: str
    proof_code: str
    dots_per_mm: int = DOTS_PER_MM


def layout(doc: TrialLabel) -> list[Canvas]:
    """One page. Refuses a proof code that no barcode can say."""
    canvas = Canvas(WIDTH, HEIGHT)
    _rulers(canvas)
    symbol = encode(Symbology.DATAMATRIX, doc.proof_code)
    module = SQUARE // symbol.width
    side = symbol.width * module
    canvas.barcode(WIDTH - MARGIN - side, HEIGHT - MARGIN - side, symbol, module=module)
    beside = WIDTH - 2 * MARGIN - SQUARE - LEFT
    canvas.text(LEFT, 76, doc.name, 30, width=WIDTH - LEFT - MARGIN, least=18, bold=True)
    canvas.text(LEFT, 106, f"{doc.code} · {doc.site}", 20, width=WIDTH - LEFT - MARGIN, least=14)
    canvas.text(LEFT, 152, doc.proof_code, 22, width=beside, least=14, bold=True)
    called = "203 dpi" if doc.dots_per_mm == DOTS_PER_MM else "300 dpi"
    canvas.text(LEFT, 184, f"{doc.dots_per_mm} dots/mm · {called}", 20, width=beside, least=14)
    canvas.text(LEFT, 212, "Rulers in millimetres", 20, width=beside, least=14)
    return [canvas]


def _rulers(canvas: Canvas) -> None:
    """A mark each millimetre along the upper and the left edge, longer every five, with its figure every ten."""
    for mm in range((WIDTH - 2 * EDGE) // DOTS_PER_MM):
        canvas.box(EDGE + mm * DOTS_PER_MM, EDGE, 2, _mark(mm))
        if mm % 10 == 0 and mm:
            canvas.text(EDGE + mm * DOTS_PER_MM + 6, EDGE + 36, str(mm), 16, width=24)
    for mm in range(1, (HEIGHT - 2 * EDGE) // DOTS_PER_MM):
        canvas.box(EDGE, EDGE + mm * DOTS_PER_MM, _mark(mm), 2)
        if mm % 10 == 0 and mm < 25:
            canvas.text(EDGE + 28, EDGE + mm * DOTS_PER_MM + 18, str(mm), 16, width=24)


def _mark(mm: int) -> int:
    return 24 if mm % 10 == 0 else 16 if mm % 5 == 0 else 8


def render_pdf(doc: TrialLabel) -> bytes:
    """The label as a one-page PDF."""
    return pdf.render(layout(doc), title=f"Test print of {doc.code}")


def render_zpl(doc: TrialLabel, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The label for a ZPL printer with `dots_per_mm`, 8 or 12."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[TrialLabel]) -> bytes:
    """A batch as one PDF, a page each."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Test prints")
