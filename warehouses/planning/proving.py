"""What no plan of a wave can go below, by set partitioning with exact pricing; sometimes the best plan itself.

Column generation (Gilmore and Gomory 1961): the relaxation over the sets met prices the loads, `enumerating`
finds every set that is worth more than it walks, until there is none. Then the duals' sum is a proven bound on
all plans, met or not, and the sets within the gap are all that a better plan could be made of.
"""

import math
from dataclasses import dataclass

import numpy as np

from warehouses.planning.deadline import Deadline
from warehouses.planning.enumerating import sets_below
from warehouses.planning.lengths import Floor
from warehouses.planning.pool import Columns, Floats
from warehouses.planning.recombining import TOLERANCE, Relaxed, cover, relax, without_doubles
from warehouses.planning.wave import Wave

MOST_PRICED = 4_000_000
"""Sets priced per round before the proof is given up."""

NEW_BITS = 13
"""New columns per round, as a power of two."""

GAP_BITS = 16
"""Sets within the gap that CP-SAT is asked to choose from, as a power of two."""

GENERATIONS = 40
"""Rounds of column generation at most."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The plan (by sets of loads), the columns by now, the duals, and what is known.

    `bound` holds for every plan of the wave, in units of length; None when not proven. `optimal`: the plan is a
    best one. `hopeless`: there are too many sets; another try would fail, too.
    """

    plan: list[list[int]]
    columns: Columns
    duals: Floats
    bound: int | None
    optimal: bool
    hopeless: bool


def prove(
    floor: Floor,
    wave: Wave,
    columns: Columns,
    carts: int,
    duals: Floats,
    *,
    seed: int,
    deadline: Deadline,
    effort: float,
) -> Proof:
    """Recombine the columns, and bound the wave as far as time and `effort` (deterministic seconds) allow.

    The first `carts` columns are the plan to begin with.
    """
    best = list(range(carts))
    plan = [columns.members(index) for index in best]
    relaxed = relax(columns, best, duals, deadline)
    for _ in range(GENERATIONS):
        if relaxed is None:
            return Proof(plan, columns, duals, None, optimal=False, hopeless=False)
        found = sets_below(floor, wave, relaxed.duals, -TOLERANCE, most=MOST_PRICED, bits=NEW_BITS, deadline=deadline)
        if found.complete and not len(found.columns):
            return _chosen(floor, wave, columns, best, relaxed, seed, deadline, effort)
        if not len(found.columns) or (not found.complete and not _is_full(found.columns)):
            break
        columns = Columns.joined([columns, found.columns])
        relaxed = relax(columns, best, relaxed.duals, deadline)
    hopeless = not deadline.over()
    if relaxed is None:
        return Proof(plan, columns, duals, None, optimal=False, hopeless=hopeless)
    chosen, _ = cover(columns, best, relaxed, seed=seed, deadline=deadline, effort=effort)
    return Proof(without_doubles(columns, chosen), columns, relaxed.duals, None, optimal=False, hopeless=hopeless)


def _is_full(columns: Columns) -> bool:
    return len(columns) == 1 << NEW_BITS


def _chosen(
    floor: Floor,
    wave: Wave,
    columns: Columns,
    best: list[int],
    relaxed: Relaxed,
    seed: int,
    deadline: Deadline,
    effort: float,
) -> Proof:
    """With nothing left to price: choose from the columns, then from all sets within the gap that is left."""
    bound = math.ceil(relaxed.duals.sum() - 2 * TOLERANCE * len(wave.size))
    chosen, _ = cover(columns, best, relaxed, seed=seed, deadline=deadline, effort=effort)
    plan = without_doubles(columns, chosen)
    cost = int(columns.price[chosen].sum())
    if cost <= bound:
        return Proof(plan, columns, relaxed.duals, bound, optimal=True, hopeless=False)
    gap = cost - relaxed.duals.sum() + 1
    every = sets_below(floor, wave, relaxed.duals, gap, most=MOST_PRICED, bits=GAP_BITS, deadline=deadline)
    if not every.complete:
        return Proof(plan, columns, relaxed.duals, bound, optimal=False, hopeless=False)
    columns = Columns.joined([columns.chosen(np.array(chosen)), every.columns])
    begun = list(range(len(chosen)))
    found, is_best = cover(columns, begun, relaxed, seed=seed, deadline=deadline, effort=3 * effort, most=1 << GAP_BITS)
    plan = without_doubles(columns, found)
    total = int(columns.price[found].sum())
    return Proof(plan, columns, relaxed.duals, total if is_best else bound, optimal=is_best, hopeless=False)
