"""Order files as bytes: decoded, cut into rows, and refused as a whole with the row at fault. Pure."""

import csv
import io
from collections.abc import Iterator, Sequence

from foundation.errors import Invalid

MOST_BYTES = 64 * 1024 * 1024
"""A larger file is no week of orders."""

_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "a byte-order mark", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def rows_of(content: bytes, *, header: Sequence[str], most_bytes: int = MOST_BYTES) -> Iterator[tuple[int, list[str]]]:
    """(row number, fields) of a CSV file in UTF-8; 1 is the first row below `header`, which must match exactly.

    Empty lines at the end are no rows. Raises `Invalid` with the row for what makes the whole file unreadable:
    `file_too_large`, `file_empty`, `file_not_utf8`, `file_has_nul`, `header_wrong`, `quote_unclosed`,
    `field_too_long`. A fault is found when its row is reached, so take all rows before you act on any.
    """
    text = _decoded(content, most_bytes)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number, blank = 0, []
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise _unreadable(error, number) from error
        if number == 0 and fields != list(header):
            raise Invalid(f"The first line must be {','.join(header)}.", code="header_wrong", field="file", row=0)
        if number and not fields:
            blank.append(number)
        elif number:
            yield from ((each, []) for each in blank)
            blank.clear()
            yield number, fields
        number += 1


def _decoded(content: bytes, most_bytes: int) -> str:
    if len(content) > most_bytes:
        raise Invalid(
            f"The file has {len(content):,} bytes; at most {most_bytes:,} are read.",
            code="file_too_large",
            field="file",
        )
    if not content.strip():
        raise Invalid("The file is empty.", code="file_empty", field="file", row=0)
    for mark, name in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            message = f"The file begins with {name}: save it as plain UTF-8, without a mark."
            raise Invalid(message, code="file_not_utf8", field="file", row=0)
    if (nul := content.find(b"\0")) >= 0:
        raise Invalid(
            "A NUL character in this row.", code="file_has_nul", field="file", row=content.count(b"\n", 0, nul)
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start)
        raise Invalid("This row is not UTF-8.", code="file_not_utf8", field="file", row=row) from error


def _unreadable(error: csv.Error, row: int) -> Invalid:
    if "field larger" in str(error):
        return Invalid("A field in this row is too long to be meant.", code="field_too_long", field="file", row=row)
    return Invalid(
        "A quotation mark opens in this row and is not closed as it should be.",
        code="quote_unclosed",
        field="file",
        row=row,
    )
