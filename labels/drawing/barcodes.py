"""Barcodes as module matrices: what to say goes in, dark runs come out, checked before anything is drawn.

Written by zxing-cpp, whose output the tests read back. Two traps it has are closed here: options it
does not know are ignored without a word, so tests compare the symbology identifier (ISO/IEC 15424) of
what was read; and DataMatrix may come out as a rectangle that older scanners can't read, so it is forced
square. Text is data: each symbology has its list of characters, and GS1 values are passed in square
brackets, which are not in GS1's character set, so a lot named `A(21)B` can't pass for two elements.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, cast

import zxingcpp

from labels.drawing import gs1
from labels.drawing.faults import BarcodeRefused

Run = tuple[int, int]
"""A run of dark modules in a row: (first module, how many)."""

LONGEST_LINEAR = 48
"""Characters in one linear symbol (GS1 General Specifications 5.4.4.5; wider ones don't scan in one sweep)."""


class Symbology(Enum):
    """A kind of barcode: its identifier as a scanner sends it, quiet modules on each side, allowed characters."""

    GS1_128 = ("]C1", 10, r"")
    CODE_128 = ("]C0", 10, rf"[\x20-\x7e]{{1,{LONGEST_LINEAR}}}")
    EAN_13 = ("]E0", 11, r"[0-9]{13}")
    GS1_DATAMATRIX = ("]d2", 1, r"")
    DATAMATRIX = ("]d1", 1, r"[\x20-\x7e]{1,500}")
    QR = ("]Q1", 4, r"[\x20-\x7e]{1,500}")

    def __init__(self, identifier: str, quiet: int, allowed: str) -> None:
        self.identifier = identifier
        self.quiet = quiet
        self.allowed = re.compile(allowed)

    @property
    def linear(self) -> bool:
        """One row of bars, drawn as high as wanted."""
        return self in {Symbology.GS1_128, Symbology.CODE_128, Symbology.EAN_13}

    @property
    def gs1(self) -> bool:
        """Carries GS1 elements, with FNC1 first."""
        return self in {Symbology.GS1_128, Symbology.GS1_DATAMATRIX}


@dataclass(frozen=True, slots=True)
class Symbol:
    """One encoded barcode, in modules, without its quiet zone.

    `text` is what was said (GS1: the human-readable line), `payload` the bytes a scanner sends after the
    identifier, `rows` the dark runs of each row (one row if linear), `elements` the GS1 elements if any.
    """

    symbology: Symbology
    text: str
    payload: bytes
    width: int
    rows: tuple[tuple[Run, ...], ...]
    elements: tuple[gs1.Element, ...] = ()

    @property
    def height(self) -> int:
        """Modules from top to bottom; 1 for a linear symbol."""
        return len(self.rows)


_FORMATS: dict[Symbology, tuple[zxingcpp.BarcodeFormat, dict[str, bool | str]]] = {
    Symbology.GS1_128: (zxingcpp.BarcodeFormat.Code128, {"gs1": True}),
    Symbology.CODE_128: (zxingcpp.BarcodeFormat.Code128, {}),
    Symbology.EAN_13: (zxingcpp.BarcodeFormat.EAN13, {}),
    Symbology.GS1_DATAMATRIX: (zxingcpp.BarcodeFormat.DataMatrix, {"gs1": True, "forceSquare": True}),
    Symbology.DATAMATRIX: (zxingcpp.BarcodeFormat.DataMatrix, {"forceSquare": True}),
    Symbology.QR: (zxingcpp.BarcodeFormat.QRCode, {"ecLevel": "M"}),
}


@lru_cache(maxsize=512)
def encode(symbology: Symbology, text: str) -> Symbol:
    """`text` in a symbology without GS1 elements. Refuses with `BarcodeRefused`.

    EAN-13 takes 13 digits with a right check digit (code `gtin_invalid`); the others printable ASCII.
    """
    if symbology.gs1:
        raise BarcodeRefused("A GS1 barcode is encoded from its elements.")
    if not symbology.allowed.fullmatch(text):
        raise BarcodeRefused(f"{symbology.name} can't say {text[:60]!r}.", code="barcode_characters")
    if symbology is Symbology.EAN_13 and not gs1.is_gtin(text):
        raise BarcodeRefused(f"The check digit of {text} is wrong.", code="gtin_invalid")
    width, rows = _modules(symbology, text)
    return Symbol(symbology, text, text.encode(), width, rows)


def encode_gs1(symbology: Symbology, elements: Iterable[gs1.Element]) -> Symbol:
    """GS1 elements in GS1-128 or GS1 DataMatrix. Refuses with `Gs1Refused` or `BarcodeRefused`."""
    if not symbology.gs1:
        raise BarcodeRefused(f"{symbology.name} carries no GS1 elements.")
    checked = gs1.checked(elements)
    payload = gs1.message(checked).encode()
    if symbology.linear and len(payload) > LONGEST_LINEAR:
        raise BarcodeRefused(f"GS1-128 takes {LONGEST_LINEAR} characters.", code="barcode_too_long")
    width, rows = _modules(symbology, "".join(f"[{ai}]{value}" for ai, value in checked))
    return Symbol(symbology, gs1.hri(checked), payload, width, rows, checked)


def _modules(symbology: Symbology, text: str) -> tuple[int, tuple[tuple[Run, ...], ...]]:
    """Width in modules and the dark runs of each row."""
    form, options = _FORMATS[symbology]
    try:
        barcode = zxingcpp.create_barcode(text, form, **options)
    except ValueError as error:
        raise BarcodeRefused(f"{symbology.name} can't say {text[:60]!r}: {error}.") from error
    pixels = _pixels(barcode)
    rows = tuple(tuple(_runs(row)) for row in (pixels[:1] if symbology.linear else pixels))
    return len(pixels[0]), rows


def _pixels(barcode: Any) -> list[list[int]]:
    """The symbol as grey pixels, one a module."""
    return cast("list[list[int]]", memoryview(barcode.to_image(scale=1, add_quiet_zones=False)).tolist())


def _runs(pixels: list[int]) -> Iterator[Run]:
    """Dark runs of one row of grey pixels."""
    start = None
    for place, pixel in enumerate([*pixels, 255]):
        dark = pixel < 128
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None
