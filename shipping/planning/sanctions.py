"""Where nothing is sent: countries and regions under sanctions, as a table with its sources. Pure.

For intake, which holds such an order, and for the operator, who adds countries of his own (`Embargo`). As of 1 November
2026, to be read once more with every renewal in the Union's Official Journal. Where the law forbids only some goods,
the house sends nothing: it cannot judge each of them.

A region is known by its postcodes, which is coarser than a front: parts of the Donetsk and Luhansk regions are under
Ukraine's control and are held all the same, for somebody to look at.
"""

import re
from dataclasses import dataclass
from typing import Final

from shipping.planning.territories import plain_postcode


@dataclass(frozen=True, slots=True)
class Sanction:
    """A country, or the part of it whose postcodes fit, and the rule that closes it."""

    country: str
    postcodes: str
    name: str
    source: str


SANCTIONS: Final = (
    Sanction("KP", ".*", "North Korea", "Regulation (EU) 2017/1509"),
    Sanction("IR", ".*", "Iran", "Regulation (EU) 267/2012"),
    Sanction("SY", ".*", "Syria", "Regulation (EU) 36/2012"),
    Sanction("RU", ".*", "Russia", "Regulation (EU) 833/2014"),
    Sanction("BY", ".*", "Belarus", "Regulation (EC) 765/2006"),
    Sanction("UA", r"9[5-8]\d{3}", "Crimea", "Regulation (EU) 692/2014"),
    Sanction("UA", r"99\d{3}", "Sevastopol", "Regulation (EU) 692/2014"),
    Sanction("UA", r"8[3-7]\d{3}", "the Donetsk region", "Regulation (EU) 2022/263"),
    Sanction("UA", r"9[1-4]\d{3}", "the Luhansk region", "Regulation (EU) 2022/263"),
)


def sanction_on(country: str, postcode: str) -> Sanction | None:
    """The rule that closes this place, or None."""
    plain = plain_postcode(country, postcode)
    fits = (each for each in SANCTIONS if each.country == country and re.fullmatch(each.postcodes, plain, re.ASCII))
    return next(fits, None)
