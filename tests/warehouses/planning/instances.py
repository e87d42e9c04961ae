"""The shared picking instances as the planner's values, and the independent checker beside them."""

import gzip
import importlib.util
import json
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from warehouses.planning.batches.batching import WavePlan
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.layout import Layout, Spot

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "picking"

MM = 1000
"""The instances are read as metres."""


def read(name: str) -> list[dict[str, Any]]:
    """All instances of one file."""
    with gzip.open(DATA / f"{name}.dev.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def checker() -> ModuleType:
    """The data folder's `verify.py`: distances by Dijkstra on an explicit graph."""
    spec = importlib.util.spec_from_file_location("picking_verify", DATA / "verify.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def layout_of(instance: dict[str, Any]) -> Layout:
    """An instance's plan in mm."""
    plan = instance["layout"]
    return Layout(
        tuple(round(x * MM) for x in plan["aisle_x"]),
        tuple(round(y * MM) for y in plan["cross_y"]),
        tuple((aisle, cross, round(length * MM)) for aisle, cross, length in plan["depot_links"]),
    )


def spot_of(instance: dict[str, Any], location: int) -> Spot:
    """Where a location of an instance is."""
    cells = instance["layout"]["cell_y"]
    return Spot(location // len(cells), round(cells[location % len(cells)] * MM), name=str(location))


def spots_of(instance: dict[str, Any]) -> list[Spot]:
    """All spots of an instance's orders, line by line."""
    return [spot_of(instance, location) for order in instance["orders"] for location, _ in order["lines"]]


def location_of(instance: dict[str, Any], spot: Spot) -> int:
    """The location of a spot, as the checker counts."""
    heights = [round(y * MM) for y in instance["layout"]["cell_y"]]
    return spot.aisle * len(heights) + heights.index(spot.y_mm)


def wave_of(instance: dict[str, Any]) -> tuple[Layout, list[Load], Cart]:
    """A batching instance as a wave; its one capacity counts as totes."""
    loads = [
        Load(str(o["id"]), tuple(spot_of(instance, location) for location, _ in o["lines"]), o["load"], 0, 0)
        for o in instance["orders"]
    ]
    return layout_of(instance), loads, Cart(totes=instance["capacity"], volume_mm3=1, weight_g=1)


def wave_answer(instance: dict[str, Any], plan: WavePlan) -> dict[str, Any]:
    """A wave plan in the checker's form."""
    ids = {str(order["id"]): order["id"] for order in instance["orders"]}
    return {
        "tours": [
            {
                "orders": [ids[key] for key in cart.loads],
                "visits": visits_of(instance, (cart.spots[index] for index in cart.walk.order)),
            }
            for cart in plan.carts
        ]
    }


def visits_of(instance: dict[str, Any], spots: Iterable[Spot]) -> list[int]:
    """Locations in walking order."""
    return [location_of(instance, spot) for spot in spots]
