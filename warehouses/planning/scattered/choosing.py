"""Which bins to visit on plans that are no plain rectangle: CP-SAT's circuit with stops that may be left out.

For `scattered`. A first choice takes, article by article, the bins that lengthen the walk least (cheapest
insertion, Rosenkrantz, Stearns and Lewis 1977); where the bins are few, CP-SAT chooses bins and walk at once,
each article covered, and proves a bound.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise, permutations

from ortools.sat.python import cp_model

from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import IntArray, Plan, Spot
from warehouses.planning.scattered.places import Supply
from warehouses.planning.walks.circuits import solved

CHOSEN = 120
"""Bins up to which CP-SAT is asked; a second is enough for half of them."""

INSERTED = 1_500
"""Bins up to which all their distances are worked out; beyond, the fullest bins are taken."""


def choose(
    plan: Plan, demand: Mapping[str, int], supplies: Sequence[Supply], *, seed: int, deadline: Deadline
) -> tuple[list[int], int]:
    """The indexes of supplies to visit, and a lower bound in mm on every walk that brings `demand`."""
    useful = [index for index, supply in enumerate(supplies) if supply.units and supply.sku in demand]
    spots = list(dict.fromkeys(supplies[index].spot for index in useful))
    far = (
        [plan.distance_mm(None, spot) + plan.distance_mm(spot, None) for spot in spots]
        if len(spots) <= INSERTED
        else []
    )
    if not far:
        return fullest(demand, supplies), 0
    at = {spot: place for place, spot in enumerate(spots, 1)}
    bound = max(
        min(far[at[supplies[index].spot] - 1] for index in useful if supplies[index].sku == sku) for sku in demand
    )
    ways = plan.distance_matrix(spots)
    tour, chosen = _inserted(ways, demand, supplies, useful, at)
    if len(spots) <= CHOSEN and deadline.left() > 0:
        visited, proven = _circuit(ways, demand, supplies, useful, at, tour, seed, deadline.left())
        bound = max(bound, proven)
        chosen = fullest(demand, supplies, [index for index in useful if at[supplies[index].spot] in visited])
    return chosen, bound


def fullest(demand: Mapping[str, int], supplies: Sequence[Supply], among: Sequence[int] | None = None) -> list[int]:
    """Enough supplies of each article (`among` these indexes only), the fullest first."""
    left, chosen = dict(demand), []
    for index in sorted(range(len(supplies)) if among is None else among, key=lambda index: -supplies[index].units):
        if left.get(supplies[index].sku, 0) > 0:
            left[supplies[index].sku] -= supplies[index].units
            chosen.append(index)
    return chosen


def _inserted(
    ways: IntArray, demand: Mapping[str, int], supplies: Sequence[Supply], useful: Sequence[int], at: Mapping[Spot, int]
) -> tuple[list[int], list[int]]:
    """The stops in walking order and the supplies taken, articles with the fewest bins first."""
    tour, chosen = [0, 0], []
    of = {sku: [index for index in useful if supplies[index].sku == sku] for sku in demand}
    for sku in sorted(of, key=lambda sku: len(of[sku])):
        left, open_ones = demand[sku], of[sku]
        while left > 0:
            legs = ways[tour[:-1], tour[1:]]
            longer = {
                index: 0
                if at[supplies[index].spot] in tour
                else int(_detours(ways, tour, at[supplies[index].spot], legs).min())
                for index in open_ones
            }
            best = min(open_ones, key=lambda index: (longer[index] / min(left, supplies[index].units), index))
            stop = at[supplies[best].spot]
            if stop not in tour:
                tour.insert(1 + int(_detours(ways, tour, stop, legs).argmin()), stop)
            left -= supplies[best].units
            chosen.append(best)
            open_ones = [index for index in open_ones if index != best]
    return tour[1:-1], chosen


def _detours(ways: IntArray, tour: Sequence[int], stop: int, legs: IntArray) -> IntArray:
    """What it costs to pass `stop` on each leg of a tour."""
    detours: IntArray = ways[tour[:-1], stop] + ways[stop, tour[1:]] - legs
    return detours


def _circuit(
    ways: IntArray,
    demand: Mapping[str, int],
    supplies: Sequence[Supply],
    useful: Sequence[int],
    at: Mapping[Spot, int],
    tour: Sequence[int],
    seed: int,
    limit_s: float,
) -> tuple[set[int], int]:
    """The stops of the best walk CP-SAT finds from this tour, and its bound in mm."""
    model, next_of = cp_model.CpModel(), dict(pairwise((0, *tour, 0)))
    skipped = {stop: model.new_bool_var("") for stop in range(1, len(ways))}
    arcs = [(stop, stop, left_out) for stop, left_out in skipped.items()]
    arcs += [(one, other, model.new_bool_var("")) for one, other in permutations(range(len(ways)), 2)]
    for one, other, taken in arcs:
        model.add_hint(taken, next_of.get(one, one) == other)
    model.add_circuit(arcs)
    for sku, units in demand.items():
        stops = [(at[supplies[index].spot], supplies[index].units) for index in useful if supplies[index].sku == sku]
        model.add(sum(min(units, there) * (1 - skipped[stop]) for stop, there in stops) >= units)
    model.minimize(sum(int(ways[one, other]) * taken for one, other, taken in arcs if one != other))
    solver, bound = solved(model, seed=seed, limit_s=limit_s)
    if solver is None:
        return set(tour), bound
    return {stop for stop, left_out in skipped.items() if not solver.value(left_out)}, bound
