"""What no plan of a wave can go below, by set partitioning with exact pricing; sometimes the best plan itself.

Column generation (Gilmore and Gomory 1961): the relaxation over the sets met prices the loads, `enumerating`
finds every set that is worth more than it walks, until there is none. Then the duals' sum is a proven bound on
all plans, met or not, and the sets within the gap are all that a better plan could be made of.
"""

import math
from dataclasses import dataclass

import numpy as np

from warehouses.planning.batches.enumerating import sets_below
from warehouses.planning.batches.lengths import WalkedFloor, grain
from warehouses.planning.batches.pool import Columns, Floats
from warehouses.planning.batches.recombining import TOLERANCE, Relaxed, cover, partition, relax, without_doubles
from warehouses.planning.batches.wave import Wave
from warehouses.planning.deadline import Deadline

MOST_PRICED = 4_000_000
"""Sets priced per round at most before the proof is given up."""

SCIP_TOLERANCE = 2e-6
"""Share of a bound from SCIP that its own tolerances (1e-6) may account for."""

NODES = 400
"""Nodes of the branch and bound over all sets within the gap, each time; more when it is tried again."""

NEW_BITS = 13
"""New columns per round, as a power of two."""

GAP_BITS = 14
"""Sets within the gap that the best plan is looked for among, as a power of two."""

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
    floor: WalkedFloor,
    wave: Wave,
    columns: Columns,
    carts: int,
    duals: Floats,
    *,
    seed: int,
    deadline: Deadline,
    effort: float,
    most_priced: int,
    nodes: int,
) -> Proof:
    """Recombine the columns, and bound the wave as far as time and `effort` (deterministic seconds) allow.

    The first `carts` columns are the plan to begin with. `most_priced`: sets looked at per pricing before that is
    given up. `nodes`: of the branch and bound that looks for the best plan itself; 0 for none.
    """
    best = list(range(carts))
    plan = [columns.members(index) for index in best]
    relaxed = relax(columns, best, duals, deadline)
    for _ in range(GENERATIONS):
        if relaxed is None:
            return Proof(plan, columns, duals, None, optimal=False, hopeless=False)
        found = sets_below(floor, wave, relaxed.duals, -TOLERANCE, most=most_priced, bits=NEW_BITS, deadline=deadline)
        if found.complete and not len(found.columns):
            return _chosen(floor, wave, columns, best, relaxed, seed, deadline, effort, most_priced, nodes)
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
    floor: WalkedFloor,
    wave: Wave,
    columns: Columns,
    best: list[int],
    relaxed: Relaxed,
    seed: int,
    deadline: Deadline,
    effort: float,
    most_priced: int,
    nodes: int,
) -> Proof:
    """With nothing left to price: choose from the columns, then from all sets within the gap that is left."""
    step = math.gcd(grain(floor), wave.mixing)
    bound = _rounded(float(relaxed.duals.sum()) - 2 * TOLERANCE * len(wave.size), step)
    chosen, _ = cover(columns, best, relaxed, seed=seed, deadline=deadline, effort=effort)
    plan = without_doubles(columns, chosen)
    cost = int(columns.price[chosen].sum())
    if cost <= bound:
        return Proof(plan, columns, relaxed.duals, bound, optimal=True, hopeless=False)
    known = Proof(plan, columns, relaxed.duals, bound, optimal=False, hopeless=False)
    if not nodes:
        return known
    gap = cost - relaxed.duals.sum() + 1
    every = sets_below(floor, wave, relaxed.duals, gap, most=most_priced, bits=GAP_BITS, deadline=deadline)
    if not every.complete:
        return known
    columns = Columns.joined([columns.chosen(np.array(chosen)), every.columns])
    found, least = partition(columns, len(chosen), len(wave.size), nodes=nodes, deadline=deadline)
    total = int(columns.price[found].sum())
    plan = without_doubles(columns, found)  # what was begun with covers every load, some twice
    bound = min(total, max(bound, _rounded(least * (1 - SCIP_TOLERANCE), step)))
    return Proof(plan, columns, relaxed.duals, bound, optimal=bound == total, hopeless=False)


def _rounded(value: float, step: int) -> int:
    """Up to the next length a plan can have, as all lengths are multiples of `step`."""
    return step * math.ceil(value / step)
