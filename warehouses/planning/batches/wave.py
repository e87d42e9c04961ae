"""A wave's loads as arrays for the compiled search: sizes, places, neighbours, and what may not ride together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warehouses.planning.batches.lengths import WalkedFloor, flattened, floor_of
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.layout import IntArray, Layout

Signs = npt.NDArray[np.uint64]


class Wave(NamedTuple):
    """The loads: `size` (loads, 3) and `capacity` (3); `places` between `starts`; `near` (loads, neighbours, -1).

    `group` is a bit per load and `apart` the bits it may not ride with; `due` is a bit per due class, and each
    class more on a cart costs `mixing` units of length.
    """

    size: IntArray
    capacity: IntArray
    starts: IntArray
    places: IntArray
    near: IntArray
    sign: Signs
    group: IntArray
    apart: IntArray
    due: IntArray
    mixing: int


def wave_of(
    layout: Layout,
    loads: Sequence[Load],
    cart: Cart,
    *,
    seed: int,
    apart: Iterable[tuple[str, str]] = (),
    mixing_mm: int = 0,
) -> tuple[WalkedFloor, Wave]:
    """A wave as arrays, without neighbours yet. `apart`: pairs of load groups that may not ride together."""
    floor, number, shared = floor_of(layout, (spot for load in loads for spot in load.spots))
    places = [sorted({number[spot.aisle, spot.y_mm] for spot in load.spots} | set(shared)) for load in loads]
    return floor, wave_at(places, loads, cart, seed=seed, apart=apart, mixing=mixing_mm // floor.unit_mm)


def wave_at(
    places: Sequence[Sequence[int]],
    loads: Sequence[Load],
    cart: Cart,
    *,
    seed: int,
    apart: Iterable[tuple[str, str]],
    mixing: int,
) -> Wave:
    """A wave whose loads' places are numbered already, rising; `mixing` is in units of length."""
    starts, flat = flattened(places)
    groups = {name: 1 << place for place, name in enumerate(sorted({name for pair in apart for name in pair}))}
    bars = dict.fromkeys(groups, 0)
    for one, other in apart:
        bars[one] |= groups[other]
        bars[other] |= groups[one]
    dues = sorted({load.due_s for load in loads if load.due_s is not None})
    classes = {due: 1 << min(place, 61) for place, due in enumerate(dues)}
    return Wave(
        size=np.array([(load.totes, load.volume_mm3, load.weight_g) for load in loads], dtype=np.int64).reshape(-1, 3),
        capacity=np.array([cart.totes, cart.volume_mm3, cart.weight_g], dtype=np.int64),
        starts=starts,
        places=flat,
        near=np.full((len(loads), 1), -1, dtype=np.int64),
        sign=np.random.default_rng(seed).integers(1, 2**63, size=len(loads), dtype=np.uint64) * np.uint64(2)
        + np.uint64(1),
        group=np.array([groups.get(load.group, 0) for load in loads], dtype=np.int64),
        apart=np.array([bars.get(load.group, 0) for load in loads], dtype=np.int64),
        due=np.array([1 << 62 if load.due_s is None else classes[load.due_s] for load in loads], dtype=np.int64),
        mixing=mixing,
    )


def part_of(wave: Wave, loads: IntArray) -> Wave:
    """The wave of some of the loads, which count from 0 there; neighbours outside are left out."""
    place = np.full(len(wave.size) + 1, -1, dtype=np.int64)
    place[loads] = np.arange(len(loads))
    near = place[wave.near[loads]]
    near = np.take_along_axis(near, np.argsort(near < 0, axis=1, kind="stable"), axis=1)
    lengths = np.diff(wave.starts)[loads]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
    return wave._replace(
        size=wave.size[loads],
        starts=starts,
        places=wave.places[np.repeat(wave.starts[loads], lengths) + within],
        near=np.ascontiguousarray(near),
        sign=wave.sign[loads],
        group=wave.group[loads],
        apart=wave.apart[loads],
        due=wave.due[loads],
    )
