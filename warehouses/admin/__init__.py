"""The first floor in the admin: people, items, places, stock, inbound, work, and what supervisors decide."""

from warehouses.admin import (
    cartons,
    cases,
    docking,
    floors,
    inbound,
    items,
    measuring,
    people,
    places,
    speeds,
    stock,
    supervising,
    work,
)

__all__ = [
    "cartons",
    "cases",
    "docking",
    "floors",
    "inbound",
    "items",
    "measuring",
    "people",
    "places",
    "speeds",
    "stock",
    "supervising",
    "work",
]
