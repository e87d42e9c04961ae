"""Walks where an article lies in several bins: which of them to visit, and in what order, is one question.

    walk = plan_scattered(layout, {"SKU-1": 3}, [Supply("SKU-1", Spot(0, 4_000, "A-1"), 2), ...], time_limit_s=1.0)

A first choice is made article by article and improved by freeing a few articles at a time, each time solved
exactly with its walk (`selecting`). Prices of articles give a lower bound (`duals`), and a search under it, ever
wider, finds better choices and in the end proves the best one (`labels`; Heßler and Irnich 2024 describe the
state space). Stops when proven, or at the deadline with the best so far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import IntArray, Layout, Plan
from warehouses.planning.scattered.choosing import choose, fullest
from warehouses.planning.scattered.duals import prices
from warehouses.planning.scattered.labels import search
from warehouses.planning.scattered.places import Places, Supply, check_demand
from warehouses.planning.scattered.selecting import BoolArray, reselect, settle
from warehouses.planning.walks.compiled import BARRED
from warehouses.planning.walks.walking import LONG_S, plan_walk

AMOUNTS = 64
"""How many amounts of open articles one exchange looks at: six articles of one unit each."""

FIRST_WIDTH, WIDEST, ROOM = 100, 100_000, 3_000_000
"""Labels that the search keeps a stage, at first and at most; and that times the articles, for the memory."""

WANDERINGS, NARROW = 30, 50
"""Starts from elsewhere in one go when no wider search fits, and the labels that each looks at."""

BULK = 120
"""Units of an article beyond which it takes so many bins that choosing among them is not worth it."""

MOST_CROSS = 5
"""Cross aisles that the choice is made on; the walk over what was chosen has the whole plan."""


@dataclass(frozen=True, slots=True)
class Pick:
    """So many units from one supply (its index in what was given)."""

    supply: int
    units: int


@dataclass(frozen=True, slots=True)
class ScatteredWalk:
    """Which bins are visited, in walking order, and what is taken from each.

    `length_mm` is what is walked, `bound_mm` a proven lower bound on every choice and walk, equal to it when
    `method` is `exact`; else `method` is `exchange`.
    """

    picks: tuple[Pick, ...]
    length_mm: int
    bound_mm: int
    method: str

    @property
    def gap(self) -> float:
        """How far `length_mm` may be above the best there is, as a share of the bound; 0 when proven."""
        return self.length_mm / self.bound_mm - 1 if self.bound_mm else 0.0


def plan_scattered(
    plan: Plan, demand: Mapping[str, int], supplies: Sequence[Supply], *, seed: int = 0, time_limit_s: float = 1.0
) -> ScatteredWalk:
    """A shortest walk that brings `demand` (sku -> units) out of `supplies`, as good as the time allows.

    On a `Layout` as above; on other plans by `choosing`, with weaker bounds. Of more than `BULK` units of an
    article the fullest bins are taken. Feasible at any limit; the same seed gives the same walk where the limit
    does not cut in. Raises `Invalid`: `spot_unreachable` (naming the bin), `supply_short`, `demand_invalid`
    (naming the article), `time_limit_invalid`.
    """
    deadline = Deadline(time_limit_s)
    check_demand(demand, supplies)
    plan.check([supply.spot for supply in supplies])
    if not demand:
        return ScatteredWalk((), 0, 0, "exact")
    if isinstance(plan, Layout):
        chosen, bound = _chosen(plan, demand, supplies, seed, deadline)
    else:
        chosen, bound = choose(plan, demand, supplies, seed=seed, deadline=deadline)
    known = isinstance(plan, Layout) and len(plan.cross_y_mm) <= MOST_CROSS
    left_s = LONG_S if known else max(0.02, deadline.left())
    walk = plan_walk(plan, [supplies[index].spot for index in chosen], seed=seed, time_limit_s=left_s)
    left, picks = dict(demand), []
    for index in (chosen[place] for place in walk.order):
        units = min(left[supplies[index].sku], supplies[index].units)
        left[supplies[index].sku] -= units
        picks += [Pick(index, units)] if units else []
    method = "exact" if bound >= walk.length_mm else "exchange"
    return ScatteredWalk(tuple(picks), walk.length_mm, min(bound, walk.length_mm), method)


def _chosen(
    layout: Layout, demand: Mapping[str, int], supplies: Sequence[Supply], seed: int, deadline: Deadline
) -> tuple[list[int], int]:
    """The indexes of the supplies to visit on a rectangular plan, and the bound in mm."""
    thin = layout.thinned(MOST_CROSS if len(layout.depot_links) == 1 else MOST_CROSS - 1)
    bulk = fullest({sku: units for sku, units in demand.items() if units > BULK}, supplies)
    wanted = {sku: units for sku, units in demand.items() if units <= BULK}
    given = list(supplies)
    for index in bulk:
        given[index] = Supply(f"{supplies[index].sku}/{index}", supplies[index].spot, 1)
        wanted[given[index].sku] = 1
    places = Places(thin, wanted, given)
    choice = _Choice(places, Random(seed))
    bound = choice.search(deadline)
    return places.row[np.flatnonzero(choice.take)].tolist(), bound if thin is layout and not bulk else 0


class _Choice:
    """What is taken from each supply, and how it is improved.

    `take` is the present choice and `length_mm` its walk, without the way to a single door; `best` the best met.
    """

    def __init__(self, places: Places, rng: Random) -> None:
        self.places, self.rng = places, rng
        self.take: IntArray = np.zeros(len(places.row), dtype=np.int64)
        self.length_mm = BARRED

    def search(self, deadline: Deadline) -> int:
        """Improve until the best is proven or the time is up; leaves the best in `take`. Returns the bound in mm."""
        places = self.places
        order = sorted(places, key=lambda article: len(places.supplies_of[article]))
        self.rebuild(order, AMOUNTS)
        self.polish(deadline)
        bound, price = prices(places.floor, places.needed, places.wanted, self.length_mm, 300)
        width, spent = FIRST_WIDTH, 0.0
        widest = max(FIRST_WIDTH, min(WIDEST, ROOM // len(places.wanted)))
        while bound < self.length_mm and not deadline.over():
            begun = deadline.spent()
            bound = max(bound, self.look(price, width, self.length_mm - 1, deadline))
            spent = deadline.spent() - begun
            if bound < self.length_mm:
                self.wander(price, deadline, 4 + min(width, WIDEST // 5) // 100)
            fits = 0.8 * max(deadline.left(), 0) / max(spent, 1e-6)
            if fits < 1.5 or width == widest:
                break
            width = min(widest, int(width * min(fits, 6.0)))
        while bound < self.length_mm and width < widest and not deadline.over():
            self.wander(price, deadline, WANDERINGS)
        return int(min(bound, self.length_mm)) + places.fixed_mm

    def look(self, price: IntArray, width: int, most: int, deadline: Deadline) -> int:
        """Take over and polish what the search under the bound finds; returns its bound in mm."""
        floor, needed, wanted = self.places.floor, self.places.needed, self.places.wanted
        length, reached, proven = search(floor, needed, wanted, price, most, width)
        if length < BARRED:
            self.settle(list(self.places), reached)
            self.length_mm = int(length)
            self.polish(deadline)
        return int(proven)

    def wander(self, price: IntArray, deadline: Deadline, turns: int) -> None:
        """Start from elsewhere a few times, by a detour or by choosing some articles anew, and keep the best."""
        best, length = self.take.copy(), self.length_mm
        articles = list(self.places)
        for turn in range(turns):
            if deadline.over():
                return
            if turn % 2:
                count = min(len(articles), 2 + self.rng.randrange(1 + len(articles) // 2))
                self.rebuild(self.rng.sample(articles, count), 2 if self.rng.random() < 0.5 else 8)
                self.polish(deadline)
            else:
                self.detour(price, length + length // 10, deadline)
            if self.length_mm <= length:
                best, length = self.take.copy(), self.length_mm
            else:
                self.take, self.length_mm = best.copy(), length

    def detour(self, price: IntArray, most: int, deadline: Deadline) -> None:
        """What the search finds if it must pass a bin drawn by chance, at somewhat other prices."""
        places = self.places
        needed = places.needed.copy()
        needed[places.spot_of[self.rng.randrange(len(places.row))]] = True
        other = price * np.array([self.rng.uniform(0.8, 1.2) for _ in places])
        length, reached, _ = search(places.floor, needed, places.wanted, other.astype(np.int64), most, NARROW)
        if length < BARRED:
            self.settle(list(places), reached)
            self.length_mm = int(length)
            self.polish(deadline)

    def rebuild(self, articles: Sequence[int], amounts: int) -> None:
        """Forget where these articles are taken from and choose again, some at a time."""
        for article in articles:
            self.take[self.places.supplies_of[article]] = 0
        left = list(articles)
        while left:
            group = self.group(left, amounts)
            left = left[len(group) :]
            self.exchange(group, BARRED - 1)

    def polish(self, deadline: Deadline) -> None:
        """Exchange what comes out of one aisle after the other, and random groups, until nothing helps."""
        improved = True
        while improved and not deadline.over():
            before = self.length_mm
            aisles = np.unique(self.places.aisle[np.flatnonzero(self.take)]).tolist()
            self.rng.shuffle(aisles)
            for aisle in aisles:
                self.exchange(self.group(self.related(aisle), AMOUNTS), self.length_mm)
                if deadline.over():
                    return
            articles = list(self.places)
            self.rng.shuffle(articles)
            while articles and not deadline.over():
                group = self.group(articles, AMOUNTS)
                articles = articles[len(group) :]
                self.exchange(group, self.length_mm)
            improved = self.length_mm < before

    def related(self, aisle: int) -> list[int]:
        """All articles in random order, those first that are now taken from an aisle, or from the one after it."""
        places = self.places
        taken = np.flatnonzero(self.take)
        beyond = places.aisle[taken]
        near = set(places.floor.article[taken[beyond == aisle]].tolist())
        after = beyond[beyond > aisle]
        next_to = set(places.floor.article[taken[beyond == after.min()]].tolist()) if len(after) else set()
        articles = list(places)
        self.rng.shuffle(articles)
        return sorted(articles, key=lambda article: 0 if article in near else 1 if article in next_to else 2)

    def group(self, articles: Sequence[int], amounts: int) -> list[int]:
        """As many articles from the front as have at most so many amounts together, one at least."""
        product = np.cumprod(self.places.wanted[articles[:64]].astype(float) + 1)
        return list(articles[: max(1, int(np.searchsorted(product, amounts, side="right")))])

    def exchange(self, group: list[int], most: int) -> None:
        """Take the articles of a group from the bins that are best, the other articles as they are."""
        places = self.places
        digit, wanted = places.open_articles(group)
        needed = places.needed.copy()
        needed[places.spot_of[(self.take > 0) & (digit[places.floor.article] < 0)]] = True
        length, reached = reselect(places.floor, needed, digit, wanted, most)
        if length < BARRED:
            self.settle(group, reached)
            self.length_mm = int(length)

    def settle(self, articles: list[int], reached: BoolArray) -> None:
        """Take these articles from bins that are passed: the fullest first, chance decides between equals."""
        noise = np.array([self.rng.random() for _ in self.take])
        settle(self.places.floor, np.array(articles), self.places.wanted, reached, noise, self.take)
