"""Rows of the neutral order file, as dictionaries, and the three formats made of them."""

import csv
import io
import json
import re
import zipfile
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


def as_excel_saves_it(content: bytes) -> bytes:
    """The workbook with its texts in a table of their own, as Excel keeps them, instead of in the cells."""
    texts: list[bytes] = []

    def moved(found: re.Match[bytes]) -> bytes:
        texts.append(found[2])
        return b'<c r="%s" t="s"><v>%d</v></c>' % (found[1], len(texts) - 1)

    cell = re.compile(rb'<c r="([A-Z0-9]+)" t="inlineStr"><is>(.*?)</is></c>')
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = b'<Relationship Id="t" Type="%s/sharedStrings" Target="sharedStrings.xml"/></Relationships>' % office
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            xml = old.read(part)
            xml = cell.sub(moved, xml).replace(b"</Types>", override).replace(b"</Relationships>", relation)
            new.writestr(part.filename, xml)
        table = b"".join(b"<si>%s</si>" % text for text in texts)
        main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (main, table))
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
