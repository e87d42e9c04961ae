"""The S-shape rule: what most warehouses walk, for comparison and for shift leads who want it.

One block: every aisle with a pick is walked through, front to back and back to front in turn, left to right;
the last one is left by the way it was entered if need be. Several blocks (Roodbergen and de Koster 2001):
up the leftmost aisle to the farthest block, then block by block towards the depot, each from its nearer end.
"""

from collections.abc import Sequence

from warehouses.planning.bounds import walk_bound
from warehouses.planning.layout import Layout, Spot
from warehouses.planning.walks import Walk


def s_shape(layout: Layout, spots: Sequence[Spot]) -> Walk:
    """The walk over `spots` by the S-shape rule. Its length is the rule's own path, aisles walked through.

    Starts and ends at the depot's nearest door; if that is on the last cross aisle, that is the front.
    Raises `Invalid` for a spot that cannot be reached.
    """
    layout.check(spots)
    if not spots:
        return Walk((), 0, 0, "s_shape")
    walker = _Walker(layout, spots)
    walker.walk_all()
    return Walk(tuple(walker.order), walker.length_mm, walk_bound(layout, spots), "s_shape")


class _Walker:
    """Follows the rule step by step, picking up what it passes. Heights count from the depot's side."""

    def __init__(self, layout: Layout, spots: Sequence[Spot]) -> None:
        aisle, cross, distance = min(layout.depot_links, key=lambda link: link[2])
        flip = -1 if cross == len(layout.cross_y_mm) - 1 else 1
        self.x = layout.aisle_x_mm
        self.cross = sorted(flip * y for y in layout.cross_y_mm)
        self.left: dict[int, list[tuple[int, int]]] = {}
        for index, spot in enumerate(spots):
            self.left.setdefault(spot.aisle, []).append((flip * spot.y_mm, index))
        self.door = (aisle, flip * layout.cross_y_mm[cross])
        self.at = self.door
        self.order: list[int] = []
        self.length_mm = 2 * distance

    def walk_all(self) -> None:
        """The whole walk, from the door and back to it."""
        blocks = len(self.cross) - 1
        farthest = max(block for block in range(blocks) if self.aisles_in(block))
        self.go_to(min(self.left), self.cross[0])
        self.pick_along(self.cross[farthest])
        for block in range(farthest, -1, -1):
            self.walk_block(block)
        self.go_to(*self.door)

    def walk_block(self, block: int) -> None:
        """All aisles of one block with picks left, from the nearer end, ending at the block's front."""
        front, back = self.cross[block], self.cross[block + 1]
        aisles = self.aisles_in(block)
        if not aisles:
            self.pick_along(front)
            return
        if self.far(aisles[-1]) < self.far(aisles[0]):
            aisles.reverse()
        for aisle in aisles:
            self.go_to(aisle, self.at[1])
            if self.at[1] == back:
                self.pick_along(front)
            elif aisle == aisles[-1]:
                self.pick_along(max(y for y, _ in self.left[aisle] if y <= back))
                self.pick_along(front)
            else:
                self.pick_along(back)

    def aisles_in(self, block: int) -> list[int]:
        """Aisles with picks left in a block, left to right; a spot on its front cross aisle is in it too."""
        low, high = self.cross[block], self.cross[block + 1]
        return sorted(a for a, picks in self.left.items() if any(low <= y <= high for y, _ in picks))

    def far(self, aisle: int) -> int:
        """How far sideways an aisle is from here, in mm."""
        return abs(self.x[aisle] - self.x[self.at[0]])

    def go_to(self, aisle: int, y: int) -> None:
        """Walk to a crossing without picking."""
        self.length_mm += self.far(aisle) + abs(y - self.at[1])
        self.at = (aisle, y)

    def pick_along(self, y: int) -> None:
        """Walk along the present aisle to `y`, picking what is passed."""
        aisle, start = self.at
        low, high = min(start, y), max(start, y)
        passed = [pick for pick in self.left.get(aisle, []) if low <= pick[0] <= high]
        self.order += [index for _, index in sorted(passed, key=lambda pick: (abs(pick[0] - start), pick))]
        if aisle in self.left:
            self.left[aisle] = [pick for pick in self.left[aisle] if pick not in passed]
            if not self.left[aisle]:
                del self.left[aisle]
        self.go_to(aisle, y)
