"""The label of a tote, 100 x 50 mm, printed wash-proof for both long sides.

A tote's code is a fixed licence plate: `T`, six digits and a check digit (ISO/IEC 7064 MOD 11,10, which
finds every single wrong digit and nearly every swap). It never says what is in the tote.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stdnum.iso7064 import mod_11_10

from labels.documents.typesetting import caption
from labels.drawing import pdf, zpl
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import DOTS_PER_MM, Canvas
from labels.drawing.faults import DrawingError

WIDTH, HEIGHT = 800, 400
MARGIN = 28
MODULE = 5

_CODE = re.compile(r"T[0-9]{7}")


@dataclass(frozen=True, slots=True)
class ToteLabel:
    """One tote's label; `code` as `tote_code` makes it."""

    code: str
    hub: str = ""


def tote_code(number: int) -> str:
    """The licence plate of tote `number`, 0 to 999,999: `T`, six digits, check digit."""
    if not 0 <= number <= 999_999:
        raise DrawingError("A tote's number has at most six digits.", code="tote_number_invalid")
    digits = f"{number:06d}"
    return f"T{digits}{mod_11_10.calc_check_digit(digits)}"


def is_tote_code(text: str) -> bool:
    """Whether `text` is a tote's licence plate with a right check digit."""
    return bool(_CODE.fullmatch(text)) and mod_11_10.calc_check_digit(text[1:-1]) == text[-1]


def layout(doc: ToteLabel) -> list[Canvas]:
    """One page. Refuses a code with a wrong check digit (`tote_code_invalid`)."""
    if not is_tote_code(doc.code):
        raise DrawingError("A tote's code is T, six digits and a right check digit.", code="tote_code_invalid")
    canvas = Canvas(WIDTH, HEIGHT)
    square = encode(Symbology.DATAMATRIX, doc.code)
    module = 144 // square.width
    left = WIDTH - MARGIN - square.width * module - module
    canvas.barcode(left, 34, square, module=module)
    caption(canvas, MARGIN, 52, f"Tote · {doc.hub}" if doc.hub.strip() else "Tote", width=left - 60)
    canvas.text(MARGIN, 166, f"{doc.code[:-1]}-{doc.code[-1]}", 132, width=left - 60, least=80, bold=True)
    bars = encode(Symbology.CODE_128, doc.code)
    canvas.barcode((WIDTH - bars.width * MODULE) // 2, 212, bars, module=MODULE, height=160)
    return [canvas]


def render_pdf(doc: ToteLabel) -> bytes:
    """The label as a one-page PDF."""
    return pdf.render(layout(doc), title=f"Tote label {doc.code}")


def render_zpl(doc: ToteLabel, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The label for a ZPL printer of 8 or 12 dots a millimetre."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[ToteLabel]) -> bytes:
    """A batch as one PDF, a page each."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Tote labels")
