"""The search for scattered storage: annealing on two threads in turn with ever wider searches under the bound."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import numpy as np

from warehouses.planning.chance import chance_of
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import IntArray
from warehouses.planning.scattered.annealing import adopt, anneal, gather, nothing_chosen, recreate
from warehouses.planning.scattered.changing import follow, trail_over
from warehouses.planning.scattered.duals import prices
from warehouses.planning.scattered.labels import search
from warehouses.planning.scattered.places import Places
from warehouses.planning.walks.compiled import BARRED

WORKERS = 2
"""Threads that anneal, each from its own numbers."""

ROUNDS, SLICE = 320, 16
"""Rounds of annealing before each wider search, and those between two looks at the clock."""

HOT, COLD = 0.15, 0.004
"""Temperatures at the start and the end of an annealing, as shares of the walk's length."""

FIRST_WIDTH, WIDEST, ROOM = 100, 100_000, 3_000_000
"""Labels that the search keeps a stage, at first and at most; and that times the articles, for the memory."""

WIDER = 6.0
"""By how much each search is wider than the last, at most."""

FOR_LABELS = 0.25
"""Share of the time left that a wider search may take; where it would take more, annealing takes it all."""


class Search:
    """Finds what to take: `take` (supplies) is 1 for those visited, `length_mm` the walk but a single door's way."""

    def __init__(self, places: Places, seed: int, deadline: Deadline) -> None:
        self.places, self.deadline, self.rng = places, deadline, Random(seed)
        chance = chance_of(self.rng.getrandbits(62))
        trail, choice = trail_over(places.floor, places.needed), nothing_chosen(places.floor, places.wanted)
        recreate(places.floor, trail, choice, chance, 0.0, -1)
        self.take: IntArray = choice.take
        self.length_mm = int(follow(places.floor, trail))

    def run(self) -> int:
        """Improve until the best is proven or the time is up; returns the bound in mm, a single door's way included."""
        places = self.places
        with ThreadPoolExecutor(WORKERS) as threads:
            self.anneal(threads, ROUNDS)
            bound, price = prices(places.floor, places.needed, places.wanted, self.length_mm, 300)
            bound = self.improve(threads, int(bound), price)
        return min(bound, self.length_mm) + places.fixed_mm

    def improve(self, threads: ThreadPoolExecutor, bound: int, price: IntArray) -> int:
        """Look and anneal in turn, the rest of the time anneal alone; returns the bound in mm."""
        width, widest = FIRST_WIDTH, max(FIRST_WIDTH, min(WIDEST, ROOM // len(price)))
        while bound < self.length_mm and not self.deadline.over():
            begun = self.deadline.spent()
            bound = max(bound, self.look(price, width))
            spent = self.deadline.spent() - begun
            if bound >= self.length_mm or width == widest:
                break
            self.anneal(threads, ROUNDS)
            fits = FOR_LABELS * max(self.deadline.left(), 0) / max(spent, 1e-6)
            if fits < 1.5:
                self.anneal(threads, 0)
                break
            width = min(widest, int(width * min(fits, WIDER)))
        return bound

    def look(self, price: IntArray, width: int) -> int:
        """Take over what the search under the bound finds; returns its bound in mm."""
        places = self.places
        length, reached, proven = search(places.floor, places.needed, places.wanted, price, self.length_mm - 1, width)
        if length < BARRED:
            trail, choice = trail_over(places.floor, places.needed), nothing_chosen(places.floor, places.wanted)
            chance = chance_of(self.rng.getrandbits(62))
            self.length_mm = int(gather(places.floor, trail, choice, reached, chance))
            self.take = choice.take
        return int(proven)

    def anneal(self, threads: ThreadPoolExecutor, rounds: int) -> None:
        """So many rounds (0: until the time is up) on each thread from the best choice; take over the better result."""
        seeds = [self.rng.getrandbits(62) for _ in range(WORKERS)]
        found = list(threads.map(lambda seed: self.annealed(seed, rounds), seeds))
        length, take = min(found, key=lambda one: one[0])
        if length < self.length_mm:
            self.length_mm, self.take = length, take

    def annealed(self, seed: int, rounds: int) -> tuple[int, IntArray]:
        """The best length in mm and choice that one annealing meets."""
        floor, chance, deadline = self.places.floor, chance_of(seed), self.deadline
        trail, choice = trail_over(floor, self.places.needed), nothing_chosen(floor, self.places.wanted)
        adopt(floor, trail, choice, self.take)
        best, shortest = self.take.copy(), self.length_mm
        begun, done, share = deadline.spent(), 0, 0.0
        while share < 1 and not deadline.over():
            heat = HOT * self.length_mm * (COLD / HOT) ** share
            shortest = int(anneal(floor, trail, choice, chance, SLICE, heat, best, shortest))
            done += SLICE
            share = done / rounds if rounds else (deadline.spent() - begun) / max(1e-9, deadline.limit_s - begun)
        return shortest, best


def warm_up(places: Places) -> None:
    """Compile all of the search, or load it compiled; the longer walk makes sure that a better one is found."""
    search = Search(places, 0, Deadline(60.0))
    search.length_mm *= 2
    search.look(np.zeros_like(places.wanted), FIRST_WIDTH)
    search.run()
