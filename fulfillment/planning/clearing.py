"""Whether a carrier could deliver to an address as it stands. Pure."""

from typing import Final

NO_POSTCODES: Final = frozenset({"AE", "HK", "IE", "QA"})
"""Countries where many addresses carry no postcode, and the lack of one says nothing."""


def is_clear(line1: str, line2: str, postcode: str, country: str) -> bool:
    """False without a house number or, where the country uses them, a postcode: somebody should ask first."""
    has_number = any(character.isdigit() for character in f"{line1} {line2}")
    return has_number and bool(postcode or country in NO_POSTCODES)
