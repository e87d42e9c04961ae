"""Whether a carrier could deliver to an address as it stands. Pure."""

from typing import Final

NO_POSTCODES: Final = frozenset({"AE", "HK", "IE", "QA"})
"""Countries where many addresses carry no postcode, and the lack of one says nothing."""


def is_clear(line1: str, line2: str, postcode: str, country: str) -> bool:
    """False where something is missing that `defects` names: somebody should ask first."""
    return not defects(line1, line2, postcode, country)


def defects(line1: str, line2: str, postcode: str, country: str) -> list[tuple[str, str]]:
    """What a carrier would miss: (field, sentence) for a house number and, where the country uses it, a postcode."""
    found = []
    if not any(character.isdigit() for character in f"{line1} {line2}"):
        found.append(("line1", "The address has no house number."))
    if not postcode and country not in NO_POSTCODES:
        found.append(("postcode", "The address has no postcode."))
    return found
