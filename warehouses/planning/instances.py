"""Picking instances as published and exchanged: one JSON object each, read into the planner's values.

Format: `layout` with `aisle_x`, `cross_y`, `cell_y` and `depot_links` in metres, `capacity` (null: no limit),
`orders` with `id`, `load` and `lines` of [location, quantity]. A location counts cells aisle by aisle. Scattered
storage has `demand` (article: units) and `supply` ([location, article, units]) instead of orders.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation.errors import Invalid
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.layout import MAX_MM, Layout, Spot

MM = 1_000
"""The instances' lengths are metres."""

PARTS = 1_000_000
"""A unit of load in parts. One with decimals counts one part more, so that no sum fits by rounding alone."""

UNLIMITED = 2**60


@dataclass(frozen=True, slots=True)
class Order:
    """One order of an instance: its id as given, what it takes up in parts, and its locations."""

    id: Any
    load: int
    locations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NumberedFloor:
    """The floor plan of an instance, with its cells."""

    layout: Layout
    heights_mm: tuple[int, ...]

    @property
    def places(self) -> int:
        """How many locations there are; they are numbered from 0."""
        return len(self.layout.aisle_x_mm) * len(self.heights_mm)

    def spot(self, location: int) -> Spot:
        """Where a location is; its number is the spot's name."""
        cells = len(self.heights_mm)
        return Spot(location // cells, self.heights_mm[location % cells], name=str(location))


@dataclass(frozen=True, slots=True)
class Instance(NumberedFloor):
    """A batching instance or, without a capacity or with one order, a single walk. `capacity` is in parts."""

    orders: tuple[Order, ...]
    capacity: int | None

    def cart(self) -> Cart:
        """A cart of the instance's capacity, which counts as volume."""
        return Cart(UNLIMITED, UNLIMITED if self.capacity is None else self.capacity, UNLIMITED)

    def loads(self) -> list[Load]:
        """The orders as loads, keyed by their place in the instance."""
        return [
            Load(str(place), tuple(map(self.spot, order.locations)), 1, order.load, 0)
            for place, order in enumerate(self.orders)
        ]


@dataclass(frozen=True, slots=True)
class Scattered(NumberedFloor):
    """A walk over articles that lie in several places: what is wanted, and [location, article, units] in stock.

    The keys of `demand` are the articles as text, as JSON has it.
    """

    demand: Mapping[str, int]
    supply: tuple[tuple[int, int | str, int], ...]


def read_scattered(data: Mapping[str, Any]) -> Scattered:
    """The instance of scattered storage in `data`. Raises `Invalid`, naming the bin or field that is wrong.

    Codes: `instance_invalid`, `layout_invalid`, `spot_unreachable`.
    """
    floor = read_floor(data)
    demand = {sku: _units(units, f"demand of {sku}") for sku, units in _mapping(data.get("demand"), "demand").items()}
    supply = tuple(_supply(entry, floor.places) for entry in _list(data, "supply"))
    floor.layout.check([floor.spot(location) for location, _, _ in supply])
    return Scattered(floor.layout, floor.heights_mm, demand, supply)


def _supply(data: object, places: int) -> tuple[int, int | str, int]:
    if not isinstance(data, Sequence) or len(data) != 3:
        raise _wrong("supply", "each must be [location, article, quantity]")
    location, sku, units = data
    if not _is_whole(location) or not 0 <= location < places:
        raise Invalid(
            f"Bin {location} cannot be reached: the plan has bins 0 to {places - 1}.",
            code="spot_unreachable",
            bin=location,
        )
    if not isinstance(sku, int | str):
        raise _wrong("supply", f"{sku!r} is no article")
    return int(location), sku, _units(units, f"quantity of {sku} in bin {location}")


def _units(value: object, field: str) -> int:
    if not _is_whole(value):
        raise _wrong(field, f"{value!r} is no whole number")
    assert isinstance(value, int | float)
    return int(value)


def read_floor(data: Mapping[str, Any]) -> NumberedFloor:
    """The floor plan in `data`. Raises `Invalid` (`instance_invalid`, `layout_invalid`)."""
    plan = _mapping(data.get("layout"), "layout")
    heights = tuple(_mm(y, "layout.cell_y") for y in _list(plan, "layout.cell_y"))
    layout = Layout(
        tuple(_mm(x, "layout.aisle_x") for x in _list(plan, "layout.aisle_x")),
        tuple(_mm(y, "layout.cross_y") for y in _list(plan, "layout.cross_y")),
        tuple(_link(link) for link in _list(plan, "layout.depot_links")),
    )
    return NumberedFloor(layout, heights)


def read_instance(data: Mapping[str, Any]) -> Instance:
    """The instance in `data`. Raises `Invalid`, naming the order, bin or field that is wrong.

    Codes: `instance_invalid`, `layout_invalid`, `cart_invalid`, `order_duplicate`, `order_invalid`,
    `order_too_large`, `spot_unreachable`.
    """
    floor = read_floor(data)
    capacity = data.get("capacity")
    room = None if capacity is None else math.floor(_number(capacity, "capacity") * PARTS)
    if room is not None and room < 1:
        raise Invalid(f"The cart's capacity is {capacity}; a cart that carries nothing cannot be planned.",
                      code="cart_invalid", field="capacity")  # fmt: skip
    orders = tuple(_order(order, floor.places, room) for order in _list(data, "orders"))
    doubles = [key for key, times in Counter(str(order.id) for order in orders).items() if times > 1]
    if doubles:
        raise Invalid(f"Order {doubles[0]} is in the instance twice.", code="order_duplicate", order=doubles[0])
    instance = Instance(floor.layout, floor.heights_mm, orders, room)
    for order in orders:
        floor.layout.check([instance.spot(location) for location in order.locations])
    return instance


def _order(data: object, places: int, room: int | None) -> Order:
    order = _mapping(data, "orders")
    key = order.get("id")
    if not isinstance(key, str | int):
        raise Invalid(f"An order's id is {key!r}; it must be a number or a text.", code="order_invalid", field="orders")
    given = _number(order.get("load", 0), f"load of order {key}")
    load = math.ceil(given * PARTS) + (given != int(given))
    if load < 0:
        raise Invalid(f"Order {key} has a load below zero.", code="order_invalid", order=key)
    if room is not None and math.floor(given * PARTS) > room:
        raise Invalid(
            f"Order {key} has a load of {given}, more than a cart carries.", code="order_too_large", order=key
        )
    lines = order.get("lines")
    if not isinstance(lines, Sequence) or not lines:
        raise Invalid(f"Order {key} has no lines to pick.", code="order_invalid", order=key)
    return Order(
        key,
        load if room is None else min(load, room),
        tuple(dict.fromkeys(_location(line, key, places) for line in lines)),
    )


def _location(line: object, key: object, places: int) -> int:
    if not isinstance(line, Sequence) or len(line) != 2:
        raise Invalid(f"A line of order {key} is not [location, quantity].", code="order_invalid", order=key)
    location, quantity = line
    if not _is_whole(location) or not 0 <= location < places:
        raise Invalid(
            f"Bin {location} of order {key} cannot be reached: the plan has bins 0 to {places - 1}.",
            code="spot_unreachable",
            order=key,
            bin=location,
        )
    if not _is_number(quantity) or quantity < 0:
        raise Invalid(f"Order {key} wants {quantity} from bin {location}.", code="order_invalid", order=key,
                      bin=location)  # fmt: skip
    return int(location)


def _link(data: object) -> tuple[int, int, int]:
    if not isinstance(data, Sequence) or len(data) != 3 or not (_is_whole(data[0]) and _is_whole(data[1])):
        raise _wrong("layout.depot_links", "each must be [aisle, cross aisle, distance]")
    return int(data[0]), int(data[1]), _mm(data[2], "layout.depot_links")


def _mm(value: object, field: str) -> int:
    metres = _number(value, field)
    if abs(metres) * MM > MAX_MM:
        raise _wrong(field, f"{value} is more than {MAX_MM // MM} metres")
    return round(metres * MM)


def _number(value: object, field: str) -> float:
    if not _is_number(value):
        raise _wrong(field, f"{value!r} is no number")
    assert isinstance(value, int | float)
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < UNLIMITED / PARTS


def _is_whole(value: object) -> bool:
    return _is_number(value) and value == int(value)  # type: ignore[call-overload]


def _mapping(value: object, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(field, "an object is expected")
    return value


def _list(owner: Mapping[str, Any], field: str) -> Sequence[Any]:
    value = owner.get(field.rpartition(".")[2])
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise _wrong(field, "a list with at least one entry is expected")
    return value


def _wrong(field: str, why: str) -> Invalid:
    return Invalid(f"{field}: {why}.", code="instance_invalid", field=field)


Solver = Callable[[Mapping[str, Any], float, int], dict[str, Any]]
"""An instance, the seconds for it and a seed -> its solution."""
