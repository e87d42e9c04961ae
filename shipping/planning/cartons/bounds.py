"""What no packing can do: proofs that goods don't go into one box, and how few boxes may hold them at all.

Sources: Fekete and Schepers, "A general framework for bounds for higher-dimensional orthogonal packing problems"
(Mathematical Methods of Operations Research 60, 2004) for the sides counted as nothing or as all; the cover is an
integer programme over kinds of boxes, solved by CP-SAT.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
from ortools.sat.python import cp_model

from shipping.planning.cartons.goods import BoxSize, Goods, Ints

_CUTS = 2
"""Thresholds tried for each side of a box."""
_MOST_ITEMS = 60
"""Of more items only volume and weight are counted: small goods together are like sand."""
_COVER_EFFORT = 0.05


def cannot_hold(goods: Goods, left: Ints, box: BoxSize) -> bool:
    """Whether it is proven that what is `left` does not go into one `box`. False proves nothing."""
    needed = left > 0
    if int(left @ goods.volume) > box.volume_mm3 or int(left @ goods.weight) > box.room_g:
        return True
    if not goods.fits(box)[needed].all():
        return True
    if int(needed.sum()) > _MOST_ITEMS:
        return False
    rows = needed[goods.of] & (goods.sides <= box.sides_mm).all(axis=1)
    return _too_big_together(goods, left, rows, box) or _pair_apart(goods, left, rows, box)


def _too_big_together(goods: Goods, left: Ints, rows: np.ndarray, box: BoxSize) -> bool:
    """Whether the units' volumes exceed the box's, once sides are counted by what else can stand beside them.

    With a threshold, a unit that leaves less than it counts as long as the box, and one shorter than it as nothing;
    that never makes a packing that exists look too big. Each unit counts as its most favourable turn.
    """
    sides, of = goods.sides[rows], goods.of[rows]
    ways = [_counted(sides[:, axis], box.sides_mm[axis]) for axis in range(3)]
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    units = left[of[starts]]
    for x, y, z in product(*ways):
        least = np.minimum.reduceat(x * y * z, starts)
        if int(units @ least) > box.volume_mm3:
            return True
    return False


def _counted(sides: Ints, room: int) -> list[Ints]:
    """The sides as they are, and by each of a few thresholds up to half of the box's side."""
    low = np.unique(np.concatenate([sides[sides <= room // 2], room - sides[sides > room // 2] + 1]))
    low = low[(low > 0) & (2 * low <= room)]
    picked = low if len(low) <= _CUTS else low[np.linspace(0, len(low) - 1, _CUTS).astype(int)]
    return [sides] + [np.where(sides > room - cut, room, np.where(sides < cut, 0, sides)) for cut in picked]


def _pair_apart(goods: Goods, left: Ints, rows: np.ndarray, box: BoxSize) -> bool:
    """Whether two of the units can stand beside each other along no side of the box."""
    sides, of = goods.sides[rows], goods.of[rows]
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    items = of[starts]
    shortest = np.minimum.reduceat(sides, starts)
    upright = np.where(goods.fragile[items] > 0, shortest[:, 2], 0)
    beside = np.zeros((len(items), len(items)), dtype=bool)
    for axis in range(3):
        together = shortest[:, None, axis] + shortest[None, :, axis] <= box.sides_mm[axis]
        if axis == 2:
            # two fragile ones never stand on one another
            together &= (upright[:, None] == 0) | (upright[None, :] == 0)
        beside |= together
    np.fill_diagonal(beside, beside.diagonal() | (left[items] < 2))
    return not beside.all()


def least_boxes(goods: Goods, left: Ints, boxes: Sequence[BoxSize], *, parcels: int) -> tuple[int, int]:
    """How few boxes may hold what is `left`, and the least inner volume of `parcels` boxes that may.

    Both are proven. Counted are volume, weight, and that goods which fit some boxes only need room in those.
    """
    model = cp_model.CpModel()
    most = len(left) + int(left.sum())
    used = [model.new_int_var(0, most, box.code) for box in boxes]
    fits = np.array([goods.fits(box) for box in boxes])
    model.add(sum(n * box.room_g for n, box in zip(used, boxes, strict=True)) >= int(left @ goods.weight))
    for mask in {tuple(column) for column in fits[:, left > 0].T}:
        mine = np.array(mask)
        only_there = ~fits[~mine].any(axis=0) if (~mine).any() else np.ones(len(left), dtype=bool)
        volume = int((left * goods.volume)[only_there & (left > 0)].sum())
        takers = np.flatnonzero(mine).tolist()
        model.add(sum(used[b] * boxes[b].volume_mm3 for b in takers) >= volume)
        model.add(sum(used[b] for b in takers) >= 1)
    count = sum(used)
    fewest = max(
        -(-int(left @ goods.volume) // max(box.volume_mm3 for box in boxes)),
        -(-int(left @ goods.weight) // max(box.room_g for box in boxes)),
    )
    if fewest < parcels:
        fewest = _least(model, count)
    model.add(count == parcels)
    return fewest, _least(model, sum(n * box.volume_mm3 for n, box in zip(used, boxes, strict=True)))


def _least(model: cp_model.CpModel, what: cp_model.LinearExprT) -> int:
    """The proven lower bound of `what`."""
    model.minimize(what)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    solver.parameters.max_deterministic_time = _COVER_EFFORT
    solver.solve(model)
    return int(np.ceil(solver.best_objective_bound - 1e-6))
