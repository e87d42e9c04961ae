"""`manage.py learn_speeds [CODE ...]`: learns now, not tonight, how fast the pickers of these hubs are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.errors import DomainError
from foundation.quantities import counted
from warehouses.models import Hub
from warehouses.services.speeds import learn_speeds, speeds_of


class Command(BaseCommand):
    """For whoever has moved shelves or changed carts, and doesn't want to wait for the night."""

    help = "Learn walking and picking speeds from the walks of the last four weeks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("hubs", nargs="*", metavar="CODE", help="The hubs' codes; all hubs if none is given.")

    def handle(self, *args: Any, **options: Any) -> None:
        hubs = {hub.code: hub for hub in Hub.objects.all()}
        for code in options["hubs"] or hubs:
            if code not in hubs:
                raise CommandError(f"There is no hub {code!r}.")
            self.stdout.write(f"{code}: {self._learned(hubs[code])}")

    @staticmethod
    def _learned(hub: Hub) -> str:
        try:
            row = learn_speeds(hub)
        except DomainError as error:
            raise CommandError(error.message) from error
        if row is None:
            return "too few walks to learn from."
        now = speeds_of(hub)
        return (
            f"{now.walk_mm_per_s / 1000:.2f} m/s, {now.pick_s:.1f} s a pick, {now.unit_s:.1f} s a further unit, "
            f"{now.tote_change_s:.1f} s another tote, {now.setup_s:.0f} s setting up; "
            f"from {counted(row.legs, 'leg')}, half of them within {row.typical_error_s:.1f} s."
        )
