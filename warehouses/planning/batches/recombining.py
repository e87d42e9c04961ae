"""The best plan out of all sets of loads met: set covering by CP-SAT over the columns that can matter.

The linear relaxation over the sets met gives every load a dual price. A set that could take part in a shorter
plan has a reduced cost of at most the gap between the plan at hand and the relaxation; only these go to CP-SAT.
Covering is enough: a load served twice is taken off one of its carts, which never makes that walk longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

from warehouses.planning.batches.pool import Columns, Floats
from warehouses.planning.deadline import Deadline

MOST_COLUMNS = 4_000
"""Columns for CP-SAT; the cheapest by reduced cost."""

FIRST_COLUMNS = 4_000
"""Columns for the first relaxation; the cheapest by the duals known before."""

MORE_COLUMNS = 2_000
"""Columns added each time the relaxation's duals ask for more."""

TOLERANCE = 1e-3
"""Units of length (at least a mm) that count as nothing, beside the rounding of the linear solver."""


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The linear relaxation over all columns: its value and what each load is worth."""

    value: float
    duals: Floats


def relax(columns: Columns, best: Sequence[int], duals: Floats, deadline: Deadline) -> Relaxed | None:
    """The relaxation over `columns`, among them a plan (`best`, by index); None when the time does not suffice.

    `duals`: a first guess of what each load is worth, so that few columns are looked at closely.
    """
    relaxation = _Relaxation(columns, len(duals))
    relaxation.add(best)
    relaxation.add(np.argsort(columns.worth(duals), kind="stable")[:FIRST_COLUMNS])
    while relaxation.solve(deadline):
        reduced = columns.worth(relaxation.duals)
        wanted = np.argsort(reduced, kind="stable")[:MORE_COLUMNS]
        if not relaxation.add(wanted[reduced[wanted] < -TOLERANCE]):
            return Relaxed(relaxation.value, relaxation.duals)
    return None


def cover(
    columns: Columns,
    best: Sequence[int],
    relaxed: Relaxed,
    *,
    seed: int,
    deadline: Deadline,
    effort: float,
    most: int = MOST_COLUMNS,
) -> tuple[list[int], bool]:
    """The cheapest plan CP-SAT finds over `columns`, or `best`; and whether it is proven to be the cheapest.

    `effort` is CP-SAT's deterministic limit (about seconds); with it the outcome depends on the seed alone,
    unless the deadline comes first. `most`: columns taken, the cheapest by reduced cost.
    """
    reduced = columns.worth(relaxed.duals)
    gap = int(columns.price[list(best)].sum()) - relaxed.value
    order = np.argsort(reduced, kind="stable")
    useful = order[reduced[order] <= gap + TOLERANCE]
    kept = list(dict.fromkeys([*best, *useful[:most].tolist()]))
    loads = len(relaxed.duals)
    found, is_proven = _covering(columns, kept, best, loads, seed=seed, deadline=deadline, effort=effort)
    return found, is_proven and len(useful) <= most


class _Relaxation:
    """The linear relaxation of covering all loads, growing by the columns its duals ask for."""

    def __init__(self, columns: Columns, loads: int) -> None:
        self.columns = columns
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.rows = [self.solver.Constraint(1, self.solver.infinity()) for _ in range(loads)]
        self.objective = self.solver.Objective()
        self.objective.SetMinimization()
        self.known: set[int] = set()
        self.duals: Floats = np.zeros(loads)
        self.value = 0.0

    def add(self, wanted: Sequence[int] | npt.NDArray[np.int64]) -> bool:
        """Take these columns in; whether any is new."""
        new = [index for index in map(int, wanted) if index not in self.known]
        for index in new:
            variable = self.solver.NumVar(0, self.solver.infinity(), "")
            self.objective.SetCoefficient(variable, int(self.columns.price[index]))
            for load in self.columns.members(index):
                self.rows[load].SetCoefficient(variable, 1)
        self.known.update(new)
        return bool(new)

    def solve(self, deadline: Deadline) -> bool:
        """Solve; whether the time sufficed."""
        self.solver.SetTimeLimit(max(1, int(1000 * deadline.left())))
        if deadline.left() < 0.05 or self.solver.Solve() != pywraplp.Solver.OPTIMAL:
            return False
        self.duals = np.array([max(0.0, row.dual_value()) for row in self.rows])
        self.value = self.objective.Value()
        return True


def _covering(
    columns: Columns,
    kept: list[int],
    best: Sequence[int],
    loads: int,
    *,
    seed: int,
    deadline: Deadline,
    effort: float,
) -> tuple[list[int], bool]:
    """A cheapest choice of columns that covers every load, begun from `best`, and whether that is proven."""
    model = cp_model.CpModel()
    taken = {index: model.new_bool_var("") for index in kept}
    covering: list[list[cp_model.IntVar]] = [[] for _ in range(loads)]
    now = set(best)
    for index, variable in taken.items():
        model.add_hint(variable, index in now)
        for load in columns.members(index):
            covering[load].append(variable)
    for variables in covering:
        model.add_bool_or(variables)
    model.minimize(sum(int(columns.price[index]) * variable for index, variable in taken.items()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = effort
    solver.parameters.max_time_in_seconds = max(0.05, deadline.left())
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return list(best), False
    return [index for index, variable in taken.items() if solver.boolean_value(variable)], status == cp_model.OPTIMAL


def partition(columns: Columns, carts: int, loads: int, *, nodes: int, deadline: Deadline) -> tuple[list[int], float]:
    """The cheapest plan by branch and bound (SCIP) over all `columns`, and a bound on every plan made of them.

    The first `carts` columns are the plan to begin with. Much stronger than CP-SAT where the proof hangs on the
    relaxation, slower where it does not. After so many `nodes` it gives what it has.
    """
    solver = pywraplp.Solver.CreateSolver("SCIP")
    rows = [solver.Constraint(1, 1) for _ in range(loads)]
    objective = solver.Objective()
    objective.SetMinimization()
    taken = []
    for index, price in enumerate(columns.price.tolist()):
        variable = solver.BoolVar("")
        objective.SetCoefficient(variable, price)
        for load in columns.members(index):
            rows[load].SetCoefficient(variable, 1)
        taken.append(variable)
    solver.SetHint(taken, [float(index < carts) for index in range(len(taken))])
    solver.SetSolverSpecificParametersAsString(f"limits/nodes = {nodes}")
    solver.SetTimeLimit(max(1, int(1000 * deadline.left())))
    begun = list(range(carts))
    if deadline.left() < 0.05 or solver.Solve() not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        return begun, 0.0
    found = [index for index, variable in enumerate(taken) if variable.solution_value() > 0.5]
    cheaper = columns.price[found].sum() < columns.price[begun].sum()
    return found if cheaper else begun, objective.BestBound()


def without_doubles(columns: Columns, chosen: Sequence[int]) -> list[list[int]]:
    """The chosen sets with every load left on one only: on the cheapest that has it."""
    seen: set[int] = set()
    plan: list[list[int]] = []
    for index in sorted(chosen, key=lambda index: (int(columns.price[index]), index)):
        plan.append([load for load in columns.members(index) if load not in seen])
        seen.update(plan[-1])
    return [loads for loads in plan if loads]
