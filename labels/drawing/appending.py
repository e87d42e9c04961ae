"""Pages behind somebody else's PDF without touching a byte of it: an incremental update (ISO 32000-1, 7.5.6).

For marking a copy of a carrier's label: the first bytes of what is sent to the printer are the label's own, to be
proved by their digest, and the whole is one PDF.
"""

from io import BytesIO

import pypdfium2
from pypdfium2 import raw

from labels.drawing.faults import DrawingError
from labels.drawing.pdfium import PDFIUM


def pages_behind(original: bytes, pages: bytes) -> bytes:
    """What must follow the bytes of the PDF `original` so that the pages of the PDF `pages` come after its own.

    Raises `DrawingError` (`pdf_unreadable`) for an original that can't be opened, or not be added to.
    """
    whole = BytesIO()
    try:
        with PDFIUM, pypdfium2.PdfDocument(original) as document, pypdfium2.PdfDocument(pages) as addition:
            document.import_pages(addition)
            document.save(whole, flags=raw.FPDF_INCREMENTAL)
    except pypdfium2.PdfiumError as error:
        raise DrawingError("No page can be added to this PDF.", code="pdf_unreadable") from error
    content = whole.getvalue()
    if not content.startswith(original):
        raise DrawingError("No page can be added to this PDF.", code="pdf_unreadable")
    return content[len(original) :]
