"""Which hub for which goods: a few kilometres for the truck, fewer for the parcels, and stock that is spread.

Pure, and approximate where it says so: distances are great circles on a sphere (haversine), roads are longer; a
place without coordinates stands in the middle of its country.

The cost of a unit in a hub is the way in from the sender once, plus the way out to where the seller's orders go, in
kilometres; and a penalty for the part of the item that the hub would hold beyond its even share. The penalty of a
hub grows with what it is given, so goods are dealt line by line, the largest first, each to the cheapest hub. That is
a greedy rule and no optimum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_KM: Final = 6_371.0
KM_OF_IMBALANCE: Final = 200.0
"""What it may cost in kilometres that a hub holds all of an item and the others nothing."""

CENTRES: Final[Mapping[str, tuple[float, float]]] = {
    "AT": (47.6, 14.1), "BE": (50.6, 4.7), "BG": (42.8, 25.2), "CH": (46.8, 8.2), "CY": (35.0, 33.2),
    "CZ": (49.7, 15.3), "DE": (51.1, 10.4), "DK": (56.0, 10.0), "EE": (58.7, 25.5), "ES": (40.2, -3.6),
    "FI": (64.5, 26.3), "FR": (46.6, 2.5), "GB": (54.2, -2.9), "GR": (39.1, 22.9), "HR": (45.1, 16.4),
    "HU": (47.2, 19.4), "IE": (53.2, -8.1), "IT": (42.8, 12.1), "LT": (55.3, 23.9), "LU": (49.8, 6.1),
    "LV": (56.9, 24.9), "MT": (35.9, 14.4), "NL": (52.2, 5.5), "NO": (64.4, 15.3), "PL": (52.1, 19.4),
    "PT": (39.6, -8.0), "RO": (45.9, 25.0), "SE": (62.8, 16.7), "SI": (46.1, 14.8), "SK": (48.7, 19.5),
    "CN": (36.6, 103.8), "TR": (39.1, 35.2), "US": (39.8, -98.6),
}  # fmt: skip
"""The middle of a country in degrees, good to some tens of kilometres (hundreds for the large ones)."""

Spot = tuple[float, float]
"""Latitude and longitude in degrees."""


@dataclass(frozen=True, slots=True)
class Site:
    """A hub one may send to; `spot` None where nobody knows where it is, which is then no reason for or against."""

    code: str
    spot: Spot | None


@dataclass(frozen=True, slots=True)
class Want:
    """Goods to be sent: units of one item, and what each hub holds of it already."""

    key: str
    quantity: int
    held: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """The hub for one line, and the two kilometres that spoke for it (None: not known)."""

    key: str
    hub: str
    km_in: float | None
    km_out: float | None


def kilometres(a: Spot, b: Spot) -> float:
    """The great circle between two places, by the haversine formula (Sinnott 1984)."""
    (lat_a, lon_a), (lat_b, lon_b) = ((radians(x), radians(y)) for x, y in (a, b))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def choose_hubs(
    wants: Sequence[Want], sites: Sequence[Site], *, sender: Spot | None, buyers: Mapping[str, int]
) -> list[Choice]:
    """A hub for each line, in the order given. `buyers` counts the seller's orders by country.

    Ties go to the hub that comes first. Raises `ValueError` without any hub.
    """
    if not sites:
        raise ValueError("There is no hub to choose from.")
    ways = {site.code: (_km_in(site, sender), _km_out(site, buyers)) for site in sites}
    held: dict[str, dict[str, int]] = {}
    chosen: dict[int, Choice] = {}
    for place in sorted(range(len(wants)), key=lambda n: (-wants[n].quantity, n)):
        want = wants[place]
        stock = held.setdefault(want.key, {site.code: want.held.get(site.code, 0) for site in sites})
        hub = min(sites, key=lambda site: _cost(ways[site.code], _overfull(stock, site.code, want.quantity))).code
        stock[hub] += want.quantity
        chosen[place] = Choice(want.key, hub, *ways[hub])
    return [chosen[place] for place in range(len(wants))]


def _cost(ways: tuple[float | None, float | None], overfull: float) -> float:
    return (ways[0] or 0.0) + (ways[1] or 0.0) + KM_OF_IMBALANCE * overfull


def _overfull(stock: Mapping[str, int], hub: str, more: int) -> float:
    """How far above its even share the hub would be: 0 at or below it, 1 with all of the item in it."""
    total = sum(stock.values()) + more
    even = 1 / len(stock)
    return max(0.0, (stock[hub] + more) / total - even) / (1 - even) if len(stock) > 1 else 0.0


def _km_in(site: Site, sender: Spot | None) -> float | None:
    return kilometres(sender, site.spot) if sender and site.spot else None


def _km_out(site: Site, buyers: Mapping[str, int]) -> float | None:
    """The mean way to a buyer."""
    known = {country: n for country, n in buyers.items() if country in CENTRES and n > 0}
    if site.spot is None or not known:
        return None
    return sum(n * kilometres(site.spot, CENTRES[country]) for country, n in known.items()) / sum(known.values())
