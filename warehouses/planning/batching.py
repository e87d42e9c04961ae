"""A wave onto carts: which loads ride together, and each cart's walk, planned as one.

Loads are joined by savings, improved by ruin and recreate with exact walk costs, and now and then the best
plan over all trips met is put together by CP-SAT. Feasible at any time limit: every load on exactly one
cart, no cart over its capacity.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from foundation.errors import Invalid
from warehouses.planning.bounds import wave_bound
from warehouses.planning.deadline import Deadline
from warehouses.planning.improving import Improver
from warehouses.planning.layout import Layout, Spot
from warehouses.planning.loads import Cart, Load
from warehouses.planning.recombining import recombine
from warehouses.planning.rules import s_shape
from warehouses.planning.savings import first_come, savings
from warehouses.planning.trips import Trip, Trips, total_mm
from warehouses.planning.walking import plan_walk
from warehouses.planning.walks import Walk


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan has come: the phase, the seconds spent, and the best plan's metres as mm."""

    phase: str
    seconds: float
    length_mm: int


@dataclass(frozen=True, slots=True)
class CartPlan:
    """One cart: the keys of its loads, its distinct spots, and the walk (whose `order` indexes `spots`)."""

    loads: tuple[str, ...]
    spots: tuple[Spot, ...]
    walk: Walk
    totes: int
    volume_mm3: int
    weight_g: int


@dataclass(frozen=True, slots=True)
class WavePlan:
    """A wave's carts, longest walk first.

    `bound_mm`: proven, no plan of these loads on such carts walks less. `s_shape_mm`: the same loads as they
    came, cart by cart, walked by the S-shape rule. `method`: how the plan was found (`first_come`,
    `savings`, `improved`). `settled`: the search ended by its own rule, not by the time limit or a stop, so
    the same seed gives the same plan.
    """

    carts: tuple[CartPlan, ...]
    length_mm: int
    bound_mm: int
    s_shape_mm: int
    seconds: float
    method: str
    settled: bool

    @property
    def gap(self) -> float:
        """Length over the bound, as a share; 0 for an empty wave."""
        return self.length_mm / self.bound_mm - 1 if self.bound_mm else 0.0

    @property
    def saved(self) -> float:
        """What the plan saves against the S-shape, as a share of it."""
        return 1 - self.length_mm / self.s_shape_mm if self.s_shape_mm else 0.0


def plan_wave(
    layout: Layout,
    loads: Sequence[Load],
    cart: Cart,
    *,
    seed: int = 0,
    time_limit_s: float = 5.0,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> WavePlan:
    """Put `loads` on carts and plan their walks, within `time_limit_s` (at most a second over for a large wave).

    `progress` is told of every better plan; `stop` is asked often and ends the search with the best so far.
    Raises `Invalid`: `load_too_large` (naming the load and what is too much), `load_duplicate`,
    `spot_unreachable` (naming the bin), `time_limit_invalid`. No loads give an empty plan.
    """
    deadline = Deadline(time_limit_s)
    _check(layout, loads, cart)
    if not loads:
        return WavePlan((), 0, 0, 0, deadline.spent(), "first_come", settled=True)
    search = _Search(layout, loads, cart, deadline, seed, progress, stop)
    best = search.run()
    carts = [_cart_plan(layout, [loads[load] for load in sorted(trip.members)], seed) for trip in best]
    carts.sort(key=lambda plan: (-plan.walk.length_mm, plan.loads))
    known = [trip.length_mm for trip in search.trips.alone] if search.steers_exactly else None
    return WavePlan(
        carts=tuple(carts),
        length_mm=sum(plan.walk.length_mm for plan in carts),
        bound_mm=max(search.proven_mm, wave_bound(layout, loads, cart, known)),
        s_shape_mm=search.s_shape_mm(),
        seconds=deadline.spent(),
        method=search.method,
        settled=search.settled,
    )


STEERED_CROSS_AISLES = 4
"""Plans with more are steered by walks over a thinned plan; each cart's own walk is planned on the full one."""

LEFT_FOR_WALKS = 0.003
"""Seconds kept per cart to plan its walk in full."""


class _Search:
    """One wave's search, phase by phase."""

    def __init__(
        self,
        layout: Layout,
        loads: Sequence[Load],
        cart: Cart,
        deadline: Deadline,
        seed: int,
        progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        steered = layout.thinned(STEERED_CROSS_AISLES - (len(layout.depot_links) > 1))
        self.layout, self.loads, self.seed = layout, loads, seed
        self.steers_exactly = steered is layout
        self.trips = Trips(steered, loads, cart)
        self.first = first_come(self.trips)
        self.deadline = Deadline(max(1e-9, deadline.left() - LEFT_FOR_WALKS * len(self.first)))
        self.clock, self.progress, self.stop = deadline, progress, stop
        self.method, self.settled, self.proven_mm = "first_come", False, 0

    def over(self) -> bool:
        """Whether the time is up or a stop was asked for."""
        return self.deadline.over() or (self.stop is not None and self.stop())

    def tell(self, best: Sequence[Trip]) -> None:
        """Report the best plan so far."""
        if self.progress is not None:
            self.progress(Progress(self.method, self.clock.spent(), total_mm(best)))

    def run(self) -> list[Trip]:
        """The best plan found in time."""
        best = self.first
        self.tell(best)
        if self.over():
            return best
        joined = savings(self.trips, self.deadline)
        if total_mm(joined) < total_mm(best):
            best, self.method = joined, "savings"
            self.tell(best)
        complete = not self.over() and self.trips.everything(FEW_TRIPS)
        return self.improved(best, complete=complete)

    def improved(self, best: list[Trip], *, complete: bool) -> list[Trip]:
        """Cycles of recombination and of ruin and recreate, until several bring nothing, or all is proven."""
        search = Improver(self.trips, best, self.trips.neighbours(NEIGHBOURS), Random(self.seed))
        idle = number = 0
        while idle < IDLE_CYCLES and not self.over():
            before = search.best_mm
            if number or not complete:
                search.cycle(ROUNDS + ROUNDS_PER_LOAD * len(self.loads), self.over)
            if self.over():
                break
            found = recombine(
                self.trips,
                search.best,
                near=search.near,
                seed=self.seed + number,
                deadline=self.deadline,
                effort=EFFORT,
                complete=complete,
            )
            search.adopt(found.plan)
            if search.best_mm < before:
                self.method = "improved"
                self.tell(search.best)
            if complete and self.steers_exactly:
                self.proven_mm = max(self.proven_mm, math.ceil(found.bound_mm * (1 - 1e-9)))
            if found.optimal:
                idle = IDLE_CYCLES
                self.proven_mm = search.best_mm if self.steers_exactly else 0
            number, idle = number + 1, 0 if search.best_mm < before and not found.optimal else idle + 1
        self.settled = idle >= IDLE_CYCLES
        if search.best_mm < total_mm(best):
            self.method = "improved"
        return search.best

    def s_shape_mm(self) -> int:
        """The wave as most systems walk it: as it came, by S-shape."""
        groups = [[spot for load in trip.members for spot in self.loads[load].spots] for trip in self.first]
        return sum(s_shape(self.layout, spots).length_mm for spots in groups)


NEIGHBOURS = 60
"""Loads that a load may be ruined and repaired together with."""

ROUNDS = 600
"""Rounds of a cycle of ruin and recreate, beside those per load."""

ROUNDS_PER_LOAD = 4
"""Rounds more per load."""

FEW_TRIPS = 8_000
"""Up to so many possible trips all are priced, and the wave's bound (often its optimum) is proven."""

IDLE_CYCLES = 4
"""Cycles without a better plan after which the search ends by itself."""

EFFORT = 0.3
"""CP-SAT's deterministic seconds per recombination."""


def _check(layout: Layout, loads: Sequence[Load], cart: Cart) -> None:
    """Refuse what cannot be planned, naming it."""
    doubles = [key for key, times in Counter(load.key for load in loads).items() if times > 1]
    if doubles:
        raise Invalid(f"Load {doubles[0]} is in the wave twice.", code="load_duplicate", field="loads", load=doubles[0])
    for load in loads:
        layout.check(load.spots)
        for name, size, most in (
            ("totes", load.totes, cart.totes),
            ("volume_mm3", load.volume_mm3, cart.volume_mm3),
            ("weight_g", load.weight_g, cart.weight_g),
        ):
            if size > most:
                raise Invalid(
                    f"Load {load.key} takes {size} {name}, a cart only {most}; split the order first.",
                    code="load_too_large",
                    field="loads",
                    load=load.key,
                )


def _cart_plan(layout: Layout, loads: Sequence[Load], seed: int) -> CartPlan:
    """One cart with its walk planned in full."""
    spots = tuple(dict.fromkeys(spot for load in loads for spot in load.spots))
    return CartPlan(
        loads=tuple(load.key for load in loads),
        spots=spots,
        walk=plan_walk(layout, spots, seed=seed, time_limit_s=WALK_S),
        totes=sum(load.totes for load in loads),
        volume_mm3=sum(load.volume_mm3 for load in loads),
        weight_g=sum(load.weight_g for load in loads),
    )


WALK_S = 0.05
"""Seconds for one cart's walk; the exact method takes a few milliseconds."""
