"""The mark of a parcel with dangerous goods in limited quantities: a diamond, black at its top and bottom.

Source: ADR 3.4.7: sides of 100 mm and lines of 2 mm; where the parcel asks for it down to 50 mm and 1 mm. With a
`Y` in it, for goods packed by ICAO's technical instructions (ADR 3.4.8). It is all black and white, so a label
printer may print it; 67 mm is the largest for four-inch stock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from labels.drawing import pdf, zpl
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas, Point
from labels.drawing.faults import DrawingError

LEAST_SIDE_MM, MOST_SIDE_MM = 50, 100
MARGIN = 24

ADR_TEXT: Final = "Dangerous goods packed in limited quantities, ADR chapter 3.4. Total gross mass: {gross_kg} kg."
"""What a sender must tell the carrier before carriage, in a form that can be traced (ADR 3.4.12)."""


@dataclass(frozen=True, slots=True)
class LimitedQuantityMark:
    """One mark with sides of so many millimetres, 50 to 100; `by_air` puts the `Y` into it."""

    side_mm: int = LEAST_SIDE_MM
    by_air: bool = False


def side_for(*sides_mm: int) -> int:
    """The side of the largest mark that fits, on its tip, on the largest face of a parcel with these three sides."""
    across = sorted(sides_mm)[1]
    return max(LEAST_SIDE_MM, min(MOST_SIDE_MM, int((across - 2 * MARGIN / DOTS_PER_MM) / sqrt(2))))


def layout(doc: LimitedQuantityMark) -> list[Canvas]:
    """One square page just larger than the diamond. Refuses other sizes (`mark_size_invalid`)."""
    if not LEAST_SIDE_MM <= doc.side_mm <= MOST_SIDE_MM:
        raise DrawingError(f"The mark's sides are {LEAST_SIDE_MM} to {MOST_SIDE_MM} mm long.", code="mark_size_invalid")
    half = -int(-doc.side_mm * DOTS_PER_MM * sqrt(2) // 2)
    middle = MARGIN + half
    canvas = Canvas(2 * middle, 2 * middle)
    for shape in _shapes(half):
        canvas.polygon([(middle + x, middle + y) for x, y in shape])
    if doc.by_air:
        size = half * 3 // 4
        width = size * 2
        canvas.text(middle - size, middle + size * 73 // 200, "Y", size, width=width, bold=True, align=Align.CENTRE)
    return [canvas]


def _shapes(half: int) -> Iterable[Sequence[Point]]:
    """The black parts around (0, 0): the corners above and below, and the lines of the sides between them.

    A side's line is a fiftieth of the side thick; measured along x that is √2 times as much.
    """
    line = -int(-half * 2 // 50)
    cut = half // 2
    for way in (-1, 1):
        yield [(0, way * half), (half - cut, way * cut), (cut - half, way * cut)]
        yield [
            (way * (half - cut), -cut), (way * half, 0), (way * (half - cut), cut),
            (way * (half - cut - line), cut), (way * (half - line), 0), (way * (half - cut - line), -cut),
        ]  # fmt: skip


def render_pdf(doc: LimitedQuantityMark) -> bytes:
    """The mark as a one-page PDF."""
    return pdf.render(layout(doc), title="Limited quantity")


def render_zpl(doc: LimitedQuantityMark, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The mark for a ZPL printer of 8 or 12 dots a millimetre."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[LimitedQuantityMark]) -> bytes:
    """A batch as one PDF, a page each."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Limited quantity")
