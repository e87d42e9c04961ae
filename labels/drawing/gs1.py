"""GS1 keys and messages: check digits, SSCCs, element strings, and reading them back.

Source: GS1 General Specifications, sections 3 (application identifiers, AIs), 7.8.5 (AIs of
pre-defined length), 7.9.1 (check digit) and 7.11 (character set 82). An element is `(ai, value)`.
Everything here refuses with `Gs1Refused`, code `gs1_refused` unless it says otherwise.
"""

import re
from collections.abc import Iterable
from datetime import date

from biip import ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString

from labels.drawing.faults import Gs1Refused

Element = tuple[str, str]

SEPARATOR = "\x1d"
"""GS, what a scanner sends for FNC1 between elements."""

GTIN_LENGTHS = (8, 12, 13, 14)
SSCC_LENGTH = 18

_PREDEFINED = frozenset({"00", "01", "02", "03", "04", "41", *map(str, range(11, 21)), *map(str, range(31, 37))})
_VALUE = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+")
_TYPED = re.compile(r"\((\d{2,4})\)")


def check_digit(digits: str) -> str:
    """The GS1 check digit that belongs after `digits` (ASCII digits, without it)."""
    if not _is_number(digits):
        raise Gs1Refused("A GS1 key is made of digits only.", code="gs1_not_digits")
    weighted = (int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-sum(weighted) % 10)


def is_gtin(text: str) -> bool:
    """Whether `text` is a GTIN-8, -12, -13 or -14 with a right check digit."""
    return len(text) in GTIN_LENGTHS and _is_number(text) and check_digit(text[:-1]) == text[-1]


def is_sscc(text: str) -> bool:
    """Whether `text` is 18 digits with a right check digit."""
    return len(text) == SSCC_LENGTH and _is_number(text) and check_digit(text[:-1]) == text[-1]


def gtin14(text: str) -> str:
    """A GTIN of any length as the 14 digits that AI (01) and the item master want."""
    if not is_gtin(text):
        raise Gs1Refused(f"{text!r} is no GTIN: 8, 12, 13 or 14 digits, the last one checks.", code="gtin_invalid")
    return text.zfill(14)


def build_sscc(*, company_prefix: str, serial: int, extension: int = 0) -> str:
    """The SSCC of one carton: extension digit, GS1 company prefix, serial reference, check digit.

    `company_prefix` is 4 to 12 digits and the serial takes what is left of 16; the pair must never be
    used again within a year (GS1 General Specifications, 4.3). Refuses with code `sscc_invalid`.
    """
    room = SSCC_LENGTH - 2 - len(company_prefix)
    if not _is_number(company_prefix) or not 4 <= len(company_prefix) <= 12:
        raise Gs1Refused("A GS1 company prefix has 4 to 12 digits.", code="sscc_invalid")
    if not 0 <= extension <= 9:
        raise Gs1Refused("An SSCC's extension is one digit, 0 to 9.", code="sscc_invalid")
    if not 0 <= serial < 10**room:
        raise Gs1Refused(f"The serial does not fit the {room} digits this prefix leaves.", code="sscc_invalid")
    body = f"{extension}{company_prefix}{serial:0{room}d}"
    return body + check_digit(body)


def hri(elements: Iterable[Element]) -> str:
    """The human-readable line under a barcode: AIs in parentheses, which are not in the barcode."""
    return "".join(f"({ai}){value}" for ai, value in elements)


def needs_separator(ai: str) -> bool:
    """Whether another element after this one must be told apart by FNC1."""
    return ai[:2] not in _PREDEFINED


def message(elements: Iterable[Element]) -> str:
    """The elements as a scanner sends them: AIs and values, GS only where the standard needs one."""
    parts: list[str] = []
    for ai, value in elements:
        parts += [ai, value, SEPARATOR if needs_separator(ai) else ""]
    return "".join(parts).removesuffix(SEPARATOR)


def checked(elements: Iterable[Element]) -> tuple[Element, ...]:
    """The same elements, or a refusal: unknown AI, wrong length, character or check digit."""
    asked = tuple(elements)
    for _ai, value in asked:
        if not _VALUE.fullmatch(value):
            raise Gs1Refused("A GS1 value takes letters, digits and a few signs, at least one.")
    if not asked or read_message(message(asked)) != asked:
        raise Gs1Refused("The GS1 elements do not read back as they were given.")
    return asked


def read_message(text: str) -> tuple[Element, ...]:
    """What a GS1 message (no symbology identifier, GS as 0x1D) says, element by element.

    Stricter than its parser where a scan can mislead: an element of variable length must end at a
    separator or at the end, GTINs and SSCCs must check, and only ASCII is read.
    """
    rest = text.strip(SEPARATOR)
    if not rest or not rest.isascii():
        raise Gs1Refused("A GS1 message is made of ASCII characters, at least one.")
    elements: list[Element] = []
    while rest:
        try:
            found = GS1ElementString.extract(rest)
        except (ParseError, ValueError) as error:
            raise Gs1Refused("The barcode's GS1 data is broken.") from error
        rest = rest[len(found.ai.ai) + len(found.value) :]
        if found.gtin_error or found.sscc_error:
            raise Gs1Refused(f"The check digit of ({found.ai.ai}) {found.value} is wrong.", code="gs1_check_digit")
        if rest and found.ai.separator_required and not rest.startswith(SEPARATOR):
            raise Gs1Refused(f"The value of ({found.ai.ai}) is too long.")
        elements.append((found.ai.ai, found.value))
        rest = rest.lstrip(SEPARATOR)
    return tuple(elements)


def read_typed(text: str) -> tuple[Element, ...]:
    """The elements of a line as a person types or copies it, `(01)09506000134352(10)A1`."""
    pieces = _TYPED.split(text)
    if pieces[0] or len(pieces) < 3:
        raise Gs1Refused("A typed GS1 line starts with an AI in parentheses.")
    return checked(zip(pieces[1::2], pieces[2::2], strict=True))


def read_digital_link(uri: str) -> tuple[Element, ...]:
    """The elements of a GS1 Digital Link URI; refuses any other address with code `no_digital_link`."""
    try:
        found = GS1DigitalLinkURI.parse(uri)
    except (ParseError, ValueError) as error:
        raise Gs1Refused("This address is no GS1 Digital Link.", code="no_digital_link") from error
    return checked((element.ai.ai, element.value) for element in found.element_strings)


def date_of(ai: str, value: str) -> date | None:
    """The day a date element stands for (AIs 11 to 17; day 00 is the month's last), None for any other AI."""
    try:
        return GS1ElementString.extract(ai + value).date
    except (ParseError, ValueError) as error:
        raise Gs1Refused(f"({ai}) {value} is no date.") from error


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
