"""`manage.py bench import`: 100,000 order lines by file, then the same file again, each in a process of its own."""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError

from fulfillment.channels.order_file.columns import NAMES
from warehouses.models import Hub, Seller, Sku

LINES: Final = 100_000
SKUS: Final = 5_000
LIMITS: Final[Mapping[str, float]] = {
    "import_seconds": 15,
    "again_seconds": 15,
    "again_new": 0,
    "rows_lost": 0,
    "peak_rss_mb": 200,
}
"""Whole processes, start to end, on two cores with the embedded database and fsync on."""

SELLER, HUB = "BENCH", "BENCH"
Scratch = Callable[[], AbstractContextManager[str]]


def import_figures(scratch: Scratch, *, seed: int, lines: int = LINES) -> dict[str, Any]:
    """Imports a made file twice into a database that `scratch` lends; what it took, against `LIMITS`."""
    with tempfile.TemporaryDirectory(prefix="pakhuis-bench-") as folder, scratch() as url:
        env = os.environ | {"DATABASE_URL": url, "VAR_DIR": folder, "LOG_LEVEL": "WARNING"}
        _run(["migrate", "--verbosity", "0"], env)
        _run(["shell", "--no-imports", "-c", "from config.bench_import import set_up; set_up()"], env)
        file = Path(folder) / "orders.csv"
        orders = write_orders(file, seed=seed, lines=lines)
        first = _import(file, env)
        second = _import(file, env)
        size = file.stat().st_size
    values = {
        "import_seconds": first["seconds"],
        "again_seconds": second["seconds"],
        "again_new": second["accepted"],
        "rows_lost": lines - first["accepted"] + lines - second["duplicate"],
        "peak_rss_mb": max(first["peak_rss_mb"], second["peak_rss_mb"]),
    }
    return {
        "file": {"lines": lines, "orders": orders, "items": SKUS, "bytes": size},
        "limits": {
            name: {"value": values[name], "limit": limit, "kept": values[name] <= limit}
            for name, limit in LIMITS.items()
        },
        "lines_per_second": {"import": round(lines / first["seconds"]), "again": round(lines / second["seconds"])},
        "runs": [first, second],
    }


def set_up() -> None:
    """The seller, the hub and the items that the file names. Called inside the scratch database's process."""
    seller = Seller.objects.create(code=SELLER, name="Bench", email="bench@example.com", country="NL")
    Hub.objects.create(
        code=HUB, name="Bench", cutoff=time(16), dispatch=time(18), company="Pakhuis", street="Prinsengracht 1",
        postcode="1015 DK", city="Amsterdam", country="NL", sscc_prefix="8710000",
    )  # fmt: skip
    sizes = {"weight_g": 100, "length_mm": 100, "width_mm": 100, "height_mm": 100}
    Sku.objects.bulk_create(
        [Sku(seller=seller, code=f"ITEM-{n:05d}", name=f"Item {n}", **sizes) for n in range(SKUS)], batch_size=1_000
    )


def write_orders(file: Path, *, seed: int, lines: int) -> int:
    """A file of so many lines in orders of one to five, from a seed; returns how many orders."""
    rng = random.Random(seed)
    number = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, NAMES)
        writer.writeheader()
        left = lines
        while left:
            number += 1
            rows = min(left, rng.choice((1, 1, 1, 1, 2, 2, 3, 5)))
            writer.writerows(_order(number, rows, rng))
            left -= rows
    return number


def _order(number: int, rows: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    placed_at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=7 * number)
    shared = {
        "order_reference": f"SHOP-{number:07d}",
        "placed_at": placed_at.isoformat(),
        "name": f"Buyer Nº {number}",
        "address_line1": f"Prinsengracht {rng.randint(1, 999)}",
        "postcode": f"{rng.randint(1000, 9999)} AB",
        "city": "Amsterdam",
        "country": "NL",
        "email": f"buyer{number}@mail.example",
    }
    for line, item in enumerate(rng.sample(range(SKUS), rows), start=1):
        yield {
            **shared,
            "line": line,
            "sku": f"ITEM-{item:05d}",
            "quantity": rng.randint(1, 3),
            "unit_price_cents": rng.randint(100, 9_999),
        }


def _import(file: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """One import in a process of its own: its report's counts, its wall time and its peak memory."""
    report = file.with_name("report.json")
    start = perf_counter()
    peak = _run(["import_orders", str(file), "--seller", SELLER, "--hub", HUB, "--json", str(report)], env)
    seconds = round(perf_counter() - start, 2)
    found = json.loads(report.read_text(encoding="utf-8"))
    counts = {name: found[name] for name in ("read", "accepted", "duplicate", "refused")}
    return {"seconds": seconds, "peak_rss_mb": peak, **counts}


def _run(arguments: list[str], env: Mapping[str, str]) -> int:
    """Runs `manage.py`, and returns the most memory it took, in megabytes. Raises `CommandError` when it fails."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    process = subprocess.Popen(command, env=dict(env), stdout=subprocess.DEVNULL, stderr=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CommandError(f"manage.py {arguments[0]} ended with {process.returncode}.")
    return usage.ru_maxrss // 1024
