"""IPP messages as bytes: RFC 8010, as much of it as printing a job takes. What a printer answers is read with care.

Attributes are pairs of a name and its values, in groups. Values are text, numbers and booleans; what we do not know
(dates, ranges, collections) is skipped.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

VERSION: Final = b"\x01\x01"
"""IPP/1.1, which every printer speaks."""
MOST_BYTES: Final = 256_000
"""No answer we ask for is longer."""

OPERATION, JOB, END, PRINTER = 0x01, 0x02, 0x03, 0x04
"""Tags that begin a group, and the one that ends them all."""
INTEGER, BOOLEAN, ENUM, NAME, KEYWORD = 0x21, 0x22, 0x23, 0x42, 0x44
URI, CHARSET, LANGUAGE, MIME = 0x45, 0x47, 0x48, 0x49
_LAST_GROUP: Final = 0x0F
_TEXTS: Final = range(0x40, 0x4B)

Value = str | int | bool
Attribute = tuple[int, str, Sequence[str | int]]
"""A value tag, a name, and the values."""


class Unreadable(Exception):
    """An answer that is no IPP message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status code (RFC 8011, B.1) and the groups, each with its tag and its attributes."""

    status: int
    groups: tuple[tuple[int, dict[str, tuple[Value, ...]]], ...]

    @property
    def is_ok(self) -> bool:
        """Whether the printer did what it was asked."""
        return self.status < 0x0100

    def values(self, group: int, name: str) -> tuple[Value, ...]:
        """The values of an attribute of the first group with this tag; none if it is not there."""
        return next((found[name] for tag, found in self.groups if tag == group and name in found), ())

    def words(self, group: int, name: str) -> list[str]:
        """Those of them that are text."""
        return [value for value in self.values(group, name) if isinstance(value, str)]

    def number(self, group: int, name: str) -> int | None:
        """The first of them, if it is a number."""
        return next((value for value in self.values(group, name) if isinstance(value, int)), None)


def question(operation: int, request_id: int, uri: str, *more: Attribute, job: Sequence[Attribute] = ()) -> bytes:
    """A request about the printer or job at `uri`: `more` operation attributes, and the `job`'s own."""
    said = [
        (CHARSET, "attributes-charset", ["utf-8"]),
        (LANGUAGE, "attributes-natural-language", ["en"]),
        (URI, "printer-uri", [uri]),
        (NAME, "requesting-user-name", ["pakhuis"]),
        *more,
    ]
    head = VERSION + struct.pack(">hi", operation, request_id)
    body = bytes([OPERATION]) + b"".join(map(_attribute, said))
    if job:
        body += bytes([JOB]) + b"".join(map(_attribute, job))
    return head + body + bytes([END])


def _attribute(attribute: Attribute) -> bytes:
    tag, name, values = attribute
    written = b""
    for place, value in enumerate(values):
        plain = value.encode() if isinstance(value, str) else struct.pack(">i", value)
        label = b"" if place else name.encode()
        written += bytes([tag]) + struct.pack(">H", len(label)) + label + struct.pack(">H", len(plain)) + plain
    return written


def read_answer(message: bytes) -> Answer:
    """What a printer said. Raises `Unreadable`."""
    if len(message) < 9 or message[0] not in (1, 2):
        raise Unreadable("It does not speak IPP.")
    (status,) = struct.unpack_from(">H", message, 2)
    groups: list[tuple[int, dict[str, list[Value]]]] = []
    name, at = "", 8
    while at < len(message) and message[at] != END:
        tag = message[at]
        at += 1
        if tag <= _LAST_GROUP:
            groups.append((tag, {}))
            name = ""
            continue
        label, at = _piece(message, at)
        content, at = _piece(message, at)
        if not groups:
            raise Unreadable("An attribute stands outside of all groups.")
        name = label.decode(errors="replace") or name
        value = _value(tag, content)
        if value is not None:
            groups[-1][1].setdefault(name, []).append(value)
    if at >= len(message):
        raise Unreadable("The answer breaks off.")
    plain = ((tag, {name: tuple(values) for name, values in found.items()}) for tag, found in groups)
    return Answer(status, tuple(plain))


def _piece(message: bytes, at: int) -> tuple[bytes, int]:
    """The bytes after a length of two bytes, and where they end."""
    if at + 2 > len(message):
        raise Unreadable("The answer breaks off.")
    (length,) = struct.unpack_from(">H", message, at)
    end = at + 2 + length
    if end > len(message):
        raise Unreadable("A length leads out of the answer.")
    return message[at + 2 : end], end


def _value(tag: int, plain: bytes) -> Value | None:
    if tag in (INTEGER, ENUM) and len(plain) == 4:
        return int.from_bytes(plain, "big", signed=True)
    if tag == BOOLEAN and len(plain) == 1:
        return plain != b"\x00"
    return plain.decode(errors="replace")[:1_000] if tag in _TEXTS else None
