"""`manage.py bench picking --wave`: the busiest day of the real week as one wave, from order lines to carts."""

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, Final
from zoneinfo import ZoneInfo

from fulfillment.channels.made_up import made_up_measures
from fulfillment.channels.online_retail import FileOrder
from fulfillment.demo import hubs
from fulfillment.services.importing import OrderFile, read_file
from warehouses.planning.batches.batching import plan_wave, warm_up
from warehouses.planning.batches.loads import Cart, Line, LoadPart, Tote, split_load
from warehouses.planning.floor.layout import Layout, Spot

SECONDS: Final = 20.0
LEAST_SAVED: Final = 0.25

TOTE: Final = Tote(48_000_000, 20_000)
CART: Final = Cart(12, 12 * TOTE.volume_mm3, 12 * TOTE.weight_g)
"""The demo hub's cart."""


def wave_figures(file: Path, *, seed: int, seconds: float | None, say: Callable[[str], object]) -> dict[str, Any]:
    """Plans the day with the most lines on the demo hub's floor, every item in a bin drawn by chance.

    The limits: `SECONDS` from the lines to the carts, and metres at least `LEAST_SAVED` below first come, first
    served by the S-shape rule.
    """
    warm_up()
    orders = read_file(OrderFile(file.name, file.read_bytes(), "online-retail", seed)).orders
    days = Counter[str]()
    for order in orders:
        days[_day(order)] += len(order.lines)
    day, lines = days.most_common(1)[0]
    say(f"{day}: {lines} lines")
    begun = perf_counter()
    layout = Layout(tuple(hubs.aisle_x_mm()), tuple(hubs.cross_y_mm()), hubs.depot_links())
    parts = _parts([order for order in orders if _day(order) == day], seed)
    limit_s = (seconds or SECONDS) - (perf_counter() - begun) - 1.0
    plan = plan_wave(layout, [part.load for part in parts], CART, seed=seed, time_limit_s=limit_s)
    spent = perf_counter() - begun
    return {
        "day": day,
        "orders": len({part.load.key.partition("/")[0] for part in parts}),
        "lines": sum(len(part.picks) for part in parts),
        "carts": len(plan.carts),
        "metres": round(plan.length_mm / 1_000),
        "s_shape_metres": round(plan.s_shape_mm / 1_000),
        "proven_metres": round(plan.bound_mm / 1_000),
        "proof": plan.bound_kind,
        "limits": {
            "seconds": {"value": round(spent, 1), "limit": seconds or SECONDS, "kept": spent <= (seconds or SECONDS)},
            "saved": {"value": round(plan.saved, 3), "limit": LEAST_SAVED, "kept": plan.saved >= LEAST_SAVED},
        },
    }


def _day(order: FileOrder) -> str:
    return order.placed_at.astimezone(ZoneInfo("Europe/Amsterdam")).date().isoformat()


def _parts(orders: list[FileOrder], seed: int) -> list[LoadPart]:
    """The orders in totes, as a hub with every item in one bin would fetch them."""
    shelves = list(hubs.shelves())
    codes = sorted({line.item for order in orders for line in order.lines})
    homes = dict(zip(codes, Random(seed).choices(shelves, k=len(codes)), strict=True))
    wanted: dict[str, list[Line]] = defaultdict(list)
    for order in orders:
        for number, line in enumerate(order.lines):
            size = made_up_measures(seed=seed, key=line.item, price_cents=line.unit_price_cents)
            home = homes[line.item]
            wanted[order.invoice].append(
                Line(
                    f"{order.invoice}/{number}",
                    Spot(home.aisle, home.y_mm, home.code),
                    line.quantity,
                    size.length_mm * size.width_mm * size.height_mm,
                    size.weight_g,
                )
            )
    return [part for key, lines in wanted.items() for part in split_load(key, lines, tote=TOTE, cart=CART)]
