"""Ruin and recreate: take some loads off their carts, put them back better, keep what is not much worse.

Schrimpf et al. 2000; the ruins are after Shaw 1998 (related loads) and Christiaens and Vanden Berghe 2020
(strings: here whole trips that lie near each other), the repair by regret after Ropke and Pisinger 2006.
Every insertion is priced by its exact walk.
"""

import math
from collections.abc import Callable
from random import Random

from warehouses.planning.trips import Trip, Trips, total_mm

MOST_RUINED = 14
"""Loads taken off at once: more are rarely put back better within a second's worth of trials."""

HEAT = 0.03
"""Start temperature, as a share of the mean trip's length."""


class Improver:
    """One search over a wave's trips. `best` only ever gets shorter; `current` may get longer for a while."""

    def __init__(self, trips: Trips, start: list[Trip], near: list[list[int]], rng: Random) -> None:
        self.trips, self.near, self.rng = trips, near, rng
        self.carrier: list[Trip] = list(trips.alone)
        self.restart(start)
        self.best, self.best_mm = list(start), self.current_mm

    def restart(self, start: list[Trip]) -> None:
        """Go on from these trips."""
        self.current: dict[Trip, None] = dict.fromkeys(start)
        self.current_mm = total_mm(start)
        for trip in start:
            for load in trip.members:
                self.carrier[load] = trip

    def adopt(self, plan: list[Trip]) -> None:
        """Take this plan as the best if it is shorter, and go on from the best."""
        if total_mm(plan) < self.best_mm:
            self.best, self.best_mm = plan, total_mm(plan)
        self.restart(self.best)

    def cycle(self, rounds: int, over: Callable[[], bool]) -> bool:
        """So many rounds from hot to cold, or until `over`; whether `best` got shorter."""
        before = self.best_mm
        heat = HEAT * self.current_mm / max(1, len(self.current))
        for turn in range(rounds):
            if over():
                break
            self.round(heat * (1 - turn / rounds))
        return self.best_mm < before

    def round(self, heat: float) -> None:
        """One ruin and its repair."""
        ruined = self._ruined()
        removed = {self.carrier[load] for load in ruined}
        taken = set(ruined)
        rest = [trip.members - taken for trip in sorted(removed, key=_name)]
        left = self.trips.made(members for members in rest if members)
        built = self._recreated(sorted(taken), left, removed)
        after = self.current_mm - total_mm(removed) + built.change_mm
        if after < self.current_mm - heat * math.log(1 - self.rng.random()):
            self._accept(removed, built)

    def _accept(self, removed: set[Trip], built: "_Repair") -> None:
        """Go on from the repaired plan."""
        for trip in (*removed, *built.used):
            self.current.pop(trip, None)
        for trip in built.trips:
            self.current[trip] = None
            for load in trip.members:
                self.carrier[load] = trip
        self.current_mm = total_mm(self.current)
        if self.current_mm < self.best_mm:
            self.best, self.best_mm = list(self.current), self.current_mm

    def _ruined(self) -> list[int]:
        """The loads to take off: alike ones, or whole trips that lie near each other."""
        rng, count = self.rng, len(self.trips)
        seed = rng.randrange(count)
        near = self.near[seed]
        if rng.random() < 0.5:
            want = rng.randint(2, max(2, min(MOST_RUINED, count // 3)))
            reach = min(len(near), 2 * want + 4)
            picked = {int(reach * rng.random() ** 1.5) for _ in range(want)}
            return [seed, *(near[place] for place in sorted(picked) if place < len(near))]
        taken = list(self.carrier[seed].members)
        trips, want = {self.carrier[seed]}, rng.randint(2, 4)
        for load in near:
            trip = self.carrier[load]
            if trip in trips or rng.random() < 0.3:
                continue
            if len(trips) == want or len(taken) + len(trip.members) > 2 * MOST_RUINED:
                break
            trips.add(trip)
            taken += trip.members
        return sorted(taken)

    def _recreated(self, loads: list[int], left: list[Trip], removed: set[Trip]) -> "_Repair":
        """Put the loads back, each where it adds least, in the order of regret or of size."""
        near = {self.carrier[other]: None for load in loads for other in self.near[load][:20]}
        open_trips = [trip for trip in near if trip not in removed]
        repair = _Repair(self.trips, left, open_trips, loads, self.rng)
        repair.run(by_regret=self.rng.random() < 0.6)
        return repair


def _name(trip: Trip) -> tuple[int, ...]:
    return tuple(sorted(trip.members))


class _Repair:
    """Loads being put back: `trips` are the trips made or changed, `used` those of the plan they replace."""

    def __init__(self, trips: Trips, left: list[Trip], others: list[Trip], loads: list[int], rng: Random) -> None:
        self.pool, self.rng = trips, rng
        self.slots: list[Trip] = [*left, *others]
        self.first_other = len(left)
        self.others = others
        self.waiting = loads
        self.noise = rng.choice((0.0, 0.0, 0.02, 0.08))
        self.cost: dict[int, dict[int, float]] = {}

    @property
    def used(self) -> list[Trip]:
        """The trips of the plan that got a load."""
        last = self.first_other + len(self.others)
        now = self.slots[self.first_other : last]
        return [old for old, new in zip(self.others, now, strict=True) if old is not new]

    @property
    def trips(self) -> list[Trip]:
        """The trips that take the place of the ruined and the used ones."""
        last = self.first_other + len(self.others)
        changed = [
            new for old, new in zip(self.others, self.slots[self.first_other : last], strict=True) if old is not new
        ]
        return [*self.slots[: self.first_other], *changed, *self.slots[last:]]

    @property
    def change_mm(self) -> int:
        """Length of the new trips less that of the used ones."""
        return total_mm(self.trips) - total_mm(self.used)

    def run(self, *, by_regret: bool) -> None:
        """Put every load back; one that fits nowhere, or adds less that way, gets a trip of its own."""
        self._price(range(len(self.slots)), self.waiting)
        sized = sorted(self.waiting, key=lambda load: (-self.pool.alone[load].length_mm * self._blur(), load))
        while self.waiting:
            load = max(self.waiting, key=self._regret) if by_regret else sized.pop(0)
            self.waiting = [other for other in self.waiting if other != load]
            slot = min(self.cost[load], key=self.cost[load].__getitem__)
            if slot < len(self.slots):
                self.slots[slot] = self.pool.grown(self.slots[slot], load)
            else:
                self.slots.append(self.pool.alone[load])
            self._price([slot], self.waiting)

    def _blur(self) -> float:
        return 1 + self.noise * (2 * self.rng.random() - 1)

    def _price(self, slots: range | list[int], loads: list[int]) -> None:
        """What each load would add to these slots, and to a trip of its own."""
        pool, pairs = self.pool, []
        for load in loads:
            costs = self.cost.setdefault(load, {})
            for key in [key for key in costs if key >= len(self.slots)]:
                del costs[key]
            costs[len(self.slots)] = pool.alone[load].length_mm
            for slot in slots:
                trip = self.slots[slot]
                costs.pop(slot, None)
                if pool.fits(trip.size, pool.sizes[load]):
                    pairs.append((slot, trip, load))
        pool.price_adding((trip, load) for _, trip, load in pairs)
        for slot, trip, load in pairs:
            self.cost[load][slot] = (trip.adding[load] - trip.length_mm) * self._blur()

    def _regret(self, load: int) -> tuple[float, int]:
        """How much dearer the second best place is than the best."""
        best = sorted(self.cost[load].values())[:2]
        return (best[1] - best[0] if len(best) == 2 else math.inf, load)
