"""The order file as JSON lines: one object to a line, with the columns as its keys."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from foundation.errors import Invalid
from fulfillment.channels.order_file.columns import MOST_ROWS, NAMES, FileRow
from fulfillment.channels.order_file.text import Lines

_KNOWN: Final = frozenset(NAMES)


def read_jsonl(handle: BinaryIO) -> Iterator[FileRow]:
    """The rows of a file of JSON lines; empty lines are counted and left out.

    Numbers stay as they are written, so `1e3`, `1.0` and `NaN` are no quantities here either. A line that is
    no plain object makes the file unreadable, because nobody can tell which order would lack it. Raises
    `Invalid` with the row as `Lines` does, and `json_malformed`, `object_expected`, `key_repeated`,
    `column_unknown`, `value_nested`, `too_many_rows`.
    """
    lines = Lines(handle)
    lines.begin_row(1)
    for line in lines:
        if line.strip():
            yield FileRow(lines.row, _texts(line, lines))
        lines.begin_row(lines.row + 1)
        if lines.row > MOST_ROWS:
            raise lines.refusal(f"More than {MOST_ROWS:,} rows: give it in parts.", "too_many_rows")


def _texts(line: str, lines: Lines) -> tuple[str, ...]:
    try:
        value = json.loads(line, object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=str)
    except (json.JSONDecodeError, RecursionError) as error:
        raise lines.refusal("This line is no JSON.", "json_malformed") from error
    if not isinstance(value, _Pairs):
        raise lines.refusal("Each line must be one JSON object.", "object_expected")
    found = dict(value)
    if len(found) < len(value):
        raise lines.refusal("A key stands twice in this object.", "key_repeated")
    if unknown := found.keys() - _KNOWN:
        raise lines.refusal(f"There is no column {min(unknown)[:40]!r}.", "column_unknown")
    return tuple(_text(found.get(name), name, lines) for name in NAMES)


class _Pairs(list[tuple[str, Any]]):
    """An object's keys and values as they stand there, told from a list."""


def _text(value: Any, name: str, lines: Lines) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    raise _nested(name, lines)


def _nested(name: str, lines: Lines) -> Invalid:
    return lines.refusal(f"{name} must be a text, a number, true or false.", "value_nested")
