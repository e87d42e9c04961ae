"""The first floor in the admin: people, items, places, stock, inbound, work."""

from warehouses.admin import inbound, items, people, places, stock, work

__all__ = ["inbound", "items", "people", "places", "stock", "work"]
