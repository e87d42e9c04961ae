"""Zones with hand-over: each zone has carts of its own, and an order's parts meet at consolidation."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from warehouses.planning.batches.loads import Line

Divided = dict[str, dict[str, list[Line]]]
"""Lines by zone and order, in the order in which both first appear."""


def divide(orders: Mapping[str, Sequence[Line]], zone_of: Callable[[Line], str]) -> Divided:
    """Each order's lines, zone by zone: what the carts of a zone fetch of it."""
    zones: Divided = defaultdict(lambda: defaultdict(list))
    for order, wanted in orders.items():
        for line in wanted:
            zones[zone_of(line)][order].append(line)
    return {zone: dict(lines) for zone, lines in zones.items()}


def meetings(zones: Divided) -> dict[str, tuple[str, ...]]:
    """Per order that several zones fetch, those zones: its totes wait for each other at consolidation."""
    found: dict[str, list[str]] = defaultdict(list)
    for zone, orders in zones.items():
        for order in orders:
            found[order].append(zone)
    return {order: tuple(some) for order, some in found.items() if len(some) > 1}
