"""Drives the compiled search over a wave: cycles from hot to cold, on two threads at once.

A small wave is searched whole by each thread, from its own numbers. A large one is cut into parts by place,
anew every epoch along another line, so that every border lies within a part next time (after the POPMUSIC of
Taillard and Voss 2002); compiled code lets go of the interpreter, so the threads run side by side.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from random import Random
from threading import Event
from time import monotonic

import numpy as np

from warehouses.planning.batches.fleet import empty_memory, fleet_with, nothing_saved, plan_of
from warehouses.planning.batches.improving import anneal, empty_pool, room_for
from warehouses.planning.batches.lengths import WalkedFloor, desk_for, effort_of
from warehouses.planning.batches.pool import Columns
from warehouses.planning.batches.wave import Wave, part_of
from warehouses.planning.floor.layout import IntArray

WHOLE = 120
"""Up to so many loads each thread searches the whole wave."""

MOST_EFFORT = 1_000_000
"""Loads times steps per walk up to which that pays; beyond, one search alone does not come to rest in seconds."""

EPOCHS = 24
"""Cuts of a large wave per cycle."""

POOL_BITS = 15
"""Sets of loads that one search may add to the pool, as a power of two."""

SLICE_S = 0.01
"""Seconds between two looks at the clock, about."""

Plan = list[list[int]]


@dataclass(slots=True)
class Cycle:
    """What to do: rounds per search, temperatures in units of length, and by when it must be cold."""

    rounds: int
    hot: float
    end: float


@dataclass(slots=True)
class Searched:
    """One search's plan at hand, its best one and the price of that, the sets met, and how it went."""

    now: Plan
    best: Plan
    price: int
    columns: Columns
    rounds: int
    seconds: float
    is_hurried: bool


def cut(plan: Plan, middle: IntArray, parts: int, angle: float) -> list[Plan]:
    """The carts in so many parts of like many loads, along a line of this angle; `middle` is where each load lies."""
    along = middle @ np.array([math.cos(angle), math.sin(angle)])
    order = sorted(range(len(plan)), key=lambda cart: (float(along[plan[cart]].mean()), cart))
    found: list[Plan] = [[] for _ in range(parts)]
    done, total = 0, sum(map(len, plan))
    for cart in order:
        found[min(parts - 1, done * parts // total)].append(plan[cart])
        done += len(plan[cart])
    return [part for part in found if part]


class Annealer:
    """Searches one wave. `is_hurried` turns true when the clock, not the number of rounds, cooled a search."""

    def __init__(self, floor: WalkedFloor, wave: Wave, middle: IntArray, seed: int, workers: int, pools: bool) -> None:
        self.floor, self.wave, self.middle = floor, wave, middle
        self.rng = Random(seed)
        self.pool_bits = POOL_BITS if pools else 1
        self.workers = workers
        self.desks = [desk_for(floor) for _ in range(workers)]
        self.memories = [empty_memory() for _ in range(workers)]
        self.is_whole = len(wave.size) <= WHOLE and len(wave.size) * effort_of(floor) <= MOST_EFFORT
        self.halt = Event()
        self.is_hurried = False
        self.rate = 0.0

    def cycle(self, plan: Plan, cycle: Cycle, over: Callable[[], bool], told: Callable[[Plan, int], None]) -> Columns:
        """One cycle from `plan`; `told` hears of each plan worth a look and its price. Returns the sets met."""
        self.halt.clear()
        with ThreadPoolExecutor(self.workers) as threads:
            if self.is_whole:
                return self._whole(plan, cycle, over, told, threads)
            return self._in_parts(plan, cycle, over, told, threads)

    def _whole(
        self,
        plan: Plan,
        cycle: Cycle,
        over: Callable[[], bool],
        told: Callable[[Plan, int], None],
        threads: ThreadPoolExecutor,
    ) -> Columns:
        hots = [cycle.hot * (1 if worker % 2 else 2.5) for worker in range(self.workers)]
        seeds = [self.rng.getrandbits(62) for _ in hots]
        jobs = [
            threads.submit(self._search, worker, self.wave, plan, seeds[worker], cycle, (0.0, 1.0), hots[worker])
            for worker in range(self.workers)
        ]
        results = self._waited(jobs, over)
        for result in results:
            told(result.best, result.price)
        return Columns.joined([result.columns for result in results])

    def _in_parts(
        self,
        plan: Plan,
        cycle: Cycle,
        over: Callable[[], bool],
        told: Callable[[Plan, int], None],
        threads: ThreadPoolExecutor,
    ) -> Columns:
        begun, met = monotonic(), Columns.none()
        turn = 0.0
        while turn < 1 and not over():
            share = (monotonic() - begun) / max(1e-9, cycle.end - begun)
            if share > turn:
                turn, self.is_hurried = share, True
            until = min(1.0, turn + 1 / EPOCHS)
            parts = cut(plan, self.middle, self.workers, self.rng.random() * math.tau)
            count = sum(len(part) for part in parts)
            jobs = [
                threads.submit(self._part, worker, part, self.rng.getrandbits(62), cycle, (turn, until), count)
                for worker, part in enumerate(parts)
            ]
            results = self._waited(jobs, over)
            plan = [cart for result in results for cart in result.now]
            told([cart for result in results for cart in result.best], sum(result.price for result in results))
            met = Columns.joined([met, *(result.columns for result in results)])
            turn = until
        return met

    def _part(
        self, worker: int, plan: Plan, seed: int, cycle: Cycle, turns: tuple[float, float], carts: int
    ) -> Searched:
        """Search one part of the wave; its loads count from 0 inside, and as ever outside."""
        loads = np.array(sorted(load for cart in plan for load in cart), dtype=np.int64)
        place = {load: index for index, load in enumerate(loads.tolist())}
        inside = [[place[load] for load in cart] for cart in plan]
        share = Cycle(max(1, cycle.rounds * len(plan) // carts), cycle.hot, cycle.end)
        found = self._search(worker, part_of(self.wave, loads), inside, seed, share, turns, cycle.hot)
        found.now = [[int(loads[load]) for load in cart] for cart in found.now]
        found.best = [[int(loads[load]) for load in cart] for cart in found.best]
        found.columns = found.columns.renamed(loads)
        return found

    def _search(
        self, worker: int, wave: Wave, plan: Plan, seed: int, cycle: Cycle, turns: tuple[float, float], hot: float
    ) -> Searched:
        """Rounds from one share of the cycle to another, in slices, until they are done or a halt is called."""
        floor, desk, memory = self.floor, self.desks[worker], self.memories[worker]
        fleet = fleet_with(floor, wave, plan, 2 * len(plan) + 40, memory)
        saved, room, pool = nothing_saved(wave, fleet), room_for(wave, fleet, seed), empty_pool(fleet, self.pool_bits)
        begun = monotonic()
        end = begun + (cycle.end - begun) * (turns[1] - turns[0]) / max(1e-9, 1 - turns[0])
        first = turn = int(turns[0] * cycle.rounds)
        last = max(turn + 1, int(turns[1] * cycle.rounds))
        size, is_hurried, done = 4, False, 0
        while turn < last and not self.halt.is_set():
            now = monotonic()
            due = first + int((last - first) * (now - begun) / max(1e-9, end - begun))
            if due > turn:
                turn, is_hurried = due, True
            until = min(last, turn + size)
            if until > turn:
                anneal(floor, desk, wave, fleet, memory, saved, room, pool, (turn, until, cycle.rounds), hot, 0.0)
            done, turn = done + max(0, until - turn), until
            size = size * 2 if monotonic() - now < SLICE_S else max(1, size // 2)
        return Searched(
            now=plan_of(fleet.of),
            best=plan_of(room.best_of),
            price=int(room.totals[1]),
            columns=Columns.of_pool(pool),
            rounds=done,
            seconds=monotonic() - begun,
            is_hurried=is_hurried,
        )

    def _waited(self, jobs: Sequence[Future[Searched]], over: Callable[[], bool]) -> list[Searched]:
        """The searches' results; they are halted when the time is up or a stop is asked for."""
        left = set(jobs)
        while left:
            left = wait(left, timeout=2 * SLICE_S).not_done
            if over():
                self.halt.set()
        results = [job.result() for job in jobs]
        self.is_hurried |= self.halt.is_set() or any(result.is_hurried for result in results)
        self.rate = min(result.rounds / max(1e-6, result.seconds) for result in results)
        return results
