"""Walks where an article lies in several bins: which of them to visit, and in what order, is one question.

    walk = plan_scattered(layout, {"SKU-1": 3}, [Supply("SKU-1", Spot(0, 4_000, "A-1"), 2), ...], time_limit_s=1.0)

A first choice is made article by article, each where it adds least to the exact walk, and annealed (`annealing`).
Prices of articles give a lower bound (`duals`), and a search under it, ever wider, finds better choices and in the
end proves the best one (`labels`; Heßler and Irnich 2024 describe the state space). Stops when proven, or at the
deadline with the best so far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import Layout, Plan, Spot
from warehouses.planning.scattered import searching
from warehouses.planning.scattered.choosing import choose, fullest
from warehouses.planning.scattered.places import Places, Supply, check_demand
from warehouses.planning.walks.walking import LONG_S, plan_walk

BULK = 120
"""Units of an article beyond which it takes so many bins that choosing among them is not worth it."""

MOST_CROSS = 5
"""Cross aisles that the choice is made on; the walk over what was chosen has the whole plan."""


@dataclass(frozen=True, slots=True)
class Pick:
    """So many units from one supply (its index in what was given)."""

    supply: int
    units: int


@dataclass(frozen=True, slots=True)
class ScatteredWalk:
    """Which bins are visited, in walking order, and what is taken from each.

    `length_mm` is what is walked, `bound_mm` a proven lower bound on every choice and walk, equal to it when
    `method` is `exact`; else `method` is `searched`.
    """

    picks: tuple[Pick, ...]
    length_mm: int
    bound_mm: int
    method: str

    @property
    def gap(self) -> float:
        """How far `length_mm` may be above the best there is, as a share of the bound; 0 when proven."""
        return self.length_mm / self.bound_mm - 1 if self.bound_mm else 0.0


def plan_scattered(
    plan: Plan, demand: Mapping[str, int], supplies: Sequence[Supply], *, seed: int = 0, time_limit_s: float = 1.0
) -> ScatteredWalk:
    """A shortest walk that brings `demand` (sku -> units) out of `supplies`, as good as the time allows.

    On a `Layout` as above; on other plans by `choosing`, with weaker bounds. Of more than `BULK` units of an
    article the fullest bins are taken. Feasible at any limit; the same seed gives the same walk where the limit
    does not cut in. Raises `Invalid`: `spot_unreachable` (naming the bin), `supply_short`, `demand_invalid`
    (naming the article), `time_limit_invalid`.
    """
    deadline = Deadline(time_limit_s)
    check_demand(demand, supplies)
    plan.check([supply.spot for supply in supplies])
    if not demand:
        return ScatteredWalk((), 0, 0, "exact")
    if isinstance(plan, Layout):
        chosen, bound = _chosen(plan, demand, supplies, seed, deadline)
    else:
        chosen, bound = choose(plan, demand, supplies, seed=seed, deadline=deadline)
    known = isinstance(plan, Layout) and len(plan.cross_y_mm) <= MOST_CROSS
    left_s = LONG_S if known else max(0.02, deadline.left())
    walk = plan_walk(plan, [supplies[index].spot for index in chosen], seed=seed, time_limit_s=left_s)
    left, picks = dict(demand), []
    for index in (chosen[place] for place in walk.order):
        units = min(left[supplies[index].sku], supplies[index].units)
        left[supplies[index].sku] -= units
        picks += [Pick(index, units)] if units else []
    method = "exact" if bound >= walk.length_mm else "searched"
    return ScatteredWalk(tuple(picks), walk.length_mm, min(bound, walk.length_mm), method)


def _chosen(
    layout: Layout, demand: Mapping[str, int], supplies: Sequence[Supply], seed: int, deadline: Deadline
) -> tuple[list[int], int]:
    """The indexes of the supplies to visit on a rectangular plan, and the bound in mm."""
    thin = layout.thinned(MOST_CROSS if len(layout.depot_links) == 1 else MOST_CROSS - 1)
    bulk = fullest({sku: units for sku, units in demand.items() if units > BULK}, supplies)
    wanted = {sku: units for sku, units in demand.items() if units <= BULK}
    given = list(supplies)
    for index in bulk:
        given[index] = Supply(f"{supplies[index].sku}/{index}", supplies[index].spot, 1)
        wanted[given[index].sku] = 1
    places = Places(thin, wanted, given)
    found = searching.Search(places, seed, deadline)
    bound = found.run()
    return places.row[np.flatnonzero(found.take)].tolist(), bound if thin is layout and not bulk else 0


def warm_up() -> None:
    """Compile the search, or load it compiled: a second or two that a first plan would otherwise spend of its own."""
    layout = Layout((0, 3_000), (0, 9_000), ((0, 0, 0),))
    supplies = [Supply(f"A{n % 3}", Spot(n % 2, 1_000 * n), 1) for n in range(9)]
    searching.warm_up(Places(layout, {"A0": 1, "A1": 2, "A2": 1}, supplies))
