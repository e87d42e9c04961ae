"""Whether a few units go into one box, by search: a packing, a proof that there is none, or neither in the time given.

CP-SAT over turns and corners: of any two units one is beside, behind or below the other; along each side the units'
cross-sections never exceed the box's (a redundant sum that proves most refusals).
"""

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from ortools.sat.python import cp_model

from shipping.planning.cartons.goods import BoxSize, Goods, Ints, Sides

MOST_UNITS = 12
"""Beyond so many units the search has no chance in the time it is given."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rows` are a packing's block rows (see `filling`); without them it is `impossible`, or nobody knows."""

    rows: Ints | None = None
    impossible: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    """One unit in the model: its item, turn literals with sides, corner variables."""

    item: int
    turns: list[tuple[cp_model.IntVar, Sides]]
    corner: list[cp_model.IntVar]

    def size(self, axis: int) -> cp_model.LinearExpr:
        literals, sides = zip(*((literal, sides[axis]) for literal, sides in self.turns), strict=True)
        return cp_model.LinearExpr.weighted_sum(literals, sides)


def settle(goods: Goods, left: Ints, box: BoxSize, *, effort: float) -> Verdict:
    """Packs all that is `left` into `box`, or proves that it can't be; `effort` is CP-SAT's deterministic time."""
    model = cp_model.CpModel()
    units = [
        _unit(model, goods, item, f"{item}.{n}", box)
        for item in np.flatnonzero(left).tolist()
        for n in range(int(left[item]))
    ]
    for one, other in combinations(units, 2):
        _apart(model, goods, one, other)
    for axis in range(3):
        _cross_sections(model, units, axis, box)
    for one, other in pairwise(units):
        if one.item == other.item:
            model.add(one.corner[0] <= other.corner[0])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = effort
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Verdict(rows=_dropped([_placed(solver, unit) for unit in units]))
    return Verdict(impossible=status == cp_model.INFEASIBLE)


def _unit(model: cp_model.CpModel, goods: Goods, item: int, name: str, box: BoxSize) -> _Unit:
    ways = [tuple(sides) for sides in goods.sides[goods.of == item].tolist()]
    turns = [
        (model.new_bool_var(f"turn {name} {sides}"), sides)
        for sides in ways
        if all(side <= room for side, room in zip(sides, box.sides_mm, strict=True))
    ]
    corner = [model.new_int_var(0, box.sides_mm[axis], f"corner {name} {axis}") for axis in range(3)]
    unit = _Unit(int(item), turns, corner)
    model.add_exactly_one(literal for literal, _ in turns)
    for axis in range(3):
        model.add(corner[axis] + unit.size(axis) <= box.sides_mm[axis])
    return unit


def _apart(model: cp_model.CpModel, goods: Goods, one: _Unit, other: _Unit) -> None:
    """One is left of, behind or below the other; never below when it is fragile."""
    ways = []
    for first, second in ((one, other), (other, one)):
        for axis in range(3):
            if axis == 2 and goods.fragile[first.item]:
                continue
            way = model.new_bool_var("")
            model.add(first.corner[axis] + first.size(axis) <= second.corner[axis]).only_enforce_if(way)
            ways.append(way)
    model.add_bool_or(ways)


def _cross_sections(model: cp_model.CpModel, units: list[_Unit], axis: int, box: BoxSize) -> None:
    """Wherever the box is cut across `axis`, the units cut there have room beside each other."""
    intervals, areas = [], []
    for unit in units:
        for literal, sides in unit.turns:
            intervals.append(model.new_optional_fixed_size_interval_var(unit.corner[axis], sides[axis], literal, ""))
            areas.append(int(np.prod(sides)) // sides[axis])
    model.add_cumulative(intervals, areas, box.volume_mm3 // box.sides_mm[axis])


def _placed(solver: cp_model.CpSolver, unit: _Unit) -> list[int]:
    sides = next(sides for literal, sides in unit.turns if solver.boolean_value(literal))
    return [unit.item, *(solver.value(corner) for corner in unit.corner), *sides, 1, 1, 1]


def _dropped(placed: list[list[int]]) -> Ints:
    """The same, each unit let down onto what is under it."""
    rows = np.array(sorted(placed, key=lambda row: row[3]), dtype=np.int64)
    for at, row in enumerate(rows):
        under = rows[:at]
        over = (under[:, 1] < row[1] + row[4]) & (row[1] < under[:, 1] + under[:, 4])
        over &= (under[:, 2] < row[2] + row[5]) & (row[2] < under[:, 2] + under[:, 5])
        row[3] = int((under[over, 3] + under[over, 6]).max(initial=0))
    return rows
