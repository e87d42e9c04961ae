"""Order files: a neutral file of orders (docs/orders-file.md) is read, sorted out, and taken part by part.

Each part is a transaction of its own. An import that broke off goes on when the same file is given again: what
was taken is a duplicate then, and no order is ever there by half.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, BinaryIO, Final

from django.db import transaction

from foundation import clock
from foundation.errors import Invalid
from fulfillment.channels.order_file.columns import FileRow, Reader
from fulfillment.channels.order_file.comma import read_csv
from fulfillment.channels.order_file.jsonl import read_jsonl
from fulfillment.channels.order_file.sheet import read_xlsx
from fulfillment.models import IntakeRun
from fulfillment.services.bulk_intake import take_staged, write_refusals
from fulfillment.services.importing import finish_intake
from fulfillment.services.intake import timetable_of
from fulfillment.services.judging import Judge
from fulfillment.services.screening import outlook_of
from fulfillment.services.staging import stage
from warehouses.models import Hub, Seller

FORMATS: Final[Mapping[str, Reader]] = {"csv": read_csv, "xlsx": read_xlsx, "jsonl": read_jsonl}
"""How each format of the neutral file is read."""

SUFFIXES: Final = {".csv": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl"}
LONGEST_NAME: Final = 200
HASHED_AT_ONCE: Final = 1_048_576
TOLD_EVERY: Final = 1_000
"""Rows between two words about how far the reading is."""

Progress = Callable[[str, int, int | None], None]
"""Told how far it is: what is being done (`rows read`, `parts taken`), how many so far, and of how many if known."""


def _silent(_what: str, _done: int, _of: int | None) -> None:
    return


@dataclass(frozen=True, slots=True)
class OrderFileInput:
    """A neutral file: the name it came with, its bytes as a seekable stream, its format (a key of `FORMATS`)."""

    name: str
    handle: BinaryIO
    layout: str


def format_of(name: str) -> str:
    """The format a file's name ends on. Raises `Invalid` (`file_has_macros`, `format_unknown`)."""
    suffix = PurePath(name).suffix.lower()
    if suffix in {".xlsm", ".xltm", ".xlsb"}:
        raise Invalid("The file may have macros: save it as a plain .xlsx.", code="file_has_macros", field="file")
    if suffix not in SUFFIXES:
        raise Invalid(f"Say which format it is: {', '.join(FORMATS)}.", code="format_unknown", field="format")
    return SUFFIXES[suffix]


def shown_name(name: str) -> str:
    """A file's name as it may be kept and shown: no folders, nothing invisible, 200 characters with its end kept."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    visible = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    return visible[-LONGEST_NAME:] or "unnamed"


def import_order_file(*, seller: Seller, hub: Hub, file: OrderFileInput, progress: Progress = _silent) -> IntakeRun:
    """Takes every order of the file that is not there yet, and returns the finished run with its refusals.

    Orders with a refused row are refused whole; see `judging`, `staging` and `bulk_intake` for the codes.
    Raises `Invalid` with the row for a file that can't be read, and then nothing was written. Must not run
    inside a transaction if its parts are to be kept should it break off.
    """
    reader = FORMATS.get(file.layout)
    if reader is None:
        raise Invalid(f"Formats are {', '.join(FORMATS)}.", code="layout_unknown", field="format")
    started_at = clock.now()
    judge = Judge(timetable_of(hub), outlook_of(hub), now=started_at)
    digest = _sha256(file.handle)
    rows = (judge.judge(row) for row in _told(reader(file.handle), progress))
    with stage(rows, seller_id=seller.pk) as staged:
        with transaction.atomic():
            run = IntakeRun.objects.create(
                seller=seller,
                hub=hub,
                file_name=shown_name(file.name),
                file_sha256=digest,
                layout=file.layout,
                started_at=started_at,
                read=staged.read,
                refused=staged.refused,
            )
            write_refusals(run=run)
        for part in range(staged.parts):
            take_staged(run=run, part=part)
            progress("parts taken", part + 1, staged.parts)
    return finish_intake(run=run)


def write_report(run: IntakeRun, out: IO[str]) -> None:
    """The run as JSON: its counts, and each refused row with its number, column, code and message.

    Written row by row, so that a report of any length needs no memory.
    """
    counts = {name: getattr(run, name) for name in ("read", "accepted", "duplicate", "refused")}
    head = {"run": run.pk, "file": run.file_name, "sha256": run.file_sha256, "format": run.layout, **counts}
    out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "refusals": [')
    columns = ("row", "field", "code", "message", "reference")
    separator = "\n"
    for refusal in run.refusals.order_by("row").values_list(*columns).iterator(chunk_size=2_000):
        out.write(separator + json.dumps(dict(zip(columns, refusal, strict=True)), ensure_ascii=False))
        separator = ",\n"
    out.write("]}\n")


def _sha256(handle: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := handle.read(HASHED_AT_ONCE):
        digest.update(block)
    handle.seek(0)
    return digest.hexdigest()


def _told(rows: Iterator[FileRow], progress: Progress) -> Iterator[FileRow]:
    for row in rows:
        if row.number % TOLD_EVERY == 0:
            progress("rows read", row.number, None)
        yield row
