"""Which service carries these parcels, for how much, and when they arrive. Pure; for the quoting service.

Money in cents, weights in grams, lengths in millimetres. Working days are Monday to Friday: a carrier's
holidays are not known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class ParcelSize:
    """One parcel's outside measures (millimetres) and gross weight (grams)."""

    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int

    @property
    def longest_mm(self) -> int:
        """The longest side."""
        return max(self.length_mm, self.width_mm, self.height_mm)

    @property
    def thickness_mm(self) -> int:
        """The shortest side."""
        return min(self.length_mm, self.width_mm, self.height_mm)

    @property
    def volume_mm3(self) -> int:
        """Outside length times width times height."""
        return self.length_mm * self.width_mm * self.height_mm

    @property
    def girth_mm(self) -> int:
        """The longest side plus twice the two others, as carriers count it."""
        sides = self.length_mm + self.width_mm + self.height_mm
        return 2 * sides - self.longest_mm


@dataclass(frozen=True, slots=True)
class Terms:
    """One service's conditions and prices. `tiers` are (up to grams, cents), lightest first.

    `cm3_per_kg` is the carrier's divisor for volumetric weight, such as 5,000; 0: it charges by the scales alone.
    `takes` are the kinds of dangerous goods it takes (`planning.dangerous`).
    """

    service_id: int
    carrier: str
    code: str
    destinations: frozenset[str]
    max_weight_g: int
    max_length_mm: int
    max_thickness_mm: int
    max_girth_mm: int
    transit_days: int
    cut_off: time | None
    tiers: tuple[tuple[int, int], ...]
    cm3_per_kg: int = 0
    takes: frozenset[str] = frozenset()


class Verb(StrEnum):
    """What a sender says of services."""

    NEVER = "never"
    ONLY = "only"
    PREFER = "prefer"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing a sender says of the services it names: an empty carrier, service or set of countries is any.

    `ONLY` ones add up: where some name a country, no other service goes there. A preferred service may cost
    `worth_cents` more than the cheapest and is still taken.
    """

    verb: Verb
    carrier: str = ""
    service: str = ""
    countries: frozenset[str] = frozenset()
    worth_cents: int = 0

    def concerns(self, country: str) -> bool:
        """Whether it says anything of parcels to there."""
        return not self.countries or country in self.countries

    def names(self, terms: Terms) -> bool:
        """Whether it speaks of this service."""
        return self.carrier in ("", terms.carrier) and self.service in ("", terms.code)


def allowed(rules: Sequence[Rule], terms: Terms, country: str) -> bool:
    """Whether the sender lets this service carry to there."""
    said = [rule for rule in rules if rule.concerns(country)]
    if any(rule.verb is Verb.NEVER and rule.names(terms) for rule in said):
        return False
    only = [rule for rule in said if rule.verb is Verb.ONLY]
    return not only or any(rule.names(terms) for rule in only)


def worth_cents(rules: Sequence[Rule], terms: Terms, country: str) -> int:
    """How much more than the cheapest this service may cost: the most that any of the rules says."""
    preferring = (rule for rule in rules if rule.verb is Verb.PREFER and rule.concerns(country) and rule.names(terms))
    return max((rule.worth_cents for rule in preferring), default=0)


@dataclass(frozen=True, slots=True)
class Price:
    """What one service asks for a set of parcels, the day it says they arrive, and what being preferred is worth."""

    terms: Terms
    price_cents: int
    arrives_on: date
    worth_cents: int = 0

    @property
    def felt_cents(self) -> int:
        """The price, less what the sender would rather pay for this service than for another."""
        return self.price_cents - self.worth_cents


def working_days_later(day: date, days: int) -> date:
    """The day `days` working days after `day`; a weekend `day` counts as the Monday after it."""
    while day.weekday() > _FRIDAY:
        day += timedelta(days=1)
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() <= _FRIDAY
    return day


def leaves_on(ready_at: datetime, cut_off: time | None) -> date:
    """The working day on which a parcel ready at `ready_at` (the hub's local time) is handed over."""
    missed = cut_off is not None and ready_at.time() > cut_off
    return working_days_later(ready_at.date() + timedelta(days=missed), 0)


def charged_g(parcel: ParcelSize, cm3_per_kg: int) -> int:
    """The grams that the price goes by: what the scales say, or the volumetric weight when that is more.

    A kilogram for each `cm3_per_kg` of the outside volume, begun grams counted whole (IATA Resolution 502 has the
    method; carriers set the divisor).
    """
    if not cm3_per_kg:
        return parcel.weight_g
    return max(parcel.weight_g, -(-parcel.volume_mm3 // cm3_per_kg))


def parcel_price_cents(terms: Terms, parcel: ParcelSize) -> int | None:
    """The price of one parcel, or None when it is too heavy, too long or too bulky for the service."""
    if (
        parcel.weight_g > terms.max_weight_g
        or parcel.longest_mm > terms.max_length_mm
        or parcel.thickness_mm > terms.max_thickness_mm
        or parcel.girth_mm > terms.max_girth_mm
    ):
        return None
    charged = charged_g(parcel, terms.cm3_per_kg)
    return next((cents for up_to_g, cents in terms.tiers if charged <= up_to_g), None)


def price(
    terms: Terms,
    *,
    country: str,
    parcels: Sequence[ParcelSize],
    ready_at: datetime,
    goods: frozenset[str] = frozenset(),
) -> Price | None:
    """What `terms` asks for all `parcels` to `country`, or None when it cannot carry one of them, or their `goods`."""
    if country not in terms.destinations or not parcels or not goods <= terms.takes:
        return None
    total = 0
    for parcel in parcels:
        cents = parcel_price_cents(terms, parcel)
        if cents is None:
            return None
        total += cents
    return Price(terms, total, working_days_later(leaves_on(ready_at, terms.cut_off), terms.transit_days))


def cheapest_in_time(prices: Sequence[Price], deliver_by: date | None) -> Price | None:
    """The cheapest price, as the sender feels it, that arrives by `deliver_by`, else the earliest.

    Ties: faster, then by code.
    """
    if not prices:
        return None
    in_time = [p for p in prices if deliver_by is None or p.arrives_on <= deliver_by]
    if in_time:
        return min(in_time, key=lambda p: (p.felt_cents, p.arrives_on, p.terms.carrier, p.terms.code))
    return min(prices, key=lambda p: (p.arrives_on, p.felt_cents, p.terms.carrier, p.terms.code))
