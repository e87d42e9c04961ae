"""A page for a printer with finer dots: the same layout, its bars still whole dots.

Layouts are in eighths of a millimetre. A printer with 12 dots a millimetre (sold as 300 dpi) gets everything at one
and a half times the dots. A module of an odd number of dots can't grow so far; it takes the largest whole number that
keeps the symbol and its quiet zones within the place they had, and stands in the middle of it.
"""

from dataclasses import replace
from typing import Final, TypeVar

from labels.drawing.canvas import DOTS_PER_MM, LEAST_MODULE, Barcode, Box, Canvas, Item, Photo, Polygon, Text
from labels.drawing.faults import DrawingError

FINE: Final = 12
"""Dots a millimetre of the finer label printers."""
PITCHES: Final = (DOTS_PER_MM, FINE)

Rectangle = TypeVar("Rectangle", Box, Photo)


def at_pitch(page: Canvas, dots_per_mm: int) -> Canvas:
    """The page for a printer of 8 or 12 dots a millimetre. Refuses any other with `DrawingError` (`pitch_invalid`)."""
    if dots_per_mm not in PITCHES:
        raise DrawingError("A label printer has 8 or 12 dots a millimetre.", code="pitch_invalid")
    if dots_per_mm == DOTS_PER_MM:
        return page
    return Canvas(_fine(page.width), _fine(page.height), [_item(item) for item in page.items])


def _fine(dots: int) -> int:
    return dots * FINE // DOTS_PER_MM


def _item(item: Item) -> Item:
    match item:
        case Barcode():
            return _barcode(item)
        case Polygon():
            return Polygon(tuple((_fine(x), _fine(y)) for x, y in item.points))
        case Text():
            return replace(item, x=_fine(item.x), y=_fine(item.y), width=_fine(item.width), size=_fine(item.size))
        case Box():
            return replace(_stretched(item), thickness=_fine(item.thickness))
        case Photo():
            return _stretched(item)


def _stretched(item: Rectangle) -> Rectangle:
    """Each edge on the dot that it falls on, so that what touched still touches."""
    x, y = _fine(item.x), _fine(item.y)
    return replace(item, x=x, y=y, width=_fine(item.x + item.width) - x, height=_fine(item.y + item.height) - y)


def _barcode(item: Barcode) -> Barcode:
    module = max(_fine(item.module), _fine(LEAST_MODULE))
    linear = item.symbol.symbology.linear
    height = _fine(item.height) if linear else item.symbol.height * module
    x = _fine(item.x) + (_fine(item.width) - item.symbol.width * module) // 2
    y = _fine(item.y) + (_fine(item.height) - height) // 2
    return replace(item, x=x, y=y, module=module, height=height)
