"""The exact method's inner loop, compiled: the cheapest way through the automaton, stage by stage.

For `exact`, which prices one walk and needs its steps. The automaton's arcs lie here one after another,
sorted by the state they leave, so that states not reached cost nothing. Compiled once per machine (numba
keeps the machine code beside the source), some seconds the first time.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numba import njit

from warehouses.planning.floor.layout import IntArray
from warehouses.planning.walks.automaton import Step, automaton

BARRED = 1 << 60
"""The price of what may not be: no sum of lengths comes near it, and some of them still fit 64 bits."""

Int32Array = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Arcs:
    """All arcs of an automaton, by kind of step and then by the state they leave.

    The kinds are the pieces from the front to the back, then the depot links of each cross aisle (with doors
    only), then the step to the next aisle. Arcs `first[kind, state]` to `first[kind, state + 1]` leave a state;
    each has a `source`, a `target`, a `choice` (the column of the stage's costs) and its cross-aisle edges in
    `copies` (arcs, cross aisles; zeros but for the last kind).
    """

    first: Int32Array
    source: Int32Array
    target: Int32Array
    choice: Int32Array
    copies: Int32Array
    last: IntArray


@lru_cache(maxsize=16)
def arcs_of(cross: int, *, doors: bool = False) -> Arcs:
    """The arcs of the automaton for `cross` cross aisles; `doors` for a depot with several links."""
    plan = automaton(cross, doors=doors)
    kinds = [*plan.pieces, *plan.links, plan.across]
    tables = [_table(step, plan.copies if step is plan.across else None, cross) for step in kinds]
    first = np.zeros((len(kinds), plan.size + 1), dtype=np.int32)
    done = 0
    for kind, table in enumerate(tables):
        first[kind] = done + np.searchsorted(table[:, 0], np.arange(plan.size + 1))
        done += len(table)
    every = np.asfortranarray(np.concatenate(tables).astype(np.int32))
    return Arcs(first, every[:, 0], every[:, 1], every[:, 2], every[:, 3:], plan.last)


def _table(step: Step, copies: IntArray | None, cross: int) -> IntArray:
    """A step's arcs as rows (source, target, choice, copies...), sorted, the padding gone."""
    target = np.broadcast_to(np.arange(step.source.shape[1]), step.source.shape)
    laid = np.zeros((*step.source.shape, cross), dtype=np.int64) if copies is None else copies
    rows = np.concatenate([np.stack([step.source, target, step.choice], axis=2), laid], axis=2)
    return np.unique(rows.reshape(-1, 3 + cross), axis=0)


@njit(cache=True)
def cheapest(
    kinds: IntArray, costs: IntArray, first: Int32Array, target: Int32Array, choice: Int32Array
) -> tuple[IntArray, Int32Array]:
    """What each state costs after all stages, from the empty walk, and the arc into it at every stage.

    `kinds` (stages) is the kind of step per stage, `costs` (stages, choices) its prices. Returns (states,) and
    (stages, states); where nothing leads, the price is `BARRED` or the arc -1.
    """
    size = first.shape[1] - 1
    values = np.full(size, BARRED, np.int64)
    values[0] = 0
    taken = np.full((len(kinds), size), -1, np.int32)
    for stage in range(len(kinds)):
        after = np.full(size, BARRED, np.int64)
        starts, prices, arcs = first[kinds[stage]], costs[stage], taken[stage]
        for state in range(size):
            value = values[state]
            if value < BARRED:
                for arc in range(starts[state], starts[state + 1]):
                    total = value + prices[choice[arc]]
                    if total < after[target[arc]]:
                        after[target[arc]] = total
                        arcs[target[arc]] = arc
        values = after
    return values, taken
