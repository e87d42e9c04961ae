"""`manage.py devdb start|stop|status|reset`: the checkout's own PostgreSQL, for whoever develops here."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.devdb import SETTINGS, Server
from config.devdb_home import DevDatabaseError


class Command(BaseCommand):
    """Looks after the servers of config/devdb.py, up or down, whatever DATABASE_URL says."""

    help = "Start, stop, show or empty the checkout's own PostgreSQL (used when DATABASE_URL is not set)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status", "reset"])
        parser.add_argument("--instance", choices=list(SETTINGS), default="dev", help="default: %(default)s")

    def handle(self, *_args: str, action: str, instance: str, **_options: Any) -> str:
        server = Server(instance)
        try:
            if action == "stop":
                return "Stopped." if server.stop() else "It was not running."
            if action == "reset":
                server.reset()
            elif action == "start":
                server.start()
            status = server.status()
        except DevDatabaseError as refusal:
            raise CommandError(str(refusal)) from refusal
        state = f"up, process {status.pid}" if status.running else "down"
        return f"{instance}: {state}, as {status.account}\ndata  {status.data}\nURL   {status.url}"
