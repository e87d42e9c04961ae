"""Any text a person can type, made fit to be set: cleaned, measured, shrunk, cut, wrapped.

Nothing here refuses. What the typeface can't show becomes a visible mark (U+FFFD), control characters
become spaces, and a cut never splits what a reader sees as one letter (an extended grapheme cluster,
UAX #29). Sizes and widths are dots.
"""

import re
import unicodedata

from labels.drawing.scripts import GRAPHEME, visual
from labels.drawing.typefaces import has_glyphs, text_width

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "…"
LONGEST = 2_000
"""Characters of one text that are looked at; no label has room for more."""

_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def clean(text: str, *, bold: bool = False) -> str:
    """`text` in one line of drawable letters, in logical order.

    Composed (NFC); runs of white space and control characters are one space; invisible format
    characters, bidi overrides among them, are dropped; a letter without a glyph takes its compatible
    form if that has one (`Ａ` becomes `A`) or its small one (Georgian capitals), else `UNKNOWN`.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text[:LONGEST].split())
    composed = unicodedata.normalize("NFC", text[:LONGEST])
    spaced = _SPACES.sub(" ", composed).strip()
    letters = (_drawable(cluster, bold=bold) for cluster in GRAPHEME.findall(spaced))
    return "".join(letters).strip()


def _drawable(cluster: str, *, bold: bool) -> str:
    seen = "".join(letter for letter in cluster if not _is_unseen(letter))
    if has_glyphs(seen, bold=bold):
        return seen
    others = (unicodedata.normalize("NFKC", seen), seen.lower())
    return next((other for other in others if other.isprintable() and has_glyphs(other, bold=bold)), UNKNOWN)


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" or ord(letter) in _VARIATION_SELECTORS


def measure(text: str, size: float, *, bold: bool = False) -> float:
    """Width in dots of cleaned `text` at `size`, as it will be drawn."""
    return text_width(visual(text), size, bold=bold)


def cut(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """Cleaned `text`, whole if it fits `width`, else as many whole letters as fit and an ellipsis."""
    if measure(text, size, bold=bold) <= width:
        return text
    letters = GRAPHEME.findall(text)
    count = _most_letters(letters, size, width, bold=bold, tail=ELLIPSIS)
    shown = "".join(letters[:count]).rstrip() + ELLIPSIS
    return shown if count or measure(ELLIPSIS, size, bold=bold) <= width else ""


def _most_letters(letters: list[str], size: float, width: float, *, bold: bool, tail: str = "") -> int:
    """How many of `letters`, with `tail` after them, fit `width`."""
    low, high = 0, len(letters)
    while low < high:
        middle = (low + high + 1) // 2
        shown = "".join(letters[:middle]).rstrip() + tail
        if measure(shown, size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def fit(text: str, size: int, width: float, *, bold: bool = False, least: int | None = None) -> tuple[str, int]:
    """`(text, size)` that fits `width`: first smaller, down to `least` (default `size`), then cut."""
    wide = measure(text, size, bold=bold)
    if wide <= width:
        return text, size
    floor = size if least is None else least
    smaller = max(floor, int(size * width / wide))
    return cut(text, smaller, width, bold=bold), smaller


def wrap(text: str, size: float, width: float, *, lines: int, bold: bool = False) -> list[str]:
    """Cleaned `text` in at most `lines` lines no wider than `width`; the last one is cut if there is more.

    Breaks at spaces; a word wider than the line is broken between letters.
    """
    rows: list[str] = []
    rest = text
    while rest and len(rows) < lines - 1:
        head, rest = _first_line(rest, size, width, bold=bold)
        rows.append(head)
    if rest:
        rows.append(cut(rest, size, width, bold=bold))
    return rows


def _first_line(text: str, size: float, width: float, *, bold: bool) -> tuple[str, str]:
    if measure(text, size, bold=bold) <= width:
        return text, ""
    letters = GRAPHEME.findall(text)
    count = max(1, _most_letters(letters, size, width, bold=bold))
    if letters[count] != " ":
        space = max((at for at in range(count) if letters[at] == " "), default=0)
        count = space or count
    return "".join(letters[:count]).rstrip(), "".join(letters[count:]).lstrip()
