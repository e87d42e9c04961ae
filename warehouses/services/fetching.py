"""Fetching: once carts are filled, the walk decides between shelves that are as good. Stock is promised anew there."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from foundation import clock
from warehouses.locks import BinKey, lock_balances
from warehouses.models import Condition, Hub, PickTask
from warehouses.planning.batches.batching import CartPlan
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.speeds import Speeds
from warehouses.planning.running.fetching import Fetched, Want, fetch_cart
from warehouses.planning.running.releasing import Release, job_key
from warehouses.planning.scattered.places import Supply
from warehouses.services.filling import Contents
from warehouses.services.floorplan import spot_of, within_reach
from warehouses.services.loading import Loading
from warehouses.services.shelves import Shelf, all_stock, free_stock
from warehouses.services.sums import BinDelta, change_bin_balances

CART_S = 0.5
"""Seconds for one cart at most; most are proven in a few hundredths."""


@dataclass(frozen=True, slots=True)
class Change:
    """A cart over other shelves. `taken[n]`: the shelves and units of the n-th entry of its totes, in their order."""

    found: Fetched
    taken: tuple[tuple[tuple[Shelf, int], ...], ...]
    promised: Mapping[BinKey, int]

    def contents(self, totes: Sequence[Contents], tasks: dict[str, PickTask]) -> list[Contents]:
        """The totes with these shelves. Each task goes to its first one; `tasks` gets another for every further one."""
        entries, first = iter(self.taken), dict[str, int]()
        return [[part for key, _ in tote for part in _split(key, next(entries), tasks, first)] for tote in totes]


def _split(
    key: str, parts: Sequence[tuple[Shelf, int]], tasks: dict[str, PickTask], first: dict[str, int]
) -> Iterator[tuple[str, int]]:
    for shelf, units in parts:
        stock = shelf.stock
        name = key if first.setdefault(key, stock.pk) == stock.pk else f"{key}/{stock.pk}"
        task = tasks.setdefault(name, PickTask(reservation=tasks[key].reservation, sku=tasks[key].sku, quantity=0))
        task.bin, task.lot_id = stock.bin, stock.lot_id
        yield name, units


class Choices:
    """The shelves that the wave's units may come from, read without locks, and what is free on them."""

    def __init__(self, hub: Hub, loading: Loading, tasks: Mapping[str, PickTask]) -> None:
        self.hub, self.loading, self.tasks = hub, loading, tasks
        shelves = [shelf for some in all_stock(hub, {t.sku_id for t in tasks.values()}).values() for shelf in some]
        self.by_key = {shelf.key: shelf for shelf in shelves}
        self.free = {shelf.key: shelf.free for shelf in shelves}
        self.alike: dict[tuple[str, str], list[Shelf]] = defaultdict(list)
        for area, floor in ((name, area.floor) for name, area in loading.areas.items()):
            here = [shelf for shelf in shelves if loading.area_of(shelf.stock.bin) == area]
            reached = {place.pk for place in within_reach(floor, {s.stock.bin_id: s.stock.bin for s in here}.values())}
            for shelf in here:
                if shelf.stock.bin_id in reached:
                    self.alike[area, _article(shelf)].append(shelf)
        self.any = any(
            any(shelf.free and shelf.key != _key(task) for shelf in self._alike(task)) for task in tasks.values()
        )

    def _alike(self, task: PickTask) -> list[Shelf]:
        shelf = self.by_key.get(_key(task))
        return self.alike[self.loading.area_of(task.bin), _article(shelf)] if shelf else []

    def weigh(self, release: Release, *, speeds: Speeds, seed: int, time_limit_s: float) -> dict[str, Change]:
        """The carts, by job key, that are quicker over other shelves. A shelf's free units go to one cart only."""
        deadline = Deadline(time_limit_s)
        carts = [(area, cart) for area, plan in release.plans.items() for cart in plan.carts]
        found = {}
        for area, cart in carts:
            if deadline.over():
                break
            change = self._weighed(area, cart, speeds, seed, max(min(CART_S, deadline.left()), 1e-3))
            if change is not None:
                found[job_key(area, cart)] = change
                for key, units in change.promised.items():
                    self.free[key] -= units
        return found

    def _weighed(self, area: str, cart: CartPlan, speeds: Speeds, seed: int, limit_s: float) -> Change | None:
        entries = [entry for tote in self.loading.totes(area, cart) for entry in tote]
        if not self._may_change(area, cart, entries):
            return None
        own: Counter[BinKey] = Counter()
        for key, units in entries:
            own[_key(self.tasks[key])] += units
        articles = {_article(self.by_key[key]) for key in own}
        shelves = [shelf for article in sorted(articles) for shelf in self.alike[area, article]]
        if not any(self.free[shelf.key] for shelf in shelves if shelf.key not in own):
            return None
        place = {shelf.key: at for at, shelf in enumerate(shelves)}
        now = [place[_key(self.tasks[key])] for key, _ in entries]
        found = fetch_cart(
            self.loading.areas[area].floor,
            [Want(_article(shelves[at]), units, at) for at, (_, units) in zip(now, entries, strict=True)],
            [Supply(_article(s), spot_of(s.stock.bin), self.free[s.key] + own[s.key]) for s in shelves],
            cart.walk.length_mm,
            speeds=speeds,
            seed=seed,
            time_limit_s=limit_s,
        )
        if found is None:
            return None
        taken = tuple(tuple((shelves[at], units) for at, units in parts) for parts in found.taken)
        promised = Counter({key: -units for key, units in own.items()})
        for shelf, units in (part for parts in taken for part in parts):
            promised[shelf.key] += units
        return Change(found, taken, {key: units for key, units in promised.items() if units})

    def _may_change(self, area: str, cart: CartPlan, entries: Sequence[tuple[str, int]]) -> bool:
        """Not where an order is on several carts, where stock was taken off sale, or where goods go under others."""
        here: Counter[str] = Counter()
        for key, units in entries:
            here[key] += units
        whole = all(units == self.tasks[key].open and self._alike(self.tasks[key]) for key, units in here.items())
        return whole and not self.loading.minds_handling(area, cart)


def take_over(hub: Hub, changes: Mapping[str, Change]) -> dict[str, Change]:
    """Promises on the shelves what the changes take from them, as far as it is still free; returns those changes.

    The caller has locked the tasks, and writes them. What cannot be had any more stays as it was planned first.
    """
    sku_ids = {key.sku_id for change in changes.values() for key in change.promised}
    if not sku_ids:
        return {}
    lock_balances(hub.pk, sku_ids, known=True)
    free = {shelf.key: shelf for some in free_stock(hub, sku_ids).values() for shelf in some}
    left = Counter({key: shelf.free for key, shelf in free.items()})
    moved: Counter[BinKey] = Counter()
    had = {}
    for name, change in changes.items():
        rank = {shelf.key: shelf.rank for parts in change.taken for shelf, _ in parts}
        more = {key: units for key, units in change.promised.items() if units > 0}
        if all(left[key] >= units and (key not in free or free[key].rank == rank[key]) for key, units in more.items()):
            had[name] = change
            for key, units in change.promised.items():
                left[key] -= units
                moved[key] += units
    change_bin_balances({key: BinDelta(reserved=units) for key, units in moved.items()}, at=clock.now())
    return had


def _key(task: PickTask) -> BinKey:
    return BinKey(task.bin_id, task.sku_id, task.lot_id, Condition.SELLABLE)


def _article(shelf: Shelf) -> str:
    """Equal for shelves of an item that may be emptied in any order."""
    return f"{shelf.stock.sku_id} {shelf.rank}"
