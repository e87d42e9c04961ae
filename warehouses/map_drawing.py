"""Drawing a hub's floor as SVG: ways, signs, shelves, stops, and a walk that keeps to the right.

Colours are classes that the admin's style sheet fills in, for light and dark. One unit of the drawing is a
centimetre on the floor; the depot's side is at the bottom, as one sees it when walking in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from foundation.quantities import counted
from warehouses.map_sheet import Sheet
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.floor.mesh import Traffic
from warehouses.planning.floor.signs import Sign
from warehouses.planning.walks.walking import Point

CELL_MM = 900
"""How deep a shelf is drawn."""
HALF_AISLE_MM = 550
"""From the middle of an aisle to its shelves."""
KEEP_RIGHT_MM = 180
"""A walk is drawn this far right of the middle, so that the way in and the way out can both be seen."""
MARGIN_MM = 1_800
NAME_MM = 1_800
"""Room for a level's name above it."""
ONE_WAY_MM = 5_000
"""Between two arrows of a one-way stretch."""
HATCH = (
    '<defs><pattern id="pk-hatch" width="36" height="36" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="pk-hatch-ground" width="36" height="36"/><path class="pk-hatch-line" d="M9 0V36"/></pattern></defs>'
)
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

    def __init__(self, floor: AnyFloor, cells: Iterable[CellKey]) -> None:
        self.sheet = Sheet(floor)
        self.bay_mm = _bay_mm(cells)
        doors = [y for _, y in self.sheet.doors()]
        reach = HALF_AISLE_MM + CELL_MM
        levels = list(self.sheet.levels())
        self.left = min(level.aisle_x_mm[0] for _, level, _ in levels) - reach
        self.right = max(level.aisle_x_mm[-1] for _, level, _ in levels) + reach
        self.low = min([levels[0][1].cross_y_mm[0], *doors]) - 2_000
        name = NAME_MM if len(levels) > 1 else 0
        self.high = max([levels[-1][1].cross_y_mm[-1] + levels[-1][2], *doors]) + 1_000 + name

    def at(self, x_mm: float, y_mm: float) -> tuple[int, int]:
        """A point of the floor as a point of the picture."""
        return round((x_mm - self.left + MARGIN_MM) / 10), round((self.high - y_mm + MARGIN_MM) / 10)

    def svg(self, parts: Sequence[SafeString], label: str, *, around: Sequence[Point] = ()) -> SafeString:
        """The whole picture, or the part of the floor around some points."""
        return format_html(
            '<svg class="pk-map{}" viewBox="{}" role="img" aria-label="{}">{}</svg>',
            " pk-map-levels" if len(self.sheet.rises) > 1 else "",
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
        """The outline, the ways one can walk, the depot's doors, and the stairs."""
        x, y = self.at(self.left - 900, self.high + 900)
        right, low = self.at(self.right + 900, self.low - 900)
        doors = self.sheet.doors()
        discs = format_html_join("", '<circle class="pk-depot" cx="{}" cy="{}" r="42"/>', map(self._at, doors))
        xs, ys = zip(*doors, strict=True)
        dx, dy = self.at(sum(xs) / len(xs), min(ys) - 1_500)
        return format_html(
            '<rect class="pk-floor" x="{}" y="{}" width="{}" height="{}" rx="60"/><path class="pk-ways" d="{}"/>'
            '{}<text class="pk-depot-name" x="{}" y="{}">Depot</text>{}',
            x, y, right - x, low - y, "".join(self._ways()), discs, dx, dy, self._stairs(),
        )  # fmt: skip

    def _ways(self) -> Iterator[str]:
        """Aisles and cross aisles of all levels."""
        for _, level, rise in self.sheet.levels():
            xs, ys = level.aisle_x_mm, [y + rise for y in level.cross_y_mm]
            yield from (self._line((x, ys[0]), (x, ys[-1])) for x in xs)
            yield from (self._line((xs[0], y), (xs[-1], y)) for y in ys)

    def _stairs(self) -> SafeString:
        rows = (
            (worth, self._line(bottom, top), *self.at(*bottom), *self.at(*top))
            for bottom, top, worth in self.sheet.stairs()
        )
        return format_html_join(
            "",
            '<g class="pk-stairs"><title>{}</title><path d="{}"/><circle cx="{}" cy="{}" r="48"/>'
            '<circle cx="{}" cy="{}" r="48"/></g>',
            rows,
        )

    def signs(self) -> SafeString:
        """Closed stretches hatched, and arrows along those that are one way, each with its reason."""
        drawn = [self._sign(*ends) for ends in self.sheet.signs()]
        return format_html("{}{}", mark_safe(HATCH) if drawn else "", mark_safe("".join(drawn)))  # noqa: S308 - format_html

    def _sign(self, start: Point, end: Point, sign: Sign) -> SafeString:
        if sign.traffic is Traffic.CLOSED:
            x, y = self.at(
                start[0] - HALF_AISLE_MM * (start[0] == end[0]), end[1] + HALF_AISLE_MM * (start[1] == end[1])
            )
            right, low = self.at(
                end[0] + HALF_AISLE_MM * (start[0] == end[0]), start[1] - HALF_AISLE_MM * (start[1] == end[1])
            )
            return format_html(
                '<rect class="pk-closed" x="{}" y="{}" width="{}" height="{}" fill="url(#pk-hatch)">'
                "<title>Closed: {}</title></rect>",
                x, y, right - x, low - y, sign.reason,
            )  # fmt: skip
        return format_html(
            '<g class="pk-one-way"><title>One way: {}</title>{}</g>',
            sign.reason,
            self._one_way(start, end, sign.traffic),
        )

    def _one_way(self, start: Point, end: Point, traffic: Traffic) -> SafeString:
        """Arrows in the middle of a stretch and every few metres beside that."""
        (x1, y1), (x2, y2) = start, end
        count = max(1, (x2 - x1 + y2 - y1) // ONE_WAY_MM)
        turn = (0 if y1 == y2 else -90) + (180 if traffic is Traffic.BACKWARD else 0)
        shares = [(2 * number + 1) / (2 * count) for number in range(count)]
        rows = ((*self.at(x1 + share * (x2 - x1), y1 + share * (y2 - y1)), turn) for share in shares)
        return format_html_join(
            "", '<path d="M-40-34L4 0L-40 34M0-34L44 0L0 34" transform="translate({} {}) rotate({})"/>', rows
        )

    def _at(self, point: Point) -> tuple[int, int]:
        return self.at(*point)

    def _line(self, start: Point, end: Point) -> str:
        return "M{} {}L{} {}".format(*self.at(*start), *self.at(*end))

    def _box(self, key: CellKey) -> str:
        """A cell's outline, beside its aisle and around the place where the picker stands."""
        aisle, y_mm, side = key
        x_mm, middle = self.sheet.at(aisle, y_mm)
        start = x_mm - HALF_AISLE_MM - CELL_MM if side != "R" else x_mm + HALF_AISLE_MM
        x, y = self.at(start, middle + self.bay_mm / 2)
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
            if key[0] < self.sheet.aisles
        )
        return format_html_join("", '{}<path class="pk-cell pk-shade-{}" d="{}"><title>{}</title></path>{}', rows)

    def plain_cells(self, cells: Iterable[CellKey]) -> SafeString:
        """All cells as one quiet shape."""
        known = [key for key in cells if key[0] < self.sheet.aisles]
        return format_html('<path class="pk-cell pk-shade-0" d="{}"/>', "".join(map(self._box, known)))

    def aisle_numbers(self) -> SafeString:
        """The aisles counted from 1, at both ends; and the levels' names where there are several."""
        rows, names = [], []
        for number, (first, level, rise) in enumerate(self.sheet.levels()):
            low, high = level.cross_y_mm[0] + rise - 1_300, level.cross_y_mm[-1] + rise + 900
            for aisle, x_mm in enumerate(level.aisle_x_mm, start=first + 1):
                rows += [(*self.at(x_mm + 600, low), aisle), (*self.at(x_mm, high), aisle)]
            names.append((*self.at(level.aisle_x_mm[0] - HALF_AISLE_MM - CELL_MM, high + 1_500), number))
        drawn = format_html_join("", '<text class="pk-aisle" x="{}" y="{}">{}</text>', rows)
        named = format_html_join("", '<text class="pk-level" x="{}" y="{}">Level {}</text>', names)
        return format_html("{}{}", drawn, named if len(names) > 1 else "")

    def walk(self, strokes: Sequence[Sequence[Point]]) -> SafeString:
        """The path, kept to the right, with an arrow on every long leg; stairs lie between its strokes."""
        paths = [[self.at(*point) for point in keep_right(points, KEEP_RIGHT_MM)] for points in strokes]
        line = "".join("M" + "L".join(f"{x} {y}" for x, y in path) for path in paths)
        return format_html('<path class="pk-walk" d="{}"/>{}', line, mark_safe("".join(map(_arrows, paths))))  # noqa: S308 - format_html

    def stops(self, legs: Iterable[Leg]) -> SafeString:
        """A numbered disc on each bin's shelf; a stop with bins on both sides has one on each."""
        discs = []
        for leg in legs:
            title = f"Stop {leg.number}: {leg.bins}, {counted(leg.units, 'unit')}, {leg.state}"
            for aisle, y_mm, side in leg.places:
                offset = HALF_AISLE_MM + CELL_MM / 2
                x_mm, middle = self.sheet.at(aisle, y_mm)
                x, y = self.at(x_mm + (offset if side == "R" else -offset), middle)
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
