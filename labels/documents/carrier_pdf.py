"""A carrier's own label as PDF: judged before it is stored, and cut out of its A4 page. It is never redrawn or scaled.

The file is read by pdfium and written out again plainly, without packed objects or disguised names, and the plain form
searched for what a label has no use for: scripts, programs to start, forms that send, files carried along. Only the
judgement uses that form; what is stored are the carrier's bytes.
"""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from io import BytesIO
from typing import Final

import pypdfium2
from pypdfium2 import raw

from labels.drawing.faults import DrawingError
from labels.drawing.pdfium import PDFIUM

MOST_BYTES: Final = 5_000_000
MOST_UNPACKED: Final = 100_000_000
"""Bytes that all deflated streams of a file may grow to: a page in colour at 600 dpi has 26 million."""
MOST_PAGES: Final = 20
LEAST_MM, MOST_MM = 20, 430
"""Sides of a page: from a small sticker to A3."""
POINTS_PER_MM: Final = 72 / 25.4

_ACTIVE: Final = re.compile(
    rb"/(JavaScript|Launch|SubmitForm|ImportData|GoToR|GoToE|Rendition|RichMedia|Movie|Sound|EmbeddedFiles?"
    rb"|FileAttachment|XFA|UserUnit)(?![A-Za-z0-9])"
)
"""Actions, attachments and forms (ISO 32000-1, 12.6.4 and 7.11.4); a user unit makes a page larger than it says."""

_STREAM: Final = re.compile(rb"stream\r?\n")
CHUNK: Final = 1_000_000


class Corner(IntEnum):
    """Where on its A4 page a label of A6 stands, as the page is shown; clockwise."""

    TOP_LEFT = 0
    TOP_RIGHT = 1
    BOTTOM_RIGHT = 2
    BOTTOM_LEFT = 3


def check_pdf(content: bytes) -> int:
    """How many pages the label has. Refuses with `DrawingError` what should not be stored or printed.

    Codes: `label_too_large` (over 5 MB, or 100 MB unpacked), `label_not_pdf` (or so broken that it can't be read),
    `label_encrypted`, `label_too_many_pages`, `label_page_size` (a side under 20 or over 430 mm) and
    `label_active_content`.
    """
    if len(content) > MOST_BYTES:
        raise DrawingError("A label has at most 5 MB.", code="label_too_large")
    _check_unpacked(content)
    with _open(content) as document:
        if not 1 <= len(document) <= MOST_PAGES:
            raise DrawingError(f"A label has 1 to {MOST_PAGES} pages.", code="label_too_many_pages")
        for page in document:
            left, bottom, right, top = page.get_mediabox()
            for points in (*page.get_size(), right - left, top - bottom):
                if not LEAST_MM <= points / POINTS_PER_MM <= MOST_MM:
                    raise DrawingError("A label's page is no paper that we print on.", code="label_page_size")
        plain = BytesIO()
        document.save(plain)
        if _ACTIVE.search(content) or _ACTIVE.search(plain.getvalue()) or raw.FPDFDoc_GetAttachmentCount(document):
            raise DrawingError("A label carries no scripts, forms or files.", code="label_active_content")
        return len(document)


def cut_a6(content: bytes, corner: Corner = Corner.TOP_LEFT) -> bytes:
    """A copy of the label whose A4 pages show only the quarter at `corner`, nothing in it moved, scaled or redrawn.

    Pages of another size stay as they are. Refuses as `check_pdf` for a file that can't be read.
    """
    with _open(content) as document:
        for page in document:
            if not _is_a4(*page.get_size()):
                continue
            left, bottom, right, top = page.get_mediabox()
            across, up = (left + right) / 2, (bottom + top) / 2
            # A page that is shown turned has its corners turned with it.
            match (corner - page.get_rotation() // 90) % 4:
                case Corner.TOP_LEFT:
                    box = (left, up, across, top)
                case Corner.TOP_RIGHT:
                    box = (across, up, right, top)
                case Corner.BOTTOM_RIGHT:
                    box = (across, bottom, right, up)
                case _:
                    box = (left, bottom, across, up)
            page.set_mediabox(*box)
            page.set_cropbox(*box)
        out = BytesIO()
        document.save(out)
        return out.getvalue()


@contextmanager
def _open(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """The file as long as the block lasts, in which no other thread reads one."""
    if not content.startswith(b"%PDF-"):
        raise DrawingError("A label is a PDF.", code="label_not_pdf")
    with PDFIUM:
        try:
            with pypdfium2.PdfDocument(content) as document:
                if raw.FPDF_GetSecurityHandlerRevision(document) != -1:
                    raise DrawingError("A label is not encrypted.", code="label_encrypted")
                yield document
        except pypdfium2.PdfiumError as error:
            if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD:
                raise DrawingError("A label is not encrypted.", code="label_encrypted") from error
            raise DrawingError("The label's PDF can't be read.", code="label_not_pdf") from error


def _check_unpacked(content: bytes) -> None:
    """Refuses a file whose streams would fill the memory of whoever draws it, before anyone does."""
    left = MOST_UNPACKED
    for stream in _STREAM.finditer(content):
        rest, inflate = content[stream.end() :], zlib.decompressobj()
        try:
            while rest and not inflate.eof:
                left -= len(inflate.decompress(rest, CHUNK))
                rest = inflate.unconsumed_tail
                if left < 0:
                    raise DrawingError("A label is small when it is unpacked, too.", code="label_too_large")
        except zlib.error:
            continue  # not deflated, or not to its end


def _is_a4(width: float, height: float) -> bool:
    """Whether the sides in points are those of A4, either way up, to two millimetres."""
    short, long = sorted(side / POINTS_PER_MM for side in (width, height))
    return abs(short - 210) <= 2 and abs(long - 297) <= 2
