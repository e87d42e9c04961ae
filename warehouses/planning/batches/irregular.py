"""Waves on floors with one-way or closed stretches or levels: searched on the rectangle, then on the real ways.

The rectangle without its rules is a relaxation whose walks are exact and quick, so the first plan comes from there,
and with it a bound that holds on the real floor too (not with levels, which then only stand side by side). Real ways
may punish such a plan: from then on every cart is priced by its walk over the matrix of real ways (`shuffling`),
and the best plan over all sets of loads met is put together now and then.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from math import tau
from random import Random
from threading import Event
from time import monotonic

import numpy as np

from warehouses.planning.batches.annealing import SLICE_S, WHOLE, Plan, cut
from warehouses.planning.batches.fleet import Fleet, empty_fleet, nothing_saved, plan_of
from warehouses.planning.batches.improving import empty_pool, room_for
from warehouses.planning.batches.lengths import flattened
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.batches.nearness import middles, neighbours
from warehouses.planning.batches.pool import Columns, Floats
from warehouses.planning.batches.recombining import cover, relax, without_doubles
from warehouses.planning.batches.savings import first_come
from warehouses.planning.batches.searching import EFFORT, HEAT, IDLE_CYCLES, MOST_KEPT, NEIGHBOURS, RECOMBINED, Search
from warehouses.planning.batches.shuffling import shuffle
from warehouses.planning.batches.tours import bench_for, lay
from warehouses.planning.batches.wave import Wave, part_of, wave_at
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.floors import FloorGraph
from warehouses.planning.floor.layout import IntArray, Spot
from warehouses.planning.floor.rectangles import rectangle_of, side_by_side

MOST_PLACES = 2_500
"""Places of the matrix of ways, half a second to make. A wave with more is searched with neighbours as one place."""

ON_RECTANGLE = 0.3
"""Share of the time for the search on the rectangle."""

STEERED_CROSS_AISLES = 4
"""Cross aisles of that rectangle at most."""

ROUNDS_PER_LOAD = 100
"""Rounds of the first cycle; each cycle has twice those of the one before, up to eight times."""

EPOCHS = 8
"""Cuts of a large wave per cycle."""

POOL_BITS = 14
"""Sets of loads that one search may add to the pool, as a power of two."""

MOST_WAY = 2**30
"""The longest way in units of length: two of them still fit 32 bits."""


@dataclass(frozen=True, slots=True)
class Trips:
    """A plan with its walks: each cart's loads, its places in walking order, and what all of them cost."""

    loads: Plan
    tours: list[IntArray]
    price: int


@dataclass(frozen=True, slots=True)
class _Task:
    """What one thread does: from which share of the cycle to which, of how many rounds, how hot, and by when."""

    seed: int
    shares: tuple[float, float]
    rounds: int
    hot: float
    end: float


class IrregularSearch:
    """Finds a plan of a wave on any floor; the same face as `Search`.

    `first` is the plan as the loads came, `best` the best one, `method` how it was found; `bound_mm` is proven of
    every plan (0: nothing).
    """

    settled = False

    def __init__(
        self,
        floor: FloorGraph,
        loads: Sequence[Load],
        cart: Cart,
        deadline: Deadline,
        *,
        seed: int,
        workers: int,
        apart: Iterable[tuple[str, str]],
        mixing_mm: int,
        progress: Callable[[str, int], None],
        stop: Callable[[], bool],
    ) -> None:
        self.floor, self.loads, self.cart = floor, loads, cart
        self.deadline, self.progress, self.stop = deadline, progress, stop
        self.seed, self.workers, self.apart, self.mixing_mm = seed, workers, list(apart), mixing_mm
        sites, self.place_of, places = _numbered(loads)
        ways = floor.distance_matrix(sites)
        self.unit_mm = 1 + int(ways.max()) // MOST_WAY
        self.ways = (ways // self.unit_mm).astype(np.int32)
        self.wave = wave_at(places, loads, cart, seed=seed, apart=self.apart, mixing=mixing_mm // self.unit_mm)
        self.rng, self.halt = Random(seed), Event()
        self.columns = Columns.none()
        self.first = first_come(self.wave)
        self.trips, self.method, self.bound_mm = self._trips(self.first), "first_come", 0

    @property
    def best(self) -> Plan:
        """The loads of each cart."""
        return self.trips.loads

    def order_of(self, cart: int) -> list[Spot]:
        """The spots of one cart of the best plan in the order in which the search walks them."""
        rank = {place: turn for turn, place in enumerate(self.trips.tours[cart].tolist())}
        spots = dict.fromkeys(spot for load in self.trips.loads[cart] for spot in self.loads[load].spots)
        return sorted(spots, key=lambda spot: (rank[self.place_of(spot)], spot.y_mm))

    def over(self) -> bool:
        """Whether the time is up or a stop was asked for."""
        return self.deadline.over() or self.stop()

    def run(self) -> None:
        """Search until the time is up, a stop is asked for, or nothing better turns up."""
        self.progress(self.method, self.trips.price * self.unit_mm)
        if not self.over():
            self._on_rectangle()
        if not self.over() and len(self.loads) > 1:
            self._improve()

    def _on_rectangle(self) -> None:
        """The plan of a search that knows no rules, and its bound where that holds here too."""
        plain = side_by_side(self.floor)
        steered = plain.thinned(STEERED_CROSS_AISLES - (len(plain.depot_links) > 1))
        search = Search(
            steered,
            self.loads,
            self.cart,
            Deadline(max(1e-9, ON_RECTANGLE * self.deadline.left())),
            seed=self.seed,
            workers=self.workers,
            apart=self.apart,
            mixing_mm=self.mixing_mm,
            progress=lambda _phase, _mm: None,
            stop=self.stop,
        )
        search.run()
        self._take(self._trips(search.best), search.method)
        if steered == rectangle_of(self.floor) and search.floor.unit_mm == 1 and not self.mixing_mm:
            self.bound_mm = search.bound

    def _improve(self) -> None:
        """Cycles from hot to cold over the real ways, the sets met put together after each."""
        plain = side_by_side(self.floor)
        self.wave = self.wave._replace(near=neighbours(plain, self.loads, NEIGHBOURS))
        middle = middles(plain, self.loads)
        idle = number = 0
        with ThreadPoolExecutor(self.workers) as threads:
            while not self.over() and idle < IDLE_CYCLES and self.trips.price * self.unit_mm > self.bound_mm:
                before = self.trips.price
                met = self._cycle(threads, middle, ROUNDS_PER_LOAD * len(self.loads) * 2 ** min(number, 3))
                if len(self.loads) <= RECOMBINED * len(self.first):
                    self._recombine(met)
                number, idle = number + 1, 0 if self.trips.price < before else idle + 1

    def _cycle(self, threads: ThreadPoolExecutor, middle: IntArray, rounds: int) -> Columns:
        """One cycle from the best plan, in parts if the wave is large. Returns the sets met."""
        is_whole = len(self.loads) <= WHOLE
        epochs = 1 if is_whole else EPOCHS
        hot = HEAT * self.trips.price / len(self.trips.loads)
        begun, left, met = monotonic(), self.deadline.left(), [Columns.none()]
        for epoch in range(epochs):
            parts = [self.trips] * self.workers if is_whole else self._parts(middle)
            shares = epoch / epochs, (epoch + 1) / epochs
            jobs = []
            for number, part in enumerate(parts):
                share = 1.0 if is_whole else sum(map(len, part.loads)) / len(self.loads)
                heat = hot * (2.5 if is_whole and number % 2 else 1.0)
                task = _Task(self.rng.getrandbits(62), shares, int(share * rounds), heat, begun + left * shares[1])
                jobs.append(threads.submit(self._search, part, task))
            self._wait(jobs)
            found = [job.result() for job in jobs]
            met += [columns for _, columns in found]
            self._take(min((trips for trips, _ in found), key=_price) if is_whole else _joined(found), "improved")
            if self.over():
                break
        return Columns.joined(met)

    def _parts(self, middle: IntArray) -> list[Trips]:
        """The best plan in as many parts as there are threads, along a line of any direction."""
        tours = {cart[0]: tour for cart, tour in zip(self.trips.loads, self.trips.tours, strict=True)}
        parts = cut(self.trips.loads, middle, self.workers, self.rng.random() * tau)
        return [Trips(part, [tours[cart[0]] for cart in part], 0) for part in parts]

    def _search(self, part: Trips, task: _Task) -> tuple[Trips, Columns]:
        """Rounds on some carts, in slices, until they are done, the time is over or a halt is called."""
        ids = np.array(sorted(load for cart in part.loads for load in cart), dtype=np.int64)
        place = {load: index for index, load in enumerate(ids.tolist())}
        wave = part_of(self.wave, ids)
        inside = [[place[load] for load in cart] for cart in part.loads]
        fleet, best = (self._fleet(wave, inside, part.tours, 2 * len(inside) + 40) for _ in range(2))
        bench, saved = bench_for(fleet, self.ways), nothing_saved(wave, fleet)
        room, pool = room_for(wave, fleet, task.seed), empty_pool(fleet, POOL_BITS)
        changed = np.zeros(len(fleet.held), dtype=np.bool_)
        begun, first, last = monotonic(), int(task.shares[0] * task.rounds), int(task.shares[1] * task.rounds)
        turn, size = first, 4
        while turn < last and not self.halt.is_set():
            now = monotonic()
            turn = max(turn, first + int((last - first) * (now - begun) / max(1e-9, task.end - begun)))
            until = min(last, turn + size)
            turns = turn, until, task.rounds
            shuffle(self.ways, wave, fleet, best, changed, bench, saved, room, pool, turns, task.hot)
            turn, size = until, size * 2 if monotonic() - now < SLICE_S else max(1, size // 2)
        loads = plan_of(best.of)
        rows = [int(best.of[cart[0]]) for cart in loads]
        tours = [best.places[row, : best.stops[row]].copy() for row in rows]
        trips = Trips([ids[cart].tolist() for cart in loads], tours, int(room.totals[1]))
        return trips, Columns.of_pool(pool).renamed(ids)

    def _wait(self, jobs: Sequence[Future[tuple[Trips, Columns]]]) -> None:
        """Wait for the threads; they are halted when the time is up or a stop is asked for."""
        self.halt.clear()
        left = set(jobs)
        while left:
            left = wait(left, timeout=2 * SLICE_S).not_done
            if self.over():
                self.halt.set()

    def _recombine(self, met: Columns) -> None:
        """The best plan of all sets met; walks of new carts are made anew."""
        prices = self._fleet(self.wave, self.trips.loads, self.trips.tours, len(self.trips.loads)).price
        plan = Columns.of_plan(self.wave, self.trips.loads, prices)
        kept = [self.columns] if len(self.columns) + len(met) <= MOST_KEPT else []
        self.columns = Columns.joined([plan, met, *kept])
        begun = list(range(len(prices)))
        relaxed = relax(self.columns, begun, self._shares(prices), self.deadline)
        if relaxed is not None:
            found, _ = cover(self.columns, begun, relaxed, seed=self.seed, deadline=self.deadline, effort=EFFORT)
            self._take(self._trips(without_doubles(self.columns, found), self.trips), "improved")

    def _shares(self, prices: IntArray) -> Floats:
        """A first guess of what each load is worth: its share of its cart's price."""
        shares = np.zeros(len(self.loads))
        for cart, price in zip(self.trips.loads, prices.tolist(), strict=True):
            shares[cart] = price / len(cart)
        return shares

    def _take(self, trips: Trips, method: str) -> None:
        """Make a plan the best if it is cheaper."""
        if trips.price < self.trips.price:
            self.trips, self.method = trips, method
            self.progress(method, trips.price * self.unit_mm)

    def _trips(self, plan: Plan, known: Trips | None = None) -> Trips:
        """A plan with walks made for it, or taken from a plan that has the same carts."""
        walked = {frozenset(cart): tour for cart, tour in zip(known.loads, known.tours, strict=True)} if known else {}
        none = np.zeros(0, dtype=np.int64)
        fleet = self._fleet(self.wave, plan, [walked.get(frozenset(cart), none) for cart in plan], len(plan))
        tours = [fleet.places[row, : fleet.stops[row]].copy() for row in range(len(plan))]
        return Trips(plan, tours, int(fleet.price.sum()))

    def _fleet(self, wave: Wave, plan: Plan, tours: Sequence[IntArray], rows: int) -> Fleet:
        """So many carts, the first ones with the plan's loads, walked by `tours` where these are not empty."""
        fleet = empty_fleet(wave, rows)
        given = flattened([tour.tolist() for tour in tours])
        lay(self.ways, wave, fleet, bench_for(fleet, self.ways), *flattened(plan), *given)
        return fleet


def _numbered(loads: Sequence[Load]) -> tuple[list[Spot], Callable[[Spot], int], list[list[int]]]:
    """A spot per place, a spot's place counted from 1, and each load's places, rising.

    Spots at one height of an aisle are a place; in a wave with too many, those next to each other are.
    """
    spots = [spot for load in loads for spot in load.spots]
    cell_mm = 1
    while len({(spot.aisle, spot.y_mm // cell_mm) for spot in spots}) > MOST_PLACES:
        cell_mm *= 2
    sites: dict[tuple[int, int], Spot] = {}
    for spot in sorted(spots):
        sites.setdefault((spot.aisle, spot.y_mm // cell_mm), spot)
    number = {key: place for place, key in enumerate(sites, 1)}

    def place_of(spot: Spot) -> int:
        return number[spot.aisle, spot.y_mm // cell_mm]

    return list(sites.values()), place_of, [sorted({place_of(spot) for spot in load.spots}) for load in loads]


def _price(trips: Trips) -> int:
    return trips.price


def _joined(found: Sequence[tuple[Trips, Columns]]) -> Trips:
    """The parts of a plan as one."""
    parts = [trips for trips, _ in found]
    return Trips(
        [cart for part in parts for cart in part.loads],
        [tour for part in parts for tour in part.tours],
        sum(part.price for part in parts),
    )
