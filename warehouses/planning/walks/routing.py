"""Visiting orders by OR-Tools' routing library: for any distances, whatever the plan looks like.

Used where the exact method does not reach (more than six cross aisles) and as its independent check.
"""

import random
from collections.abc import Callable, Sequence

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from warehouses.planning.batches.bounds import walk_bound
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import IntArray, Layout, Spot
from warehouses.planning.walks.rules import s_shape
from warehouses.planning.walks.walk import Walk, ordered_walk

MOST_SPOTS = 1_200
"""Beyond this the distance matrix and the model cost more than the search brings in a few seconds."""


def routed_walk(
    layout: Layout,
    spots: Sequence[Spot],
    *,
    seed: int = 0,
    time_limit_s: float = 1.0,
    start: Sequence[Spot] | None = None,
) -> Walk:
    """A short walk over `spots` by guided local search, begun from `start` or else from the S-shape order.

    Never longer than what it begins with. The search ends by itself after a number of improvements that
    depends on the spots alone, or at the time limit; `seed` shuffles the spots it sees. The bound is the
    quick one of `bounds`. Raises `Invalid` for a spot that cannot be reached.
    """
    deadline = Deadline(time_limit_s)
    layout.check(spots)
    if not spots:
        return Walk((), 0, 0, "routing")
    begun = list(dict.fromkeys(start or [spots[index] for index in s_shape(layout, spots).order]))
    best = begun
    if 2 < len(begun) <= MOST_SPOTS and deadline.left() > MODEL_S * len(begun) ** 2:
        tour = range(1, len(begun) + 1)
        found = shortened(layout.distance_matrix(begun), tour, seed=seed, limit_s=deadline.left())
        best = min((begun, [begun[stop - 1] for stop in found]), key=layout.route_mm)
    return ordered_walk(layout, spots, best, walk_bound(layout, spots), "routing")


MODEL_S = 4e-7
"""Seconds per pair of spots to build a model (measured), so that a short limit is not spent on it."""


def shortened(
    ways: IntArray,
    tour: Sequence[int],
    *,
    seed: int,
    limit_s: float,
    phases: Callable[[int], tuple[int, int]] | None = None,
) -> list[int]:
    """What guided local search makes of `tour` in the time given; the tour itself when it finds nothing.

    `ways` are distances in mm between the stops, counted from 1, and the depot, which is 0. `phases` gives the first
    and the last phase a stop may lie in, where the order matters: a walk goes through phase 0 and then 1.
    """
    shuffled = list(tour)
    random.Random(seed).shuffle(shuffled)
    shuffled = [0, *shuffled]
    manager = pywrapcp.RoutingIndexManager(len(shuffled), 1, 0)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(ways[np.ix_(shuffled, shuffled)].tolist()))
    if phases is not None:
        model.AddConstantDimensionWithSlack(0, 1, 1, True, "phase")
        phase = model.GetDimensionOrDie("phase")
        for node, stop in enumerate(shuffled[1:], 1):
            phase.CumulVar(manager.NodeToIndex(node)).SetRange(*phases(stop))
    settings = pywrapcp.DefaultRoutingSearchParameters()
    settings.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    settings.solution_limit = 100 + 20 * len(tour)
    settings.time_limit.FromMilliseconds(max(1, int(1000 * limit_s)))
    model.CloseModelWithParameters(settings)
    place = {stop: node for node, stop in enumerate(shuffled)}
    first = model.ReadAssignmentFromRoutes([[place[stop] for stop in tour]], True)
    solution = model.SolveFromAssignmentWithParameters(first, settings) if first is not None else None
    if solution is None:
        return list(tour)
    found, index = [], solution.Value(model.NextVar(model.Start(0)))
    while not model.IsEnd(index):
        found.append(shuffled[manager.IndexToNode(index)])
        index = solution.Value(model.NextVar(index))
    return found
