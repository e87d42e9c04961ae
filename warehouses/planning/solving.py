"""Solves instances: each kind by its own method, the answer in the form that the independent checker reads."""

import math
from collections.abc import Mapping
from typing import Any, Final

from foundation.errors import Invalid
from warehouses.planning.batches.batching import CartPlan, plan_wave
from warehouses.planning.floor.layout import Spot
from warehouses.planning.instances import MM, Instance, Solver, read_instance, read_scattered
from warehouses.planning.scattered.places import Supply
from warehouses.planning.scattered.planner import plan_scattered
from warehouses.planning.walks.walking import plan_walk

SECONDS = 10.0
"""For an instance that does not say."""

FOR_ANSWERING = 0.02
"""Share of the seconds kept for reading and writing."""


def solve(data: object, *, seed: int = 1) -> dict[str, Any]:
    """The solution of one instance: `tours` (or `picks`), `length`, `bound` and `method`, lengths in metres.

    Raises `Invalid`, naming the order, bin or field, for what cannot be solved; see `read_instance`,
    `read_scattered` and `plan_scattered`. More codes: `seconds_invalid`, `kind_unknown`.
    """
    if not isinstance(data, Mapping):
        raise Invalid("An instance is one JSON object.", code="instance_invalid")
    seconds = data.get("seconds", SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise Invalid(f"seconds is {seconds!r}; it must be a number above 0.", code="seconds_invalid", field="seconds")
    kind = next((kind for field, kind in KINDS.items() if field in data), None)
    if kind is None:
        raise Invalid(f"The instance has none of {', '.join(KINDS)}.", code="kind_unknown")
    return {"instance": data.get("name"), **kind(data, seconds * (1 - FOR_ANSWERING), seed)}


def _orders(data: Mapping[str, Any], seconds: float, seed: int) -> dict[str, Any]:
    """Orders onto carts; without a capacity, or alone, they are one walk."""
    instance = read_instance(data)
    if instance.capacity is None or len(instance.orders) == 1:
        return _one_walk(instance, seconds, seed)
    plan = plan_wave(instance.layout, instance.loads(), instance.cart(), seed=seed, time_limit_s=seconds)
    return {
        "tours": [_tour(instance, cart) for cart in plan.carts],
        "length": plan.length_mm / MM,
        "bound": plan.bound_mm / MM,
        "bound_kind": plan.bound_kind,
        "method": plan.method,
    }


def _one_walk(instance: Instance, seconds: float, seed: int) -> dict[str, Any]:
    locations = list(dict.fromkeys(location for order in instance.orders for location in order.locations))
    walk = plan_walk(instance.layout, [instance.spot(one) for one in locations], seed=seed, time_limit_s=seconds)
    return {
        "tours": [{"orders": [o.id for o in instance.orders], "visits": [locations[index] for index in walk.order]}],
        "length": walk.length_mm / MM,
        "bound": walk.bound_mm / MM,
        "bound_kind": "optimum" if walk.bound_mm == walk.length_mm else "floor",
        "method": walk.method,
    }


def _tour(instance: Instance, cart: CartPlan) -> dict[str, Any]:
    """One cart's orders, and its locations in walking order; two of one place stand side by side."""
    orders = [instance.orders[int(key)] for key in cart.loads]
    at: dict[Spot, dict[int, None]] = {}
    for location in (location for order in orders for location in order.locations):
        at.setdefault(instance.spot(location), {})[location] = None
    visits = [location for index in cart.walk.order for location in at[cart.spots[index]]]
    return {"orders": [order.id for order in orders], "visits": visits}


def _scattered(data: Mapping[str, Any], seconds: float, seed: int) -> dict[str, Any]:
    """What to take from which bin, in walking order."""
    given = read_scattered(data)
    supplies = [Supply(str(sku), given.spot(location), units) for location, sku, units in given.supply]
    walk = plan_scattered(given.layout, given.demand, supplies, seed=seed, time_limit_s=seconds)
    taken = [(given.supply[pick.supply], pick.units) for pick in walk.picks]
    return {
        "picks": [[location, sku, units] for (location, sku, _), units in taken],
        "length": walk.length_mm / MM,
        "bound": walk.bound_mm / MM,
        "bound_kind": "optimum" if walk.bound_mm == walk.length_mm else "floor",
        "method": walk.method,
    }


KINDS: Final[Mapping[str, Solver]] = {"orders": _orders, "demand": _scattered}
"""The field that tells an instance's kind -> what solves it."""
