"""`manage.py serve`: the web server, a worker and the simulated carrier, as one. What `make run` ends with."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.serving import Program, ServingError, Supervisor, web_server
from config.welcome import last_report, welcome
from fulfillment.models import Order


class Command(BaseCommand):
    """For a developer's machine: everything on 127.0.0.1, until Ctrl-C."""

    help = "Run web server, worker and simulated carrier together; Ctrl-C stops all of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the web server's (default: %(default)s)")
        parser.add_argument(
            "--play", action="store_true", help="first migrate, and play the demo day if it has not been played"
        )
        parser.add_argument("--speed", type=float, default=600.0, help="the carrier's time against ours")

    def handle(self, *_args: str, port: int, play: bool, speed: float, **_options: Any) -> None:
        report = settings.VAR_DIR / "out" / "report.json"
        if play:
            # Each in a process of its own: migrating is the owner's, and what a play has in memory goes with it.
            _manage("migrate", "--verbosity", "0", failing="The database was not migrated.")
            if not (report.exists() and Order.objects.exists()):
                stopped = "The day was not played to its end; start again to go on from there."
                _manage("play_day", "--verbosity", "0", failing=stopped)
        base_url = f"http://127.0.0.1:{port}"
        folder = settings.VAR_DIR / "log"
        try:
            with Supervisor(
                _programs(port=port, base_url=base_url, speed=speed),
                folder=folder,
                cwd=settings.BASE_DIR,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            ) as supervisor:
                self.stdout.write(
                    welcome(
                        base_url=base_url,
                        report=last_report(report),
                        log_folder=folder,
                        out_folder=report.parent,
                    )
                )
                self.stdout.flush()
                supervisor.watch()
                self.stdout.write("\nStopping ...")
        except ServingError as failed:
            raise CommandError(str(failed)) from failed
        self.stdout.write("Stopped.")


def _manage(*arguments: str, failing: str) -> None:
    """Another command, in a process that Ctrl-C reaches as it would alone. Raises `CommandError` (`failing`)."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    try:
        subprocess.run(command, cwd=settings.BASE_DIR, check=True)
    except (subprocess.CalledProcessError, KeyboardInterrupt) as stopped:
        raise CommandError(failing) from stopped


def _programs(*, port: int, base_url: str, speed: float) -> list[Program]:
    carrier_port = urlsplit(settings.SIMULATED_CARRIER_URL).port or 8010
    python = sys.executable
    journal = settings.VAR_DIR / "simulator.jsonl"
    return [
        Program(
            "carrier",
            [
                *(python, "-m", "shipping.carriers.simulator", "--port", str(carrier_port)),
                *("--webhook-url", f"{base_url}/webhooks/carriers/simulator/"),
                *("--secret", settings.CARRIER_WEBHOOK_SECRETS[0], "--token", settings.SIMULATED_CARRIER_TOKEN),
                *("--state", str(journal), "--auto", "--speed", str(speed)),
            ],
            port=carrier_port,
        ),
        Program("worker", [python, str(settings.BASE_DIR / "manage.py"), "worker"]),
        web_server(port),
    ]
