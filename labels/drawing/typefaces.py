"""The two typefaces every label is set in, and how wide their letters are.

DejaVu Sans Condensed (regular and bold) lies beside this file with its licence, so a label looks the same
on every machine. It covers Latin with all European accents, Greek, Cyrillic, Hebrew, and Arabic as
presentation forms (see `scripts.py`); it has no CJK. Sizes are em heights in dots.
"""

from pathlib import Path
from threading import Lock

from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent / "fonts"
REGULAR = "PakhuisSans"
BOLD = "PakhuisSans-Bold"
FILES = {REGULAR: FOLDER / "DejaVuSansCondensed.ttf", BOLD: FOLDER / "DejaVuSansCondensed-Bold.ttf"}

ASCENT = 0.96
"""Highest ink above the baseline, as a share of the size (a capital with its accent)."""
DESCENT = 0.25
"""Lowest ink below the baseline, as a share of the size."""
CAP = 0.73
"""Height of a capital letter, as a share of the size."""


def face_name(*, bold: bool) -> str:
    """The name under which the PDF writer knows the face."""
    return BOLD if bold else REGULAR


_loaded: dict[str, dict[int, float]] = {}
_loading = Lock()


def advances(face: str) -> dict[int, float]:
    """Advance width of every code point `face` has a glyph for, in thousandths of the size.

    A face is read once, by whichever thread asks first, and is then known to the PDF writer too.
    """
    if face not in _loaded:
        with _loading:
            if face not in _loaded:
                font = TTFont(face, str(FILES[face]))
                registerFont(font)
                _loaded[face] = dict(font.face.charWidths)
    return _loaded[face]


def has_glyphs(text: str, *, bold: bool) -> bool:
    """Whether every code point of `text` can be drawn in the face."""
    widths = advances(face_name(bold=bold))
    return all(ord(letter) in widths for letter in text)


def text_width(text: str, size: float, *, bold: bool) -> float:
    """Width of `text` in the units of `size`; every code point must have a glyph."""
    widths = advances(face_name(bold=bold))
    return size * sum(widths[ord(letter)] for letter in text) / 1000
