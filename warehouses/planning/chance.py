"""Chance for compiled searches: each thread draws from its own state."""

import numba
import numpy as np
import numpy.typing as npt

Chance = npt.NDArray[np.uint64]
"""One number, changed by every draw."""


def chance_of(seed: int) -> Chance:
    """The state that a search with this seed begins with."""
    return np.array([seed % 2**63], dtype=np.uint64)


@numba.njit(cache=True, nogil=True)
def draw(chance: Chance) -> float:
    """A number from 0 to below 1 (splitmix64, Steele, Lea and Flood 2014)."""
    chance[0] += np.uint64(0x9E3779B97F4A7C15)
    z = chance[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return float(z >> np.uint64(11)) / 9007199254740992.0
