"""The rules that warehouses walk by, for comparison and for shift leads who want them.

S-shape. One block: every aisle with a pick is walked through, front to back and back to front in turn, from the end
nearer to the depot; the last one is left by the way it was entered if need be. Several blocks (Roodbergen and de
Koster 2001): up the leftmost aisle to the farthest block, then block by block towards the depot, each from its nearer
end.

Return: every aisle is left by the front, the way it was entered; in each block from its front cross aisle.
Largest gap (Hall 1993; several blocks after Roodbergen and de Koster 2001): every aisle is entered from the front
and from the back as far as its largest gap, only the outermost ones of a block are walked through. The front is
walked along no more often than the rule needs: aisles between the depot and the first one are served on the way there.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from warehouses.planning.batches.bounds import walk_bound
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.rectangles import level_rectangles
from warehouses.planning.walks.walk import Walk


def s_shape(layout: Layout, spots: Sequence[Spot]) -> Walk:
    """The walk over `spots` by the S-shape rule. Its length is the rule's own path, aisles walked through.

    Starts and ends at the depot's nearest door; if that is on the last cross aisle, that is the front.
    Raises `Invalid` for a spot that cannot be reached.
    """
    return _walk(layout, spots, _Walker.s_shape_block, "s_shape")


def s_shape_mm(plan: AnyFloor, spots: Sequence[Spot]) -> int:
    """What the S-shape rule walks in mm, on any plan.

    Where ways are closed or one-way, the rule's order is walked by the shortest ways there are, level after level.
    """
    if isinstance(plan, Layout):
        return s_shape(plan, spots).length_mm
    visited: list[Spot] = []
    for first, layout in level_rectangles(plan):
        here = [spot for spot in spots if 0 <= spot.aisle - first < len(layout.aisle_x_mm)]
        order = s_shape(layout, [Spot(spot.aisle - first, spot.y_mm) for spot in here]).order
        visited += [here[index] for index in order]
    return plan.route_mm(visited)


def return_walk(layout: Layout, spots: Sequence[Spot]) -> Walk:
    """The walk over `spots` by the return rule; otherwise as `s_shape`."""
    return _walk(layout, spots, _Walker.return_block, "return")


def largest_gap(layout: Layout, spots: Sequence[Spot]) -> Walk:
    """The walk over `spots` by the largest gap rule; otherwise as `s_shape`."""
    return _walk(layout, spots, _Walker.largest_gap_block, "largest_gap")


def _walk(layout: Layout, spots: Sequence[Spot], block: "Callable[[_Walker, int], None]", method: str) -> Walk:
    """The walk of a rule that serves block after block."""
    layout.check(spots)
    if not spots:
        return Walk((), 0, 0, method)
    walker = _Walker(layout, spots)
    walker.walk_all(block)
    return Walk(tuple(walker.order), walker.length_mm, walk_bound(layout, spots), method)


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

    def walk_all(self, serve: "Callable[[_Walker, int], None]") -> None:
        """The whole walk, from the door and back to it: `serve` walks a block and ends at its front."""
        blocks = len(self.cross) - 1
        farthest = max(block for block in range(blocks) if self.aisles_in(block))
        if farthest:
            self.go_to(min(self.left), self.cross[0])
            self.pick_along(self.cross[farthest])
        for block in range(farthest, -1, -1):
            if self.aisles_in(block):
                serve(self, block)
            else:
                self.pick_along(self.cross[block])
        self.go_to(*self.door)

    def s_shape_block(self, block: int) -> None:
        """All aisles of a block with picks left, from the nearer end, up one and down the next."""
        front, back = self.cross[block], self.cross[block + 1]
        aisles = self.from_here(block)
        for aisle in aisles:
            self.go_to(aisle, self.at[1])
            if self.at[1] == back:
                self.pick_along(front)
            elif aisle == aisles[-1]:
                self.pick_along(max(y for y, _ in self.left[aisle] if y <= back))
                self.pick_along(front)
            else:
                self.pick_along(back)

    def return_block(self, block: int) -> None:
        """Down to the block's front, then into each aisle and back, from the nearer end."""
        front, back = self.cross[block], self.cross[block + 1]
        self.pick_along(front)
        for aisle in self.from_here(block):
            self.in_and_out(aisle, front, max(y for y, _ in self.left[aisle] if y <= back))

    def largest_gap_block(self, block: int) -> None:
        """Up the first aisle, along the back into each as far as its gap, down the last, and along the front.

        From the back of the block, all but the last are entered from there.
        """
        front, back = self.cross[block], self.cross[block + 1]
        aisles = self.from_here(block)
        if self.at[1] == front and len(aisles) == 1:
            self.in_and_out(aisles[0], front, max(y for y, _ in self.left[aisles[0]] if y <= back))
            return
        gaps = {aisle: self.largest_gap_in(aisle, front, back) for aisle in aisles}
        if self.at[1] == front:
            first, here = aisles.pop(0), self.at[0]
            passed = [aisle for aisle in aisles[:-1] if min(here, first) < aisle < max(here, first)]
            self.pick_fronts(sorted(passed, key=self.far), gaps, front)
            self.go_to(first, front)
            self.pick_along(back)
        for aisle in aisles[:-1]:
            if gaps[aisle][1] < back or any(y == back for y, _ in self.left.get(aisle, [])):
                self.in_and_out(aisle, back, gaps[aisle][1])
        self.go_to(aisles[-1], back)
        self.pick_along(front)
        self.pick_fronts(aisles[-2::-1], gaps, front)

    def largest_gap_in(self, aisle: int, front: int, back: int) -> tuple[int, int]:
        """Between which heights nobody needs to go in an aisle of a block; of equal gaps the first."""
        heights = [front, *sorted(y for y, _ in self.left[aisle] if front <= y <= back), back]
        return max(pairwise(heights), key=lambda gap: gap[1] - gap[0])

    def pick_fronts(self, aisles: Sequence[int], gaps: Mapping[int, tuple[int, int]], front: int) -> None:
        """From the front into each of these aisles as far as its gap, if there are picks."""
        for aisle in aisles:
            if any(front <= y <= gaps[aisle][0] for y, _ in self.left.get(aisle, [])):
                self.in_and_out(aisle, front, gaps[aisle][0])

    def in_and_out(self, aisle: int, end: int, y: int) -> None:
        """Into an aisle from one end as far as `y`, and out again."""
        self.go_to(aisle, end)
        self.pick_along(y)
        self.go_to(aisle, end)

    def from_here(self, block: int) -> list[int]:
        """Aisles of a block with picks left, from the end that is nearer to where the picker stands."""
        aisles = self.aisles_in(block)
        return aisles[::-1] if aisles and self.far(aisles[-1]) < self.far(aisles[0]) else aisles

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
