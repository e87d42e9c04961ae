"""Warming up: the planner's inner loops are compiled once per machine and kept; a process loads what is kept."""

from collections.abc import Callable

from warehouses.planning.batches import batching
from warehouses.planning.scattered import planner

PARTS: tuple[Callable[[], None], ...] = (batching.warm_up, planner.warm_up)
"""Each compiles, or loads, what the others do not; they may be done at once in processes of their own."""


def warm_up() -> None:
    """Compile the methods, or load them compiled: seconds that the first plan would otherwise spend of its own."""
    for part in PARTS:
        part()
