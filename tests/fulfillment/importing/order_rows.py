"""Rows of the neutral order file, as dictionaries, and the three formats made of them."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from openpyxl import Workbook

from fulfillment.channels.order_file.columns import NAMES
from fulfillment.models import IntakeRun
from fulfillment.services.order_files import OrderFileInput, import_order_file
from warehouses.models import Hub, Seller

Row = dict[str, Any]

ROW: Row = {
    "order_reference": "S-1",
    "line": 1,
    "sku": "RING",
    "quantity": 2,
    "unit_price_cents": 1250,
    "placed_at": "2026-03-02T09:00:00+01:00",
    "is_gift": "false",
    "priority": 100,
    "short_policy": "wait",
    "name": "Jan de Vries",
    "address_line1": "Prinsengracht 263",
    "postcode": "1016 GV",
    "city": "Amsterdam",
    "country": "NL",
    "phone": "+31201234567",
    "email": "jan@mail.example",
}


def row(**changes: Any) -> Row:
    return {**ROW, **changes}


def as_csv(rows: Sequence[Mapping[str, Any]], names: Sequence[str] = NAMES) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_xlsx(rows: Sequence[Mapping[str, Any]], names: Sequence[str] = NAMES, *, formulas: bool = False) -> bytes:
    """A workbook. A text that looks like a formula is kept as a text, unless there shall be `formulas`."""
    book = Workbook()
    sheet = book.active
    sheet.append(list(names))
    for values in rows:
        sheet.append([values.get(name) for name in names])
    for cell in (cell for cells in sheet.iter_rows() for cell in cells):
        if cell.data_type == "f" and not formulas:
            cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS = {"csv": as_csv, "jsonl": as_jsonl, "xlsx": as_xlsx}


def taken(
    seller: Seller, hub: Hub, content: bytes | BinaryIO, layout: str = "csv", name: str = "orders.csv"
) -> IntakeRun:
    handle = io.BytesIO(content) if isinstance(content, bytes) else content
    return import_order_file(seller=seller, hub=hub, file=OrderFileInput(name, handle, layout))


def counts(run: IntakeRun) -> tuple[int, int, int, int]:
    return run.read, run.accepted, run.duplicate, run.refused


def refusals(run: IntakeRun) -> list[tuple[int, str, str]]:
    return list(run.refusals.order_by("row").values_list("row", "field", "code"))
