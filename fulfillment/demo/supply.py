"""What sellers send in: stock for what will be ordered, in cartons, some of it too little. Pure."""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from fulfillment.demo.seeds import dice
from warehouses.services.plans import CartonPlan, LinePlan


@dataclass(frozen=True, slots=True)
class Goods:
    """What a carton planner must know of an item."""

    code: str
    volume_mm3: int
    weight_g: int
    tracks_lots: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One inbound to be planned: whose, under which reference, what is in the cartons."""

    seller: str
    reference: str
    cartons: tuple[CartonPlan, ...]


@dataclass(frozen=True, slots=True)
class CartonLimits:
    """A kind of carton: its sides, what it weighs when empty, and how much a seller puts into it at most."""

    sides_mm: tuple[int, int, int]
    empty_g: int
    weight_g: int
    units: int

    @property
    def volume_mm3(self) -> int:
        """The room in it."""
        return math.prod(self.sides_mm)


SMALL: Final = CartonLimits((600, 400, 250), 450, 15_000, 90)
"""A carton that one person lifts."""
LARGE: Final = CartonLimits((1_200, 800, 500), 4_500, 200_000, 1_200)
"""A pallet box, as an importer sends them."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Units per item that come first, and those that follow because the first were too few."""

    first: Mapping[str, int]
    later: Mapping[str, int]


def stock_for(
    *, seed: int, name: str, demand: Mapping[str, int], spare: tuple[int, int], thin: float, never: int
) -> Stock:
    """Enough of most items; of a share `thin` only part comes first; `never` of the most wanted do not come at all.

    `spare` is the range of units on top of the demand. The result does not depend on the order of `demand`.
    """
    wanted = sorted(demand.items(), key=lambda pair: (-pair[1], pair[0]))
    gone = {code for code, _ in wanted[18 : 18 + never]}
    first, later = {}, {}
    for code, units in wanted:
        if code in gone:
            continue
        rng = dice(seed, "stock", name, code)
        total = units + rng.randint(*spare)
        first[code] = total
        if units > 1 and rng.random() < thin:
            first[code] = max(1, math.floor(units * rng.uniform(0.4, 0.7)))
            later[code] = total - first[code]
    return Stock(first, later)


def deliveries(
    *,
    seed: int,
    seller: str,
    reference: str,
    units: Mapping[str, int],
    goods: Mapping[str, Goods],
    limits: CartonLimits,
    items_each: int,
    day: date,
) -> list[Delivery]:
    """Inbounds of at most `items_each` items, carton by carton, in the order of the items' codes."""
    codes = sorted(code for code, n in units.items() if n > 0)
    found = []
    for number, start in enumerate(range(0, len(codes), items_each), start=1):
        name = f"{reference}-{number:02d}"
        rows = [(goods[code], units[code]) for code in codes[start : start + items_each]]
        cartons = [_declared(lines, goods, limits) for lines in _cartons(rows, limits, seed, name, day)]
        found.append(Delivery(seller, name, tuple(cartons)))
    return found


def _declared(lines: Sequence[LinePlan], goods: Mapping[str, Goods], limits: CartonLimits) -> CartonPlan:
    """A carton with what its seller writes on it."""
    length, width, height = limits.sides_mm
    return CartonPlan(
        tuple(lines),
        weight_g=limits.empty_g + sum(line.quantity * goods[line.sku].weight_g for line in lines),
        length_mm=length,
        width_mm=width,
        height_mm=height,
        units=sum(line.quantity for line in lines),
    )


def on_pallets(cartons: Sequence[CartonPlan], *, each: int) -> list[CartonPlan]:
    """The same cartons, so many on each pallet."""
    return [replace(carton, pallet=place // each + 1) for place, carton in enumerate(cartons)]


def _cartons(
    rows: Sequence[tuple[Goods, int]], limits: CartonLimits, seed: int, name: str, day: date
) -> Iterator[list[LinePlan]]:
    """First fit in the order given: a carton is closed when the next unit does not go in."""
    lines: list[LinePlan] = []
    volume = weight = count = 0
    for goods, units in rows:
        for lot, quantity in _lots(goods, units, dice(seed, "lots", name, goods.code)):
            left = quantity
            while left:
                fits = min(
                    left,
                    (limits.volume_mm3 - volume) // goods.volume_mm3,
                    (limits.weight_g - weight) // goods.weight_g,
                    limits.units - count,
                )
                if fits <= 0:
                    if not lines:
                        raise ValueError(f"{goods.code} fits in no carton")
                    yield lines
                    lines, volume, weight, count = [], 0, 0, 0
                    continue
                lines.append(_line(goods, fits, lot, day))
                volume, weight, count = volume + fits * goods.volume_mm3, weight + fits * goods.weight_g, count + fits
                left -= fits
    if lines:
        yield lines


def _lots(goods: Goods, units: int, rng: random.Random) -> Iterator[tuple[int, int]]:
    """(lot 0 for none, quantity): most items come from one lot, some from an older and a newer one."""
    if not goods.tracks_lots:
        yield 0, units
        return
    older = units // 3 if units >= 6 and rng.random() < 0.35 else 0
    age = rng.randint(1, 18)
    if older:
        yield age + 8, older
    yield age, units - older


def _line(goods: Goods, quantity: int, age: int, day: date) -> LinePlan:
    """`age` counts months since the lot was made; make-up is good for about two and a half years."""
    if not age:
        return LinePlan(sku=goods.code, quantity=quantity)
    made = day - timedelta(days=30 * age)
    return LinePlan(sku=goods.code, quantity=quantity, lot=f"L{made:%y%j}", expires_on=made + timedelta(days=900))


def total_of(pairs: Iterator[tuple[str, int]]) -> Counter[str]:
    """Units per item of many lines."""
    total: Counter[str] = Counter()
    for code, units in pairs:
        total[code] += units
    return total
