"""A wave onto carts: which loads ride together, and each cart's walk, planned as one.

Loads are joined by savings, improved by ruin and recreate with exact walk costs, and now and then the best
plan over all trips met is put together by CP-SAT. Feasible at any time limit: every load on exactly one
cart, no cart over its capacity.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from foundation.errors import Invalid
from warehouses.planning.batches.bounds import floor_bound, wave_bound
from warehouses.planning.batches.irregular import IrregularSearch
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.batches.searching import Search
from warehouses.planning.deadline import Deadline
from warehouses.planning.floor.floors import AisleRule, AnyFloor, FloorGraph
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.mesh import Traffic
from warehouses.planning.walks.handling import Handling
from warehouses.planning.walks.rules import s_shape_mm
from warehouses.planning.walks.walk import Walk
from warehouses.planning.walks.walking import graph_walk, plan_walk


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan has come: the phase, the seconds spent, and the best plan's metres as mm."""

    phase: str
    seconds: float
    length_mm: int


@dataclass(frozen=True, slots=True)
class CartPlan:
    """One cart: the keys of its loads, its distinct spots, and the walk (whose `order` indexes `spots`).

    A spot with heavy and with fragile goods is in `spots` twice when the walk has to come there twice.
    """

    loads: tuple[str, ...]
    spots: tuple[Spot, ...]
    walk: Walk
    totes: int
    volume_mm3: int
    weight_g: int


@dataclass(frozen=True, slots=True)
class WavePlan:
    """A wave's carts, longest walk first.

    `bound_mm`: proven, no plan of these loads on such carts walks less. `bound_kind`: `optimum` when the plan is
    a best one, `set_partitioning` for the relaxation with exact pricing, `floor` for the quick bound that counts
    pieces of floor. `s_shape_mm`: the same loads as they
    came, cart by cart, walked by the S-shape rule. `method`: how the plan was found (`first_come`,
    `savings`, `improved`). `settled`: the search ended by its own rule, not by the time limit or a stop, so
    the same seed gives the same plan; never on a floor with rules or levels, whose walks the clock ends.
    """

    carts: tuple[CartPlan, ...]
    length_mm: int
    bound_mm: int
    bound_kind: str
    s_shape_mm: int
    seconds: float
    method: str
    settled: bool

    @property
    def gap(self) -> float:
        """Length over the bound, as a share; 0 for an empty wave."""
        return self.length_mm / self.bound_mm - 1 if self.bound_mm else 0.0

    @property
    def saved(self) -> float:
        """What the plan saves against the S-shape, as a share of it."""
        return 1 - self.length_mm / self.s_shape_mm if self.s_shape_mm else 0.0


def plan_wave(
    floor: AnyFloor,
    loads: Sequence[Load],
    cart: Cart,
    *,
    seed: int = 0,
    time_limit_s: float = 5.0,
    apart: Collection[tuple[str, str]] = (),
    mixing_mm: int = 0,
    workers: int = 2,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> WavePlan:
    """Put `loads` on carts and plan their walks, within `time_limit_s` (at most a second over for a large wave).

    `apart`: pairs of load groups that may not ride on one cart. `mixing_mm`: what each due class more on a cart
    is worth in walking, so that loads due together ride together. `workers`: threads that search at once; the
    plan depends on their number and the seed. `progress` is told of every better plan; `stop` is asked often
    and ends the search with the best so far. Raises `Invalid`: `load_too_large` (naming the load and what is
    too much), `load_duplicate`, `spot_unreachable` (naming the bin), `time_limit_invalid`, `groups_invalid`.
    No loads give an empty plan.
    """
    deadline = Deadline(time_limit_s)
    _check(floor, loads, cart, apart)
    if not loads:
        return WavePlan((), 0, 0, "optimum", 0, deadline.spent(), "first_come", settled=True)
    asked = _Asked(
        seed,
        workers,
        apart,
        mixing_mm,
        lambda phase, mm: progress(Progress(phase, deadline.spent(), mm)) if progress else None,
        stop or (lambda: False),
    )
    search: Search | IrregularSearch
    if isinstance(floor, Layout):
        search, carts, proven_mm = _on_rectangle(floor, loads, cart, asked, deadline)
        bound_mm = wave_bound(floor, loads, cart)
    else:
        search, carts, proven_mm = _on_graph(floor, loads, cart, asked, deadline)
        bound_mm = floor_bound(floor, loads, cart)
    carts.sort(key=lambda plan: (-plan.walk.length_mm, plan.loads))
    length_mm, kind = sum(plan.walk.length_mm for plan in carts), "floor"
    if proven_mm > bound_mm:
        bound_mm, kind = proven_mm, "set_partitioning"
    return WavePlan(
        carts=tuple(carts),
        length_mm=length_mm,
        bound_mm=bound_mm,
        bound_kind="optimum" if bound_mm == length_mm else kind,
        s_shape_mm=_as_it_came_mm(floor, [[loads[load] for load in members] for members in search.first]),
        seconds=deadline.spent(),
        method=search.method,
        settled=search.settled,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """How a wave is to be searched, as in `plan_wave`."""

    seed: int
    workers: int
    apart: Collection[tuple[str, str]]
    mixing_mm: int
    progress: Callable[[str, int], None]
    stop: Callable[[], bool]


def _on_rectangle(
    layout: Layout, loads: Sequence[Load], cart: Cart, asked: _Asked, deadline: Deadline
) -> tuple[Search, list[CartPlan], int]:
    """The search, its carts with exact walks, and what it has proven of any plan (0: nothing)."""
    steered = layout.thinned(STEERED_CROSS_AISLES - (len(layout.depot_links) > 1))
    kept_s = LEFT_FOR_WALKS * min(len(loads), _fewest(loads, cart) + 1)
    if _minds_handling(loads):
        kept_s = max(kept_s, LEFT_FOR_HANDLING * deadline.left())
    search = Search(
        steered,
        loads,
        cart,
        Deadline(max(1e-9, deadline.left() - kept_s)),
        seed=asked.seed,
        workers=asked.workers,
        apart=asked.apart,
        mixing_mm=asked.mixing_mm,
        progress=asked.progress,
        stop=asked.stop,
    )
    search.run()
    carts = []
    for number, members in enumerate(search.best):
        held = [loads[load] for load in sorted(members)]
        spots, kinds = _stops(held)
        share_s = deadline.left() / (len(search.best) - number)
        limit_s = WALK_S if kinds is None else min(HANDLED_S, max(WALK_S, share_s))
        walk = plan_walk(layout, spots, handling=kinds, seed=asked.seed, time_limit_s=limit_s)
        carts.append(_cart_plan(held, spots, walk))
    is_exact = steered is layout and search.floor.unit_mm == 1 and asked.mixing_mm == 0
    return search, carts, search.bound if is_exact else 0


def _on_graph(
    floor: FloorGraph, loads: Sequence[Load], cart: Cart, asked: _Asked, deadline: Deadline
) -> tuple[IrregularSearch, list[CartPlan], int]:
    """As `_on_rectangle`, on the real ways of a floor with rules or levels; each walk gets its share of the time."""
    search = IrregularSearch(
        floor,
        loads,
        cart,
        Deadline(max(1e-9, (1 - SHARE_FOR_WALKS) * deadline.left())),
        seed=asked.seed,
        workers=asked.workers,
        apart=asked.apart,
        mixing_mm=asked.mixing_mm,
        progress=asked.progress,
        stop=asked.stop,
    )
    search.run()
    carts = []
    for number, members in enumerate(search.best):
        held = [loads[load] for load in sorted(members)]
        spots, kinds = _stops(held)
        if kinds is None:
            spots = tuple(search.order_of(number))
        share_s = max(1e-3, deadline.left() / (len(search.best) - number))
        walk = graph_walk(floor, spots, start=range(len(spots)), handling=kinds, seed=asked.seed, time_limit_s=share_s)
        carts.append(_cart_plan(held, spots, walk))
    return search, carts, search.bound_mm


def warm_up() -> None:
    """Compile the search, or load it compiled: seconds that a first wave would otherwise spend of its own."""
    layout = Layout((0, 3_000), (0, 9_000), ((0, 0, 0),))
    loads = [Load(f"L{n}", (Spot(n % 2, 100 + n),), 1, 1, 1) for n in range(6)]
    for floor in (layout, FloorGraph.of(layout, AisleRule(0, 0, 9_000, Traffic.FORWARD))):
        plan_wave(floor, loads, Cart(3, 9, 9), time_limit_s=60.0)


STEERED_CROSS_AISLES = 4
"""Plans with more are steered by walks over a thinned plan; each cart's own walk is planned on the full one."""

LEFT_FOR_WALKS = 0.003
"""Seconds kept per cart to plan its walk in full."""

LEFT_FOR_HANDLING = 0.3
"""Share of the time kept for walks that have heavy goods go under fragile ones: OR-Tools plans these."""

SHARE_FOR_WALKS = 0.15
"""Share of the time kept for that where walks are not exact."""


def _as_it_came_mm(floor: AnyFloor, groups: Sequence[Sequence[Load]]) -> int:
    """The wave as most systems walk it: as it came, by S-shape."""
    return sum(s_shape_mm(floor, [spot for load in group for spot in load.spots]) for group in groups)


def _fewest(loads: Sequence[Load], cart: Cart) -> int:
    """The fewest carts that can carry all loads, by their sizes alone."""
    return max(
        -(-sum(load.totes for load in loads) // cart.totes),
        -(-sum(load.volume_mm3 for load in loads) // cart.volume_mm3),
        -(-sum(load.weight_g for load in loads) // cart.weight_g),
    )


MOST_GROUPS = 62
"""Groups that rules of `apart` may name: one bit each."""


def _check(floor: AnyFloor, loads: Sequence[Load], cart: Cart, apart: Collection[tuple[str, str]]) -> None:
    """Refuse what cannot be planned, naming it."""
    named = {group for pair in apart for group in pair}
    if len(named) > MOST_GROUPS or any(one == other for one, other in apart):
        raise Invalid(
            f"Rules of what may not ride together name two different groups each, {MOST_GROUPS} at most in all.",
            code="groups_invalid",
            field="apart",
        )
    doubles = [key for key, times in Counter(load.key for load in loads).items() if times > 1]
    if doubles:
        raise Invalid(f"Load {doubles[0]} is in the wave twice.", code="load_duplicate", field="loads", load=doubles[0])
    for load in loads:
        floor.check(load.spots)
        for name, size, most in (
            ("totes", load.totes, cart.totes),
            ("volume_mm3", load.volume_mm3, cart.volume_mm3),
            ("weight_g", load.weight_g, cart.weight_g),
        ):
            if size > most:
                raise Invalid(
                    f"Load {load.key} takes {size} {name}, a cart only {most}; split the order first.",
                    code="load_too_large",
                    field="loads",
                    load=load.key,
                )


def _minds_handling(loads: Sequence[Load]) -> bool:
    """Whether there are goods that must go under others."""
    return any(load.heavy for load in loads) and any(load.fragile for load in loads)


def _stops(loads: Sequence[Load]) -> tuple[tuple[Spot, ...], list[Handling] | None]:
    """The spots to visit and their handling, None where any order will do.

    Where heavy and fragile goods lie at one spot, it is to be visited for each.
    """
    spots = tuple(dict.fromkeys(spot for load in loads for spot in load.spots))
    if not _minds_handling(loads):
        return spots, None
    heavy = {spot for load in loads for spot in load.heavy}
    fragile = {spot for load in loads for spot in load.fragile}
    stops = []
    for spot in spots:
        kinds = [kind for kind, some in ((Handling.HEAVY, heavy), (Handling.FRAGILE, fragile)) if spot in some]
        stops += [(spot, kind) for kind in kinds or [Handling.PLAIN]]
    return tuple(spot for spot, _ in stops), [kind for _, kind in stops]


def _cart_plan(loads: Sequence[Load], spots: tuple[Spot, ...], walk: Walk) -> CartPlan:
    """One cart with its loads and its walk over their spots."""
    return CartPlan(
        loads=tuple(load.key for load in loads),
        spots=spots,
        walk=walk,
        totes=sum(load.totes for load in loads),
        volume_mm3=sum(load.volume_mm3 for load in loads),
        weight_g=sum(load.weight_g for load in loads),
    )


WALK_S, HANDLED_S = 0.05, 1.0
"""Seconds for one cart's walk on a rectangle, and most with handling; the exact method takes a few milliseconds."""
