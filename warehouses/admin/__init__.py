"""The first floor in the admin: people, items, places, stock, inbound, work, and what supervisors decide."""

from warehouses.admin import cases, docking, floors, inbound, items, people, places, speeds, stock, supervising, work

__all__ = [
    "cases",
    "docking",
    "floors",
    "inbound",
    "items",
    "people",
    "places",
    "speeds",
    "stock",
    "supervising",
    "work",
]
