"""The order file as CSV: UTF-8, commas, quotation marks doubled inside quotation marks (RFC 4180)."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from fulfillment.channels.order_file.columns import MOST_ROWS, ORDER_COLUMNS, Columns, FileRow, Layout
from fulfillment.channels.order_file.text import Lines


def read_csv(handle: BinaryIO, columns: Columns = ORDER_COLUMNS) -> Iterator[FileRow]:
    """The rows of a CSV file; empty lines are counted and left out.

    Raises `Invalid` with the row as `Lines` and `Layout` do, and `quote_unclosed`, `line_end_wrong` (a lone
    carriage return outside of quotation marks), `too_many_rows`.
    """
    lines = Lines(handle)
    reader = csv.reader(lines, strict=True)
    layout: Layout | None = None
    while True:
        try:
            texts = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "new-line" in str(error):
                raise lines.refusal(
                    "A carriage return ends no line: save it with LF or CR LF.", "line_end_wrong"
                ) from error
            raise lines.refusal(
                "A quotation mark in this row is not closed as it should be.", "quote_unclosed"
            ) from error
        if layout is None:
            layout = Layout(texts, columns)
        elif texts:
            yield layout.row(lines.row, texts)
        lines.begin_row(lines.row + 1)
        if lines.row > MOST_ROWS:
            raise lines.refusal(f"More than {MOST_ROWS:,} rows: give it in parts.", "too_many_rows")
