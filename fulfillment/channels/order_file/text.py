"""Lines of a text file, one at a time and never longer than a row of orders can be."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from foundation.errors import Invalid
from fulfillment.channels.files import MOST_BYTES

MOST_ROW_BYTES: Final = 65_536
"""A row with all its columns full has some 2,000 characters."""

_MARKS: Final = {
    b"\xef\xbb\xbf": "a byte-order mark",
    b"\xff\xfe": "a mark of UTF-16",
    b"\xfe\xff": "a mark of UTF-16",
    b"PK\x03\x04": "the mark of a zip archive",
    b"\xd0\xcf\x11\xe0": "the mark of an old spreadsheet",
}


class Lines:
    """The decoded lines of a file, ends kept. The reader counts rows with `begin_row`; refusals name that row.

    Raises `Invalid`: `file_empty`, `file_not_utf8`, `file_has_nul`, `file_too_large` (over `MOST_BYTES`),
    `row_too_long` (over `MOST_ROW_BYTES`), `quote_unclosed` (the same, when a row has run over many lines).
    """

    def __init__(self, handle: BinaryIO) -> None:
        self.row = 0
        self._handle = handle
        self._row_bytes = self._row_lines = self._bytes = 0

    def begin_row(self, number: int) -> None:
        """From here on lines belong to this row."""
        self.row = number
        self._row_bytes = self._row_lines = 0

    def __iter__(self) -> Iterator[str]:
        while raw := self._handle.readline(MOST_ROW_BYTES + 1):
            if not self._bytes:
                self._check_start(raw)
            self._bytes += len(raw)
            self._row_bytes += len(raw)
            self._row_lines += 1
            self._check(raw)
            try:
                yield raw.decode()
            except UnicodeDecodeError as error:
                raise self.refusal("This row is not UTF-8.", "file_not_utf8") from error
        if not self._bytes:
            raise self.refusal("The file is empty.", "file_empty")

    def refusal(self, message: str, code: str) -> Invalid:
        """What makes the file unreadable, with the row it was found in."""
        return Invalid(message, code=code, field="file", row=self.row)

    def _check_start(self, raw: bytes) -> None:
        for mark, name in _MARKS.items():
            if raw.startswith(mark):
                raise self.refusal(f"The file begins with {name}: save it as plain UTF-8.", "file_not_utf8")

    def _check(self, raw: bytes) -> None:
        if b"\0" in raw:
            raise self.refusal("A NUL character in this row.", "file_has_nul")
        if self._row_bytes > MOST_ROW_BYTES and self._row_lines > 1:
            raise self.refusal("A quotation mark opens in this row and is not closed.", "quote_unclosed")
        if self._row_bytes > MOST_ROW_BYTES:
            raise self.refusal(f"This row has more than {MOST_ROW_BYTES:,} bytes.", "row_too_long")
        if self._bytes > MOST_BYTES:
            raise self.refusal(f"More than {MOST_BYTES:,} bytes: give it in parts.", "file_too_large")
