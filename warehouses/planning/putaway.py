"""Where goods from the dock go: fast ones near the depot, the same goods together, in few stops.

Goods ranked by picks per volume, places by walking distance: that fractional assignment is the best there is
for distance alone (the cube-per-order index, Heskett 1963). A min-cost flow over each group's likely places
adds the wish to lie with its own kind; then units are laid down exactly, whole groups first.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt
from ortools.graph.python import min_cost_flow

from foundation.errors import Invalid
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.layout import IntArray, Plan, Spot
from warehouses.planning.segregation import may_share_bin
from warehouses.planning.walks.walk import Walk
from warehouses.planning.walks.walking import plan_walk


@dataclass(frozen=True, slots=True)
class Group:
    """Units of one SKU and lot to put away. `velocity`: expected picks of them a day; `lot` may be empty.

    `hazard`: UN class of dangerous goods, which keep away from some others (`segregation`).
    """

    key: str
    sku: str
    lot: str
    quantity: int
    unit_volume_mm3: int
    unit_weight_g: int
    velocity: float
    hazard: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A bin: what is left in it (mm3, g), and the SKUs, (SKU, lot) pairs and UN classes that lie there."""

    key: str
    spot: Spot
    volume_mm3: int
    weight_g: int
    skus: frozenset[str] = frozenset()
    lots: frozenset[tuple[str, str]] = frozenset()
    hazards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placement:
    """So many units of a group into a place."""

    group: str
    place: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Units that got no place: `no_room`, or `too_large` / `too_heavy` if not even an allowed bin takes one."""

    group: str
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class PutawayPlan:
    """Placements in walking order, what did not fit, and the trolley's walk over `spots` (None if empty)."""

    placements: tuple[Placement, ...]
    left_over: tuple[LeftOver, ...]
    walk: Walk | None
    spots: tuple[Spot, ...]
    seconds: float


NEIGHBOURING = 12
"""Places on either side of a group's rank that it is offered, and as many of its own kind."""

OWN_KIND = 0.5
"""A place with the same SKU and lot counts as so much of its distance."""

STOP_MM = 10_000
"""What a further stop is worth in walking, per pick a day: a split group is found in two places."""

COST_SCALE = 100_000
"""The dearest arc of the flow; large enough to tell places apart, small enough for 64 bits."""


def plan_putaway(
    layout: Plan,
    groups: Sequence[Group],
    places: Sequence[Place],
    *,
    seed: int = 0,
    time_limit_s: float = 5.0,
    max_skus_per_place: int | None = None,
    mix_lots: bool = False,
) -> PutawayPlan:
    """Give every unit a place; what finds none is reported in `left_over`, never dropped.

    Each place's volume and weight hold, its SKUs stay within `max_skus_per_place`, dangerous goods keep apart as
    `segregation` says, and unless `mix_lots` a place takes no second lot of a SKU. `seed` settles ties. Raises
    `Invalid`: `group_invalid`, `place_invalid`, `group_duplicate`, `place_duplicate`, `spot_unreachable`, each naming
    the culprit.
    """
    deadline = Deadline(time_limit_s)
    _check(groups, places)
    layout.check([place.spot for place in places])
    floor = _Floor(layout, places, seed, max_skus_per_place, mix_lots)
    ranked = sorted(groups, key=lambda g: (-g.velocity / max(1, g.quantity * g.unit_volume_mm3), g.key))
    offers = floor.offers(ranked)
    wishes = _flow(ranked, offers, floor) if deadline.left() > FLOW_S * len(ranked) else {}
    left: list[LeftOver] = []
    for index, group in enumerate(ranked):
        likely = [*wishes.get(index, []), *offers[index]]
        remaining = floor.put(group, list(dict.fromkeys(likely)))
        if remaining:
            left.append(LeftOver(group.key, remaining, floor.why_not(group)))
    return _walked(layout, floor, left, seed, deadline)


FLOW_S = 1e-4
"""Seconds of flow per group (measured); with less time the ranking alone decides."""


class _Floor:
    """The places with what is left in them, nearest first, filled as groups are put."""

    def __init__(self, layout: Plan, places: Sequence[Place], seed: int, most_skus: int | None, mix_lots: bool) -> None:
        distance = _distances(layout, places)
        tie = list(range(len(places)))
        Random(seed).shuffle(tie)
        order = sorted(range(len(places)), key=lambda i: (distance[i], tie[i]))
        self.places = [places[i] for i in order]
        self.distance = np.array([distance[i] for i in order], dtype=np.float64)
        self.volume = np.array([place.volume_mm3 for place in self.places], dtype=np.int64)
        self.weight = np.array([place.weight_g for place in self.places], dtype=np.int64)
        self.skus = [set(place.skus) for place in self.places]
        self.sku_count = np.array([len(place.skus) for place in self.places], dtype=np.int64)
        self.most_skus, self.mix_lots = most_skus, mix_lots
        self.of_kind: dict[tuple[str, str], set[int]] = {}
        self.of_sku: dict[str, set[int]] = {}
        self.of_hazard: dict[str, set[int]] = {}
        for at, place in enumerate(self.places):
            for kind in place.lots:
                self.of_kind.setdefault(kind, set()).add(at)
            for sku in place.skus:
                self.of_sku.setdefault(sku, set()).add(at)
            for hazard in place.hazards:
                self.of_hazard.setdefault(hazard, set()).add(at)
        self.placed: list[tuple[Group, int, int]] = []

    def offers(self, ranked: Sequence[Group]) -> list[list[int]]:
        """Per group the places it is offered: of its own kind, and those about its rank by volume."""
        room = np.cumsum(self.volume.astype(np.float64))
        offers, needed = [], 0.0
        for rank, group in enumerate(ranked):
            first = int(np.searchsorted(room, needed))
            needed += group.quantity * group.unit_volume_mm3
            last = int(np.searchsorted(room, needed))
            if self.most_skus == 1:
                first, last = max(first, rank), max(last, rank)
            around = range(max(0, first - NEIGHBOURING), min(len(self.places), last + NEIGHBOURING + 1))
            own = sorted(self.of_kind.get((group.sku, group.lot), ()))[:NEIGHBOURING]
            at = np.array(list(dict.fromkeys([*own, *around])), dtype=np.int64)
            offers.append(at[self.rooms(group, at) > 0].tolist())
        return offers

    def rooms(self, group: Group, at: IntArray) -> IntArray:
        """How many units of `group` may still go to each of these places."""
        room = np.full(len(at), group.quantity, dtype=np.int64)
        if group.unit_volume_mm3:
            room = np.minimum(room, self.volume[at] // group.unit_volume_mm3)
        if group.unit_weight_g:
            room = np.minimum(room, self.weight[at] // group.unit_weight_g)
        own, kind = self.of_sku.get(group.sku, set()), self.of_kind.get((group.sku, group.lot), set())
        if self.most_skus is not None:
            room[(self.sku_count[at] >= self.most_skus) & ~np.isin(at, list(own))] = 0
        if not self.mix_lots and own - kind:
            room[np.isin(at, list(own - kind))] = 0
        for hazard, barred in self.of_hazard.items():
            if not may_share_bin(group.hazard, hazard):
                room[np.isin(at, list(barred))] = 0
        return room

    def costs_mm(self, group: Group, at: IntArray) -> npt.NDArray[np.float64]:
        """The distance each place counts as, for this group."""
        own = self.of_kind.get((group.sku, group.lot), set())
        costs: npt.NDArray[np.float64] = self.distance[at] * np.where(np.isin(at, list(own)), OWN_KIND, 1.0)
        return costs

    def put(self, group: Group, likely: Sequence[int]) -> int:
        """Lay down a group: whole where that costs less than a stop more, else in parts. Units left over."""
        left = group.quantity
        near, everywhere = np.array(likely, dtype=np.int64), np.arange(len(self.places))
        for at in (near, everywhere):
            while left:
                rooms = np.minimum(self.rooms(group, at), left)
                open_to = np.flatnonzero(rooms)
                if not len(open_to):
                    break
                costs = self.costs_mm(group, at[open_to]) + np.where(rooms[open_to] < left, STOP_MM, 0)
                best = open_to[np.lexsort((-rooms[open_to], costs))[0]]
                self._lay(group, int(at[best]), int(rooms[best]))
                left -= int(rooms[best])
        return left

    def _lay(self, group: Group, at: int, quantity: int) -> None:
        self.volume[at] -= quantity * group.unit_volume_mm3
        self.weight[at] -= quantity * group.unit_weight_g
        self.skus[at].add(group.sku)
        self.sku_count[at] = len(self.skus[at])
        self.of_sku.setdefault(group.sku, set()).add(at)
        self.of_kind.setdefault((group.sku, group.lot), set()).add(at)
        if group.hazard:
            self.of_hazard.setdefault(group.hazard, set()).add(at)
        self.placed.append((group, at, quantity))

    def why_not(self, group: Group) -> str:
        """Why units of a group are left: one of them is too much for any place as it came, or all are full."""
        if self.places and all(place.volume_mm3 < group.unit_volume_mm3 for place in self.places):
            return "too_large"
        if self.places and all(place.weight_g < group.unit_weight_g for place in self.places):
            return "too_heavy"
        return "no_room"


def _distances(layout: Plan, places: Sequence[Place]) -> list[int]:
    """Distance of every place to the depot in mm: half the way there and back, which need not be alike."""
    trips: list[int] = (layout.round_trips_mm([place.spot for place in places]) // 2).tolist()
    return trips


def _flow(groups: Sequence[Group], offers: Sequence[Sequence[int]], floor: _Floor) -> dict[int, list[int]]:
    """Per group the places a min-cost flow sends it to, the largest share first. Flow in cm3."""
    flow = min_cost_flow.SimpleMinCostFlow()
    count, sink = len(groups), len(groups) + len(floor.places)
    weights = [group.velocity / max(1, group.quantity * group.unit_volume_mm3 // 1000) for group in groups]
    dearest = max(weights, default=0.0) * float(floor.distance.max(initial=0.0))
    unit = COST_SCALE / dearest if dearest > 1e-9 else 0.0
    tails, heads, room, costs, needs = [], [], [], [], []
    for index, group in enumerate(groups):
        needs.append(max(1, math.ceil(group.quantity * group.unit_volume_mm3 / 1000)))
        counted = floor.costs_mm(group, np.array(offers[index], dtype=np.int64))
        costs += np.rint(unit * weights[index] * counted).astype(np.int64).tolist()
        for at in offers[index]:
            tails.append(index)
            heads.append(count + at)
            room.append(needs[-1])
        tails.append(index)
        heads.append(sink)
        room.append(needs[-1])
        costs.append(2 * COST_SCALE)
    out = len(floor.places)
    tails, heads = [*tails, *range(count, count + out)], [*heads, *[sink] * out]
    room, costs = [*room, *(floor.volume // 1000).tolist()], [*costs, *[0] * out]
    arcs = flow.add_arcs_with_capacity_and_unit_cost(np.array(tails), np.array(heads), np.array(room), np.array(costs))
    flow.set_nodes_supplies(np.array([*range(count), sink]), np.array([*needs, -sum(needs)]))
    if flow.solve() != flow.OPTIMAL:
        return {}
    sent: dict[int, list[tuple[int, int]]] = {}
    for tail, head, amount in zip(tails, heads, flow.flows(arcs).tolist(), strict=True):
        if amount and tail < count and head != sink:
            sent.setdefault(tail, []).append((-amount, head - count))
    return {index: [at for _, at in sorted(places)] for index, places in sent.items()}


def _walked(layout: Plan, floor: _Floor, left: Sequence[LeftOver], seed: int, deadline: Deadline) -> PutawayPlan:
    """The placements in the order of the trolley's walk."""
    spots = tuple(dict.fromkeys(floor.places[at].spot for _, at, _ in floor.placed))
    walk, turn = None, {}
    if spots:
        walk = plan_walk(layout, spots, seed=seed, time_limit_s=max(deadline.left(), 0.05))
        turn = {spots[index]: place for place, index in enumerate(walk.order)}
    merged: Counter[tuple[str, int]] = Counter()
    for group, at, quantity in floor.placed:
        merged[group.key, at] += quantity
    ordered = sorted(merged, key=lambda item: (turn[floor.places[item[1]].spot], floor.places[item[1]].key, item[0]))
    return PutawayPlan(
        placements=tuple(Placement(key, floor.places[at].key, merged[key, at]) for key, at in ordered),
        left_over=tuple(sorted(left, key=lambda one: one.group)),
        walk=walk,
        spots=spots,
        seconds=deadline.spent(),
    )


def _check(groups: Sequence[Group], places: Sequence[Place]) -> None:
    """Refuse sizes that cannot be, and keys that come twice."""
    for kind, keys in (("group", [g.key for g in groups]), ("place", [p.key for p in places])):
        doubles = [key for key, times in Counter(keys).items() if times > 1]
        if doubles:
            raise Invalid(f"{kind.title()} {doubles[0]} is given twice.", code=f"{kind}_duplicate", key=doubles[0])
    for group in groups:
        sizes = (group.quantity - 1, group.unit_volume_mm3, group.unit_weight_g)
        if min(sizes) < 0 or not (math.isfinite(group.velocity) and group.velocity >= 0):
            raise Invalid(
                f"Group {group.key}: quantity must be at least 1, sizes and velocity not negative.",
                code="group_invalid",
                key=group.key,
            )
    for place in places:
        if min(place.volume_mm3, place.weight_g) < 0:
            raise Invalid(f"Bin {place.key} has less than nothing left in it.", code="place_invalid", key=place.key)
