"""Choosing a service: what each one asks, and the cheapest that keeps the promise. Reads our own price lists."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from foundation.errors import FieldFault, Invalid
from shipping.models import Box, Parcel, RateTier, Service
from shipping.planning import dangerous, rating
from shipping.planning.cartons.goods import BoxSize
from shipping.planning.rating import ParcelSize

_OF_A_SERVICE: Final = (
    *("code", "destinations", "max_weight_g", "max_length_mm", "max_thickness_mm", "max_girth_mm", "transit_days"),
    *("cut_off", "cm3_per_kg", "takes_lq", "takes_batteries", "by_air"),
)
"""The columns that its conditions are made of."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Parcels to one country, ready at `ready_at` (aware, in the hub's own zone), wanted by `deliver_by`.

    `rules` are what their sender says of services.
    `goods` are the kinds of dangerous goods in them (`planning.dangerous`).
    """

    country: str
    parcels: tuple[ParcelSize, ...]
    ready_at: datetime
    deliver_by: date | None = None
    rules: tuple[rating.Rule, ...] = ()
    goods: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Quote:
    """One service that can carry a wish: the price of all its parcels, and whether it arrives in time."""

    service_id: int
    carrier_code: str
    service_code: str
    price_cents: int
    arrives_on: date
    keeps_promise: bool


def boxes_in_use() -> dict[str, Box]:
    """The active boxes by code."""
    return {box.code: box for box in Box.objects.filter(active=True)}


def box_sizes(boxes: Iterable[Box]) -> list[BoxSize]:
    """Boxes as the carton planner wants them, smallest first."""
    sizes = [
        BoxSize(
            code=box.code,
            length_mm=box.inner_length_mm,
            width_mm=box.inner_width_mm,
            height_mm=box.inner_height_mm,
            tare_g=box.tare_g,
            max_weight_g=box.max_weight_g,
        )
        for box in boxes
    ]
    return sorted(sizes, key=lambda size: (size.volume_mm3, size.code))


def quote(*, site: str, wish: Wish) -> list[Quote]:
    """Every service of the hub's carriers that can carry `wish`, cheapest first; empty when none can."""
    prices = sorted(_prices(terms_at(site), wish), key=lambda p: (p.price_cents, p.arrives_on, p.terms.code))
    return [_quote(price, wish) for price in prices]


def choose_services(*, site: str, wishes: Sequence[Wish]) -> list[Quote]:
    """For each wish, in order, the cheapest service at `site`. See `choose_among`."""
    return choose_among(terms_at(site), wishes)


def choose_among(terms: Sequence[rating.Terms], wishes: Sequence[Wish]) -> list[Quote]:
    """For each wish, in order, the cheapest service in time; where none is in time, the fastest.

    Raises `Invalid` (`no_service`) with a fault per wish that no service of this hub can carry.
    """
    chosen, faults = [], []
    for index, wish in enumerate(wishes):
        best = rating.cheapest_in_time(_prices(terms, wish), wish.deliver_by)
        if best is None:
            faults.append(FieldFault(f"wishes[{index}]", "no_service", _why_none(terms, wish)))
        else:
            chosen.append(_quote(best, wish))
    if faults:
        raise Invalid(faults[0].message, code="no_service", field=faults[0].where, faults=tuple(faults))
    return chosen


def _why_none(terms: Sequence[rating.Terms], wish: Wish) -> str:
    """Why no service carries a wish: the goods where it would go without them, else the parcel or the country."""
    going = [each for each in terms if wish.country in each.destinations]
    if not any(wish.goods <= each.takes for each in going) and _prices(terms, replace(wish, goods=frozenset())):
        untaken = [kind for kind in sorted(wish.goods) if not any(kind in each.takes for each in going)]
        named = " and ".join(dangerous.KIND_NAMES[kind] for kind in untaken or sorted(wish.goods))
        return f"No carrier takes {named} to {wish.country}."
    if wish.rules and _prices(terms, replace(wish, rules=())):
        return f"The seller's own carrier rules leave no service to {wish.country} for such a parcel."
    return f"No carrier of this hub takes such a parcel to {wish.country}."


def heaviest_parcel_g(terms: Sequence[rating.Terms], country: str, *, goods: frozenset[str] = frozenset()) -> int:
    """The gross weight up to which some service takes a parcel of such goods to `country`; 0 when none does."""
    fit = (each.max_weight_g for each in terms if country in each.destinations and goods <= each.takes)
    return max(fit, default=0)


def terms_at(site: str) -> list[rating.Terms]:
    """The conditions of every active service whose carrier has an active account at `site`."""
    on_sale = Service.objects.filter(
        active=True, carrier__active=True, carrier__accounts__site=site, carrier__accounts__active=True
    )
    tiers: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = RateTier.objects.filter(service__in=on_sale).order_by("service", "up_to_g")
    for service_id, *tier in rows.values_list("service", "up_to_g", "price_cents"):
        tiers[service_id].append((tier[0], tier[1]))
    # plain columns, not models: a bench asks for all of this for each order it packs
    columns = on_sale.order_by("carrier", "code").values("pk", "carrier__code", *_OF_A_SERVICE)
    return [_terms(row, tiers[row["pk"]]) for row in columns]


def _terms(row: Mapping[str, Any], tiers: Iterable[tuple[int, int]]) -> rating.Terms:
    """The conditions of the service with these columns, and its prices."""
    return rating.Terms(
        service_id=row["pk"],
        carrier=row["carrier__code"],
        code=row["code"],
        destinations=frozenset(row["destinations"]),
        max_weight_g=row["max_weight_g"],
        max_length_mm=row["max_length_mm"],
        max_thickness_mm=row["max_thickness_mm"],
        max_girth_mm=row["max_girth_mm"],
        transit_days=row["transit_days"],
        cut_off=row["cut_off"],
        tiers=tuple(tiers),
        cm3_per_kg=row["cm3_per_kg"],
        takes=_taken_by(takes_lq=row["takes_lq"], takes_batteries=row["takes_batteries"], by_air=row["by_air"]),
    )


def list_price_cents(parcel: Parcel) -> int:
    """What our own price list says the parcel costs by its service; 0 beyond the list."""
    service = parcel.shipment.service
    size = ParcelSize(parcel.length_mm, parcel.width_mm, parcel.height_mm, parcel.weight_g)
    tiers = service.tiers.filter(up_to_g__gte=rating.charged_g(size, service.cm3_per_kg)).order_by("up_to_g")
    return tiers.values_list("price_cents", flat=True).first() or 0


def _taken_by(*, takes_lq: bool, takes_batteries: bool, by_air: bool) -> frozenset[str]:
    """The kinds of dangerous goods a service takes: what flies has no limited quantities and no loose batteries."""
    taken = {
        dangerous.LQ: takes_lq and not by_air,
        dangerous.BATTERIES: takes_batteries and not by_air,
        dangerous.BATTERIES_IN_EQUIPMENT: takes_batteries,
    }
    return frozenset(kind for kind, is_taken in taken.items() if is_taken)


def _prices(terms: Sequence[rating.Terms], wish: Wish) -> list[rating.Price]:
    """What each service asks for the wish; those that cannot carry it, or may not, are left out."""
    found = []
    for each in terms:
        price = rating.price(each, country=wish.country, parcels=wish.parcels, ready_at=wish.ready_at, goods=wish.goods)
        if price is not None and rating.allowed(wish.rules, each, wish.country):
            found.append(replace(price, worth_cents=rating.worth_cents(wish.rules, each, wish.country)))
    return found


def _quote(price: rating.Price, wish: Wish) -> Quote:
    """A price as callers see it."""
    return Quote(
        service_id=price.terms.service_id,
        carrier_code=price.terms.carrier,
        service_code=price.terms.code,
        price_cents=price.price_cents,
        arrives_on=price.arrives_on,
        keeps_promise=wish.deliver_by is None or price.arrives_on <= wish.deliver_by,
    )
