"""`manage.py reproject`: every shipment's state computed again from its scans, after a status table changed.

Batch by batch in the order of their keys; when it is stopped, it says where to go on. Running it twice changes nothing.
"""

from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand

from shipping.models import Shipment
from shipping.services.tracking import reproject

BATCH: Final = 500


class Command(BaseCommand):
    """For whoever has added a carrier's new code, or mended one."""

    help = "Compute the state of all shipments that have a label again from their scans."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--carrier", metavar="CODE", help="only its shipments")
        parser.add_argument("--after", type=int, default=0, metavar="ID", help="go on behind this shipment")

    def handle(self, *_args: str, carrier: str | None, after: int, **_options: Any) -> None:
        chosen = Shipment.objects.exclude(state=Shipment.State.DRAFT).order_by("pk")
        if carrier:
            chosen = chosen.filter(service__carrier__code=carrier)
        left, seen, changed = chosen.filter(pk__gt=after).count(), 0, 0
        while ids := list(chosen.filter(pk__gt=after).values_list("pk", flat=True)[:BATCH]):
            changed += len(reproject(shipment_ids=ids))
            after, seen = ids[-1], seen + len(ids)
            self.stderr.write(f"{seen} of {left}; to go on from here: --after {after}")
        self.stdout.write(f"{seen} shipments, {changed} with another state than before.")
