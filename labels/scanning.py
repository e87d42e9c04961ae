"""What a scanner sent, told apart: an SSCC, a GTIN, a GS1 message, or a code of our own.

For every station and API that takes a scan. Handles symbology identifiers (`]C1`, ISO/IEC 15424), FNC1 as
GS (0x1D), as the F8 that keyboard wedges put in its place, or as the visible ␝; GS1 Digital Link
addresses; and GS1 lines typed with parentheses. Nothing is guessed: bare digits are a GTIN or an SSCC
only if the length and the check digit say so, and `text` always keeps what was read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from foundation.errors import Invalid
from labels.drawing import gs1
from labels.drawing.faults import Gs1Refused

LONGEST = 500
"""Characters in one scan; no symbol in use here holds more, so more is a stuck key or an attack."""


class ScanKind(StrEnum):
    """What a scan turned out to be."""

    SSCC = "sscc"  # one logistic unit, and nothing else
    GTIN = "gtin"  # a trade item, and nothing else
    GS1 = "gs1"  # several elements: look at gtin, lot, serial, ...
    TEXT = "text"  # a bin, a tote, a tracking number, a seller's own code


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan. `symbology` is the identifier (`]C1`) if the scanner sent one; absent parts are empty or None.

    `text` is the data without identifier and line end. `gtin` has 14 digits. `elements` holds every
    GS1 element in order.
    """

    kind: ScanKind
    text: str
    symbology: str = ""
    sscc: str = ""
    gtin: str = ""
    lot: str = ""
    serial: str = ""
    expires_on: date | None = None
    quantity: int | None = None
    elements: tuple[gs1.Element, ...] = ()


_IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GS1_IDENTIFIERS = frozenset({"]C1", "]d2", "]e0", "]e1", "]e2", "]Q3", "]J1"})
_RETAIL_IDENTIFIERS = frozenset({"]E0", "]E4"})
_SEPARATORS = re.compile("[\x1d\xf8␝]")
_WEB = re.compile(r"https?://", re.IGNORECASE)


def parse_scan(raw: str | bytes) -> Scan:
    """One scan as `Scan`.

    Raises `Invalid`, and nothing else: `scan_empty`, `scan_too_long` (over `LONGEST` characters), or
    `scan_broken` (control characters, a GS1 symbol whose data breaks the standard, a wrong check digit).
    """
    if len(raw) > LONGEST:
        raise Invalid(f"A scan has at most {LONGEST} characters.", code="scan_too_long", field="scan")
    text = (_decoded(raw) if isinstance(raw, bytes) else raw).strip(" \t\r\n\0")
    identifier = match.group() if (match := _IDENTIFIER.match(text)) else ""
    text = text.removeprefix(identifier)
    if not text:
        raise Invalid("Nothing was scanned.", code="scan_empty", field="scan")
    try:
        return _read(text, identifier)
    except Gs1Refused as refused:
        raise Invalid(f"This barcode can't be used: {refused}", code="scan_broken", field="scan") from refused


def code_of(raw: str | bytes) -> str:
    """The one spelling of what a symbol says, however it was scanned or typed: for telling whether two are the same.

    An SSCC has 18 digits and a GTIN 14; all else is its text. Data that breaks the GS1 standard is text too: a
    carrier's number may only look like GS1. Raises `Invalid` (`scan_empty`, `scan_too_long`).
    """
    try:
        scan = parse_scan(raw)
    except Invalid as refused:
        if refused.code != "scan_broken":
            raise
        text = (_decoded(raw) if isinstance(raw, bytes) else raw).strip(" \t\r\n\0")
        return _IDENTIFIER.sub("", text, count=1) if _IDENTIFIER.match(text) else text
    return {ScanKind.SSCC: scan.sscc, ScanKind.GTIN: scan.gtin}.get(scan.kind, scan.text)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _read(text: str, identifier: str) -> Scan:
    if identifier in _GS1_IDENTIFIERS:
        return _from_elements(gs1.read_message(_SEPARATORS.sub(gs1.SEPARATOR, text)), text, identifier)
    if identifier in _RETAIL_IDENTIFIERS:
        return _from_elements((("01", gs1.gtin14(text)),), text, identifier)
    if not identifier and _says_gs1(text):
        return _from_elements(gs1.read_message(_SEPARATORS.sub(gs1.SEPARATOR, text)), text, identifier)
    if not text.isprintable():
        raise Gs1Refused("it holds control characters.")
    if not identifier and text.startswith("(") and (typed := _elements(text, typed=True)):
        return _from_elements(typed, text, identifier)
    if _WEB.match(text) and (linked := _elements(text, typed=False)):
        return _from_elements(linked, text, identifier)
    if gs1.is_sscc(text):
        return _from_elements((("00", text),), text, identifier)
    if len(text) > 8 and gs1.is_gtin(text):
        return _from_elements((("01", gs1.gtin14(text)),), text, identifier)
    return Scan(ScanKind.TEXT, text, identifier)


def _says_gs1(text: str) -> bool:
    """Whether a scan without an identifier is a GS1 message by its own look."""
    if gs1.SEPARATOR in text or "␝" in text:
        return True
    return (text.startswith("00") and len(text) == 20 and gs1.is_sscc(text[2:])) or (
        text.startswith("01") and len(text) > 15 and gs1.is_gtin(text[2:16])
    )


def _elements(text: str, *, typed: bool) -> Sequence[gs1.Element]:
    """The elements of a typed line or an address that may hold none."""
    try:
        return gs1.read_typed(text) if typed else gs1.read_digital_link(text)
    except Gs1Refused:
        return ()


def _from_elements(elements: Sequence[gs1.Element], text: str, identifier: str) -> Scan:
    found = dict(reversed(elements))
    counted = found.get("37") or found.get("30")
    gtin = found.get("01") or found.get("02") or ""
    kind = ScanKind.GS1
    if len(elements) == 1:
        kind = {"00": ScanKind.SSCC, "01": ScanKind.GTIN}.get(elements[0][0], ScanKind.GS1)
    return Scan(
        kind=kind,
        text=text,
        symbology=identifier,
        sscc=found.get("00", ""),
        gtin=gtin,
        lot=found.get("10", ""),
        serial=found.get("21", ""),
        expires_on=gs1.date_of("17", found["17"]) if "17" in found else None,
        quantity=int(counted) if counted else None,
        elements=tuple(elements),
    )
