"""Speeds out of scan times: what walking, picking and changing totes really take in a hub.

The seconds between two scans of a walk are a sum: metres over the walking speed, a time per pick, per further unit,
per change of tote, and before the first step once the setting up. Between some scans somebody has a tea break, helps
a colleague or loses a scan, and such legs say nothing. So the sum is fitted by Tukey's biweight (Beaton and Tukey
1974), which gives legs far off no weight at all, from least absolute deviations as the start and by iterated
weighting (Holland and Welsch 1977). Every fit stays within `BOUNDS`, by Hildreth's coordinate steps (1957).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from warehouses.planning.floor.speeds import Speeds

Floats = npt.NDArray[np.float64]

FEWEST_LEGS: Final = 30
"""Fewer legs that have some of a thing say nothing of how long it takes."""

LEAST_OWN: Final = 0.1
"""Share of a column that must be its own, and no mix of the columns before it, to be told apart from them."""

BOUNDS: Final = {
    "walk_mm_per_s": (200.0, 3_000.0),
    "pick_s": (0.0, 120.0),
    "unit_s": (0.0, 60.0),
    "tote_change_s": (0.0, 60.0),
    "setup_s": (0.0, 900.0),
}
"""What a picker with a cart can be, at the slowest and at the fastest."""

_ROUNDS: Final = 60
_SWEEPS: Final = 400
_SETTLED: Final = 1e-9
_BIWEIGHT: Final = 4.685
"""Tukey's constant: 95 % as sharp as least squares where there is nothing to leave out."""

_MAD: Final = 1.4826
"""A normal spread is so many times its median absolute deviation."""

_LEAST_ERROR_S: Final = 0.05
_LEAST_SPREAD: Final = 0.01
"""Nobody is so even that a leg a hundredth longer or shorter is off."""

_LEAST_LEG_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Legs:
    """Legs of walks, one column each and all of one length; a leg goes from one scan to the next.

    `length_mm` walked, `picks` at its end, units beyond the first of them, changes of tote; `setups` is 1 for the leg
    from a cart's start to its first scan, else 0; `seconds` it took.
    """

    length_mm: Floats
    picks: Floats
    further_units: Floats
    tote_changes: Floats
    setups: Floats
    seconds: Floats

    @classmethod
    def of(cls, columns: npt.ArrayLike) -> "Legs":
        """From a table whose columns are in the order of the fields; an empty one will do."""
        return cls(*np.asarray(columns, dtype=np.float64).reshape(-1, len(fields(cls))).T)


@dataclass(frozen=True, slots=True)
class Learned:
    """What the legs say. `told`: the names of those speeds that come from them, the others are the assumed ones.

    `legs`: how many of them count; what was far off (pauses, lost scans) is not among them. `typical_error_s`: half of
    these legs took no more than so many seconds longer or shorter than the speeds say.
    """

    speeds: Speeds
    told: frozenset[str]
    legs: int
    typical_error_s: float


def learn(legs: Legs, assumed: Speeds) -> Learned:
    """The speeds that explain these walks best; the assumed one for each that they cannot tell apart.

    Never raises, whatever the legs say: legs that are no numbers or took no time are passed over.
    """
    table = np.column_stack([legs.length_mm, legs.picks, legs.further_units, legs.tote_changes, legs.setups])
    usable = np.isfinite(table).all(axis=1) & np.isfinite(legs.seconds) & (legs.seconds > 0) & (table >= 0).all(axis=1)
    table, seconds = table[usable], legs.seconds[usable]
    rates = np.array([_rate(name, getattr(assumed, name)) for name in BOUNDS])
    told = _told_apart(table)
    left = seconds - table @ np.where(told, 0.0, rates)
    weights = np.ones(len(seconds))
    if told.any():
        limits = np.array([sorted(_rate(name, bound) for bound in BOUNDS[name]) for name in BOUNDS])
        rates[told], weights = _fitted(table[:, told], left, rates[told], limits[told])
    counted = weights > 0
    errors = np.abs(seconds - table @ rates)[counted]
    values = {
        name: _rate(name, float(rate)) for name, rate, is_told in zip(BOUNDS, rates, told, strict=True) if is_told
    }
    return Learned(
        speeds=Speeds(**{field.name: values.get(field.name, getattr(assumed, field.name)) for field in fields(Speeds)}),
        told=frozenset(values),
        legs=int(counted.sum()) if values else 0,
        typical_error_s=float(np.median(errors)) if values else 0.0,
    )


def _rate(name: str, value: float) -> float:
    """Seconds per millimetre for a walking speed and the other way round; seconds stay what they are."""
    return 1 / value if name == "walk_mm_per_s" else value


def _told_apart(table: Floats) -> npt.NDArray[np.bool_]:
    """Which columns the legs can tell apart: enough legs have some of it, and it is no mix of those before it.

    Picks come first: nearly every leg has one, and what a leg takes at least is put down to it.
    """
    told = np.zeros(table.shape[1], dtype=np.bool_)
    for column in (1, 0, 2, 3, 4):
        values = table[:, column]
        if np.count_nonzero(values) < FEWEST_LEGS:
            continue
        known = table[:, told] / np.linalg.norm(table[:, told], axis=0)
        own = values - known @ np.linalg.lstsq(known, values, rcond=None)[0]
        told[column] = np.linalg.norm(own) >= LEAST_OWN * np.linalg.norm(values)
    return told


def _fitted(table: Floats, seconds: Floats, start: Floats, limits: Floats) -> tuple[Floats, Floats]:
    """The rates and the weight of each leg: least absolute deviations first, then the biweight from there.

    A long way varies by more seconds than a short one, so the biweight judges by the share of what a leg should take.
    """
    rates, _ = _reweighted(table, seconds, start, limits, _absolute)
    share = 1 / np.maximum(table @ rates, _LEAST_LEG_S)
    return _reweighted(table * share[:, None], seconds * share, rates, limits, _biweight)


def _reweighted(
    table: Floats, seconds: Floats, start: Floats, limits: Floats, weigh: Callable[[Floats], Floats]
) -> tuple[Floats, Floats]:
    """Weighted least squares again and again, each time with the weights that `weigh` gives the errors."""
    scale = np.linalg.norm(table, axis=0)
    columns, rates, bounds = table / scale, start * scale, limits * scale[:, None]
    weights = np.ones(len(seconds))
    for _ in range(_ROUNDS):
        before = rates
        weights = weigh(seconds - columns @ rates)
        rates = _least_squares(columns, seconds, weights, rates, bounds)
        if np.abs(rates - before).max() <= _SETTLED * np.abs(rates).max():
            break
    return rates / scale, weights


def _absolute(errors: Floats) -> Floats:
    """Weights under which least squares are least absolute deviations (Schlossmacher 1973)."""
    weights: Floats = 1 / np.maximum(np.abs(errors), _LEAST_ERROR_S)
    return weights


def _biweight(errors: Floats) -> Floats:
    """Full weight for no error, less and less for more, none beyond so many times the usual."""
    spread = max(_MAD * float(np.median(np.abs(errors))), _LEAST_SPREAD)
    weights: Floats = np.maximum(1 - (errors / (_BIWEIGHT * spread)) ** 2, 0.0) ** 2
    return weights


def _least_squares(columns: Floats, seconds: Floats, weights: Floats, rates: Floats, bounds: Floats) -> Floats:
    """The rates within their bounds of least weighted squares: one after the other is set to its best, until all are.

    Columns that are told apart make this settle soon; the normal equations of five columns cost nothing.
    """
    weighted = columns * weights[:, None]
    normal, goal = columns.T @ weighted, seconds @ weighted
    rates = np.clip(rates, bounds[:, 0], bounds[:, 1])
    for _ in range(_SWEEPS):
        before = rates.copy()
        for k in np.flatnonzero(normal.diagonal() > 0):
            best = rates[k] + (goal[k] - normal[k] @ rates) / normal[k, k]
            rates[k] = min(max(best, bounds[k, 0]), bounds[k, 1])
        if np.abs(rates - before).max() <= _SETTLED * np.abs(rates).max():
            break
    return rates
