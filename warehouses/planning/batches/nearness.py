"""Which loads lie alike: the candidates for riding together, for joining, ruining and repairing."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from warehouses.planning.batches.loads import Load
from warehouses.planning.floor.layout import IntArray, Layout

STRETCHES = 4
"""Stretches an aisle is cut into when loads are compared by where they lie."""


def neighbours(layout: Layout, loads: Sequence[Load], most: int) -> IntArray:
    """Per load the loads that lie most alike, best first, at most so many, shape (loads, most or fewer).

    Alike is the cosine between the stretches of aisle they need; -1 fills up a wave of one load.
    """
    regions = _regions(layout, loads)
    count = len(regions)
    if count < 2:
        return np.full((count, 1), -1, dtype=np.int64)
    most = min(most, count - 1)
    near = np.empty((count, most), dtype=np.int64)
    for first in range(0, count, 512):
        alike = regions[first : first + 512] @ regions.T
        alike[np.arange(len(alike)), first + np.arange(len(alike))] = -1
        best = np.argpartition(-alike, most - 1, axis=1)[:, :most] if most < count - 1 else _all_but_self(alike)
        best.sort(axis=1)
        order = np.argsort(-np.take_along_axis(alike, best, axis=1), axis=1, kind="stable")
        near[first : first + len(alike)] = np.take_along_axis(best, order, axis=1)
    return near


def _all_but_self(alike: npt.NDArray[np.float32]) -> IntArray:
    return np.argsort(-alike, axis=1, kind="stable")[:, :-1]


def _regions(layout: Layout, loads: Sequence[Load]) -> npt.NDArray[np.float32]:
    """Per load a unit vector of the stretches of aisle it needs."""
    low, high = layout.cross_y_mm[0], layout.cross_y_mm[-1]
    used = np.zeros((len(loads), len(layout.aisle_x_mm) * STRETCHES), dtype=np.float32)
    for place, load in enumerate(loads):
        for spot in load.spots:
            stretch = min((spot.y_mm - low) * STRETCHES // (high - low), STRETCHES - 1)
            used[place, spot.aisle * STRETCHES + stretch] = 1
    return used / np.linalg.norm(used, axis=1, keepdims=True).clip(1)


def middles(layout: Layout, loads: Sequence[Load]) -> IntArray:
    """The middle of each load's spots on the plan, in mm, shape (loads, 2)."""
    x = layout.aisle_x_mm
    spots = [[(x[spot.aisle], spot.y_mm) for spot in load.spots] for load in loads]
    return np.array([np.mean(one, axis=0) for one in spots]).astype(np.int64)
