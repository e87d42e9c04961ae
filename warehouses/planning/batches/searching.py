"""One wave's search, phase by phase: as it came, savings, then cycles of annealing, recombination and proof."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from warehouses.planning.batches.annealing import WHOLE, Annealer, Cycle, Plan
from warehouses.planning.batches.fleet import empty_memory, fleet_with
from warehouses.planning.batches.lengths import effort_of
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.batches.nearness import middles, neighbours
from warehouses.planning.batches.pool import Columns, Floats
from warehouses.planning.batches.proving import MOST_PRICED, NODES, Proof, prove
from warehouses.planning.batches.recombining import cover, relax, without_doubles
from warehouses.planning.batches.savings import first_come, savings
from warehouses.planning.batches.wave import wave_of
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import IntArray, Layout

NEIGHBOURS = 60
"""Loads that a load may be joined, ruined and repaired together with."""

ROUNDS_PER_LOAD = 200
"""Rounds of the first cycle; each cycle has twice those of the one before, up to eight times."""

MOST_CYCLES_DOUBLED = 3

HEAT = 0.03
"""Start temperature, as a share of the mean cart's walk."""

IDLE_CYCLES = 3
"""Cycles without a better plan after which the search ends by itself."""

RECOMBINED = 10
"""Up to so many loads on a mean cart sets are recombined: beyond, hardly any two carts met go together."""

EFFORT = 0.25
"""CP-SAT's deterministic seconds per recombination."""

FOR_RECOMBINING = 0.12
"""Share of the time left that is kept for the recombination after a cycle."""

PRICED_PER_S = 1e8
"""Steps of the walks' automaton spent on each exact pricing, per second of the time limit."""

MOST_KEPT = 60_000
"""Sets kept from cycle to cycle, so that memory stays flat; the cheapest by reduced cost."""


class Search:
    """Finds a plan of a wave, in units of the floor's length.

    `method` is how the best plan was found; `bound` what is proven of every plan's price (0: nothing);
    `settled` whether the search ended by its own rule, so that the same seed finds the same plan.
    """

    def __init__(
        self,
        layout: Layout,
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
        self.deadline, self.progress, self.stop = deadline, progress, stop
        self.seed, self.workers = seed, workers
        self.floor, self.wave = wave_of(layout, loads, cart, seed=seed, apart=apart, mixing_mm=mixing_mm)
        self.memory = empty_memory(64)
        self.layout, self.loads = layout, loads
        self.first = self.best = first_come(self.wave)
        self.price = int(self._prices(self.first).sum())
        self.method, self.settled, self.bound = "first_come", False, 0
        self.columns, self.duals = Columns.none(), self._shares()
        self.is_hopeless = self.is_optimal = False

    def over(self) -> bool:
        """Whether the time is up or a stop was asked for."""
        return self.deadline.over() or self.stop()

    def run(self) -> None:
        """Search until the time is up, a stop is asked for, or nothing better turns up."""
        self.progress(self.method, self.price * self.floor.unit_mm)
        if self.over():
            return
        self.wave = self.wave._replace(near=neighbours(self.layout, self.loads, NEIGHBOURS))
        self._take(savings(self.floor, self.wave, self.deadline), None, "savings")
        if not self.over():
            self._improve()

    def _improve(self) -> None:
        search = Annealer(
            self.floor, self.wave, middles(self.layout, self.loads), self.seed, self.workers, self._recombines()
        )
        idle = number = 0
        while not self.over():
            before = self.price
            cycle = self._cycle(number, search.rate, is_whole=search.is_whole)
            met = search.cycle(self.best, cycle, self.over, lambda plan, price: self._take(plan, price, "improved"))
            if self._recombines():
                self._recombine(met, number, is_idle=self.price == before)
            number, idle = number + 1, 0 if self.price < before else idle + 1
            if self.is_optimal or idle >= IDLE_CYCLES:
                self.settled = not search.is_hurried and not self.over()
                return

    def _cycle(self, number: int, rate: float, *, is_whole: bool) -> Cycle:
        """The next cycle; when another of its size would not fit in after it, it takes all the time there is."""
        rounds = ROUNDS_PER_LOAD * len(self.loads) * 2 ** min(number, MOST_CYCLES_DOUBLED)
        left = self.deadline.left() * (1 - FOR_RECOMBINING if self._recombines() else 1)
        searches = 1 if is_whole else self.workers
        if rate and rounds / searches > 0.45 * rate * left:
            rounds = max(1, int(rate * left * searches))
        return Cycle(rounds, HEAT * self.price / len(self.best), self.deadline.ends_in(left))

    def _recombines(self) -> bool:
        return len(self.loads) <= RECOMBINED * len(self.first)

    def _recombine(self, met: Columns, number: int, *, is_idle: bool) -> None:
        """The best plan of all sets met; for a wave searched whole, with the proof as far as it goes."""
        plan = Columns.of_plan(self.wave, self.best, self._prices(self.best))
        columns = Columns.joined([plan, met, self.columns])
        if len(columns) > MOST_KEPT:
            cheapest = np.argsort(columns.worth(self.duals), kind="stable")[:MOST_KEPT]
            columns = Columns.joined([plan, columns.chosen(np.sort(cheapest))])
        seed = self.seed + number
        if len(self.loads) <= WHOLE and not self.is_hopeless:
            most = int(PRICED_PER_S * self.deadline.limit_s / effort_of(self.floor))
            proof = prove(
                self.floor,
                self.wave,
                columns,
                len(plan),
                self.duals,
                seed=seed,
                deadline=self.deadline,
                effort=EFFORT,
                most_priced=min(MOST_PRICED, most),
                nodes=NODES * 2**number if is_idle else 0,
            )
            self._learn(proof)
            return
        self.columns = columns
        begun = list(range(len(plan)))
        relaxed = relax(columns, begun, self.duals, self.deadline)
        if relaxed is not None:
            self.duals = relaxed.duals
            found, _ = cover(columns, begun, relaxed, seed=seed, deadline=self.deadline, effort=EFFORT)
            self._take(without_doubles(columns, found), None, "improved")

    def _learn(self, proof: Proof) -> None:
        self.columns, self.duals = proof.columns, proof.duals
        self._take(proof.plan, None, "improved")
        self.bound = max(self.bound, proof.bound or 0)
        self.is_hopeless, self.is_optimal = proof.hopeless, proof.optimal or self.bound >= self.price

    def _take(self, plan: Plan, price: int | None, method: str) -> None:
        """Make a plan the best if it is cheaper."""
        found = int(self._prices(plan).sum()) if price is None else price
        if found < self.price:
            self.best, self.price, self.method = plan, found, method
            self.progress(method, found * self.floor.unit_mm)

    def _prices(self, plan: Plan) -> IntArray:
        return fleet_with(self.floor, self.wave, plan, len(plan), self.memory).price

    def _shares(self) -> Floats:
        """A first guess of what each load is worth: its share of its cart's price."""
        shares = np.zeros(len(self.loads))
        for cart, price in zip(self.first, self._prices(self.first).tolist(), strict=True):
            shares[cart] = price / len(cart)
        return shares
