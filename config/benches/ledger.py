"""`manage.py bench ledger`: the figures of the ledger, each measured through the services in a hub of its own."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import psutil
from django.db import connection

from config.benches.clients import Job, Run, run_clients
from config.benches.ledger_bare import Bare
from config.benches.ledger_world import Line, World, add_bins, add_history, build, orders, queue
from foundation import clock
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.waving import plan_wave
from warehouses.models import Hub
from warehouses.services.assigning import assign
from warehouses.services.hotness import mark_hot
from warehouses.services.reserving import Demand, allocate_page, reserve, reserve_now

CLIENTS: Final = 8
BATCH: Final = 5_000
GROUPS: Final = 3_030
"""Orders in a batch of so many lines."""

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """Where to measure, and how much: `is_full` takes the numbers of the issue where these take minutes."""

    url: str
    is_full: bool
    say: Callable[[str], None]


def allocator(bench: Bench) -> Figures:
    """Batches of 5,000 queued lines, ours and the textbook's in turn, on the same orders; then with orders told."""
    bare = Bare(bench.url)
    bare.make_allocator()
    figures: Figures = {}
    for kind, hot_share in (("uniform", 0.0), ("hot", 0.5)):
        worlds = [build(f"al-{kind[:3]}-{n}", skus=10_000) for n in range(3)]
        lines = 0
        for world in worlds:
            wanted = orders(world, lines=4 * BATCH, hot_share=hot_share)
            lines = len(queue(world, wanted, name=f"al-{world.hub_id}"))
        ours, theirs = [], []
        while True:
            spent, page = _timed(partial(allocate_page, hub_id=worlds[0].hub_id, groups=GROUPS))
            if not page.granted:
                break
            ours.append(spent)
            theirs.append(_timed(partial(bare.allocate_page, worlds[1].hub_id, GROUPS))[0])
        told = _timed(partial(allocate_hub, hub_id=worlds[2].hub_id))[0]
        figures |= {
            f"allocator_{kind}_lines_s": lines / sum(ours),
            f"allocator_{kind}_bare_lines_s": lines / sum(theirs),
            f"allocator_{kind}_of_bare": statistics.median(theirs) / statistics.median(ours),
            f"allocator_{kind}_orders_told_lines_s": lines / told,
        }
    bare.close()
    return figures


def now(bench: Bench) -> Figures:
    """One order, one call, eight clients: uniform and half of the orders on one item, in turn; then without Django."""
    world = build("now", skus=10_000)
    each = 500 if bench.is_full else 150
    runs: dict[str, list[Run]] = {"uniform": [], "hot": [], "bare": []}
    _together(world, each, 0.5, "warm", _ours)
    mark_hot()
    for turn in range(3):
        runs["uniform"].append(_together(world, each, 0.0, f"u{turn}", _ours))
        runs["hot"].append(_together(world, each, 0.5, f"h{turn}", _ours))
        runs["bare"].append(_together(world, each, 0.0, f"b{turn}", partial(_bare, bench.url)))
    speed = {kind: sum(sum(r.results) for r in done) / sum(r.seconds for r in done) for kind, done in runs.items()}
    p99 = {kind: _all(done).percentile_ms(0.99) for kind, done in runs.items()}
    return {
        "now_uniform_lines_s": speed["uniform"],
        "now_hot_lines_s": speed["hot"],
        "now_bare_lines_s": speed["bare"],
        "now_of_bare": speed["uniform"] / speed["bare"],
        "now_uniform_p50_ms": _all(runs["uniform"]).percentile_ms(0.5),
        "now_uniform_p99_ms": p99["uniform"],
        "now_hot_p99_ms": p99["hot"],
        "now_hot_p99_of_uniform": p99["hot"] / p99["uniform"],
    }


def wave(bench: Bench) -> Figures:
    """Waves of 5,000 orders get their bins; then beside a million bin balances."""
    before = [_plan_wave(f"w{n}") for n in range(3)]
    bench.say("a million bin balances")
    add_bins(rows=1_000_000)
    after = [_plan_wave(f"x{n}") for n in range(3)]
    return {
        "wave_s": statistics.median(before),
        "wave_with_1m_bins_s": statistics.median(after),
        "wave_with_1m_bins_change": min(after) / min(before) - 1,
    }


def contended(bench: Bench) -> Figures:
    """More wanted than there is, half of it of one item; what is held against what there is."""
    count = 100_000 if bench.is_full else 8_000
    world = build("contended", skus=50, units_per_bin=count // 50)
    run = _together(world, count // CLIENTS, 0.5, "contended", _ours)
    return {
        "contended_orders": len(run.results),
        "contended_units": sum(run.results),
        "contended_orders_s": len(run.results) / run.seconds,
        "contended_oversold_units": _oversold(world),
    }


def scarce(_: Bench) -> Figures:
    """800 orders of two items that always go together, 80 for every 50 of each: 500 of them can be served whole."""
    world = build("scarce", skus=20, bins_per_sku=2, units_per_bin=25)
    dice = random.Random(1)
    pairs = [dice.sample(world.skus[n : n + 2], 2) for n in range(0, 20, 2) for _ in range(80)]
    dice.shuffle(pairs)
    wanted = [[Line(n, sku_id, 1) for sku_id in pair] for n, pair in enumerate(pairs)]
    work = [[("scarce", world, n, wanted[n]) for n in range(k, 800, CLIENTS)] for k in range(CLIENTS)]
    run = run_clients(work, _ours)
    held = _numbers("SELECT id FROM warehouses_reservation WHERE hub_id = %s AND held > 0", world.hub_id)
    assign(hub=Hub.objects.get(pk=world.hub_id), reservation_ids=held, work_ref="scarce")
    return {
        "scarce_orders_s": len(run.results) / run.seconds,
        "scarce_reserved": sum(run.results),
        "scarce_in_bins": sum(_numbers("SELECT assigned FROM warehouses_reservation WHERE hub_id = %s", world.hub_id)),
        "scarce_oversold_units": _oversold(world),
        "scarce_refused_with_stock": len(_numbers(_REFUSED, world.hub_id)),
    }


_REFUSED: Final = """
    SELECT 1 FROM warehouses_reservation r JOIN warehouses_balance b USING (hub_id, sku_id) WHERE r.hub_id = %s
    GROUP BY r.demand_group HAVING bool_and(r.held = 0 AND b.sellable - b.reserved >= r.wanted)
"""


def cpu(bench: Bench) -> Figures:
    """Processor time, here and in the server, of an order of three lines over 5,000 items in 10,000 bins."""
    world = build("cpu", skus=5_000, bins_per_sku=2)
    dice = random.Random(1)
    wanted = [[Line(n, sku_id, 1) for sku_id in dice.sample(world.skus, 3)] for n in range(3_000)]
    many, alone = wanted[:2_500], wanted[2_500:]
    demands = [demand for n, lines in enumerate(many) for demand in _demands("cpu-b", n, lines)]
    job, end = _ours()
    job(("cpu-w", world, 0, alone[0]))
    begun = _processor_s()
    reserve(hub_id=world.hub_id, demands=demands)
    while allocate_page(hub_id=world.hub_id).last:
        pass
    batch_ended = _processor_s()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does after so many new rows, within a minute
    alone_begun = _processor_s()
    for n, lines in enumerate(alone):
        job(("cpu-a", world, n, lines))
    ended = _processor_s()
    end()
    return {
        "three_lines_in_batch_cpu_ms": (batch_ended - begun) * 1000 / len(many),
        "three_lines_alone_cpu_ms": (ended - alone_begun) * 1000 / len(alone),
    }


def growth(bench: Bench) -> Figures:
    """The same work before and after ten times as many moves, and served promises, lie in the tables."""
    world = build("growth", skus=10_000, bins_per_sku=1)
    rows = 1_000_000 if bench.is_full else 100_000
    if bench.is_full:
        add_history(world, rows=rows // 10)
    before = [_round_of(world, f"before{n}") for n in range(3)]
    bench.say(f"{rows:,} moves and served promises")
    add_history(build("history", skus=10_000), rows=rows)
    after = [_round_of(world, f"after{n}") for n in range(3)]
    best = {name: min(r[name] for r in after) / min(r[name] for r in before) - 1 for name in before[0]}
    return {f"growth_{name}_change": change for name, change in best.items()}


FIGURES: Final[dict[str, Callable[[Bench], Figures]]] = {
    figure.__name__: figure for figure in (allocator, now, wave, contended, scarce, cpu, growth)
}


# --- parts -----------------------------------------------------------------------------------------------


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    answer = call()
    return time.perf_counter() - begun, answer


def _demands(tag: str, number: int, lines: Sequence[Line]) -> list[Demand]:
    group, placed_at = f"{tag}-{number}", clock.now()
    return [
        Demand(ref=f"{group}/{n}", group=group, sku_id=line.sku_id, quantity=line.units, placed_at=placed_at)
        for n, line in enumerate(lines)
    ]


def _ours() -> tuple[Job, Callable[[], None]]:
    def job(order: tuple[str, World, int, Sequence[Line]]) -> int:
        tag, world, number, lines = order
        return sum(promise.held for promise in reserve_now(hub_id=world.hub_id, demands=_demands(tag, number, lines)))

    connection.ensure_connection()
    return job, connection.close


def _bare(url: str) -> tuple[Job, Callable[[], None]]:
    bare = Bare(url)

    def job(order: tuple[str, World, int, Sequence[Line]]) -> int:
        tag, world, number, lines = order
        return bare.reserve_now(world.hub_id, f"{tag}-{number}", lines)

    return job, bare.close


def _together(
    world: World, each: int, hot_share: float, tag: str, connect: Callable[[], tuple[Job, Callable[[], None]]]
) -> Run:
    wanted = orders(world, lines=each * CLIENTS * 2, hot_share=hot_share, seed=hash_of(tag))[: each * CLIENTS]
    work = [[(tag, world, n, wanted[n]) for n in range(k, len(wanted), CLIENTS)] for k in range(CLIENTS)]
    return run_clients(work, connect)


def hash_of(tag: str) -> int:
    """A seed out of a name, the same in every process."""
    return sum(ord(letter) * 31**n for n, letter in enumerate(tag)) % 2**31


def _all(runs: Sequence[Run]) -> Run:
    return Run(
        sum(r.seconds for r in runs), [ms for r in runs for ms in r.calls_ms], [n for r in runs for n in r.results]
    )


def _plan_wave(name: str) -> float:
    world = build(name, skus=10_000, bins_per_sku=2, units_per_bin=1_000)
    wanted = orders(world, lines=9_000, hot_share=0.1)[:BATCH]
    queue(world, wanted, name=name)
    allocate_hub(hub_id=world.hub_id)
    hub = Hub.objects.get(pk=world.hub_id)
    spent, planned = _timed(partial(plan_wave, hub=hub))
    if planned is None or planned.orders.count() != BATCH:
        raise RuntimeError("The wave lacks orders.")
    return spent


def _round_of(world: World, name: str) -> dict[str, float]:
    """Seconds for a batch of the queue, for its bins, and the median of orders taken one by one."""
    reservations = queue(world, orders(world, lines=BATCH, seed=hash_of(name)), name=name)
    batch = _timed(partial(allocate_page, hub_id=world.hub_id, groups=GROUPS + 500))[0]
    hub = Hub.objects.get(pk=world.hub_id)
    bins = _timed(partial(assign, hub=hub, reservation_ids=reservations, work_ref=name))[0]
    job, _ = _ours()
    alone = orders(world, lines=600, seed=hash_of(name) + 1)
    one = statistics.median(_timed(partial(job, (name, world, n, lines)))[0] for n, lines in enumerate(alone))
    return {"allocator": batch, "assignment": bins, "now": one}


def _oversold(world: World) -> float:
    sql = """
        SELECT greatest(coalesce(sum(r.held), 0) - b.sellable, 0) FROM warehouses_balance b
        LEFT JOIN warehouses_reservation r USING (hub_id, sku_id) WHERE b.hub_id = %s GROUP BY b.id
    """
    return sum(_numbers(sql, world.hub_id))


def _numbers(sql: str, hub_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [hub_id])
        return [int(value) for (value,) in cursor.fetchall()]


def _processor_s() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in (None, session))
