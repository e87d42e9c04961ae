"""`manage.py print_agent`: prints a hub's jobs on the hub's own printers. See docs/operations.md."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from labels.agent import commandline


class Command(BaseCommand):
    """Needs no database: it talks to the server as every agent does, with a token."""

    help = "Fetches a site's print jobs from the server and sends them to the site's printers."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        commandline.add_arguments(parser)

    def handle(self, **options: Any) -> None:
        wanted = ("server", "token_file", "journal", "once")
        sys.exit(commandline.run(**{name: options[name] for name in wanted}))
