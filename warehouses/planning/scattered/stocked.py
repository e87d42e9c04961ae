"""The floor of scattered storage as plain arrays for the compiled methods: pieces of aisle, and what lies on them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warehouses.planning.floor.layout import IntArray
from warehouses.planning.walks.compiled import Int32Array

BoolArray = npt.NDArray[np.bool_]


class StockedFloor(NamedTuple):
    """The walkable pieces and what lies on them, as arrays.

    Piece p (aisle by aisle, front to back) is `long[p]` mm and has the spots `spots[p]` to `spots[p + 1]`, rising,
    each `at` so many mm from its front. Spot s holds the supplies `supplies[s]` to `supplies[s + 1]`, each of an
    `article` and so many `units`. `ahead[a]` is the way in mm from aisle a to the next, `links[a, k]` the
    depot's distance from cross aisle k, -1 for none (no columns where the depot is a spot). The rest are the
    automaton's arcs, see `compiled.Arcs`.
    """

    spots: IntArray
    long: IntArray
    at: IntArray
    supplies: IntArray
    article: IntArray
    units: IntArray
    ahead: IntArray
    links: IntArray
    first: Int32Array
    source: Int32Array
    target: Int32Array
    choice: Int32Array
    last: IntArray
