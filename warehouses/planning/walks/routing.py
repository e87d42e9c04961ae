"""Visiting orders by OR-Tools' routing library: for any distances, whatever the plan looks like.

Used where the exact method does not reach (more than six cross aisles) and as its independent check.
"""

import random
from collections.abc import Sequence

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from warehouses.planning.batches.bounds import walk_bound
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import Layout, Spot
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
        found = _improved(layout, begun, seed, deadline)
        best = min((begun, found), key=layout.route_mm)
    return ordered_walk(layout, spots, best, walk_bound(layout, spots), "routing")


MODEL_S = 4e-7
"""Seconds per pair of spots to build a model (measured), so that a short limit is not spent on it."""


def _improved(layout: Layout, begun: list[Spot], seed: int, deadline: Deadline) -> list[Spot]:
    """The order the routing library makes of `begun` in the time left."""
    places = list(range(1, len(begun) + 1))
    random.Random(seed).shuffle(places)
    spots = [begun[place - 1] for place in places]
    manager = pywrapcp.RoutingIndexManager(len(spots) + 1, 1, 0)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(layout.distance_matrix(spots).tolist()))
    settings = pywrapcp.DefaultRoutingSearchParameters()
    settings.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    settings.solution_limit = 100 + 20 * len(spots)
    settings.time_limit.FromMilliseconds(max(1, int(1000 * deadline.left())))
    model.CloseModelWithParameters(settings)
    first = model.ReadAssignmentFromRoutes([[1 + spots.index(spot) for spot in begun]], True)
    solution = model.SolveFromAssignmentWithParameters(first, settings)
    if solution is None:
        return begun
    found, index = [], solution.Value(model.NextVar(model.Start(0)))
    while not model.IsEnd(index):
        found.append(spots[manager.IndexToNode(index) - 1])
        index = solution.Value(model.NextVar(index))
    return found
