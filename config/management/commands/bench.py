"""`manage.py bench day|ledger|import|inbound|picking|cartons|tracking|labels`: docs/benchmarks.md, measured here.

Works on a database of its own on the same server, which is dropped again; a played day has a folder of its own, too.
The picking, cartons and labels benches need none.
"""

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.benches.cartons import carton_figures
from config.benches.inbound import inbound_figures
from config.benches.labels import label_figures
from config.benches.ledger import FIGURES
from config.benches.ledger_report import measure_ledger
from config.benches.order_import import import_figures
from config.benches.picking import SETS, picking_figures
from config.benches.picking_wave import wave_figures
from config.benches.scratch import machine, scratch_database, server
from config.benches.tracking import tracking_figures

REAL_WEEK: Final = Path("shared/data/orders/online_retail_2011w46.csv")
"""Where the real week lies, from the folder that the project lies in."""

WHAT: Final = ("day", "ledger", "import", "inbound", "picking", "cartons", "tracking", "labels")

PICKING: Final = Path("shared/data/picking")
"""Where the picking instances lie, from there too."""

LIMITS: Final[Mapping[str, Mapping[str, float]]] = {
    "demo": {"wall_seconds": 60, "peak_rss_mb": 1_024, "differences": 0},
    "week": {"wall_seconds": 240, "peak_rss_mb": 1_024, "differences": 0, "second_half_against_first": 1.2},
}
"""What a play may take at most on two cores."""


class Command(BaseCommand):
    """Measures, and says which limits were kept."""

    help = (
        "Measure a played day, the ledger, order files, goods in, picking, cartons, carriers' news, or labels as JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=WHAT)
        parser.add_argument("--wave", action="store_true", help="picking: the real week's busiest day as one wave")
        parser.add_argument("--real-week", action="store_true", help="the week of real orders instead of the demo day")
        parser.add_argument("--orders", type=Path, metavar="FILE", help="the real week's file")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--only", choices=list(FIGURES), help="ledger: this group of figures alone")
        parser.add_argument("--full", action="store_true", help="ledger: longer runs; labels: 10,000 decoded")
        parser.add_argument("--set", choices=SETS, help="picking: this set of instances alone")
        parser.add_argument("--instances", type=Path, metavar="DIR", help="picking: the folder of the instance files")
        parser.add_argument("--sample", type=int, metavar="N", help="picking: about so many instances of each set")
        parser.add_argument("--seconds", type=float, help="picking: the time limit, instead of the ones by size")
        parser.add_argument("--plot", type=Path, metavar="DIR", help="picking: draw the walks as SVG into this folder")
        parser.add_argument("--check", action="store_true", help="end with 1 when a limit is not kept")

    def handle(self, *_args: str, what: str, **options: Any) -> None:
        begun = machine() | ({} if what in {"picking", "cartons", "labels"} else server())
        measure = {
            "day": _day,
            "ledger": self._ledger,
            "import": _import,
            "inbound": self._inbound,
            "picking": self._picking,
            "cartons": self._cartons,
            "tracking": self._tracking,
            "labels": self._labels,
        }[what]
        found = measure(options)
        figures = {"machine": begun, **found}
        self.stdout.write(json.dumps({"bench": what, **figures}, indent=2))
        missed = [name for name, limit in figures["limits"].items() if not limit["kept"]]
        if missed and options["check"]:
            raise CommandError(f"Over the limit: {', '.join(missed)}.")

    def _ledger(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return measure_ledger(only=options["only"], is_full=options["full"], say=self.stderr.write)

    def _inbound(self, _options: Mapping[str, Any]) -> dict[str, Any]:
        return inbound_figures(say=self.stderr.write)

    def _cartons(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return carton_figures(_real_week(options["orders"]), seed=options["seed"], say=self.stderr.write)

    def _tracking(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return tracking_figures(seed=options["seed"], say=self.stderr.write)

    def _labels(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return label_figures(seed=options["seed"], is_full=options["full"], say=self.stderr.write)

    def _picking(self, options: Mapping[str, Any]) -> dict[str, Any]:
        if options["wave"]:
            return wave_figures(
                _real_week(options["orders"]), seed=options["seed"], seconds=options["seconds"], say=self.stderr.write
            )
        folder = (options["instances"] or settings.BASE_DIR.parent / PICKING).resolve()
        if not folder.is_dir():
            raise CommandError(f"{folder} is not there; name the folder with --instances.")
        return picking_figures(
            folder,
            sets=[options["set"]] if options["set"] else SETS,
            sample=options["sample"],
            seconds=options["seconds"],
            seed=options["seed"],
            plot=options["plot"],
            say=self.stderr.write,
        )


def _import(options: Mapping[str, Any]) -> dict[str, Any]:
    return import_figures(scratch_database, seed=options["seed"])


def _day(options: Mapping[str, Any]) -> dict[str, Any]:
    command = ["play_day", "--seed", str(options["seed"])]
    if options["real_week"] or options["orders"]:
        command += ["--orders", str(_real_week(options["orders"]))]
    return _figures(_play(command))


def _real_week(given: Path | None) -> Path:
    path = (given or settings.BASE_DIR.parent / REAL_WEEK).resolve()
    if not path.exists():
        raise CommandError(f"{path} is not there; name the file with --orders.")
    return path


def _play(command: list[str]) -> dict[str, Any]:
    """The report of one play from nothing: fresh database, fresh folder, process of its own."""
    with tempfile.TemporaryDirectory(prefix="pakhuis-bench-") as folder, scratch_database() as url:
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
