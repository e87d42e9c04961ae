"""The manifest, A4 upright: which parcels a hub hands to a driver, and the names of both under it.

Of a buyer it says country and postcode alone. Any number of parcels runs over as many pages as it takes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from labels.documents.limited_quantity import ADR_TEXT
from labels.documents.paging import BOTTOM, GAP, INNER, MARGIN, RIGHT, Column, Pen, signature
from labels.documents.typesetting import caption, fact, kilograms
from labels.drawing import pdf
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import Align, Canvas, widest_module

LIMITED_QUANTITY: Final = "LQ"
BARCODE_ROOM = 1_000
"""Dots: enough for the longest number there is, 40 letters, in bars of a quarter of a millimetre."""
SIGNATURES = 430
"""Height of the block with both names."""


@dataclass(frozen=True, slots=True)
class ManifestParcel:
    """One parcel. `weight_g` 0 is unknown; `marks` what is on the box besides the LQ diamond, such as `UN3481`."""

    tracking_no: str
    reference: str
    service: str
    country: str
    postcode: str
    weight_g: int = 0
    limited_quantity: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A parcel that was expected and does not go along, and why."""

    tracking_no: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One hand-over. `number` is printable ASCII and becomes a barcode; moments are written out in the hub's zone."""

    number: str
    carrier: str
    hub: str
    trailer: str
    cutoff: str
    closed: str
    zone: str
    parcels: tuple[ManifestParcel, ...]
    left_behind: tuple[LeftBehind, ...] = ()


_LEFT, _RIGHT = Align.LEFT, Align.RIGHT
PARCELS: Final[Sequence[Column]] = (
    ("No.", 84, _RIGHT), ("", 20, _LEFT), ("Tracking number", 428, _LEFT), ("Order", 300, _LEFT),
    ("To", 220, _LEFT), ("Weight", 150, _RIGHT), ("", 24, _LEFT), ("Marks", 230, _LEFT),
)  # fmt: skip
SERVICES: Final[Sequence[Column]] = (("Service", 856, _LEFT), ("Parcels", 300, _RIGHT), ("Weight", 300, _RIGHT))
LEFT: Final[Sequence[Column]] = (("Tracking number", 448, _LEFT), ("Order", 320, _LEFT), ("Why", 688, _LEFT))


def layout(doc: Manifest) -> list[Canvas]:
    """One canvas a page, at least one. Refuses a number that no barcode can say."""
    pen = Pen(lambda page: _head(page, doc))
    pen.turn()
    _facts(pen, doc)
    pen.table("Parcels handed over", PARCELS, [_row(n, parcel) for n, parcel in enumerate(doc.parcels, start=1)])
    pen.table("By service", SERVICES, list(_totals(doc.parcels)))
    _dangerous_goods(pen, doc)
    if doc.left_behind:
        pen.table("Left behind", LEFT, [(p.tracking_no, p.reference, p.reason) for p in doc.left_behind], lines=2)
    _signatures(pen, doc)
    return pen.sign_pages(f"Manifest {doc.number}  ·  All times in {doc.zone}.")


def _head(page: Canvas, doc: Manifest) -> int:
    width = INNER - BARCODE_ROOM
    page.text(MARGIN, 130, "Manifest", 60, width=width, bold=True)
    page.text(MARGIN, 190, doc.carrier, 36, width=width, least=22)
    symbol = encode(Symbology.CODE_128, doc.number)
    module = widest_module(symbol, BARCODE_ROOM, most=4)
    page.barcode(RIGHT - symbol.width * module, 76, symbol, module=module, height=88)
    page.text(RIGHT - BARCODE_ROOM + 20, 196, doc.number, 28, width=BARCODE_ROOM - 20, least=18, align=Align.RIGHT)
    page.line(MARGIN, 216, INNER, thickness=4)
    return 256


def _facts(pen: Pen, doc: Manifest) -> None:
    quarter = INNER // 4
    pairs = (("Hub", doc.hub), ("Trailer", doc.trailer), ("Cut-off", doc.cutoff), ("Closed", doc.closed))
    for place, (name, value) in enumerate(pairs):
        fact(pen.page, MARGIN + place * quarter, pen.y, name, value or "–", width=quarter - GAP, size=30, bold=False)
    pen.y += 84


def _row(number: int, parcel: ManifestParcel) -> tuple[str, ...]:
    marks = (LIMITED_QUANTITY, *parcel.marks) if parcel.limited_quantity else parcel.marks
    where = f"{parcel.country} {parcel.postcode}"
    weight = kilograms(parcel.weight_g)
    return str(number), "", parcel.tracking_no, parcel.reference, where, weight or "–", "", ", ".join(marks)


def _totals(parcels: Sequence[ManifestParcel]) -> Iterable[tuple[str, str, str]]:
    """A row for each service in the order of their names, and one for all."""
    counts, grams = Counter(parcel.service for parcel in parcels), Counter[str]()
    for parcel in parcels:
        grams[parcel.service] += parcel.weight_g
    for service in sorted(counts):
        yield service, f"{counts[service]:,}", kilograms(grams[service]) or "–"
    yield "All", f"{len(parcels):,}", kilograms(grams.total()) or "–"


def _dangerous_goods(pen: Pen, doc: Manifest) -> None:
    limited = [parcel for parcel in doc.parcels if parcel.limited_quantity]
    if not limited:
        return
    pen.need(80)
    weight = f"{sum(parcel.weight_g for parcel in limited) / 1000:.2f}"
    unknown = sum(parcel.weight_g <= 0 for parcel in limited)
    parcels = f"Parcels: {len(limited):,}" + (f", not weighed: {unknown:,}." if unknown else ".")
    text = f"{ADR_TEXT.format(gross_kg=weight)} {parcels}"
    pen.page.text(MARGIN, pen.y + 28, text, 26, width=INNER, least=20, bold=True)
    pen.y += 40 + GAP


def _signatures(pen: Pen, doc: Manifest) -> None:
    """Two blocks side by side, never torn, at the foot of the last page."""
    pen.need(SIGNATURES)
    half, y = INNER // 2, BOTTOM - SIGNATURES
    pen.page.line(MARGIN, y, INNER, thickness=4)
    asked = ("Name", "Parcels", "Date, time", "Signature")
    signature(pen.page, MARGIN, y + 20, f"Hub {doc.hub}", asked, width=half - GAP)
    signature(pen.page, MARGIN + half, y + 20, f"Driver of {doc.carrier}", asked, width=half)
    caption(pen.page, MARGIN, y + 416, "Signed for the number of parcels written in, in good order.", width=INNER)


def render_pdf(doc: Manifest) -> bytes:
    """The manifest as a PDF of one or more pages."""
    return pdf.render(layout(doc), title=f"Manifest {doc.number}")


def render_pdf_many(docs: Iterable[Manifest]) -> bytes:
    """A batch of manifests as one PDF, each from a fresh page."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Manifests")
