"""Walks over any distances, there and back not alike, and in an order that goods ask for: by OR-Tools, with proof.

For plans that are no plain rectangle (`floors.FloorGraph`), and for heavy goods below fragile ones on any plan.
The routing library finds a walk, CP-SAT's circuit (Perron and Furnon, OR-Tools) shortens it and proves a bound;
the assignment relaxation (Kuhn 1955) is the quick bound. Up to `PROVEN` stops CP-SAT is tried, up to `ROUTED`
the routing library, beyond that the order aisle by aisle stands.

Heavy before fragile needs no times: a walk has two phases, heavy goods lie in the first and fragile ones in the
second, and no step leads from the second back to the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ortools.graph.python import linear_sum_assignment
from ortools.sat.python import cp_model

from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import IntArray, Plan, Spot
from warehouses.planning.walks.handling import Handling, check_handling
from warehouses.planning.walks.routing import shortened
from warehouses.planning.walks.walk import Walk

PROVEN, ROUTED = 150, 1_200
"""Stops up to which CP-SAT and the routing library are given the walk."""

ROUTING_S, CIRCUIT_S = 4e-7, 1e-5
"""Seconds per pair of stops to build either model (measured), so that a short limit is not spent on it."""


@dataclass(frozen=True, slots=True)
class _Stops:
    """The distinct stops: their spots and handling, the given spots at each, and the ways between them in mm."""

    spots: list[Spot]
    handling: list[Handling]
    members: list[list[int]]

    def phases(self, stop: int) -> tuple[int, int]:
        """The first and the last phase that a stop (counted from 1) may lie in."""
        kind = self.handling[stop - 1]
        return int(kind is Handling.FRAGILE), int(kind is not Handling.HEAVY)


def circuit_walk(
    plan: Plan,
    spots: Sequence[Spot],
    *,
    handling: Sequence[Handling] | None = None,
    floor_mm: int = 0,
    start: Sequence[int] | None = None,
    seed: int = 0,
    time_limit_s: float = 1.0,
) -> Walk:
    """A short walk over `spots` on any plan, with a proven lower bound; feasible at any limit.

    `handling` (one per spot) puts heavy goods before fragile ones. `floor_mm` is a lower bound that is known
    already, `start` an order to begin with (indexes of spots; it need not heed the handling). `seed` fixes the
    search, which ends by itself when it has proven its walk. Raises `Invalid`: `spot_unreachable` naming the bin,
    `handling_invalid` if there are not as many as spots, `time_limit_invalid`.
    """
    deadline = Deadline(time_limit_s)
    kinds = check_handling(spots, handling)
    plan.check(spots)
    if not spots:
        return Walk((), 0, 0, "circuit")
    begun = list(start) if start is not None else _up_and_down(spots)
    both_ways = [_stops(spots, kinds, begun), _stops(spots, kinds, begun[::-1])]
    stops = min(both_ways, key=lambda one: plan.route_mm(one.spots))
    tour, bound = list(range(1, len(stops.spots) + 1)), floor_mm
    bound = max(bound, int(plan.round_trips_mm(stops.spots).max()))
    is_proven = plan.route_mm(stops.spots) == bound
    if not is_proven and 1 < len(tour) <= ROUTED and deadline.left() > 2 * ROUTING_S * len(tour) ** 2:
        tour, bound = _searched(plan.distance_matrix(stops.spots), stops, tour, bound, seed, deadline)
    length = plan.route_mm([stops.spots[stop - 1] for stop in tour])
    order = tuple(index for stop in tour for index in stops.members[stop - 1])
    return Walk(order, length, min(bound, length), "circuit")


def _up_and_down(spots: Sequence[Spot]) -> list[int]:
    """The spots' indexes up one aisle and down the next."""
    turn = {aisle: (-1) ** number for number, aisle in enumerate(sorted({spot.aisle for spot in spots}))}
    return sorted(
        range(len(spots)), key=lambda index: (spots[index].aisle, spots[index].y_mm * turn[spots[index].aisle])
    )


def _stops(spots: Sequence[Spot], handling: Sequence[Handling], order: Sequence[int]) -> _Stops:
    """The stops in this order, but fragile ones that come before a heavy one wait until after the last of these."""
    members: dict[tuple[Handling, Spot], list[int]] = {}
    for index in order:
        members.setdefault((handling[index], spots[index]), []).append(index)
    keys = list(members)
    last = max((place for place, (kind, _) in enumerate(keys) if kind is Handling.HEAVY), default=-1)
    early = [key for key in keys[: last + 1] if key[0] is not Handling.FRAGILE]
    waiting = [key for key in keys[: last + 1] if key[0] is Handling.FRAGILE]
    keys = [*early, *waiting, *keys[last + 1 :]]
    return _Stops([spot for _, spot in keys], [kind for kind, _ in keys], [members[key] for key in keys])


def _searched(
    ways: IntArray, stops: _Stops, tour: list[int], bound: int, seed: int, deadline: Deadline
) -> tuple[list[int], int]:
    """The tour made shorter by routing and then by CP-SAT, and the bound made higher."""
    both = len(set(stops.handling)) > 1
    bound = max(bound, _assigned(ways))
    if _length(ways, tour) > bound:
        share = 0.3 if len(tour) <= PROVEN else 1.0
        phases = stops.phases if both else None
        found = shortened(ways, tour, seed=seed, limit_s=share * deadline.left(), phases=phases)
        tour = min((tour, found), key=lambda one: _length(ways, one))
    if bound < _length(ways, tour) and len(tour) <= PROVEN and deadline.left() > CIRCUIT_S * len(ways) ** 2:
        found, proven = _circuit(ways, stops if both else None, tour, seed, deadline.left())
        tour, bound = min((tour, found), key=lambda one: _length(ways, one)), max(bound, proven)
    return tour, bound


def _length(ways: IntArray, tour: Sequence[int]) -> int:
    return sum(int(ways[one, other]) for one, other in pairwise((0, *tour, 0)))


def _assigned(ways: IntArray) -> int:
    """Every stop has one way in and one way out: the cheapest such choice is no longer than any walk."""
    size = len(ways)
    one, other = np.nonzero(~np.eye(size, dtype=bool))
    assignment = linear_sum_assignment.SimpleLinearSumAssignment()
    assignment.add_arcs_with_cost(one, other, ways[one, other])
    return int(assignment.optimal_cost()) if assignment.solve() == assignment.OPTIMAL else 0


def _circuit(ways: IntArray, stops: _Stops | None, tour: list[int], seed: int, limit_s: float) -> tuple[list[int], int]:
    """The tour that CP-SAT finds from this one, and its bound."""
    model = cp_model.CpModel()
    spans = [stops.phases(stop) if stops and stop else (0, 1) for stop in range(len(ways))]
    phases = [model.new_int_var(first, last, "") for first, last in spans]
    next_of = dict(pairwise((0, *tour, 0)))
    arcs = []
    for one in range(len(ways)):
        for other in range(len(ways)):
            if one == other or (one and other and spans[one][0] > spans[other][1]):
                continue
            taken = model.new_bool_var("")
            model.add_hint(taken, next_of[one] == other)
            arcs.append((one, other, taken))
            if stops is not None and one and other:
                model.add(phases[one] <= phases[other]).only_enforce_if(taken)
    model.add_circuit(arcs)
    model.minimize(sum(int(ways[one, other]) * taken for one, other, taken in arcs))
    solver, bound = solved(model, seed=seed, limit_s=limit_s)
    if solver is None:
        return tour, bound
    onward = {one: other for one, other, taken in arcs if solver.value(taken)}
    found = [onward[0]]
    while onward[found[-1]]:
        found.append(onward[found[-1]])
    return found, bound


def solved(model: cp_model.CpModel, *, seed: int, limit_s: float) -> tuple[cp_model.CpSolver | None, int]:
    """A solver that holds the best walk CP-SAT finds, None if it finds none in time; and the proven bound in mm."""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    bound = max(0, int(np.ceil(solver.best_objective_bound - 1e-6)))
    return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None, bound
