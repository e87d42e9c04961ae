"""The columns of the neutral order file, and how a header row names them."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import BinaryIO, Final, NamedTuple

from foundation.errors import Invalid

PLACE: Final = (
    "name", "company", "address_line1", "address_line2", "postcode", "city", "region", "country", "phone", "email",
)  # fmt: skip
"""Where the parcel goes, in the order of the columns. Personal data."""

NAMES: Final = (
    "order_reference", "line", "sku", "quantity", "unit_price_cents",
    "placed_at", "is_gift", "priority", "short_policy", *PLACE,
)  # fmt: skip
"""All columns. From `placed_at` on they belong to the order and must say the same on each of its lines."""

NEEDED: Final = frozenset(
    ("order_reference", "line", "sku", "quantity", "placed_at", "name", "address_line1", "city", "country")
)


class Columns(NamedTuple):
    """The columns a file may have, in our order, and those it must. The first says what a row belongs to."""

    names: tuple[str, ...]
    needed: frozenset[str]


ORDER_COLUMNS: Final = Columns(NAMES, NEEDED)
MOST_ROWS: Final = 500_000
"""More rows than this are several files."""


class Fault(NamedTuple):
    """What is wrong with one row: the column it is about, a stable code, a sentence without a buyer's data."""

    column: str
    code: str
    message: str


class FileRow(NamedTuple):
    """One row: its number (1 = the first below the header), its texts in the order of `NAMES`, its fault if any."""

    number: int
    texts: tuple[str, ...]
    fault: Fault | None = None


Reader = Callable[[BinaryIO], Iterator[FileRow]]


class Layout:
    """Which of a file's columns is which of ours.

    Raises `Invalid` in row 0 (`column_unknown`, `column_repeated`, `column_missing`) for a header that is none.
    """

    def __init__(self, header: Sequence[str], columns: Columns = ORDER_COLUMNS) -> None:
        ours = columns.names
        for name in header:
            if name not in ours:
                raise _no_header(f"There is no column {name[:40]!r}; there are {', '.join(ours)}.", "column_unknown")
            if header.count(name) > 1:
                raise _no_header(f"The column {name} stands there twice.", "column_repeated")
        if missing := [name for name in ours if name in columns.needed and name not in header]:
            raise _no_header(f"The first row must name the columns; {', '.join(missing)} missing.", "column_missing")
        self.names = tuple(header)
        self.width = len(header)
        self._ours = len(ours)
        self._reference = header.index(ours[0])
        # A column that the file leaves out is read from the empty text put behind each row.
        self._pick = itemgetter(*(header.index(name) if name in header else self.width for name in ours))

    def row(self, number: int, texts: list[str]) -> FileRow:
        """The texts of one row, brought into our order. A row of another width keeps its reference only."""
        if len(texts) != self.width:
            fault = Fault("", "columns_wrong", f"{len(texts)} columns where the first row has {self.width}.")
            return self.faulty(number, texts[self._reference] if len(texts) > self._reference else "", fault)
        texts.append("")
        return FileRow(number, self._pick(texts))

    def faulty(self, number: int, reference: str, fault: Fault) -> FileRow:
        """A row of which nothing but what it belongs to is to be believed."""
        return FileRow(number, (reference, *("",) * (self._ours - 1)), fault)


def _no_header(message: str, code: str) -> Invalid:
    return Invalid(message, code=code, field="file", row=0)
