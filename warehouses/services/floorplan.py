"""The floor plan as the planners want it: rows in, plain values out."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from foundation.errors import Invalid
from warehouses.models import Bin, FloorPlan, Hub, TrafficRule
from warehouses.planning.floor.floors import AisleRule, AnyFloor, CrossRule, FloorGraph, Level, Stairs
from warehouses.planning.floor.layout import Layout, Spot, bad_layout
from warehouses.planning.floor.mesh import Traffic


def layout_of(hub: Hub) -> AnyFloor:
    """The hub's walking graph: a rectangle, unless it has rules of traffic or levels.

    Three queries, four with levels. Raises `Invalid` (`layout_invalid`) when its plan makes no sense.
    """
    plan = hub.floor_plan
    return floor_with(plan, list(plan.rules.order_by("pk")))


def floor_with(plan: FloorPlan, rules: Sequence[TrafficRule]) -> AnyFloor:
    """The walking graph that a plan would be under these rules, later ones over earlier ones. Raises as `layout_of`."""
    links = tuple((a, c, mm) for a, c, mm in plan.depot_links)
    ground = Layout(tuple(plan.aisle_x_mm), tuple(plan.cross_y_mm), links)
    above = [Level(tuple(row.aisle_x_mm), tuple(row.cross_y_mm)) for row in plan.levels.order_by("ordinal")]
    if not rules and not above:
        return ground
    levels = (Level(ground.aisle_x_mm, ground.cross_y_mm), *above)
    stairs = [
        Stairs((row.bottom_aisle, row.bottom_cross), (row.top_aisle, row.top_cross), row.up_mm, row.down_mm)
        for row in (plan.stairs.order_by("pk") if above else ())
    ]
    return FloorGraph(
        levels,
        links,
        tuple(_aisle_rule(rule) for rule in rules if rule.along == TrafficRule.Along.AISLE),
        tuple(_cross_rule(rule, levels) for rule in rules if rule.along == TrafficRule.Along.CROSS),
        tuple(stairs),
    )


def _aisle_rule(rule: TrafficRule) -> AisleRule:
    if rule.level:
        raise bad_layout("Aisles are numbered on through the levels: leave the level at 0.")
    return AisleRule(rule.number, rule.from_mm, rule.to_mm, Traffic[rule.traffic.upper()], rule.reason)


def _cross_rule(rule: TrafficRule, levels: Sequence[Level]) -> CrossRule:
    """The rule from aisle to aisle: between which two a stretch begins or ends, all of the way between them obeys."""
    if not 0 <= rule.level < len(levels):
        raise bad_layout(f"There is no level {rule.level} on the plan.", level=rule.level)
    x = levels[rule.level].aisle_x_mm
    if not max(rule.from_mm, x[0]) < min(rule.to_mm, x[-1]):
        raise bad_layout(
            f"From {rule.from_mm} to {rule.to_mm} mm a cross aisle of level {rule.level} is not walked: "
            f"its aisles lie from {x[0]} to {x[-1]} mm."
        )
    left = max(index for index, place in enumerate(x) if index == 0 or place <= rule.from_mm)
    right = min(index for index, place in enumerate(x) if index == len(x) - 1 or place >= rule.to_mm)
    first = list(accumulate((len(level.aisle_x_mm) for level in levels), initial=0))[rule.level]
    return CrossRule(first + left, first + right, rule.number, Traffic[rule.traffic.upper()], rule.reason)


def spot_of(place: Bin) -> Spot:
    """Where a picker stands to reach a storage bin. Raises `Invalid` (`bin_without_spot`) for any other kind."""
    if place.aisle is None or place.y_mm is None:
        raise Invalid(f"Bin {place.code} has no spot on the floor plan.", code="bin_without_spot", bin=place.code)
    return Spot(place.aisle, place.y_mm, place.code)


def within_reach(floor: AnyFloor, bins: Iterable[Bin]) -> list[Bin]:
    """Those of the storage bins that what is closed or one-way leaves a way to, and back.

    Raises `Invalid` (`spot_unreachable`) for a bin that is not on the plan.
    """
    places = list(bins)
    if isinstance(floor, Layout):
        return places
    reached = floor.reaches([spot_of(place) for place in places])
    return [place for place, is_reached in zip(places, reached, strict=True) if is_reached]
