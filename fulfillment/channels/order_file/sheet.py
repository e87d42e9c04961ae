"""The order file as XLSX: the first sheet, its values only, never its formulas."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from foundation.errors import Invalid
from fulfillment.channels.order_file.archive import check_archive
from fulfillment.channels.order_file.columns import MOST_ROWS, ORDER_COLUMNS, Columns, Fault, FileRow, Layout
from fulfillment.channels.order_file.workbook import BROKEN, FORMULA, Cells, broken, sheet_rows

MOST_DIGITS: Final = 10**15
"""A spreadsheet keeps 15 digits of a number and forgets the rest without a word."""


def read_xlsx(handle: BinaryIO, columns: Columns = ORDER_COLUMNS, *, takes_formulas: bool = True) -> Iterator[FileRow]:
    """The rows of the first sheet; empty rows are counted and left out. Numbers are those beside the rows, less 1.

    Of a formula the value is read that was last computed, or with `takes_formulas` off its row is at fault
    (`formula_cell`).

    Whatever size the sheet declares, only the cells that are there are read. Raises `Invalid` as
    `check_archive`, `sheet_rows` and `Layout` do, and `file_empty`, `too_many_rows`.
    """
    check_archive(handle)
    rows = _rows(handle, columns, takes_formulas=takes_formulas)
    number, header = next(rows, (0, {}))
    if number != 1:
        raise Invalid("The first row of the first sheet must name the columns.", code="file_empty", field="file", row=0)
    layout = Layout([_text(*header.get(column, ("", ""))) for column in range(1, max(header) + 1)], columns)
    for number, cells in rows:
        if number - 1 > MOST_ROWS:
            raise Invalid(f"More than {MOST_ROWS:,} rows.", code="too_many_rows", field="file", row=number - 1)
        yield _row(number - 1, cells, layout)


def _rows(handle: BinaryIO, columns: Columns, *, takes_formulas: bool) -> Iterator[tuple[int, Cells]]:
    """The sheet's rows. What goes wrong in the middle is the file's fault."""
    try:
        with zipfile.ZipFile(handle) as archive:
            yield from sheet_rows(archive, columns=len(columns.names) + 1, takes_formulas=takes_formulas)
    except BROKEN as error:
        raise broken("The file's parts do not fit together; open it and save it again.") from error


def _row(number: int, cells: Cells, layout: Layout) -> FileRow:
    width = max(layout.width, *cells)
    texts = [_text(*cells[column]) if column in cells else "" for column in range(1, width + 1)]
    row = layout.row(number, texts)
    for name, column in zip(layout.names, range(1, width + 1), strict=False):
        kind, text = cells.get(column, ("", ""))
        if kind == FORMULA:
            message = f"Cell {text} is a formula: put its value there."
            return layout.faulty(number, row.texts[0], Fault(name, "formula_cell", message))
        if kind == "n" and abs(float(text)) >= MOST_DIGITS:
            message = "A number of more than 15 digits: the spreadsheet has lost some. Format the column as text."
            return layout.faulty(number, row.texts[0], Fault(name, "number_imprecise", message))
    return row


def _text(kind: str, text: str) -> str:
    if kind == "b":
        return "true" if text == "1" else "false"
    if kind == "n" and not text.isdigit():
        number = float(text)
        return str(int(number)) if number.is_integer() and abs(number) < MOST_DIGITS else repr(number)
    return text
