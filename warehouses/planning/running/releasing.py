"""A wave onto the floor: carts, their walks and who takes which when; late orders first, then metres.

    release = plan_release({"": Area(layout, loads)}, cart, Crew(free_at_s=(0, 0, 90)), time_limit_s=5.0)

The shortest plan is made first. Only when it would bring orders back late, others are tried in the time that is
left: carts that mix due times less, and smaller carts when there are more pickers than carts. The plan with the
fewest late orders is taken, then the one with the least lateness, then the shortest.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from warehouses.planning.batches.batching import CartPlan, Progress, WavePlan, plan_wave
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.floor.speeds import Speeds
from warehouses.planning.running.scheduling import Job, Schedule, job_of, schedule


@dataclass(frozen=True, slots=True)
class Area:
    """What is walked from one door: the floor with that door as its depot, and the loads that lie there."""

    floor: AnyFloor
    loads: tuple[Load, ...]


@dataclass(frozen=True, slots=True)
class Crew:
    """Who walks: per picker the seconds until free, their speeds, and the carts they have to take besides.

    `narrow`: aisles in which two carts are in each other's way.
    """

    free_at_s: tuple[float, ...]
    speeds: Speeds = field(default_factory=Speeds)
    waiting: tuple[Job, ...] = ()
    narrow: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Release:
    """A plan per area, and the schedule of all carts, those that waited before included.

    A cart's job is named by `job_key`. `least_mm`: proven, no plan of these loads walks less; `proof` says how, as
    `WavePlan.bound_kind` does, by the weakest of the areas. `seconds`: how long it took.
    """

    plans: Mapping[str, WavePlan]
    schedule: Schedule
    least_mm: int
    proof: str
    seconds: float = 0.0

    @property
    def length_mm(self) -> int:
        """All walks together."""
        return sum(plan.length_mm for plan in self.plans.values())

    @property
    def settled(self) -> bool:
        """Whether the search ended by its own rule everywhere."""
        return all(plan.settled for plan in self.plans.values())


def job_key(area: str, cart: CartPlan) -> str:
    """The name of a cart's job in the schedule."""
    return f"{area}:{'+'.join(cart.loads)}"


def plan_release(
    areas: Mapping[str, Area],
    cart: Cart,
    crew: Crew,
    *,
    seed: int = 0,
    time_limit_s: float = 5.0,
    apart: Collection[tuple[str, str]] = (),
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Release:
    """Plan the carts of all areas and their order, within `time_limit_s`.

    The same seed gives the same plan when nothing is late and the search ends by itself. Raises `Invalid` as
    `plan_wave` and `schedule` do.
    """
    planner = _Planner(areas, cart, crew, seed, tuple(apart), progress, stop)
    deadline = Deadline(time_limit_s)
    may_be_late = planner.may_be_late()
    best = planner.planned(cart, 0, FIRST * time_limit_s if may_be_late else time_limit_s)
    if may_be_late and not _is_late(best) and not best.settled:
        best = min(best, planner.planned(cart, 0, max(deadline.left(), LEAST_S)), key=_cost)
    ways = planner.other_ways(best)
    for done, (smaller, mixing_mm) in enumerate(ways):
        if not _is_late(best) or deadline.over() or (stop is not None and stop()):
            break
        found = planner.planned(smaller, mixing_mm, max(deadline.left() / (len(ways) - done), LEAST_S))
        best = min(best, _proven_by(found, best), key=_cost)
    return replace(best, seconds=deadline.spent())


FIRST = 0.25
"""Share of the time after which one knows whether anything would be late."""

LEAST_S = 0.01
"""Seconds for a plan that comes when the time is over."""

STRENGTH = ("optimum", "set_partitioning", "floor")
"""Kinds of bounds, the strongest first."""


def _cost(release: Release) -> tuple[int, float, int]:
    return release.schedule.late_orders, release.schedule.lateness_s, release.length_mm


def _is_late(release: Release) -> bool:
    return release.schedule.late_orders > 0


def _proven_by(release: Release, other: Release) -> Release:
    """The release with the other one's bound where that is higher: it holds for all plans of these loads."""
    if other.least_mm <= release.least_mm:
        return release
    proof = "set_partitioning" if other.proof == "optimum" else other.proof
    return replace(release, least_mm=other.least_mm, proof=proof)


@dataclass(frozen=True, slots=True)
class _Planner:
    """Plans one way to fill the carts, and schedules it."""

    areas: Mapping[str, Area]
    cart: Cart
    crew: Crew
    seed: int
    apart: tuple[tuple[str, str], ...]
    progress: Callable[[Progress], None] | None
    stop: Callable[[], bool] | None

    def may_be_late(self) -> bool:
        """False where every order would be back in time even if each were walked for alone, in the worst order."""
        dues = [load.due_s for area in self.areas.values() for load in area.loads if load.due_s is not None]
        if not dues:
            return False
        alone = [job.seconds for job in self.crew.waiting]
        for area in self.areas.values():
            for load in area.loads:
                seconds = self.crew.speeds.seconds(
                    area.floor.route_mm(sorted(load.spots)), picks=len(load.spots), tote_changes=load.totes
                )
                alone.append(seconds + self.crew.speeds.setup_s)
        free = self.crew.free_at_s
        return min(dues) < max(free, default=0) + sum(alone) / max(1, len(free)) + max(alone)

    def planned(self, cart: Cart, mixing_mm: int, limit_s: float) -> Release:
        """The areas planned one after the other; each gets time by how many loads it has."""
        total = sum(len(area.loads) for area in self.areas.values())
        plans = {
            name: plan_wave(
                area.floor,
                area.loads,
                cart,
                seed=self.seed,
                time_limit_s=limit_s * max(1, len(area.loads)) / max(1, total),
                apart=self.apart,
                mixing_mm=mixing_mm,
                progress=self.progress,
                stop=self.stop,
            )
            for name, area in self.areas.items()
        }
        kind = max((plan.bound_kind for plan in plans.values()), key=STRENGTH.index, default="optimum")
        return Release(plans, self._scheduled(plans), sum(plan.bound_mm for plan in plans.values()), kind)

    def _scheduled(self, plans: Mapping[str, WavePlan]) -> Schedule:
        jobs = list(self.crew.waiting)
        for name, plan in plans.items():
            by_key = {load.key: load for load in self.areas[name].loads}
            for cart in plan.carts:
                job = job_of(self.areas[name].floor, cart, by_key, self.crew.speeds)
                jobs.append(replace(job, key=job_key(name, cart)))
        return schedule(
            jobs,
            free_at_s=self.crew.free_at_s,
            crowding=1.0 if self.crew.narrow else 0.0,
            narrow=self.crew.narrow,
            seed=self.seed,
        )

    def other_ways(self, release: Release) -> list[tuple[Cart, int]]:
        """Carts and the price of mixing due times, from the mildest change on."""
        carts = sum(len(plan.carts) for plan in release.plans.values())
        mean_mm = release.length_mm // max(1, carts)
        smaller = self._spread(carts)
        ways = [(self.cart, mean_mm // 4), (smaller, 0), (self.cart, 4 * mean_mm), (smaller, 4 * mean_mm)]
        return [way for at, way in enumerate(ways) if way != (self.cart, 0) and way not in ways[:at]]

    def _spread(self, carts: int) -> Cart:
        """A cart so small that every picker gets one, but large enough for the largest load."""
        pickers = len(self.crew.free_at_s)
        loads = [load for area in self.areas.values() for load in area.loads]
        if carts >= pickers or not loads:
            return self.cart
        fair = -(-sum(load.totes for load in loads) // pickers)
        return replace(self.cart, totes=min(self.cart.totes, max(fair, *(load.totes for load in loads))))
