"""`manage.py import_orders FILE --format online-retail`: orders from a file, every row accounted for."""

from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from foundation.errors import DomainError
from fulfillment.channels.files import MOST_BYTES
from fulfillment.models import IntakeRun
from fulfillment.services.importing import MADE_UP, READERS, OrderFile, import_orders
from warehouses.models import Hub, Seller

M = TypeVar("M", Hub, Seller)


class Command(BaseCommand):
    """Reads a file of orders for one seller and hub. The same file again adds nothing."""

    help = "Import a file of orders. Every row becomes an order line or a refusal with its row and reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=sorted(READERS), required=True, dest="layout")
        parser.add_argument("--seller", default="RETAIL", help="the seller's code (default: %(default)s)")
        parser.add_argument("--hub", default="AMS1", help="the hub's code (default: %(default)s)")
        parser.add_argument("--create-items", action="store_true", help="enter unknown items with made-up measures")
        parser.add_argument("--seed", type=int, default=1, help="for what the file does not say")

    def handle(self, *_args: str, file: Path, layout: str, **options: Any) -> None:
        seller = _find(Seller, options["seller"])
        hub = _find(Hub, options["hub"])
        start = perf_counter()
        try:
            content = _bytes(file)
            run = import_orders(
                seller=seller,
                hub=hub,
                file=OrderFile(file.name, content, layout, options["seed"]),
                creates_items=options["create_items"],
            )
        except DomainError as refusal:
            row = f", row {refusal.row}" if refusal.row is not None else ""
            raise CommandError(
                f"{file.name}{row}: {refusal.message} ({refusal.code}) Nothing was imported."
            ) from refusal
        self.stdout.write(_told(run, perf_counter() - start, options["seed"]))


def _find(model: type[M], code: str) -> M:
    row = model.objects.filter(code__iexact=code).first()
    if row is None:
        raise CommandError(f"There is no {model._meta.verbose_name} {code}.")
    return row


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as handle:
            return handle.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from error


def _told(run: IntakeRun, seconds: float, seed: int) -> str:
    lines = [
        f"{run.file_name}: {run.read:,} rows read in {seconds:.1f} s (run {run.pk})",
        f"  accepted   {run.accepted:>7,}",
        f"  duplicate  {run.duplicate:>7,}",
        f"  refused    {run.refused:>7,}",
    ]
    counts = run.refusals.values_list("code").annotate(n=Count("pk")).order_by("-n", "code")
    lines += [f"    {code:<20} {n:>7,}" for code, n in counts]
    lines.append(f"  made from seed {seed}, for the file does not say: {MADE_UP}")
    return "\n".join(lines)
