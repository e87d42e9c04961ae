"""`manage.py bench day`: how long a day at the hub takes, in a database of its own, as JSON."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from psycopg import sql

KEPT = ("wall_s", "peak_rss_mb", "orders", "lines", "differences", "second_half_against_first")


class Command(BaseCommand):
    """For whoever changes something on a hot path: the same command before and after, and compare."""

    help = "Play a day (or a real week) in a fresh database and print the figures as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["day"])
        parser.add_argument("--orders", type=Path, metavar="FILE", help="a real week instead of the demo day")
        parser.add_argument("--runs", type=int, default=3, help="how often; medians are given (default: %(default)s)")

    def handle(self, *_args: str, what: str, orders: Path | None, runs: int, **_options: Any) -> None:
        if runs < 1:
            raise CommandError("Give at least one run.")
        results = []
        for number in range(1, runs + 1):
            self.stderr.write(f"run {number} of {runs} ...")
            results.append(_play(orders))
        figures = {name: median(result[name] for result in results) for name in KEPT if results[0][name] is not None}
        said = {
            "bench": what,
            "orders_file": orders.name if orders else None,
            "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
            "runs": results,
            "median": figures,
        }
        self.stdout.write(json.dumps(said, indent=2))


def _play(orders: Path | None) -> dict[str, Any]:
    """One play in a fresh database and a fresh folder; both are gone afterwards."""
    with _fresh_database() as url, tempfile.TemporaryDirectory(prefix="pakhuis-bench-") as folder:
        env = os.environ | {"DATABASE_URL": url, "VAR_DIR": folder}
        _run(["migrate", "--verbosity", "0"], env)
        _run(["play_day", *(["--orders", str(orders.resolve())] if orders else [])], env)
        report = json.loads((Path(folder) / "out" / "report.json").read_text())
    return {
        "wall_s": report["seconds"]["wall"],
        "seconds_by_part": report["seconds"]["by_part"],
        "peak_rss_mb": report["peak_rss_mb"],
        "orders": report["totals"]["orders"],
        "lines": report["totals"]["lines"],
        "differences": report["verify"]["differences"],
        "second_half_against_first": report["second_half_against_first"],
        "ms_per_line_by_day": {str(day.get("day")): day.get("ms_per_line") for day in report["days"]},
        "walks": report["walks"],
    }


def _run(arguments: list[str], env: dict[str, str]) -> None:
    """A `manage.py` command as a process of its own, its progress on our standard error."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, stdout=sys.stderr, check=False)
    if done.returncode:
        raise CommandError(f"{arguments[0]} ended with {done.returncode}.")


@contextmanager
def _fresh_database() -> Iterator[str]:
    """The URL of an empty database on the server that is used anyway, dropped at the end."""
    name = f"pakhuis_bench_{uuid.uuid4().hex[:8]}"
    given = connection.get_connection_params()
    place = {key: given[key] for key in ("host", "port", "user", "password") if given.get(key)}
    with psycopg.connect(**place, dbname=given["dbname"], autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield _url(place, name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(place: dict[str, Any], name: str) -> str:
    """A database URL; a socket's folder goes into the query, where a path may stand as it is."""
    user = quote(str(place.get("user", "")), safe="")
    password = f":{quote(str(place['password']), safe='')}" if "password" in place else ""
    host, port = str(place.get("host", "")), place.get("port", 5432)
    if host.startswith("/"):
        return f"postgres://{user}{password}@:{port}/{name}?host={quote(host)}"
    return f"postgres://{user}{password}@{host}:{port}/{name}"
