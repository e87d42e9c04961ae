"""What happens when in a played day: an agenda of appointments, the floor between them, and a stop-watch.

The agenda and the floor are served strictly in the order of played time, so the database never learns of a
moment before it knows all earlier ones (goods-in alone writes a little ahead). That is what lets a play that
was broken off see from the rows where it was: see `stage.played_until`.
"""

import heapq
import resource
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from time import perf_counter
from typing import Protocol
from zoneinfo import ZoneInfo

Action = Callable[[datetime], None]


class Progress(Protocol):
    """Told how far the play is: a progress bar, or nothing."""

    def at(self, moment: datetime) -> None:
        """The played clock."""

    def add(self, orders: int) -> None:
        """So many orders were taken, or packed."""


class Quiet:
    """No progress bar."""

    def at(self, moment: datetime) -> None:
        """Nothing."""

    def add(self, orders: int) -> None:
        """Nothing."""


@dataclass
class StopWatch:
    """Real seconds by played day and part of the work."""

    zone: str
    spent: dict[tuple[date, str], float] = field(default_factory=lambda: defaultdict(float))
    started: float = field(default_factory=perf_counter)

    @contextmanager
    def timing(self, part: str, at: datetime) -> Iterator[None]:
        """Counts what happens inside for this part and for the played day of `at`."""
        start = perf_counter()
        try:
            yield
        finally:
            self.add(part, at, perf_counter() - start)

    def add(self, part: str, at: datetime, seconds: float) -> None:
        """Counts `seconds` for this part and for the played day of `at`."""
        self.spent[at.astimezone(ZoneInfo(self.zone)).date(), part] += seconds

    @property
    def by_part(self) -> dict[str, float]:
        """Seconds of all days by part, the longest first."""
        sums: dict[str, float] = defaultdict(float)
        for (_, part), seconds in self.spent.items():
            sums[part] += seconds
        return dict(sorted(sums.items(), key=lambda row: -row[1]))

    @property
    def by_day(self) -> dict[date, dict[str, float]]:
        """Seconds by part, of each day that took any."""
        days: dict[date, dict[str, float]] = {}
        for (day, part), seconds in sorted(self.spent.items()):
            days.setdefault(day, {})[part] = seconds
        return days

    @property
    def seconds(self) -> float:
        """Since the play began."""
        return perf_counter() - self.started

    @staticmethod
    def peak_mb() -> float:
        """The most memory this process had at once, in MB."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


class Hands(Protocol):
    """What goes on between appointments, as `Floor` does it."""

    def tick(self) -> datetime | None:
        """When the next thing happens."""

    def step(self) -> str:
        """Makes it happen and says what part of the work it was."""


@dataclass(order=True)
class _Appointment:
    at: datetime
    number: int
    part: str = field(compare=False)
    action: Action = field(compare=False)


@dataclass
class Agenda:
    """Appointments in played time. At the same moment, the one entered first comes first."""

    watch: StopWatch
    progress: Progress
    _heap: list[_Appointment] = field(default_factory=list)
    _count: int = 0

    def enter(self, at: datetime, part: str, action: Action) -> None:
        """`action(at)` happens at `at` and counts as `part`."""
        self._count += 1
        heapq.heappush(self._heap, _Appointment(at, self._count, part, action))

    def run(self, hands: Hands, *, until: datetime) -> None:
        """Serves appointments and floor up to and including `until`."""
        while True:
            floor, next_one = hands.tick(), self._heap[0].at if self._heap else None
            coming = [at for at in (floor, next_one) if at is not None]
            if not coming or min(coming) > until:
                return
            at = min(coming)
            self.progress.at(at)
            if next_one is not None and next_one <= at:
                appointment = heapq.heappop(self._heap)
                with self.watch.timing(appointment.part, at):
                    appointment.action(at)
            else:
                start = perf_counter()
                part = hands.step()
                self.watch.add(part, at, perf_counter() - start)
