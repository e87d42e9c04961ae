"""Which customs area and which VAT area a place is in, by its country and its postcode. Pure.

For whoever must know whether goods cross a border: intake, packing and the papers of a parcel. Country codes are not
enough: the Canary Islands are Spanish and inside the customs union but outside the VAT area, Livigno is Italian and
outside both, Northern Ireland is British and inside both as far as goods go.

Sources: Regulation (EU) 952/2013 (Union Customs Code) art. 4, as changed by (EU) 2019/474 (Campione); Directive
2006/112/EC (VAT) art. 5 to 7, as changed by (EU) 2019/475; Windsor Framework, annexes 2 and 3; Protocol 10 to the Act
of Accession 2003 (Cyprus); the customs unions of Andorra (90/680/EEC) and San Marino (2002/245/EC), which need papers
all the same. Postcodes are those of the national posts.
"""

import re
from dataclasses import dataclass
from typing import Final

from shipping.planning.countries import COUNTRIES

EU: Final = "EU"
"""The name of the Union's customs area, and of its VAT area."""

_MEMBERS: Final = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

MEMBERS: Final = frozenset(_MEMBERS.split())
"""The member states, by ISO 3166-1 alpha-2."""


@dataclass(frozen=True, slots=True)
class Territory:
    """One territory. Goods move without papers only where both `customs` and `vat` are the same at both ends.

    `code` is an ISO code or, for a part of a country, the country's with a word behind it: `ES-canary`.
    """

    code: str
    name: str
    customs: str
    vat: str

    @property
    def in_eu_vat(self) -> bool:
        """Whether goods that arrive here pay the VAT of a member state: where an IOSS number means something."""
        return self.vat == EU


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a country that is not treated like the rest, by the postcodes it has."""

    country: str
    postcodes: re.Pattern[str]
    territory: Territory


def _part(country: str, postcodes: str, territory: Territory) -> _Part:
    return _Part(country, re.compile(postcodes, re.ASCII), territory)


def _own(code: str, name: str) -> Territory:
    """A territory in nobody's customs area but its own."""
    return Territory(code, name, code, code)


def _in_union(code: str, name: str) -> Territory:
    """A territory inside the Union's customs area and outside its VAT area: papers, but no duty."""
    return Territory(code, name, EU, code)


_UK: Final = Territory("GB", "Great Britain", "GB", "GB")
_CEUTA: Final = _own("ES-ceuta", "Ceuta")
_MELILLA: Final = _own("ES-melilla", "Melilla")
_ALAND: Final = _in_union("AX", "Åland")
_ATHOS: Final = _in_union("GR-athos", "Mount Athos")
_GUADELOUPE: Final = _in_union("GP", "Guadeloupe")
_MARTINIQUE: Final = _in_union("MQ", "Martinique")
_GUIANA: Final = _in_union("GF", "French Guiana")
_REUNION: Final = _in_union("RE", "Réunion")
_MAYOTTE: Final = _in_union("YT", "Mayotte")
_SAINT_MARTIN: Final = _in_union("MF", "Saint-Martin")
_SAINT_BARTHELEMY: Final = _own("BL", "Saint-Barthélemy")
_MIQUELON: Final = _own("PM", "Saint-Pierre and Miquelon")
_GREENLAND: Final = _own("GL", "Greenland")
_FAROES: Final = _own("FO", "Faroe Islands")
_GUERNSEY: Final = Territory("GG", "Guernsey", "GB", "GG")
_JERSEY: Final = Territory("JE", "Jersey", "GB", "JE")
_MAN: Final = Territory("IM", "Isle of Man", "GB", "GB")
_MONACO: Final = Territory("MC", "Monaco", EU, EU)

_COUNTRIES: Final = {
    territory.code: territory
    for territory in (
        _UK, _ALAND, _GUADELOUPE, _MARTINIQUE, _GUIANA, _REUNION, _MAYOTTE, _SAINT_MARTIN, _SAINT_BARTHELEMY,
        _MIQUELON, _GREENLAND, _FAROES, _GUERNSEY, _JERSEY, _MAN, _MONACO,
        _in_union("SM", "San Marino"),
        _in_union("AD", "Andorra"),
        Territory("LI", "Liechtenstein", "CH", "CH"),
    )
}  # fmt: skip
"""Countries whose areas are not simply their own; a member state is in both of the Union's."""

_PARTS: Final = (
    _part("ES", r"3[58]\d{3}", _in_union("ES-canary", "Canary Islands")),
    _part("ES", r"51\d{3}", _CEUTA),
    _part("ES", r"52\d{3}", _MELILLA),
    _part("IT", r"23030|23041", _own("IT-livigno", "Livigno")),
    _part("IT", r"22061", _in_union("IT-campione", "Campione d'Italia")),
    _part("DE", r"78266", Territory("DE-buesingen", "Büsingen", "CH", "CH")),
    _part("DE", r"27498", _own("DE-helgoland", "Helgoland")),
    _part("FI", r"22\d{3}", _ALAND),
    _part("GR", r"63086", _ATHOS),
    _part("FR", r"97150|978\d\d", _SAINT_MARTIN),
    _part("FR", r"97133|977\d\d", _SAINT_BARTHELEMY),
    _part("FR", r"971\d\d", _GUADELOUPE),
    _part("FR", r"972\d\d", _MARTINIQUE),
    _part("FR", r"973\d\d", _GUIANA),
    _part("FR", r"974\d\d", _REUNION),
    _part("FR", r"975\d\d", _MIQUELON),
    _part("FR", r"976\d\d", _MAYOTTE),
    _part("FR", r"980\d\d", _MONACO),
    _part("FR", r"984\d\d", _own("TF", "French Southern Territories")),
    _part("FR", r"986\d\d", _own("WF", "Wallis and Futuna")),
    _part("FR", r"987\d\d", _own("PF", "French Polynesia")),
    _part("FR", r"988\d\d", _own("NC", "New Caledonia")),
    _part("DK", r"39\d\d", _GREENLAND),
    _part("DK", r"\d{3}", _FAROES),
    _part("GB", r"BT\d.*", Territory("GB-northern-ireland", "Northern Ireland", EU, EU)),
    _part("GB", r"GY\d.*", _GUERNSEY),
    _part("GB", r"JE\d.*", _JERSEY),
    _part("GB", r"IM\d.*", _MAN),
    _part("CY", r"99\d{3}", _own("CY-north", "Cyprus, the north")),
)  # fmt: skip
"""The first that fits counts. Northern Cyprus is where the government of Cyprus has no effective control."""

CODES: Final = COUNTRIES | {part.territory.code for part in _PARTS}
"""Every territory there is, and every customs area, by its code; the Union itself is `EU`."""

_LETTERED: Final = frozenset({"GB", "GG", "JE", "IM"})
"""Where the letters in front belong to the postcode."""

_BY_COUNTRY: Final = {part.country: [each for each in _PARTS if each.country == part.country] for part in _PARTS}


def plain_postcode(country: str, postcode: str) -> str:
    """A postcode in capitals, without spaces, dashes and the country in front of the digits (`FI-22100`, `D-78266`)."""
    plain = re.sub(r"[\s\-.]", "", postcode).upper()
    bare = re.fullmatch(r"[A-Z]{1,2}(\d{3,})", plain, re.ASCII)
    return bare[1] if bare and country not in _LETTERED else plain


def territory_of(country: str, postcode: str) -> Territory:
    """The territory of a place. An unknown or empty postcode is taken for the main part of the country."""
    plain = plain_postcode(country, postcode)
    for part in _BY_COUNTRY.get(country, ()):
        if part.postcodes.fullmatch(plain):
            return part.territory
    if country in MEMBERS:
        return Territory(country, country, EU, EU)
    return _COUNTRIES.get(country) or _own(country, country)


def customs_needed(sender: Territory, recipient: Territory) -> bool:
    """Whether goods from one to the other are declared: another customs area, or only another VAT area."""
    return (sender.customs, sender.vat) != (recipient.customs, recipient.vat)
