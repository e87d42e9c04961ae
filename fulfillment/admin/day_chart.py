"""The day's picture: orders due, picked, packed and shipped, hour by hour, against the cut-off and the departure.

Four curves, each a part of the one before, so that the space between two is the work that waits there. Drawn
twice, for a wide screen and for a handheld, because words in a picture can't be made smaller and stay legible.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from fulfillment.selectors.day import Curve, HubDay

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Size:
    """A picture's measures in its own units, which are about pixels; `hours` between two ticks."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    hours: int


WIDE: Final = Size("wide", 720, 330, 40, 8, 30, 26, 1)
NARROW: Final = Size("narrow", 320, 250, 30, 8, 38, 24, 3)


@dataclass(frozen=True, slots=True)
class HourRow:
    """One line of the table that says what the picture shows."""

    until: datetime
    counts: tuple[int, ...]


def day_chart(day: HubDay, curves: Sequence[Curve]) -> SafeString:
    """Both pictures; the style sheet shows the one that fits."""
    return mark_safe("".join(_Chart(day, curves, size).svg() for size in (WIDE, NARROW)))  # noqa: S308 - format_html


def day_table(day: HubDay, curves: Sequence[Curve]) -> list[HourRow]:
    """The same figures at each full hour, for whoever reads rather than looks."""
    start, end = _span(day, curves)
    last = min(end, max(day.now, start)) if day.is_today else end
    hours = math.ceil((last - start) / HOUR)
    moments = [min(start + HOUR * n, last) for n in range(1, hours + 1)]
    return [HourRow(moment.astimezone(day.zone), tuple(curve.at(moment) for curve in curves)) for moment in moments]


def _span(day: HubDay, curves: Sequence[Curve]) -> tuple[datetime, datetime]:
    """From eight hours before the cut-off to an hour after the departure, or as long as something happened that day."""
    moments = [when for curve in curves for when, _ in curve.points if day.start < when < day.end]
    first = min([*moments, day.cutoff_at - 8 * HOUR])
    last = max([*moments, day.dispatch_at + HOUR])
    start = first.astimezone(day.zone).replace(minute=0, second=0, microsecond=0)
    return max(start, day.start), min(last, day.end)


def ticks(most: int) -> list[int]:
    """Round numbers from 0 to just above `most`, about four steps."""
    rough = max(most, 4) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough)
    step = max(1, math.ceil(step))
    return [step * n for n in range(math.ceil(most / step) + 1)] if most else [0, 1]


class _Chart:
    def __init__(self, day: HubDay, curves: Sequence[Curve], size: Size) -> None:
        self.day, self.curves, self.size = day, curves, size
        self.start, self.end = _span(day, curves)
        self.scale = ticks(max((curve.total for curve in curves), default=0))
        self.until = min(max(day.now, self.start), self.end)

    def x(self, moment: datetime) -> float:
        inner = self.size.width - self.size.left - self.size.right
        share = (moment - self.start) / (self.end - self.start)
        return round(self.size.left + inner * min(max(share, 0.0), 1.0), 1)

    def y(self, count: float) -> float:
        inner = self.size.height - self.size.top - self.size.bottom
        return round(self.size.height - self.size.bottom - inner * count / self.scale[-1], 1)

    def svg(self) -> SafeString:
        size = self.size
        parts = [self._grid(), *map(self._curve, self.curves), self._marks()]
        return format_html(
            '<svg class="pk-chart pk-chart-{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
            size.name,
            size.width,
            size.height,
            self._in_words(),
            mark_safe("".join(parts)),  # noqa: S308 - made of format_html only
        )

    def _in_words(self) -> str:
        counts = ", ".join(f"{curve.total} {curve.name}" for curve in self.curves)
        return (
            f"Orders of {self.day.date:%-d %B} hour by hour: {counts}. Carriers leave at {self.day.dispatch_at:%H:%M}."
        )

    def _grid(self) -> SafeString:
        size, low = self.size, self.size.height - self.size.bottom
        rows = [
            (size.left, self.y(n), size.width - size.right, self.y(n), size.left - 8, self.y(n) + 4, n)
            for n in self.scale
        ]
        lines = format_html_join(
            "",
            '<path class="pk-grid" d="M{} {}L{} {}"/><text class="pk-tick" text-anchor="end" x="{}" y="{}">{}</text>',
            rows,
        )
        hours = []
        moment = self.start
        while moment <= self.end:
            local = moment.astimezone(self.day.zone)
            if local.hour % size.hours == 0:
                hours.append((self.x(moment), low + 18, f"{local:%H}"))
            moment += HOUR
        return lines + format_html_join("", '<text class="pk-tick" text-anchor="middle" x="{}" y="{}">{}</text>', hours)

    def _curve(self, curve: Curve) -> SafeString:
        """Steps up to now: a count stays what it is until the next order comes."""
        points = [(self.start, curve.at(self.start)), *((w, n) for w, n in curve.points if w > self.start)]
        path, height = f"M{self.x(self.start)} {self.y(points[0][1])}", points[0][1]
        for when, count in points[1:]:
            if when > self.until:
                break
            path += f"H{self.x(when)}V{self.y(count)}"
            height = count
        path += f"H{self.x(self.until)}"
        if curve.name == "due":
            return format_html('<path class="pk-due" d="{}"/>', path)
        area = f"{path}V{self.y(0)}H{self.x(self.start)}z"
        return format_html('<path class="pk-area pk-{}" d="{}"/>', curve.name, area) if height else SafeString()

    def _marks(self) -> SafeString:
        """The cut-off, the departure, and now."""
        day, low, top = self.day, self.size.height - self.size.bottom, self.size.top
        marks = [
            ("cutoff", day.cutoff_at, f"Cut-off {day.cutoff_at:%H:%M}", "end"),
            ("dispatch", day.dispatch_at, f"Departure {day.dispatch_at:%H:%M}", "end"),
        ]
        if day.is_today and self.start <= day.now <= self.end:
            marks.append(("now", day.now, f"Now {day.now.astimezone(day.zone):%H:%M}", "start"))
        drawn = []
        for name, moment, words, anchor in marks:
            x = self.x(moment)
            if name == "now" and x > self.size.width - 90:
                anchor = "end"
            text_y = top + 12 if name == "now" else top - (20 if name == "dispatch" and self.size is NARROW else 6)
            shift = 6 if anchor == "start" else (-6 if name == "now" else 0)
            drawn.append(
                (name, name, x, top - (2 if name != "now" else 0), low, name, anchor, x + shift, text_y, words)
            )
        return format_html_join(
            "",
            '<g class="pk-mark pk-mark-{}"><path class="pk-line-{}" d="M{} {}V{}"/>'
            '<text class="pk-words-{}" text-anchor="{}" x="{}" y="{}">{}</text></g>',
            drawn,
        )
