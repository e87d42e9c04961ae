"""The evidence of a case, A4 upright: what was planned and counted, every scan, every step, and the photos.

Any number of scans, steps and photos runs over as many pages as it takes; none is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from labels.documents.paging import GAP, INNER, MARGIN, RIGHT, ROW, Column, Pen
from labels.documents.typesetting import fact
from labels.drawing import pdf, zpl
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas

PHOTO_WIDTH, PHOTO_HEIGHT = (INNER - GAP) // 2, 560


@dataclass(frozen=True, slots=True)
class CountedLine:
    """One item of the carton, planned against counted, in units."""

    sku: str
    lot: str
    planned: int
    good: int
    damaged: int
    missing: int
    surplus: int


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One scan. `note` says what is particular: taken back, takes another back, confirmed by a supervisor."""

    at: str
    who: str
    station: str
    code: str
    units: int
    condition: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the case: when, what, by whom, and in whose words."""

    at: str
    what: str
    who: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A JPEG picture, its size in pixels, and what it says below."""

    jpeg: bytes
    width: int
    height: int
    caption: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that is known of one case. Moments are written out by the caller, in the hub's zone."""

    number: str
    subject: str
    seller: str
    hub: str
    inbound: str
    carton: str
    opened: str
    due: str
    outcome: str
    zone: str
    lines: tuple[CountedLine, ...] = ()
    scans: tuple[ScanRow, ...] = ()
    steps: tuple[StepRow, ...] = ()
    photos: tuple[PhotoRow, ...] = ()


_LEFT, _RIGHT = Align.LEFT, Align.RIGHT
LINES: Final[Sequence[Column]] = (
    ("Item", 440, _LEFT), ("Lot", 256, _LEFT), ("Planned", 152, _RIGHT), ("Good", 152, _RIGHT),
    ("Damaged", 152, _RIGHT), ("Missing", 152, _RIGHT), ("Surplus", 152, _RIGHT),
)  # fmt: skip
SCANS: Final[Sequence[Column]] = (
    ("When", 264, _LEFT), ("Who", 200, _LEFT), ("Station", 140, _LEFT), ("Code", 364, _LEFT), ("Units", 84, _RIGHT),
    ("", 24, _LEFT), ("Condition", 140, _LEFT), ("Remark", 240, _LEFT),
)  # fmt: skip
STEPS: Final[Sequence[Column]] = (("When", 264, _LEFT), ("What", 240, _LEFT), ("Who", 240, _LEFT), ("Note", 712, _LEFT))


def layout(doc: CaseFile) -> list[Canvas]:
    """One canvas a page, at least one."""
    pen = Pen(lambda page: _head(page, doc))
    pen.turn()
    _facts(pen, doc)
    lines = [
        (row.sku, row.lot, *map(str, (row.planned, row.good, row.damaged, row.missing, row.surplus)))
        for row in doc.lines
    ]
    pen.table("Planned and counted", LINES, lines)
    steps = [(step.at, step.what, step.who, step.note) for step in doc.steps]
    pen.table("What happened", STEPS, steps)
    scans = [(s.at, s.who, s.station, s.code, f"{s.units:,}", "", s.condition, s.note) for s in doc.scans]
    pen.table("Every scan of this carton", SCANS, scans)
    _photos(pen, doc)
    return pen.sign_pages(f"All times in {doc.zone}.")


def _head(page: Canvas, doc: CaseFile) -> int:
    page.text(MARGIN, 148, f"Case {doc.number}", 60, width=INNER - 520, least=32, bold=True)
    page.text(RIGHT - 500, 148, doc.seller, 34, width=500, least=20, align=Align.RIGHT)
    page.line(MARGIN, 176, INNER, thickness=4)
    return 232


def _facts(pen: Pen, doc: CaseFile) -> None:
    half = INNER // 2
    pen.page.text(MARGIN, pen.y + 24, doc.subject, 38, width=INNER, least=22, bold=True)
    pen.y += 84
    pairs = (
        ("Inbound", doc.inbound), ("Carton", doc.carton), ("Hub", doc.hub), ("Opened", doc.opened),
        ("Answer until", doc.due), ("Outcome", doc.outcome),
    )  # fmt: skip
    for n, (name, value) in enumerate(pairs):
        x = MARGIN + n % 2 * half
        fact(pen.page, x, pen.y, name, value, width=half - GAP, size=28, bold=False)
        pen.y += n % 2 * 84
    pen.y += 16


def _photos(pen: Pen, doc: CaseFile) -> None:
    """Two beside each other, as large as they fit."""
    height = PHOTO_HEIGHT + ROW + GAP
    for start in range(0, len(doc.photos), 2):
        pen.need(height)
        for n, photo in enumerate(doc.photos[start : start + 2]):
            scale = min(PHOTO_WIDTH / photo.width, PHOTO_HEIGHT / photo.height)
            width, tall = max(int(photo.width * scale), 1), max(int(photo.height * scale), 1)
            x = MARGIN + n * (PHOTO_WIDTH + GAP)
            pen.page.photo(x, pen.y, width, tall, photo.jpeg)
            pen.page.text(x, pen.y + tall + 30, photo.caption, 22, width=PHOTO_WIDTH, least=15)
        pen.y += height


def render_pdf(doc: CaseFile) -> bytes:
    """The case as a PDF of one or more pages."""
    return pdf.render(layout(doc), title=f"Case {doc.number}")


def render_zpl(doc: CaseFile, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The case for a wide ZPL printer, one label a page."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[CaseFile]) -> bytes:
    """Several cases as one PDF, each from a fresh page."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Cases")
