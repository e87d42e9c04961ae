"""What buyers order in the demo: 400 orders on the day, some fifty this morning. Pure, and the same for a seed."""

import bisect
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fulfillment.channels.made_up import made_up_place
from fulfillment.demo.goods import ItemPlan, SellerPlan
from fulfillment.demo.seeds import dice
from fulfillment.services.intake import LineInput, OrderInput
from shipping.carriers.base import Place

ORDERS_A_DAY: Final = 400
ORDERS_THIS_MORNING: Final = 52
CHANNEL: Final = "demo"

_LINES = (46, 27, 15, 8, 4)
"""Out of a hundred orders, how many have 1, 2, 3, 4, 5 lines."""
_COUNTRIES = {"NL": 62, "DE": 13, "BE": 9, "FR": 5, "PL": 4, "GR": 2, "AT": 2, "IE": 1, "DK": 1, "CH": 1}
_SELLERS = (0.46, 0.34, 0.20)
_BUSY_HOURS = (3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 11, 11, 12, 10, 9, 8)
"""How busy the shops are in each hour before the cut-off at 16:00."""
_DAY, _MORNING = "D", "M"
_UNCLEAR = {_DAY: 3, _MORNING: 2}
"""Orders whose address has no house number."""
_ASKED = {_DAY: 4, _MORNING: 2}
"""Orders that their seller asks to hold."""


_OVER_A_BORDER = {
    7: Place("Lucía Marrero", "Calle Triana 48", "35002", "Las Palmas", "ES", region="Las Palmas"),
    11: Place("Niamh Kelly", "12 Botanic Avenue", "BT7 1JQ", "Belfast", "GB"),
}
"""Two orders of the played day, by number: to the Canary Islands, with papers, and to Northern Ireland, without."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One order as the shop sends it. `asked_to_wait`: its seller puts it on hold right after."""

    seller: str
    order: OrderInput
    asked_to_wait: bool = False


@dataclass(frozen=True, slots=True)
class _Shop:
    """A seller with what is needed to draw from the catalogue: cumulative weights of the items on sale."""

    plan: SellerPlan
    items: tuple[ItemPlan, ...]
    cumulated: tuple[float, ...]

    def draw(self, rng: random.Random, count: int) -> list[ItemPlan]:
        """`count` different items, the popular ones more often."""
        drawn: dict[str, ItemPlan] = {}
        while len(drawn) < min(count, len(self.items)):
            item = self.items[bisect.bisect(self.cumulated, rng.random() * self.cumulated[-1])]
            drawn[item.code] = item
        return list(drawn.values())


def day_orders(*, seed: int, plans: Sequence[SellerPlan], day: date, zone: str) -> list[Wanted]:
    """The orders of the played day, all placed before its cut-off, in the order of their placing."""
    rng = dice(seed, "times", day)
    moments = []
    for _ in range(ORDERS_A_DAY):
        hour = rng.choices(range(len(_BUSY_HOURS)), _BUSY_HOURS)[0]
        at = datetime.combine(day, time(hour), tzinfo=ZoneInfo(zone))
        moments.append(at + timedelta(seconds=rng.randrange(3_600)))
    return _orders(seed, plans, day, sorted(moments), _DAY)


def morning_orders(*, seed: int, plans: Sequence[SellerPlan], start: datetime, end: datetime) -> list[Wanted]:
    """The orders of this morning, placed between `start` and `end`."""
    day = end.date()
    rng, span = dice(seed, "times", "morning", day), (end - start).total_seconds()
    moments = sorted(start + timedelta(seconds=rng.random() * span) for _ in range(ORDERS_THIS_MORNING))
    return _orders(seed, plans, day, moments, _MORNING)


def _orders(
    seed: int, plans: Sequence[SellerPlan], day: date, moments: Sequence[datetime], series: str
) -> list[Wanted]:
    shops = [_shop(plan) for plan in plans]
    unclear = dice(seed, "unclear", day, series).sample(range(1, len(moments) + 1), _UNCLEAR[series])
    asked = dice(seed, "asked", day, series).sample(range(1, len(moments) + 1), _ASKED[series])
    wanted = []
    for number, at in enumerate(moments, start=1):
        rng = dice(seed, "order", day, series, number)
        shop = rng.choices(shops, _SELLERS)[0]
        reference = f"{shop.plan.code}-{day:%y%m%d}{series}{number:04d}"
        order = _order(rng, seed, shop, reference, at, unclear=number in unclear)
        if series == _DAY and number in _OVER_A_BORDER:
            order = replace(order, ship_to=_OVER_A_BORDER[number])
        wanted.append(Wanted(shop.plan.code, order, number in asked))
    return wanted


def _shop(plan: SellerPlan) -> _Shop:
    return _Shop(plan, plan.items, tuple(itertools.accumulate(item.wanted for item in plan.items)))


def _order(rng: random.Random, seed: int, shop: _Shop, reference: str, at: datetime, *, unclear: bool) -> OrderInput:
    count = rng.choices(range(1, len(_LINES) + 1), _LINES)[0]
    country = rng.choices(list(_COUNTRIES), list(_COUNTRIES.values()))[0]
    place = made_up_place(seed=seed, key=reference, country=country)
    return OrderInput(
        external_ref=reference,
        ship_to=_without_number(place) if unclear else place,
        lines=tuple(
            LineInput(sku=item.code, quantity=rng.choices((1, 2, 3), (88, 9, 3))[0], unit_price_cents=item.price_cents)
            for item in shop.draw(rng, count)
        ),
        placed_at=at,
        channel=CHANNEL,
        is_gift=rng.random() < 0.06,
        priority=50 if rng.random() < 0.03 else 100,
        short_policy=shop.plan.short_policy,
    )


def _without_number(place: Place) -> Place:
    """The same address as a hurried buyer types it: street, no number."""
    street = "".join(letter for letter in place.line1 if not letter.isdigit())
    return replace(place, line1=" ".join(street.split()), line2="")
