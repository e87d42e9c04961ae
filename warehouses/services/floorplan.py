"""The floor plan as the planners want it: rows in, plain values out."""

from foundation.errors import Invalid
from warehouses.models import Bin, Hub
from warehouses.planning.floor.layout import Layout, Spot


def layout_of(hub: Hub) -> Layout:
    """The hub's walking graph. Raises `Invalid` (`layout_invalid`) when its plan makes no sense."""
    plan = hub.floor_plan
    return Layout(tuple(plan.aisle_x_mm), tuple(plan.cross_y_mm), tuple((a, c, mm) for a, c, mm in plan.depot_links))


def spot_of(place: Bin) -> Spot:
    """Where a picker stands to reach a storage bin. Raises `Invalid` (`bin_without_spot`) for any other kind."""
    if place.aisle is None or place.y_mm is None:
        raise Invalid(f"Bin {place.code} has no spot on the floor plan.", code="bin_without_spot", bin=place.code)
    return Spot(place.aisle, place.y_mm, place.code)
