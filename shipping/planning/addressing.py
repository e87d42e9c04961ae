"""What looks wrong with an address, and how it was probably meant. Pure; warnings only, for a person to take or leave.

Nothing here refuses: a carrier may well take what looks odd. Postcode shapes come from the caller, because they are
data of a library.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

WANT_HOUSE_NUMBERS: Final = frozenset({"NL", "DE", "BE"})
"""Countries where a street without a number is hardly ever a whole address."""

_PO_BOX: Final = re.compile(
    r"\b(?:p\.?\s*o\.?\s*box|post\s?bus|postfach|bo[iî]te\s+postale|b\.?p\.?\s+\d+|apartado|casella\s+postale)\b",
    re.IGNORECASE,
)
_LEADING_CODE: Final = re.compile(r"(?P<code>[0-9][0-9A-Z]{3,5}(?: [A-Z]{2}\b)?)\s+(?P<city>\D{2,})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that looks wrong: the field, a stable code and a sentence. It never holds what stands in the field."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Check:
    """All that looks wrong, and the fields as they were probably meant; `proposal` holds only what would change."""

    doubts: tuple[Doubt, ...] = ()
    proposal: dict[str, str] = field(default_factory=dict)


def check_address(
    *,
    line1: str,
    line2: str,
    postcode: str,
    city: str,
    country: str,
    shapes: Sequence[re.Pattern[str]],
    goes_to_po_boxes: bool,
) -> Check:
    """Looks an address over. `shapes` are the country's postcodes, none where anything goes.

    Codes: `postcode_shape`, `postcode_swapped`, `postcode_in_city`, `house_number_missing`, `po_box`.
    """
    doubts, proposal = _check_postcode(postcode, city, country, shapes)
    if country in WANT_HOUSE_NUMBERS and not any(letter.isdigit() for letter in f"{line1} {line2}"):
        message = "The street has no house number."
        doubts.append(Doubt("line1", "house_number_missing", message))
    if not goes_to_po_boxes and _PO_BOX.search(f"{line1} {line2}"):
        message = "This is a post-office box, and no carrier of ours goes to one in this country."
        doubts.append(Doubt("line1", "po_box", message))
    return Check(tuple(doubts), proposal)


def _check_postcode(
    postcode: str, city: str, country: str, shapes: Sequence[re.Pattern[str]]
) -> tuple[list[Doubt], dict[str, str]]:
    """What is wrong with the postcode, and the postcode and city that were probably meant."""
    if not shapes or _fits(postcode, shapes):
        return [], {}
    if written := _rewritten(postcode, country, shapes):
        message = "The postcode is not written as in this country."
        return [Doubt("postcode", "postcode_shape", message)], {"postcode": written}
    if postcode and (swapped := _rewritten(city, country, shapes)):
        message = "Postcode and city seem to be swapped."
        return [Doubt("postcode", "postcode_swapped", message)], {"postcode": swapped, "city": postcode}
    found = _LEADING_CODE.fullmatch(city)
    if not postcode and found and (code := _rewritten(found["code"], country, shapes)):
        message = "The postcode seems to stand in front of the city."
        return [Doubt("postcode", "postcode_in_city", message)], {"postcode": code, "city": found["city"].strip()}
    if not postcode:
        return [], {}  # whether one is needed is another question, and an order without one is held
    return [Doubt("postcode", "postcode_shape", "There is no such postcode in this country.")], {}


def _fits(postcode: str, shapes: Sequence[re.Pattern[str]]) -> bool:
    return any(shape.fullmatch(postcode) for shape in shapes)


def _rewritten(text: str, country: str, shapes: Sequence[re.Pattern[str]]) -> str:
    """`text` as a postcode of this country would be written; empty where it can be none."""
    bare = re.sub(r"[\s.\-]", "", text).upper()
    bare = bare.removeprefix(country) if bare.removeprefix(country)[:1].isdigit() else bare
    splits = (
        *(bare, f"{bare[:4]} {bare[4:]}", f"{bare[:3]} {bare[3:]}"),
        *(f"{bare[:2]}-{bare[2:]}", f"{bare[:-3]} {bare[-3:]}"),
    )
    usual = {"NL": splits[1], "GB": splits[4]}.get(country)
    return next((each for each in (usual, *splits) if each and _fits(each, shapes)), "")
