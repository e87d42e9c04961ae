"""The order file as XLSX: the first sheet, its values only, never its formulas."""

import math
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from foundation.errors import Invalid
from fulfillment.channels.order_file.archive import check_archive
from fulfillment.channels.order_file.columns import MOST_ROWS, NAMES, Fault, FileRow, Layout, faulty

MOST_DIGITS: Final = 10**15
"""A spreadsheet keeps 15 digits of a number and forgets the rest without a word."""

_BROKEN: Final = (
    *(zipfile.BadZipFile, EOFError, OSError, InvalidFileException, ParseError, DefusedXmlException),
    *(KeyError, ValueError, TypeError, IndexError, AttributeError, RecursionError),
)
"""What the library raises when the parts of a file do not fit together."""


def read_xlsx(handle: BinaryIO) -> Iterator[FileRow]:
    """The rows of the first sheet; empty rows are counted and left out. Numbers are those shown in row heads, less 1.

    Whatever size the sheet declares, only the cells that are there are read. Raises `Invalid` as
    `check_archive` and `Layout` do, and `file_not_xlsx`, `file_empty`, `too_many_rows`.
    """
    check_archive(handle)
    rows = _rows(handle)
    header = next(rows, None)
    if header is None:
        raise Invalid("The first sheet is empty.", code="file_empty", field="file", row=0)
    names = [_text(value) for value in header]
    while names and not names[-1]:
        names.pop()
    layout = Layout(names)
    for number, values in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise Invalid(f"More than {MOST_ROWS:,} rows.", code="too_many_rows", field="file", row=number)
        if any(value is not None for value in values):
            yield _row(number, values, layout)


def _rows(handle: BinaryIO) -> Iterator[tuple[Any, ...]]:
    """The sheet's values, row by row. A fault of the library in the middle is the file's fault."""
    try:
        book = load_workbook(handle, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            yield from sheet.iter_rows(max_col=len(NAMES) + 1, max_row=MOST_ROWS + 2, values_only=True)
        finally:
            book.close()
    except _BROKEN as error:
        message = "The file's parts do not fit together; open it and save it again."
        raise Invalid(message, code="file_not_xlsx", field="file") from error


def _row(number: int, values: tuple[Any, ...], layout: Layout) -> FileRow:
    texts = [_text(value) for value in values]
    while len(texts) > layout.width and not texts[-1]:
        texts.pop()
    row = layout.row(number, texts + [""] * (layout.width - len(texts)))
    for name, value in zip(layout.names, values, strict=False):
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= MOST_DIGITS:
            message = "A number of more than 15 digits: the spreadsheet has lost some. Format the column as text."
            return faulty(number, row.texts[0], Fault(name, "number_imprecise", message))
    return row


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
