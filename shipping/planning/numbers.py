"""Whether the numbers that customs and tax offices give out could be right: EORI, IOSS, VAT. Pure; nothing is asked.

A number that passes may still not be registered: only the offices know. An EORI is two letters of the country that gave
it and up to 15 characters (Regulation (EU) 2015/2447, annex 12-01); in Great Britain and Northern Ireland 12 digits, or
15 for a branch. The others are python-stdnum's.
"""

import re
from typing import Final

from stdnum.ch import uid as swiss
from stdnum.eu import oss
from stdnum.eu import vat as european
from stdnum.gb import vat as british
from stdnum.no import mva as norwegian

from shipping.planning.territories import MEMBERS

_EU_EORI: Final = re.compile(rf"(?:{'|'.join(sorted(MEMBERS))})[0-9A-Z]{{1,15}}", re.ASCII)
_GB_EORI: Final = re.compile(r"GB(?:\d{12}|\d{15})", re.ASCII)
_XI_EORI: Final = re.compile(r"XI(?:\d{12}|\d{15})", re.ASCII)


def tidy(number: str) -> str:
    """A number as it is kept: capitals, without spaces, dots and dashes."""
    return re.sub(r"[\s.\-]", "", number).upper()


def is_eu_eori(number: str) -> bool:
    """An EORI of a member state, or of Northern Ireland, which counts in the Union."""
    return bool(_EU_EORI.fullmatch(number) or _XI_EORI.fullmatch(number))


def is_gb_eori(number: str) -> bool:
    """An EORI of Great Britain."""
    return bool(_GB_EORI.fullmatch(number))


def is_ioss(number: str) -> bool:
    """A number of the import one-stop shop: `IM`, the code of a member state, and seven digits."""
    return number.startswith("IM") and oss.is_valid(number)


def is_vat_number(country: str, number: str) -> bool:
    """A VAT number of this country, by its check digits where python-stdnum knows them, else by its shape."""
    if country in MEMBERS:
        return bool(european.is_valid(number)) and number.startswith("EL" if country == "GR" else country)
    if country == "GB":
        return number.startswith("GB") and bool(british.is_valid(number))
    if country == "CH":
        return bool(swiss.is_valid(re.sub(r"(?:MWST|TVA|IVA)$", "", number)))
    if country == "NO":
        return bool(norwegian.is_valid(number))
    return bool(re.fullmatch(r"[0-9A-Z]{4,20}", number, re.ASCII))
