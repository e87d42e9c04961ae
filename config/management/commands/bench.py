"""`manage.py bench day [--real-week]`, `bench import`: the figures of docs/benchmarks.md, measured on this machine.

Plays on a database of its own on the same server, which is dropped again, with a folder of its own for papers.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from psycopg import sql

from config.bench_import import import_figures

REAL_WEEK: Final = Path("shared/data/orders/online_retail_2011w46.csv")
"""Where the real week lies, from the folder that the project lies in."""

LIMITS: Final[Mapping[str, Mapping[str, float]]] = {
    "demo": {"wall_seconds": 60, "peak_rss_mb": 1_024, "differences": 0},
    "week": {"wall_seconds": 240, "peak_rss_mb": 1_024, "differences": 0, "second_half_against_first": 1.2},
}
"""What a play may take at most on two cores."""


class Command(BaseCommand):
    """Measures, and says which limits were kept."""

    help = "Measure how long a played day or an import takes; prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["day", "import"])
        parser.add_argument("--real-week", action="store_true", help="the week of real orders instead of the demo day")
        parser.add_argument("--orders", type=Path, metavar="FILE", help="the real week's file")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--check", action="store_true", help="end with 1 when a limit is not kept")

    def handle(self, *_args: str, what: str, **options: Any) -> None:
        command = ["play_day", "--seed", str(options["seed"])]
        if options["real_week"] or options["orders"]:
            command += ["--orders", str(_real_week(options["orders"]))]
        machine = _machine()
        seed = options["seed"]
        found = import_figures(_scratch_database, seed=seed) if what == "import" else _figures(_play(command))
        figures = {"machine": machine, **found}
        self.stdout.write(json.dumps({"bench": what, **figures}, indent=2))
        missed = [name for name, limit in figures["limits"].items() if not limit["kept"]]
        if missed and options["check"]:
            raise CommandError(f"Over the limit: {', '.join(missed)}.")


def _real_week(given: Path | None) -> Path:
    path = (given or settings.BASE_DIR.parent / REAL_WEEK).resolve()
    if not path.exists():
        raise CommandError(f"{path} is not there; name the file with --orders.")
    return path


def _play(command: list[str]) -> dict[str, Any]:
    """The report of one play from nothing: fresh database, fresh folder, process of its own."""
    with tempfile.TemporaryDirectory(prefix="pakhuis-bench-") as folder, _scratch_database() as url:
        report = Path(folder) / "report.json"
        env = os.environ | {"DATABASE_URL": url, "VAR_DIR": folder, "LOG_LEVEL": "WARNING"}
        for arguments in (["migrate", "--verbosity", "0"], [*command, "--json", str(report)]):
            done = subprocess.run(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
                env=env,
                stdout=subprocess.DEVNULL,
                stderr=sys.stderr,
                check=False,
            )
            if done.returncode and not report.exists():
                raise CommandError(f"manage.py {arguments[0]} ended with {done.returncode}.")
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return found


@contextmanager
def _scratch_database() -> Iterator[str]:
    """A database beside ours, as a URL; dropped at the end."""
    parts = connection.settings_dict
    name = sql.Identifier(f"pakhuis_bench_{os.getpid()}")
    place = {"host": parts["HOST"], "user": parts["USER"], "password": parts["PASSWORD"], "port": parts["PORT"] or None}
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield _url(parts, f"pakhuis_bench_{os.getpid()}")
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _url(parts: Mapping[str, Any], name: str) -> str:
    user = quote(parts["USER"], safe="") + (f":{quote(parts['PASSWORD'], safe='')}" if parts["PASSWORD"] else "")
    if str(parts["HOST"]).startswith("/"):
        return f"postgres://{user}@/{name}?host={quote(parts['HOST'])}"
    return f"postgres://{user}@{parts['HOST']}:{parts['PORT'] or 5432}/{name}"


def _machine() -> dict[str, Any]:
    """What the figures were measured on, and how busy it was already."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    return {
        "cores": os.cpu_count(),
        "load_before": [round(load, 1) for load in os.getloadavg()],
        "python": platform.python_version(),
        "postgresql": version,
    }


def _figures(report: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        "wall_seconds": report["seconds"]["wall"],
        "peak_rss_mb": report["peak_rss_mb"],
        "differences": report["verify"]["differences"],
        "second_half_against_first": report["second_half_against_first"],
    }
    limits = LIMITS[report["play"]]
    return {
        "play": report["play"],
        "limits": {
            name: {"value": values[name], "limit": limit, "kept": values[name] is not None and values[name] <= limit}
            for name, limit in limits.items()
        },
        "totals": report["totals"],
        "walks": {name: value for name, value in report["walks"].items() if name != "waves"},
        "seconds_by_part": report["seconds"]["by_part"],
        "days": report["days"],
    }
