"""Which tracking numbers a scan of a label may mean: the number itself, or a routing barcode that contains it."""

import re
from typing import Final

_PATTERNS: Final = (
    # DPD: tag, 7 characters of postcode, the parcel's 14 digits, service, country (label specification 2.4)
    re.compile(r"%?[0-9A-Z]{7}([0-9]{14})[0-9]{6}"),
    # the same parcel's digits typed with their check character (ISO 7064)
    re.compile(r"([0-9]{14})[0-9A-Z]"),
    # a logistic unit in GS1-128: AI 00 and its SSCC
    re.compile(r"00([0-9]{18})"),
    # USPS: AI 420, the ZIP code of 5 or 9 digits, then the number that begins with 9
    re.compile(r"420[0-9]{5}(?:[0-9]{4})?(9[0-9]{19,25})"),
    # a licence plate (ISO 15459): data identifier J before the number
    re.compile(r"J([0-9A-Z]{9,35})"),
)
_SPACES: Final = re.compile(r"[\s\x1c-\x1f]+")


def numbers_in(code: str) -> tuple[str, ...]:
    """The tracking numbers that `code` (without symbology identifier) may stand for, the likeliest first.

    Only structures that carriers publish are opened; nothing is found by chance inside a longer code.
    """
    as_read = _SPACES.sub("", code)
    text = as_read.upper()
    found = [as_read, text, *(match[1] for pattern in _PATTERNS if (match := pattern.fullmatch(text)))]
    return tuple(dict.fromkeys(each for each in found if each))
