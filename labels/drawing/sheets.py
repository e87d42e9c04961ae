"""Sheets of labels: small labels laid side by side on A4, where the die-cut paper has them.

Positions are those of the usual sheets, in dots of an eighth of a millimetre: 21 labels of 63.5 x 38.1 mm (sold as
L7160 and its like) and 24 of 63.5 x 33.9 mm (L7159). A label stands in the middle of its place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from labels.drawing.canvas import DOTS_PER_MM, Canvas, Item, Polygon
from labels.drawing.faults import OutsideLabel

A4_WIDTH: Final = 210 * DOTS_PER_MM
A4_HEIGHT: Final = 297 * DOTS_PER_MM


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a sheet is cut: columns and rows, its first place's corner, a place's size and the step to the next. mm."""

    columns: int
    rows: int
    left: float
    top: float
    width: float
    height: float
    step_x: float
    step_y: float

    @property
    def places(self) -> int:
        """Labels on one sheet."""
        return self.columns * self.rows


A4_21: Final = Sheet(3, 7, 7.25, 15.15, 63.5, 38.1, 66.0, 38.1)
A4_24: Final = Sheet(3, 8, 7.25, 12.9, 63.5, 33.9, 66.0, 33.9)


def on_sheets(labels: Iterable[Canvas], sheet: Sheet) -> Iterator[Canvas]:
    """A4 pages with the labels on them, row by row. Refuses a label that is larger than its place."""
    rest = iter(labels)
    while page_of := tuple(islice(rest, sheet.places)):
        page = Canvas(A4_WIDTH, A4_HEIGHT)
        for place, label in enumerate(page_of):
            x, y = _corner(sheet, place, label)
            page.items.extend(_moved(item, x, y) for item in label.items)
        yield page


def _corner(sheet: Sheet, place: int, label: Canvas) -> tuple[int, int]:
    row, column = divmod(place, sheet.columns)
    spare_x = sheet.width * DOTS_PER_MM - label.width
    spare_y = sheet.height * DOTS_PER_MM - label.height
    if spare_x < 0 or spare_y < 0:
        raise OutsideLabel(f"A label of {label.width} x {label.height} dots does not fit its place on the sheet.")
    left = (sheet.left + column * sheet.step_x) * DOTS_PER_MM + spare_x / 2
    top = (sheet.top + row * sheet.step_y) * DOTS_PER_MM + spare_y / 2
    return round(left), round(top)


def _moved(item: Item, x: int, y: int) -> Item:
    if isinstance(item, Polygon):
        return Polygon(tuple((a + x, b + y) for a, b in item.points))
    return replace(item, x=item.x + x, y=item.y + y)
