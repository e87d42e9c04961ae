"""Drawing a hub's floor as SVG: ways, shelves, stops, and a walk that keeps to the right.

Colours are classes that the admin's style sheet fills in, for light and dark. One unit of the drawing is a
centimetre on the floor; the depot's side is at the bottom, as one sees it when walking in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from foundation.quantities import counted
from warehouses.planning.floor.layout import Layout
from warehouses.planning.walks.walking import Point

CELL_MM = 900
"""How deep a shelf is drawn."""
HALF_AISLE_MM = 550
"""From the middle of an aisle to its shelves."""
KEEP_RIGHT_MM = 180
"""A walk is drawn this far right of the middle, so that the way in and the way out can both be seen."""
MARGIN_MM = 1_800
LEAST_SIGHT_MM = 24_000
"""A short walk is shown with so much of the floor around it that one knows where it is."""

CellKey = tuple[int, int, str]
"""Aisle, y in mm, side: all levels above one another are one cell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one place on the map: how many bins, units, and which share of their volume is taken."""

    bins: int
    units: int
    share: float

    @property
    def shade(self) -> int:
        """0 empty, then 1 to 4 by quarters of the volume."""
        return 0 if not self.units else min(4, int(self.share * 4) + 1)


@dataclass(frozen=True, slots=True)
class Leg:
    """One stop of a walk: its number, its bins and their places, the units, and whether it is open, done or short."""

    number: int
    bins: str
    places: tuple[CellKey, ...]
    units: int
    state: str


class Drawing:
    """Turns millimetres on the floor into a picture: x to the right, y upwards, a centimetre a unit."""

    def __init__(self, layout: Layout, cells: Iterable[CellKey]) -> None:
        self.layout = layout
        self.bay_mm = _bay_mm(cells)
        doors = [y for _, y in self.doors()]
        reach = HALF_AISLE_MM + CELL_MM
        self.left, self.right = layout.aisle_x_mm[0] - reach, layout.aisle_x_mm[-1] + reach
        self.low = min([layout.cross_y_mm[0], *doors]) - 2_000
        self.high = max([layout.cross_y_mm[-1], *doors]) + 1_000

    def doors(self) -> list[Point]:
        """Where the depot is reached."""
        layout, found = self.layout, []
        for aisle, cross, distance in layout.depot_links:
            back = cross == len(layout.cross_y_mm) - 1
            found.append((layout.aisle_x_mm[aisle], layout.cross_y_mm[cross] + (distance if back else -distance)))
        return found

    def at(self, x_mm: float, y_mm: float) -> tuple[int, int]:
        """A point of the floor as a point of the picture."""
        return round((x_mm - self.left + MARGIN_MM) / 10), round((self.high - y_mm + MARGIN_MM) / 10)

    def svg(self, parts: Sequence[SafeString], label: str, *, around: Sequence[Point] = ()) -> SafeString:
        """The whole picture, or the part of the floor around some points."""
        return format_html(
            '<svg class="pk-map" viewBox="{}" role="img" aria-label="{}">{}</svg>',
            " ".join(map(str, self._frame(around))),
            label,
            mark_safe("".join(parts)),  # noqa: S308 - made of format_html only
        )

    def across(self, point: Point, *, around: Sequence[Point]) -> float:
        """How far from the left edge of the picture a point is, 0 to 1."""
        x, _, width, _ = self._frame(around)
        return min(max((self.at(*point)[0] - x) / width, 0.0), 1.0)

    def _frame(self, around: Sequence[Point]) -> tuple[int, int, int, int]:
        """x, y, width and height of what is shown: at least `LEAST_SIGHT_MM` wide, never beyond the floor's margin."""
        left, right = self.left - MARGIN_MM, self.right + MARGIN_MM
        low, high = self.low - MARGIN_MM, self.high + MARGIN_MM
        if around:
            xs, ys = [x for x, _ in around], [y for _, y in around]
            missing = max(LEAST_SIGHT_MM - (max(xs) - min(xs)), 0) // 2
            left, right = max(left, min(xs) - missing - 4_000), min(right, max(xs) + missing + 4_000)
            low, high = max(low, min(ys) - 3_500), min(high, max(ys) + 4_500)
        x, y = self.at(left, high)
        end_x, end_y = self.at(right, low)
        return x, y, end_x - x, end_y - y

    def floor(self) -> SafeString:
        """The outline, the ways one can walk, and the depot's doors."""
        layout = self.layout
        x, y = self.at(self.left - 900, self.high + 900)
        right, low = self.at(self.right + 900, self.low - 900)
        aisles = "".join(
            self._line((x_mm, layout.cross_y_mm[0]), (x_mm, layout.cross_y_mm[-1])) for x_mm in layout.aisle_x_mm
        )
        ends = layout.aisle_x_mm[0], layout.aisle_x_mm[-1]
        crosses = "".join(self._line((ends[0], y_mm), (ends[1], y_mm)) for y_mm in layout.cross_y_mm)
        doors = format_html_join("", '<circle class="pk-depot" cx="{}" cy="{}" r="42"/>', map(self._at, self.doors()))
        xs, ys = zip(*self.doors(), strict=True)
        dx, dy = self.at(sum(xs) / len(xs), min(ys) - 1_500)
        return format_html(
            '<rect class="pk-floor" x="{}" y="{}" width="{}" height="{}" rx="60"/><path class="pk-ways" d="{}"/>'
            '{}<text class="pk-depot-name" x="{}" y="{}">Depot</text>',
            x, y, right - x, low - y, aisles + crosses, doors, dx, dy,
        )  # fmt: skip

    def _at(self, point: Point) -> tuple[int, int]:
        return self.at(*point)

    def _line(self, start: Point, end: Point) -> str:
        return "M{} {}L{} {}".format(*self.at(*start), *self.at(*end))

    def _box(self, key: CellKey) -> str:
        """A cell's outline, beside its aisle and around the place where the picker stands."""
        aisle, y_mm, side = key
        x_mm = self.layout.aisle_x_mm[aisle]
        start = x_mm - HALF_AISLE_MM - CELL_MM if side != "R" else x_mm + HALF_AISLE_MM
        x, y = self.at(start, y_mm + self.bay_mm / 2)
        return f"M{x} {y}h{CELL_MM // 10}v{round(self.bay_mm / 10)}h-{CELL_MM // 10}z"

    def filled_cells(self, cells: Mapping[CellKey, Cell], url: Callable[[CellKey], str] | None) -> SafeString:
        """Every cell with its shade, its words, and a link if there is one."""
        rows = (
            (
                format_html('<a href="{}" tabindex="-1">', url(key)) if url else "",
                cell.shade,
                self._box(key),
                _in_words(key, cell),
                mark_safe("</a>") if url else "",
            )
            for key, cell in cells.items()
            if key[0] < len(self.layout.aisle_x_mm)
        )
        return format_html_join("", '{}<path class="pk-cell pk-shade-{}" d="{}"><title>{}</title></path>{}', rows)

    def plain_cells(self, cells: Iterable[CellKey]) -> SafeString:
        """All cells as one quiet shape."""
        known = [key for key in cells if key[0] < len(self.layout.aisle_x_mm)]
        return format_html('<path class="pk-cell pk-shade-0" d="{}"/>', "".join(map(self._box, known)))

    def aisle_numbers(self) -> SafeString:
        """The aisles counted from 1, at both ends."""
        low, high = self.layout.cross_y_mm[0] - 1_300, self.layout.cross_y_mm[-1] + 900
        aisles = list(enumerate(self.layout.aisle_x_mm, start=1))
        rows = ((*self.at(x_mm + 600 * (y_mm == low), y_mm), number) for y_mm in (low, high) for number, x_mm in aisles)
        return format_html_join("", '<text class="pk-aisle" x="{}" y="{}">{}</text>', rows)

    def walk(self, points: Sequence[Point]) -> SafeString:
        """The path, kept to the right, with an arrow on every long leg."""
        path = [self.at(*point) for point in keep_right(points, KEEP_RIGHT_MM)]
        line = "M" + "L".join(f"{x} {y}" for x, y in path)
        return format_html('<path class="pk-walk" d="{}"/>{}', line, _arrows(path))

    def stops(self, legs: Iterable[Leg]) -> SafeString:
        """A numbered disc on each bin's shelf; a stop with bins on both sides has one on each."""
        discs = []
        for leg in legs:
            title = f"Stop {leg.number}: {leg.bins}, {counted(leg.units, 'unit')}, {leg.state}"
            for aisle, y_mm, side in leg.places:
                offset = HALF_AISLE_MM + CELL_MM / 2
                x, y = self.at(self.layout.aisle_x_mm[aisle] + (offset if side == "R" else -offset), y_mm)
                discs.append((leg.state, title, x, y, x, y + 20, leg.number))
        return format_html_join(
            "",
            '<g class="pk-stop pk-stop-{}"><title>{}</title><circle cx="{}" cy="{}" r="52"/>'
            '<text x="{}" y="{}">{}</text></g>',
            discs,
        )


def _in_words(key: CellKey, cell: Cell) -> str:
    aisle, y_mm, side = key
    full = f"{cell.share:.0%} full" if cell.units else "empty"
    what = f"{counted(cell.bins, 'bin')}, {counted(cell.units, 'unit')}, {full}"
    return f"Aisle {aisle + 1}{side}, {y_mm / 1000:.1f} m: {what}"


def _bay_mm(cells: Iterable[CellKey]) -> float:
    """How wide a bay is drawn: the least step between neighbouring places of an aisle, less a gap."""
    by_aisle: dict[int, set[int]] = defaultdict(set)
    for aisle, y_mm, _ in cells:
        by_aisle[aisle].add(y_mm)
    steps = [b - a for ys in by_aisle.values() for a, b in pairwise(sorted(ys))]
    return min([*steps, 2_700]) * 0.86


def keep_right(points: Sequence[Point], offset: int) -> list[tuple[float, float]]:
    """The same path of straight legs, `offset` to the right of each leg; a U-turn crosses over."""
    legs = [(a, b) for a, b in pairwise(points) if a != b]
    moved = [(_shifted(a, a, b, offset), _shifted(b, a, b, offset)) for a, b in legs]
    if not moved:
        return [(float(x), float(y)) for x, y in points]
    path = [moved[0][0]]
    for (_, end), (start, after) in pairwise(moved):
        # At a right angle the shifted lines meet in one corner; straight on or back they don't need to.
        crosses = (end[0] - path[-1][0]) * (after[1] - start[1]) - (end[1] - path[-1][1]) * (after[0] - start[0])
        if crosses:
            is_upright = path[-1][0] == end[0]
            path.append((end[0], start[1]) if is_upright else (start[0], end[1]))
        else:
            path += [end, start]
    return [*path, moved[-1][1]]


def _shifted(point: Point, start: Point, end: Point, offset: int) -> tuple[float, float]:
    dx = (end[0] > start[0]) - (end[0] < start[0])
    dy = (end[1] > start[1]) - (end[1] < start[1])
    return point[0] + dy * offset, point[1] - dx * offset


def _arrows(path: Sequence[tuple[int, int]]) -> SafeString:
    rows = []
    for (x1, y1), (x2, y2) in pairwise(path):
        if abs(x2 - x1) + abs(y2 - y1) < 300:
            continue
        angle = {(1, 0): 0, (0, 1): 90, (-1, 0): 180, (0, -1): 270}[(x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)]
        rows.append(((x1 + x2) // 2, (y1 + y2) // 2, angle))
    return format_html_join(
        "", '<path class="pk-arrow" d="M-26-26L30 0L-26 26z" transform="translate({} {}) rotate({})"/>', rows
    )
