"""A carrier's own label as ZPL: judged by the commands in it before it is stored or sent to a printer.

A printer obeys whoever writes to it: files are deleted, settings kept, its very command signs changed. So only commands
that a label needs are let through, by name (Zebra Programming Guide), and nothing outside `^XA … ^XZ`.
"""

import re
from collections.abc import Iterator
from typing import Final

from labels.drawing.faults import DrawingError

MOST_BYTES: Final = 5_000_000
MOST_LABELS: Final = 20
MOST_COPIES: Final = 10

FRAME: Final = frozenset({"XA", "XZ"})
PLACES: Final = "FO FT FD FS FH FB FR FV FW FX FP FC TB CF CI"
"""Where a field stands, how, and what it says."""
SHAPES: Final = "GB GC GD GE GF GS"
BARCODES: Final = "BY B0 B1 B2 B3 B4 B5 B7 B8 B9 BA BB BC BD BE BF BI BJ BK BL BM BO BP BQ BR BS BT BU BX BZ"
PAPER: Final = "PW LL LH LS LT LR PO PM PQ PR MC MD MF MM MN MT"
"""The label's size, direction, speed and paper, as carriers set them; a printer that is switched off forgets them."""
ALLOWED: Final = FRAME.union(*(names.split() for names in (PLACES, SHAPES, BARCODES, PAPER)))
"""Not in it: `^DF`, `^XF`, `^ID`, `^JU`, `^CC` and all others that reach beyond the label."""

_FONT: Final = re.compile(r"A[A-Z0-9@]")
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters: some printers take 0x1E and 0x1F for the signs of a command."""
_BINARY: Final = re.compile(r"GF[BC]", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def check_zpl(content: bytes) -> int:
    """How many labels the ZPL prints. Refuses with `DrawingError` what should not be stored or printed.

    Codes: `label_too_large`, `label_not_zpl` (nothing in it, or something outside `^XA … ^XZ`),
    `label_too_many_pages`, `label_too_many_copies`, and `label_command_refused` for a command that no label needs.
    """
    if len(content) > MOST_BYTES:
        raise DrawingError("A label has at most 5 MB.", code="label_too_large")
    # Every byte a letter: in whatever character set the carrier writes, commands are ASCII.
    text = content.decode("latin-1")
    if _UNSEEN.search(text) or "~" in text:
        raise DrawingError("A label in ZPL has no control commands.", code="label_command_refused")
    commands = list(_commands(text))
    if commands[:1] != ["XA"]:
        raise DrawingError("A label in ZPL begins with ^XA and ends with ^XZ.", code="label_not_zpl")
    frame = [command for command in commands if command in FRAME]
    if frame != ["XA", "XZ"] * (len(frame) // 2) or commands[-1] != "XZ":
        raise DrawingError("A label in ZPL begins with ^XA and ends with ^XZ.", code="label_not_zpl")
    if len(frame) // 2 > MOST_LABELS:
        raise DrawingError(f"A sending has at most {MOST_LABELS} labels.", code="label_too_many_pages")
    return len(frame) // 2


def _commands(text: str) -> Iterator[str]:
    """Every command's two letters, in order, each allowed."""
    before, *parts = text.split("^")
    if before.strip():
        raise DrawingError("Something stands before the label's ^XA.", code="label_not_zpl")
    is_open = False
    for part in parts:
        command = part[:2].upper()
        if command not in ALLOWED and not _FONT.fullmatch(command):
            raise DrawingError(f"No label needs the command {'^' + command!r}.", code="label_command_refused")
        if _BINARY.match(part):
            raise DrawingError("A picture in a label is written as text.", code="label_command_refused")
        if command == "PQ" and any(int(number) > MOST_COPIES for number in _NUMBER.findall(part)):
            raise DrawingError(f"A label is printed at most {MOST_COPIES} times.", code="label_too_many_copies")
        if command == "XZ" and part[2:].strip():
            raise DrawingError("Something stands after the label's ^XZ.", code="label_not_zpl")
        if not is_open and command != "XA":
            raise DrawingError("A command stands outside ^XA and ^XZ.", code="label_not_zpl")
        is_open = command != "XZ"
        yield command
