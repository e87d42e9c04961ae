"""Rows of uploaded files: what their columns are, and texts made into values, with a fault per row and column."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any, Final

from foundation.errors import Invalid
from fulfillment.channels.order_file.columns import Columns, FileRow
from fulfillment.channels.order_file.comma import read_csv
from fulfillment.channels.order_file.sheet import read_xlsx

MOST_ROWS: Final = 5_000
"""Rows of one upload: it is answered at once, so it has to be done in seconds."""

SKU_COLUMNS: Final = Columns(
    (
        "code", "name", "barcodes", "weight_g", "length_mm", "width_mm", "height_mm", "tracks_lots", "is_fragile",
        "hazmat_class", "un_number", "limited_quantity", "net_quantity_ml", "battery_wh", "batteries",
        "min_shelf_days", "hs_code", "origin_country",
    ),
    frozenset(("code", "name", "weight_g", "length_mm", "width_mm", "height_mm")),
)  # fmt: skip
PLAN_COLUMNS: Final = Columns(
    (
        "reference", "hub", "expected_on", "expected_until", "freight", "carton", "copies", "pallet", "weight_g",
        "length_mm", "width_mm", "height_mm", "sku", "quantity", "lot", "expires_on",
    ),
    frozenset(("reference", "carton", "sku", "quantity")),
)  # fmt: skip

_NO: Final = frozenset({"", "false", "no", "0"})
_YES: Final = frozenset({"true", "yes", "1"})


@dataclass(frozen=True, slots=True, order=True)
class RowFault:
    """One wrong cell, or a wrong row (`column` is empty then). Row 1 is the first below the header."""

    row: int
    column: str
    code: str
    message: str


@dataclass(slots=True)
class Cells:
    """One row's texts by column; reading one that is no good adds a fault and gives a harmless value."""

    number: int
    texts: Mapping[str, str]
    faults: list[RowFault] = field(default_factory=list)

    def text(self, column: str) -> str:
        """The text, trimmed."""
        return self.texts[column].strip()

    def whole(self, column: str, *, default: int | None = None) -> Any:
        """A whole number; `default` for an empty cell, which without one is a fault."""
        text = self.text(column)
        if not text and default is not None:
            return default
        return self._read(column, "number_invalid", "This must be a whole number.", lambda: _digits(text), 1)

    def maybe(self, column: str) -> int | None:
        """A whole number, None for an empty cell."""
        return self.whole(column) if self.text(column) else None

    def day(self, column: str) -> date | None:
        """A date, None for an empty cell."""
        text = self.text(column)
        message = "This must be a date such as 2026-11-22; format the column as text."
        return self._read(column, "day_invalid", message, lambda: date.fromisoformat(text), None) if text else None

    def flag(self, column: str) -> bool:
        """Yes or no; empty is no."""
        text = self.text(column).lower()
        if text not in _YES | _NO:
            self.faults.append(RowFault(self.number, column, "flag_invalid", "This must be yes or no."))
        return text in _YES

    def _read(self, column: str, code: str, message: str, read: Callable[[], Any], harmless: Any) -> Any:
        try:
            return read()
        except ValueError:
            self.faults.append(RowFault(self.number, column, code, message))
            return harmless


def read_rows(content: bytes, *, layout: str, columns: Columns) -> Iterator[Cells]:
    """The rows of a CSV or XLSX file (`layout`), those at fault with that alone.

    Raises `Invalid` with the row for a file that can't be read, and `too_many_rows`, `layout_unknown`.
    """
    handle = BytesIO(content)
    if layout not in {"csv", "xlsx"}:
        raise Invalid("An upload is CSV or XLSX.", code="layout_unknown", field="file")
    rows = read_csv(handle, columns) if layout == "csv" else read_xlsx(handle, columns, takes_formulas=False)
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise Invalid(f"More than {MOST_ROWS:,} rows: give it in parts.", code="too_many_rows", field="file")
        yield _cells(row, columns)


def _cells(row: FileRow, columns: Columns) -> Cells:
    cells = Cells(row.number, dict(zip(columns.names, row.texts, strict=True)))
    if row.fault:
        cells.faults.append(RowFault(row.number, row.fault.column, row.fault.code, row.fault.message))
    return cells


def _digits(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(text)
    return int(text)
