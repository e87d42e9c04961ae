"""Zones with hand-over: each zone plans carts of its own, and an order's parts meet at consolidation."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from warehouses.planning.batches.batching import WavePlan, plan_wave
from warehouses.planning.batches.loads import Cart, Line, Load, LoadPart, Tote, split_load
from warehouses.planning.floor.layout import Layout, Spot


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone's own plan, whose depot is its hand-over point, and what its carts and totes hold."""

    layout: Layout
    cart: Cart
    tote: Tote


@dataclass(frozen=True, slots=True)
class ZonePlans:
    """Per zone its wave and the parts in it by load key; per order the zones whose parts meet at consolidation."""

    waves: Mapping[str, WavePlan]
    parts: Mapping[str, Mapping[str, LoadPart]]
    meetings: Mapping[str, tuple[str, ...]]


def plan_zones(
    zones: Mapping[str, Zone],
    orders: Mapping[str, Sequence[Line]],
    zone_of: Callable[[Spot], str],
    *,
    seed: int = 0,
    time_limit_s: float = 5.0,
) -> ZonePlans:
    """Divide each order's lines among the zones, and plan every zone's carts on their own.

    The time is shared by how many loads a zone has. An order of one zone has no meeting. Raises `KeyError` for a
    zone that is not in `zones`, and `Invalid` as `split_load` and `plan_wave` do.
    """
    lines: dict[str, dict[str, list[Line]]] = {zone: defaultdict(list) for zone in zones}
    for order, wanted in orders.items():
        for line in wanted:
            lines[zone_of(line.spot)][order].append(line)
    parts = {
        zone: {
            part.load.key: part
            for order, some in lines[zone].items()
            for part in split_load(order, some, tote=home.tote, cart=home.cart)
        }
        for zone, home in zones.items()
    }
    total = sum(len(some) for some in parts.values())
    waves = {
        zone: plan_wave(
            home.layout,
            _loads(parts[zone]),
            home.cart,
            seed=seed,
            time_limit_s=time_limit_s * max(1, len(parts[zone])) / max(1, total),
        )
        for zone, home in zones.items()
    }
    met = {order: tuple(zone for zone in zones if order in lines[zone]) for order in orders}
    return ZonePlans(waves, parts, {order: some for order, some in met.items() if len(some) > 1})


def _loads(parts: Mapping[str, LoadPart]) -> list[Load]:
    return [part.load for part in parts.values()]
