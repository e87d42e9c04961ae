"""The best plan out of all trips met, and of those the duals point to: set covering by CP-SAT.

The linear relaxation over the trips met gives every load a dual price; trips near the cheap ones that are
worth more than they walk are priced and added (column generation with heuristic pricing). A trip that could
take part in a shorter plan has a reduced cost of at most the gap between the plan at hand and the
relaxation; only these go to CP-SAT. Covering is enough: a load served twice is taken off one of its trips,
which never makes that walk longer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

from warehouses.planning.deadline import Deadline
from warehouses.planning.trips import Members, Trip, Trips, total_mm

MOST_COLUMNS = 3_000
"""Columns for CP-SAT; the cheapest by reduced cost."""

MOST_RELAXED = 20_000
"""Columns for the relaxation; the shortest for what their loads would walk alone."""

GENERATIONS = 8
"""Times the duals are asked for new trips."""

SWAPPED = 80
"""Cheapest trips whose neighbours are priced each time."""

MOST_PRICED = 8_000
"""Neighbours priced each time, so that a wave of many small loads leaves time for the rest."""


@dataclass(frozen=True, slots=True)
class Recombined:
    """A plan, and a bound in mm on every plan made of the trips considered (proven only if those were all)."""

    plan: list[Trip]
    bound_mm: float
    optimal: bool


def recombine(
    trips: Trips,
    best: Sequence[Trip],
    *,
    near: Sequence[Sequence[int]],
    seed: int,
    deadline: Deadline,
    effort: float,
    complete: bool = False,
) -> Recombined:
    """The shortest plan CP-SAT finds over the trips met and generated, or `best` if none is shorter.

    `effort` is CP-SAT's deterministic limit (about seconds); with it the outcome depends on the seed alone,
    unless the deadline comes first. `complete` says that the trips met are all there are, so none is
    generated and the bound is proven. Otherwise forgets the trips that the reduced costs rule out.
    """
    relaxation = _Relaxation(trips, list(trips.met.values()) if complete else _first_choice(trips, best))
    solved = relaxation.solve(deadline)
    for _ in range(0 if complete else GENERATIONS):
        if not solved or not relaxation.extend(near, deadline):
            break
        solved = relaxation.solve(deadline)
    if not solved:
        return Recombined(list(best), 0.0, optimal=False)
    reduced = relaxation.reduced()
    gap = total_mm(best) - relaxation.value
    columns = relaxation.columns
    useful = [columns[i] for i in np.argsort(reduced, kind="stable")[:MOST_COLUMNS] if reduced[i] <= gap + 1e-6]
    if not complete:
        kept = [columns[i].members for i in np.flatnonzero(reduced <= 2 * gap + 1e-6)]
        trips.keep([*kept, *(trip.members for trip in best)])
    useful = list(dict.fromkeys([*best, *useful]))
    found, proven = _covering(useful, best, len(trips), seed=seed, deadline=deadline, effort=effort)
    plan = _without_doubles(trips, found)
    optimal = complete and proven and int((reduced <= gap + 1e-6).sum()) <= MOST_COLUMNS
    return Recombined(plan if total_mm(plan) < total_mm(best) else list(best), relaxation.value, optimal)


def _first_choice(trips: Trips, best: Sequence[Trip]) -> list[Trip]:
    """The trips met, or of very many those that are shortest for what their loads would walk alone."""
    met = list(trips.met.values())
    if len(met) <= MOST_RELAXED:
        return met
    share = [t.length_mm / max(1, sum(trips.alone[load].length_mm for load in t.members)) for t in met]
    order = np.argsort(share, kind="stable")[:MOST_RELAXED]
    return list(dict.fromkeys([*best, *trips.alone, *(met[i] for i in order)]))


class _Relaxation:
    """The linear relaxation of covering all loads by trips, growing by the trips its duals ask for."""

    def __init__(self, trips: Trips, columns: list[Trip]) -> None:
        self.trips = trips
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.rows = [self.solver.Constraint(1, self.solver.infinity()) for _ in range(len(trips))]
        self.objective = self.solver.Objective()
        self.objective.SetMinimization()
        self.columns: list[Trip] = []
        self.known: set[Members] = set()
        self.duals: list[float] = []
        self.value = 0.0
        self.add(columns)

    def add(self, columns: Sequence[Trip]) -> None:
        """Take these trips in."""
        for trip in columns:
            variable = self.solver.NumVar(0, self.solver.infinity(), "")
            self.objective.SetCoefficient(variable, trip.length_mm)
            for load in trip.members:
                self.rows[load].SetCoefficient(variable, 1)
            self.columns.append(trip)
            self.known.add(trip.members)

    def solve(self, deadline: Deadline) -> bool:
        """Solve; whether the time sufficed."""
        self.solver.SetTimeLimit(max(1, int(1000 * deadline.left())))
        if deadline.left() < 0.05 or self.solver.Solve() != pywraplp.Solver.OPTIMAL:
            return False
        self.duals = [row.dual_value() for row in self.rows]
        self.value = self.objective.Value()
        return True

    def reduced(self) -> npt.NDArray[np.float64]:
        """Every column's reduced cost in mm."""
        duals = self.duals
        return np.array([t.length_mm - sum(duals[load] for load in t.members) for t in self.columns])

    def extend(self, near: Sequence[Sequence[int]], deadline: Deadline) -> bool:
        """Add trips of negative reduced cost next to the cheapest ones; whether there were any."""
        reduced = self.reduced()
        cheapest = [self.columns[i] for i in np.argsort(reduced, kind="stable")[:SWAPPED]]
        bases = dict.fromkeys(cheapest)
        bases.update(dict.fromkeys(self.trips.made(_with_one_less(cheapest))))
        pairs = list(islice(self._pairs(bases, near), MOST_PRICED))
        if deadline.over():
            return False
        self.trips.price_adding(pairs)
        worth: list[tuple[float, int, Trip, int]] = []
        for place, trip in enumerate(self.columns + list(bases)):
            value = sum(self.duals[load] for load in trip.members)
            for load, length in trip.adding.items():
                cost = length - value - self.duals[load]
                if cost < -1 and trip.members | {load} not in self.known:
                    worth.append((cost, place, trip, load))
        worth.sort(key=lambda item: item[:2])
        new = dict.fromkeys(self.trips.grown(trip, load) for _, _, trip, load in worth[: 4 * SWAPPED])
        self.add(list(new))
        return bool(new)

    def _pairs(self, bases: Iterable[Trip], near: Sequence[Sequence[int]]) -> Iterator[tuple[Trip, int]]:
        for trip in bases:
            for load in self._welcome(trip, near):
                if load not in trip.adding:
                    yield trip, load

    def _welcome(self, trip: Trip, near: Sequence[Sequence[int]]) -> list[int]:
        """The loads that fit on a trip, lie near its own and have a price."""
        others = dict.fromkeys(load for member in sorted(trip.members) for load in near[member][:16])
        fits, sizes = self.trips.fits, self.trips.sizes
        return [
            load
            for load in others
            if load not in trip.members and self.duals[load] > 0 and fits(trip.size, sizes[load])
        ]


def _with_one_less(cheapest: Sequence[Trip]) -> Iterator[Members]:
    for trip in cheapest:
        if len(trip.members) > 1:
            for load in sorted(trip.members):
                yield trip.members - {load}


def _covering(
    columns: list[Trip], best: Sequence[Trip], loads: int, *, seed: int, deadline: Deadline, effort: float
) -> tuple[list[Trip], bool]:
    """A shortest choice of columns that covers every load, begun from `best`, and whether that is proven."""
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in columns]
    covering: list[list[cp_model.IntVar]] = [[] for _ in range(loads)]
    now = set(best)
    for trip, variable in zip(columns, taken, strict=True):
        model.add_hint(variable, trip in now)
        for load in trip.members:
            covering[load].append(variable)
    for variables in covering:
        model.add_bool_or(variables)
    model.minimize(sum(trip.length_mm * variable for trip, variable in zip(columns, taken, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = effort
    solver.parameters.max_time_in_seconds = max(0.05, deadline.left())
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return list(best), False
    found = [trip for trip, variable in zip(columns, taken, strict=True) if solver.boolean_value(variable)]
    return found, status == cp_model.OPTIMAL


def _without_doubles(trips: Trips, chosen: Sequence[Trip]) -> list[Trip]:
    """The same trips with every load left on one only: on the shortest walk that has it."""
    seen: set[int] = set()
    plan: list[Members] = []
    for trip in sorted(chosen, key=lambda trip: (trip.length_mm, sorted(trip.members))):
        plan.append(trip.members - seen)
        seen |= trip.members
    return trips.made(members for members in plan if members)
