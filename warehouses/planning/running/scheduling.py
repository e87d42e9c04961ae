"""Carts to pickers, and in which order: late orders first, then how late, then how soon all is done.

Identical pickers who take the next cart as they get free: some order of the carts gives the best schedule, so
orders are what is searched. A few carts are tried in every order, more by insertion from the earliest due date
order (Jackson 1955) and from that of Moore 1968, which puts carts off that would be late anyway.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random

from foundation.errors import Invalid
from warehouses.planning.batches.batching import CartPlan
from warehouses.planning.batches.loads import Load
from warehouses.planning.floor.layout import Plan
from warehouses.planning.floor.speeds import Speeds, StopWork, times_of

EVERY_ORDER = 6
"""Up to so many carts every order is tried."""

TRIES = 3_000
"""Insertions tried beyond that."""

ENOUGH_S = 1_800.0
"""Half an hour before it is due is early enough; up to there a second earlier is worth a second of the end."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A cart's time in one aisle, in seconds from its start."""

    aisle: int
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Job:
    """One cart's work: how long it takes, when each of its orders is due, and when it is in which aisle."""

    key: str
    seconds: float
    dues_s: tuple[int | None, ...] = ()
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One cart's place in the schedule."""

    key: str
    picker: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """The turns by start; how many orders are late and by how many seconds in all; when the last cart is back.

    `slack_s`: how much later every cart may be back, up to `ENOUGH_S`, before one more order is late. `crowded_s`:
    seconds that two carts spend in one aisle at once, every pair counted.
    """

    turns: tuple[Turn, ...]
    late_orders: int
    lateness_s: float
    end_s: float
    crowded_s: float
    slack_s: float


def job_of(floor: Plan, cart: CartPlan, loads: Mapping[str, Load], speeds: Speeds) -> Job:
    """The work of one planned cart; `loads` by key tell when its orders are due."""
    works = [StopWork(cart.spots[index]) for index in cart.walk.order]
    stays = [Stay(-1, 0, 0)]
    for work, stop in zip(works, times_of(floor, works, speeds).stops, strict=True):
        is_same = stays[-1].aisle == work.spot.aisle
        stays.append(Stay(work.spot.aisle, stays.pop().from_s if is_same else stop.from_s, stop.done_s))
    handled_s = speeds.seconds(cart.walk.length_mm, picks=len(cart.spots), tote_changes=cart.totes)
    return Job(
        key="+".join(cart.loads),
        seconds=speeds.setup_s + handled_s,
        dues_s=tuple(loads[key].due_s for key in cart.loads),
        stays=tuple(stays[1:]),
    )


def schedule(
    jobs: Sequence[Job], *, free_at_s: Sequence[float], crowding: float = 0.0, narrow: Iterable[int] = (), seed: int = 0
) -> Schedule:
    """Who takes which cart when. `free_at_s`: per picker, when they can begin.

    `crowding`: seconds of the last cart's return that a second of two carts in one of the `narrow` aisles is
    worth; it never makes an order late. Raises `Invalid` (`pickers_missing`, `job_duplicate`).
    """
    if not free_at_s:
        raise Invalid("A schedule needs at least one picker.", code="pickers_missing", field="free_at_s")
    if len({job.key for job in jobs}) < len(jobs):
        raise Invalid("A cart is in the schedule twice.", code="job_duplicate", field="jobs")
    planner = _Planner(tuple(free_at_s), crowding, frozenset(narrow))
    by_due = sorted(jobs, key=_due)
    if len(jobs) <= EVERY_ORDER:  # of equal ones the first, which is nearest to the order of the dues
        return min((planner.followed(order) for order in permutations(by_due)), key=planner.cost)
    begun = [by_due, _with_late_ones_last(jobs, len(free_at_s))]
    return planner.improved(min(begun, key=lambda order: planner.cost(planner.followed(order))), Random(seed))


def _due(job: Job) -> tuple[float, float]:
    """The first order's due time, carts without one last, short ones first."""
    return min((due for due in job.dues_s if due is not None), default=float("inf")), job.seconds


def _with_late_ones_last(jobs: Sequence[Job], pickers: int) -> list[Job]:
    """Moore 1968, as if the pickers were one of so many times the pace: the longest job so far goes to the end."""
    kept: list[Job] = []
    late: list[Job] = []
    for job in sorted(jobs, key=_due):
        kept.append(job)
        if sum(one.seconds for one in kept) / pickers > _due(job)[0]:
            late.append(max(kept, key=lambda one: one.seconds))
            kept.remove(late[-1])
    return [*kept, *sorted(late, key=_due)]


@dataclass(frozen=True, slots=True)
class _Planner:
    """Follows an order of carts and says what it costs."""

    free_at_s: tuple[float, ...]
    crowding: float
    narrow: frozenset[int]

    def cost(self, plan: Schedule) -> tuple[int, float, float]:
        """Late orders, lateness, then the end and the crowding, less the slack."""
        return plan.late_orders, plan.lateness_s, plan.end_s + self.crowding * plan.crowded_s - plan.slack_s

    def followed(self, order: Sequence[Job]) -> Schedule:
        """Each cart in turn goes to the picker who is free first."""
        free = [(at, picker) for picker, at in enumerate(self.free_at_s)]
        heapq.heapify(free)
        turns: list[Turn] = []
        late, lateness, slack = 0, 0.0, ENOUGH_S
        for job in order:
            start, picker = free[0]
            end = start + job.seconds
            heapq.heapreplace(free, (end, picker))
            turns.append(Turn(job.key, picker, start, end))
            over = [end - due for due in job.dues_s if due is not None]
            late, lateness = late + sum(one > 0 for one in over), lateness + sum(one for one in over if one > 0)
            slack = min(slack, *(-one for one in over if one <= 0), ENOUGH_S)
        crowded = self._crowded(order, turns) if self.crowding else 0.0
        last = max((turn.end_s for turn in turns), default=0.0)
        by_start = tuple(sorted(turns, key=lambda turn: (turn.start_s, turn.picker)))
        return Schedule(by_start, late, lateness, last, crowded, slack)

    def _crowded(self, order: Sequence[Job], turns: Sequence[Turn]) -> float:
        """Seconds of every pair of carts in one narrow aisle at once."""
        stays: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for job, turn in zip(order, turns, strict=True):
            for stay in job.stays:
                if stay.aisle in self.narrow:
                    stays[stay.aisle].append((turn.start_s + stay.from_s, turn.start_s + stay.to_s))
        total = 0.0
        for times in stays.values():
            inside: list[float] = []
            for start, end in sorted(times):
                inside = [other for other in inside if other > start]
                total += sum(min(other, end) - start for other in inside)
                inside.append(end)
        return total

    def improved(self, order: list[Job], rng: Random) -> Schedule:
        """The order after so many insertions and exchanges, each kept unless it costs more."""
        best = self.followed(order)
        for _ in range(TRIES):
            one, other = rng.sample(range(len(order)), 2)
            changed = list(order)
            if rng.random() < 0.5:
                changed.insert(other, changed.pop(one))
            else:
                changed[one], changed[other] = changed[other], changed[one]
            found = self.followed(changed)
            if self.cost(found) <= self.cost(best):
                order, best = changed, found
        return best
