"""The PDF writer: pages of dots as a PDF with embedded type, the same bytes for the same pages.

Each page is as large as its canvas and says that it must not be scaled when printed. A barcode is one
vector path whose bars are drawn a fifth of a dot narrower on each side: at the printer's pitch every bar
still covers its outer dots by well over half and its neighbours' not at all, so the widths are exact both
where a rasteriser measures how much of a dot is covered and where it paints whatever it touches. (A fifth
and not a quarter: the corner of a square module must stay dark after four-fold oversampling too.)
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import pairwise
from math import floor
from threading import Lock

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas as PdfCanvas
from reportlab.pdfgen.pathobject import PDFPathObject

from labels.drawing.barcodes import Run
from labels.drawing.canvas import DOTS_PER_INCH, Align, Barcode, Box, Canvas, Item, Photo, Polygon, Text
from labels.drawing.lettering import clean
from labels.drawing.typefaces import advances, face_name, text_width

CONTENT_TYPE = "application/pdf"
DOT = 72 / DOTS_PER_INCH
"""One dot in PDF points."""
INSET = 0.2
"""Dots taken off each side of a bar."""
_FACES = Lock()
"""The writer reads the letters it embeds out of a face that all threads share, from where the last one stopped."""


def render(pages: Iterable[Canvas], *, title: str = "Label") -> bytes:
    """The pages as one PDF. The same pages and title give the same bytes, on any day."""
    for bold in (False, True):
        advances(face_name(bold=bold))
    out = BytesIO()
    pdf = PdfCanvas(out, invariant=1, pageCompression=1)
    pdf.setViewerPreference("PrintScaling", "None")
    pdf.setTitle(clean(title))
    pdf.setAuthor("Pakhuis")
    for page in pages:
        pdf.setPageSize((_page_length(page.width), _page_length(page.height)))
        # From here on one unit is one dot and y still grows upwards: `_Page` turns it over.
        pdf.scale(DOT, DOT)
        sheet = _Page(pdf, page.height)
        for item in page.items:
            sheet.draw(item)
        pdf.showPage()
    with _FACES:
        pdf.save()
    return out.getvalue()


def _page_length(dots: int) -> float:
    """`dots` in points, a thousandth less: a hair more, after rounding to 32 bits, adds a row of dots to a raster."""
    return floor(dots * DOT * 1000 - 0.5) / 1000


class _Page:
    """One open page of the PDF, in dots."""

    def __init__(self, pdf: PdfCanvas, height: int) -> None:
        self.pdf = pdf
        self.height = height

    def draw(self, item: Item) -> None:
        match item:
            case Text():
                self._text(item)
            case Box():
                self._box(item)
            case Polygon():
                self._polygon(item)
            case Barcode():
                self._barcode(item)
            case Photo():
                picture = ImageReader(BytesIO(item.jpeg))
                self.pdf.drawImage(picture, item.x, self.height - item.y - item.height, item.width, item.height)

    def _text(self, item: Text) -> None:
        spare = item.width - text_width(item.text, item.size, bold=item.bold)
        shift = {Align.LEFT: 0.0, Align.CENTRE: spare / 2, Align.RIGHT: spare}[item.align]
        if item.white:
            self.pdf.setFillGray(1)
        self.pdf.setFont(face_name(bold=item.bold), item.size)
        self.pdf.drawString(item.x + shift, self.height - item.y, item.text)
        if item.white:
            self.pdf.setFillGray(0)

    def _box(self, item: Box) -> None:
        x, y, width, height = item.x, self.height - item.y - item.height, item.width, item.height
        path = self.pdf.beginPath()
        thick = item.thickness
        if thick and 2 * thick < min(width, height):
            self._rect(path, x, y, width, thick)
            self._rect(path, x, y + height - thick, width, thick)
            self._rect(path, x, y + thick - 2 * INSET, thick, height - 2 * thick + 4 * INSET)
            self._rect(path, x + width - thick, y + thick - 2 * INSET, thick, height - 2 * thick + 4 * INSET)
        else:
            self._rect(path, x, y, width, height)
        self.pdf.drawPath(path, stroke=0, fill=1, fillMode=1)

    def _polygon(self, item: Polygon) -> None:
        path = self.pdf.beginPath()
        (x, y), *others = item.points
        path.moveTo(x, self.height - y)
        for x, y in others:
            path.lineTo(x, self.height - y)
        path.close()
        self.pdf.drawPath(path, stroke=0, fill=1)

    def _barcode(self, item: Barcode) -> None:
        path = self.pdf.beginPath()
        top = self.height - item.y
        module = item.module
        if item.symbol.symbology.linear:
            for start, length in item.symbol.rows[0]:
                self._rect(path, item.x + start * module, top - item.height, length * module, item.height)
        else:
            for row, runs in enumerate(item.symbol.rows):
                for start, length in runs:
                    low = top - (row + 1) * module
                    self._rect(path, item.x + start * module, low, length * module, module)
            for row, start, length in _seams(item.symbol.rows):
                path.rect(
                    item.x + start * module + INSET,
                    top - row * module - INSET,
                    length * module - 2 * INSET,
                    2 * INSET,
                )
        self.pdf.drawPath(path, stroke=0, fill=1, fillMode=1)

    @staticmethod
    def _rect(path: PDFPathObject, x: float, y: float, width: float, height: float) -> None:
        path.rect(x + INSET, y + INSET, width - 2 * INSET, height - 2 * INSET)


def _seams(rows: tuple[tuple[Run, ...], ...]) -> Iterator[tuple[int, int, int]]:
    """Where dark stands on dark: `(row, start, length)` of each stretch shared with the row above.

    Filled, so that the narrowing leaves no white hairlines inside a matrix symbol.
    """
    for row, (above, below) in enumerate(pairwise(rows), start=1):
        for start, length in above:
            for other, size in below:
                first, last = max(start, other), min(start + length, other + size)
                if first < last:
                    yield row, first, last - first
