"""Floors with rules of traffic and with levels, and loads on them."""

from random import Random

from foundation.errors import Invalid
from warehouses.planning.batches.loads import Load
from warehouses.planning.floor.floors import AisleRule, CrossRule, FloorGraph, Level, Stairs
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.mesh import Traffic

PLAN = Layout((0, 3_000, 6_000, 9_000), (0, 10_000, 20_000), ((1, 0, 500),))
ONE_WAY = FloorGraph.of(
    PLAN,
    AisleRule(0, 0, 20_000, Traffic.FORWARD),
    AisleRule(1, 0, 20_000, Traffic.BACKWARD),
    AisleRule(2, 12_000, 15_000, Traffic.CLOSED, "spill"),
    CrossRule(1, 3, 2, Traffic.BACKWARD),
)
MEZZANINE = FloorGraph(
    levels=(Level((0, 3_000, 6_000), (0, 20_000)), Level((0, 4_000), (0, 8_000, 16_000))),
    depot_links=((0, 0, 500),),
    aisle_rules=(AisleRule(1, 0, 20_000, Traffic.FORWARD),),
    stairs=(Stairs((2, 0), (3, 0), up_mm=12_000, down_mm=9_000),),
)


def loads_on(floor: FloorGraph, *, count: int, seed: int, most: int = 3, step: int = 500) -> list[Load]:
    """Loads of a few spots that can be reached."""
    rng, loads = Random(seed), list[Load]()
    aisles = sum(len(level.aisle_x_mm) for level in floor.levels)
    while len(loads) < count:
        spots = []
        for _ in range(rng.randint(1, most)):
            aisle = rng.randrange(aisles)
            cross = floor.level_of(aisle).cross_y_mm
            spots.append(Spot(aisle, rng.randrange(cross[0], cross[-1] + 1, step)))
        load = Load(f"L{len(loads)}", tuple(spots), 1, 1, 1)
        if step == 1 or reached(floor, load):
            loads.append(load)
    return loads


def reached(floor: FloorGraph, load: Load) -> bool:
    try:
        floor.check(load.spots)
    except Invalid:
        return False
    return True
