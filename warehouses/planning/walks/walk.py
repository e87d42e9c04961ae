"""What a planned walk is: the visiting order of one cart, its length, and the proof beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from warehouses.planning.floor.layout import Layout, Spot


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk from the depot over all its spots and back.

    `order` indexes the spots it was planned for, every one once (spots on the same place stand side by
    side). `length_mm` is what is walked, `bound_mm` a proven lower bound on any walk over these spots, and
    `method` how the order was found: `exact`, `routing`, `circuit`, or a rule: `s_shape`, `return`, `largest_gap`.
    """

    order: tuple[int, ...]
    length_mm: int
    bound_mm: int
    method: str

    @property
    def gap(self) -> float:
        """How far `length_mm` may be above the shortest walk, as a share of the bound; 0 when proven."""
        return self.length_mm / self.bound_mm - 1 if self.bound_mm else 0.0


def ordered_walk(layout: Layout, spots: Sequence[Spot], order: Sequence[Spot], bound_mm: int, method: str) -> Walk:
    """The walk that visits `spots` in the order of the distinct `order`, each leg by the shortest way."""
    place = {spot: index for index, spot in enumerate(order)}
    indexes = sorted(range(len(spots)), key=lambda index: place[spots[index]])
    return Walk(tuple(indexes), layout.route_mm(order), bound_mm, method)
