"""`manage.py resume_hub CODE --reason WHY`: lets a hub go on whose allocation was stopped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.errors import DomainError
from warehouses.models import Hub
from warehouses.services.stopping import resume_hub


class Command(BaseCommand):
    """For whoever has found out why the books differed, and mended it."""

    help = "Resume the allocation of a hub that was stopped because its books did not add up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("hub", help="The hub's code.")
        parser.add_argument("--reason", required=True, help="What was wrong, and why it may go on.")

    def handle(self, *args: Any, **options: Any) -> None:
        hub = Hub.objects.filter(code=options["hub"]).first()
        if hub is None:
            raise CommandError(f"There is no hub {options['hub']!r}.")
        try:
            resume_hub(hub_id=hub.pk, reason=options["reason"])
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{hub.code} allocates again.")
