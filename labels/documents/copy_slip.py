"""The slip that comes out with a copy of a label, 57 x 32 mm: which copy it is, why, who wanted it, and when.

A label may be a carrier's own, whose bytes nobody may touch; so the mark is paper of its own, as small as the
smallest label in use, and it is thrown away when the copy is stuck on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from labels.drawing import pdf, zpl
from labels.drawing.canvas import DOTS_PER_MM, Canvas

WIDTH, HEIGHT = 456, 256
EDGE, MARGIN = 10, 20
INNER = WIDTH - 2 * MARGIN


@dataclass(frozen=True, slots=True)
class CopySlip:
    """What a copy is; `asked_at` in the hub's own time, `job` the number of the original's print job."""

    copy_no: int
    reason: str
    asked_by: str
    asked_at: datetime
    job: int
    reference: str = ""


def layout(doc: CopySlip) -> list[Canvas]:
    """One page, without any barcode: nobody may scan a slip for a label."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.box(EDGE, EDGE, WIDTH - 2 * EDGE, 64)
    canvas.text(MARGIN, 54, f"COPY {doc.copy_no}", 52, width=INNER, least=30, bold=True, white=True)
    canvas.paragraph(MARGIN, 106, doc.reason, 26, width=INNER, lines=2, leading=31, bold=True)
    canvas.text(MARGIN, 174, doc.asked_by, 24, width=INNER, least=16)
    canvas.text(MARGIN, 206, f"{doc.asked_at:%d %b %Y %H:%M}", 24, width=INNER, least=16)
    about = f"Copy of job {doc.job}"
    canvas.text(
        MARGIN, 238, f"{about} · {doc.reference}" if doc.reference.strip() else about, 20, width=INNER, least=14
    )
    return [canvas]


def render_pdf(doc: CopySlip) -> bytes:
    """The slip as a one-page PDF."""
    return pdf.render(layout(doc), title=f"Copy {doc.copy_no} of job {doc.job}")


def render_zpl(doc: CopySlip, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The slip for a ZPL printer with `dots_per_mm`, 8 or 12."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[CopySlip]) -> bytes:
    """A batch as one PDF, a page each."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Copy slips")
