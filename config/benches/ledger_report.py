"""Runs the ledger's figures on a scratch database and holds them against their limits."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import connection

from config.benches.ledger import FIGURES, Bench
from config.benches.scratch import moved_to_scratch

AT_LEAST: Final[Mapping[str, float]] = {
    "allocator_uniform_lines_s": 10_000,
    "allocator_hot_lines_s": 10_000,
    "allocator_uniform_of_bare": 0.8,
    "allocator_hot_of_bare": 0.8,
    "now_uniform_lines_s": 1_000,
    "scarce_orders_s": 300,
    "scarce_reserved": 1_000,
}
AT_MOST: Final[Mapping[str, float]] = {
    "now_hot_p99_of_uniform": 2.5,
    "wave_s": 5,
    "wave_with_1m_bins_change": 0.2,
    "contended_oversold_units": 0,
    "scarce_oversold_units": 0,
    "scarce_reserved": 1_000,
    "scarce_refused_with_stock": 0,
    "three_lines_in_batch_cpu_ms": 1,
    "three_lines_alone_cpu_ms": 10,
    "growth_allocator_change": 0.2,
    "growth_assignment_change": 0.2,
    "growth_now_change": 0.2,
}


def measure_ledger(*, only: str | None, is_full: bool, say: Callable[[str], object]) -> dict[str, Any]:
    """The figures of the group `only`, or all: limits with `kept`, and everything measured beside them."""
    values: dict[str, float] = {}
    seconds: dict[str, float] = {}
    with moved_to_scratch() as url:
        bench = Bench(url, is_full, lambda text: _say(say, text))
        for name, figure in FIGURES.items():
            if only not in {None, name}:
                continue
            _say(say, name)
            begun = time.perf_counter()
            values |= figure(bench)
            seconds[name] = round(time.perf_counter() - begun, 1)
        shares = _hot_shares()
    return {
        "full": is_full,
        "limits": {name: limit for name, value in values.items() if (limit := held_against(name, value))},
        "measured": {name: _short(value) for name, value in values.items()},
        "hot_update_share": shares,
        "seconds": seconds,
    }


def _hot_shares() -> dict[str, float]:
    """Of the updates of each table, the share that touched no index (heap-only)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            """SELECT relname, n_tup_hot_upd::float8 / n_tup_upd FROM pg_stat_user_tables
               WHERE relname = ANY(%s) AND n_tup_upd > 0""",
            [["warehouses_balance", "warehouses_binbalance", "warehouses_reservation", "fulfillment_order"]],
        )
        return {table: round(share, 3) for table, share in cursor.fetchall()}


def held_against(name: str, value: float) -> dict[str, Any]:
    """The value with its limit, and whether it was kept; empty for a figure without one."""
    low, high = AT_LEAST.get(name), AT_MOST.get(name)
    if low is None and high is None:
        return {}
    kept = (low is None or value >= low) and (high is None or value <= high)
    bounds = {"at_least": low, "at_most": high}
    return (
        {"value": _short(value)} | {key: bound for key, bound in bounds.items() if bound is not None} | {"kept": kept}
    )


def _short(value: float) -> float:
    return round(value, 3) if abs(value) < 100 else round(value)


def _say(say: Callable[[str], object], text: str) -> None:
    say(f"{time.strftime('%H:%M:%S')} {text}")
