"""A4 pages written from top to bottom: what does not fit goes to the next page, and a table repeats its heads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from labels.documents.typesetting import caption
from labels.drawing.canvas import Align, Canvas
from labels.drawing.lettering import clean, wrap
from labels.drawing.sheets import A4_HEIGHT, A4_WIDTH

MARGIN: Final = 112
INNER: Final = A4_WIDTH - 2 * MARGIN
RIGHT: Final = A4_WIDTH - MARGIN
BOTTOM: Final = A4_HEIGHT - 130
"""Where the body of each page ends."""
SIZE: Final = 24
GAP: Final = 32
ROW, LINE = 40, 30
"""Height of a row with one line, and of each further line in it."""

Column = tuple[str, int, Align]
"""A column's head, its width in dots, and where its text stands."""


@dataclass(slots=True)
class Pen:
    """Where on which page one writes. `head` draws what stands on top of every page and says where its body starts."""

    head: Callable[[Canvas], int]
    pages: list[Canvas] = field(default_factory=list)
    y: int = 0

    @property
    def page(self) -> Canvas:
        """The page that is being written."""
        return self.pages[-1]

    def turn(self) -> None:
        """A fresh page, with its head."""
        self.pages.append(Canvas(A4_WIDTH, A4_HEIGHT))
        self.y = self.head(self.page)

    def need(self, height: int, again: Callable[[], None] | None = None) -> None:
        """Turns the page unless there is so much room left; `again` writes what then stands on top."""
        if self.y + height > BOTTOM:
            self.turn()
            if again:
                again()

    def table(self, title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, lines: int = 1) -> None:
        """Rows under their heads, each cell shrunk to one line or broken into as many as `lines`."""

        def heads() -> None:
            self.page.text(MARGIN, self.y + 30, title, 30, width=INNER, bold=True)
            x = MARGIN
            for name, width, align in columns:
                caption(self.page, x, self.y + 72, name, width=width - 12, align=align)
                x += width
            self.page.line(MARGIN, self.y + 84, INNER, thickness=2)
            self.y += 92

        self.need(92 + 2 * ROW)
        heads()
        if not rows:
            self.page.text(MARGIN, self.y + 28, "None.", SIZE, width=INNER)
            self.y += ROW
        for row in rows:
            cells = [_cell(text, width - 12, lines) for (_, width, _), text in zip(columns, row, strict=True)]
            height = ROW + LINE * (max(map(len, cells)) - 1)
            self.need(height, heads)
            self._row(columns, cells)
            self.y += height
            self.page.line(MARGIN, self.y - 1, INNER, thickness=1)
        self.y += GAP

    def _row(self, columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
        x = MARGIN
        for (_, width, align), cell in zip(columns, cells, strict=True):
            for place, text in enumerate(cell):
                y = self.y + 28 + LINE * place
                self.page.text(x, y, text, SIZE, width=width - 12, least=20, align=align)
            x += width

    def sign_pages(self, words: str) -> list[Canvas]:
        """All pages, each with `words` and its number at the foot."""
        for number, page in enumerate(self.pages, start=1):
            page.text(MARGIN, A4_HEIGHT - 72, words, 20, width=INNER - 240, least=14)
            where = f"Page {number} of {len(self.pages)}"
            page.text(RIGHT - 220, A4_HEIGHT - 72, where, 20, width=220, align=Align.RIGHT)
        return self.pages


def _cell(text: str, width: int, lines: int) -> list[str]:
    return [text] if lines == 1 else wrap(clean(text), SIZE, width, lines=lines) or [""]


def signature(page: Canvas, x: int, y: int, title: str, asked: Sequence[str], *, width: int) -> None:
    """Lines to be filled in by hand under a title, one for each thing `asked`, 9.5 mm apart."""
    page.text(x, y + 30, title, 28, width=width, least=18, bold=True)
    y += 30
    for name in asked:
        y += 76
        caption(page, x, y, name, width=160)
        page.line(x + 176, y, width - 176, thickness=2)
