"""`manage.py play_day`: a hub's day from the first carton to a parcel delivered, in about a minute.

With `--orders FILE` a real week instead. Broken off (Ctrl-C, `kill -9`, the database stopped), the same command
goes on where it was; played to its end, it says so and does nothing.
"""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from procrastinate.exceptions import ConnectorException
from tqdm import tqdm

from foundation.errors import DomainError
from fulfillment.channels import online_retail
from fulfillment.demo.day import DemoDay
from fulfillment.demo.demand import CHANNEL
from fulfillment.demo.hubs import install_hub
from fulfillment.demo.playing import finished, play
from fulfillment.demo.plays import Play
from fulfillment.demo.report import told_on_screen, write_report
from fulfillment.demo.week import RealWeek
from fulfillment.models import IntakeRun
from fulfillment.services.importing import READERS
from warehouses.models import Hub

AWAY = (OperationalError, InterfaceError, ConnectorException)


class Bar:
    """A progress bar over orders, with the played clock beside it. Each order counts twice: taken, and packed."""

    def __init__(self, orders: int, zone: str) -> None:
        self._bar = tqdm(total=2 * orders, unit=" orders", file=sys.stderr, mininterval=0.5, leave=False)
        self._zone = ZoneInfo(zone)

    def at(self, moment: datetime) -> None:
        """Shows the played clock."""
        self._bar.set_description(f"{moment.astimezone(self._zone):%a %d %b %H:%M}", refresh=False)

    def add(self, orders: int) -> None:
        """So many orders went a step on."""
        self._bar.update(orders)

    def close(self) -> None:
        """Takes the bar away."""
        self._bar.close()


class Command(BaseCommand):
    """Plays, reports, and leaves a hub that lives."""

    help = "Play a hub's day (or, with --orders, a real week) through the same services that everybody uses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--orders", type=Path, metavar="FILE", help="play the orders of this file on their own days"
        )
        parser.add_argument("--format", choices=sorted(READERS), default=online_retail.LAYOUT, dest="layout")
        parser.add_argument(
            "--hub", default="AMS1", help="the hub's code; made if it is not there (default: %(default)s)"
        )
        parser.add_argument("--seed", type=int, default=1, help="for everything that is left to chance")
        parser.add_argument(
            "--json", type=Path, metavar="FILE", help="the report (default: out/report.json in VAR_DIR)"
        )

    def handle(self, *_args: str, seed: int, **options: Any) -> None:
        path = options["json"] or Path(settings.VAR_DIR) / "out" / "report.json"
        try:
            hub = install_hub(code=options["hub"], seed=seed)
            game = _game(hub, seed, options)
            if game is None:
                self.stdout.write(f"{hub.code} has played this to its end already; the report is in {path}.")
                return
            bar = Bar(game.orders, hub.timezone)
            try:
                report = play(game=game, seed=seed, progress=bar)
            finally:
                bar.close()
        except AWAY as lost:
            reason = str(lost).strip().splitlines()[0] if str(lost).strip() else type(lost).__name__
            raise CommandError(
                f"The database is away ({reason}). Nothing is lost: run the same command again."
            ) from lost
        except DomainError as refusal:
            row = f" (row {refusal.row})" if refusal.row is not None else ""
            raise CommandError(f"{refusal.message}{row}") from refusal
        write_report(report, path)
        if options["verbosity"]:
            self.stdout.write(told_on_screen(report))
        if report["verify"]["differences"]:
            raise CommandError(f"The books differ: {json.dumps(report['verify']['broken'])}", returncode=2)


def _game(hub: Hub, seed: int, options: dict[str, Any]) -> Play | None:
    """What is to be played, from the beginning or from where it was broken off; None when it is over."""
    if options["orders"] is not None:
        week = RealWeek.of(hub, options["orders"], layout=options["layout"], seed=seed)
        return None if finished(hub, layout=week.file.layout, sha256=week.file.sha256) else week
    if finished(hub, layout=CHANNEL):
        return None
    begun = IntakeRun.objects.filter(hub=hub, layout=CHANNEL).order_by("pk").first()
    return DemoDay(hub, seed, begun.started_at if begun else timezone.now().replace(microsecond=0))
