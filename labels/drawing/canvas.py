"""The drawing board: one description of a label in whole dots, for every writer.

A dot is 1/203.2 inch, so 8 dots are exactly 1 mm; 203.2 and not 203, because a page in whole dots at the
printers' true pitch is what keeps bars from being resampled. The origin is the top left corner, x grows
to the right and y down. Text sits on its baseline. A `Canvas` only collects items; it refuses what would
leave the label (`OutsideLabel`), and it cleans and fits every text on the way in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from labels.drawing.barcodes import Symbol
from labels.drawing.faults import BarcodeRefused, OutsideLabel
from labels.drawing.lettering import clean, fit, measure, wrap
from labels.drawing.scripts import visual
from labels.drawing.typefaces import ASCENT, DESCENT

DOTS_PER_MM = 8
DOTS_PER_INCH = 203.2
LEAST_MODULE = 2
"""Dots: a quarter of a millimetre, the narrowest bar that scanners at a station surely read."""

Point = tuple[int, int]


class Align(StrEnum):
    """Where a text stands in its width."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text, in visual order, on a baseline at `y`, inside `x .. x + width`."""

    x: int
    y: int
    width: int
    text: str
    size: int
    bold: bool
    align: Align
    white: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `thickness` 0 fills it, else a frame that thick is drawn inside its edges."""

    x: int
    y: int
    width: int
    height: int
    thickness: int


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled shape with straight edges."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Barcode:
    """A symbol with its top left module at (x, y); `module` dots wide, `height` dots high in all."""

    x: int
    y: int
    symbol: Symbol
    module: int
    height: int

    @property
    def width(self) -> int:
        """Dots from the first dark module to the last."""
        return self.symbol.width * self.module

    @property
    def quiet(self) -> int:
        """Dots that must stay white on each side (left and right only for a linear symbol)."""
        return self.symbol.symbology.quiet * self.module


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG picture, stretched into a rectangle."""

    x: int
    y: int
    width: int
    height: int
    jpeg: bytes


Item = Text | Box | Polygon | Barcode | Photo


@dataclass(slots=True)
class Canvas:
    """One label or one page, `width` x `height` dots."""

    width: int
    height: int
    items: list[Item] = field(default_factory=list)

    def text(
        self,
        x: int,
        y: int,
        text: str,
        size: int,
        *,
        width: int | None = None,
        least: int | None = None,
        bold: bool = False,
        align: Align = Align.LEFT,
        white: bool = False,
    ) -> int:
        """One line with its baseline at `y`; returns the size it was set in.

        It shrinks from `size` down to `least`, then is cut with an ellipsis, to stay in `width` (default:
        up to the right edge). `white` writes it out of a black box drawn before.
        """
        room = self.width - x if width is None else width
        shown, fitted = fit(clean(text, bold=bold), size, room, bold=bold, least=least)
        self._inside(x, y - round(ASCENT * fitted), room, round((ASCENT + DESCENT) * fitted))
        if shown:
            self.items.append(Text(x, y, room, visual(shown), fitted, bold, align, white))
        return fitted

    def paragraph(
        self, x: int, y: int, text: str, size: int, *, width: int, lines: int, leading: int, bold: bool = False
    ) -> int:
        """Up to `lines` lines, the first baseline at `y`, each `leading` below the last; returns the next baseline."""
        for row in wrap(clean(text, bold=bold), size, width, lines=lines, bold=bold):
            self.text(x, y, row, size, width=width, bold=bold)
            y += leading
        return y

    def measure(self, text: str, size: int, *, bold: bool = False) -> int:
        """Dots that `text` takes in one line at `size`."""
        return -int(-measure(clean(text, bold=bold), size, bold=bold) // 1)

    def box(self, x: int, y: int, width: int, height: int, *, thickness: int = 0) -> None:
        """A filled rectangle, or a frame `thickness` dots thick."""
        self._inside(x, y, width, height)
        if width < 1 or height < 1:
            raise OutsideLabel("A box has at least one dot.")
        self.items.append(Box(x, y, width, height, thickness))

    def line(self, x: int, y: int, length: int, *, thickness: int = 2, upright: bool = False) -> None:
        """A rule to the right of (x, y), or downwards if `upright`."""
        width, height = (thickness, length) if upright else (length, thickness)
        self.box(x, y, width, height)

    def polygon(self, points: Sequence[Point]) -> None:
        """A filled polygon."""
        for x, y in points:
            self._inside(x, y, 0, 0)
        self.items.append(Polygon(tuple(points)))

    def barcode(self, x: int, y: int, symbol: Symbol, *, module: int, height: int = 0) -> Barcode:
        """A symbol whose first dark module starts at (x, y); `height` is for linear ones only.

        The quiet zone must be inside the label too. Modules are whole dots, so bars fall on dots.
        """
        if module < LEAST_MODULE:
            raise BarcodeRefused(f"A module is at least {LEAST_MODULE} dots wide.", code="barcode_too_small")
        high = height if symbol.symbology.linear else symbol.height * module
        placed = Barcode(x, y, symbol, module, high)
        around = 0 if symbol.symbology.linear else placed.quiet
        if x < placed.quiet or x + placed.width + placed.quiet > self.width:
            raise BarcodeRefused("The barcode is wider than its place on the label.", code="barcode_too_wide")
        self._inside(x - placed.quiet, y - around, placed.width + 2 * placed.quiet, high + 2 * around)
        self.items.append(placed)
        return placed

    def photo(self, x: int, y: int, width: int, height: int, jpeg: bytes) -> None:
        """A picture with its top left corner at (x, y); the caller keeps its proportions."""
        self._inside(x, y, width, height)
        self.items.append(Photo(x, y, width, height, jpeg))

    def _inside(self, x: int, y: int, width: int, height: int) -> None:
        if x < 0 or y < 0 or width < 0 or height < 0 or x + width > self.width or y + height > self.height:
            raise OutsideLabel(
                f"{width} x {height} dots at ({x}, {y}) leave the label of {self.width} x {self.height}."
            )


def widest_module(symbol: Symbol, room: int, *, most: int, least: int = LEAST_MODULE) -> int:
    """The largest module width in dots, `most` down to `least`, with which `symbol` and its quiet zones fit `room`.

    Refuses with code `barcode_too_wide`.
    """
    modules = symbol.width + 2 * symbol.symbology.quiet
    if room // modules < least:
        raise BarcodeRefused("The barcode is wider than its place on the label.", code="barcode_too_wide")
    return min(most, room // modules)
