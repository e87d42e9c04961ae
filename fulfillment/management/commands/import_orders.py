"""`manage.py import_orders FILE`: orders from a file, every row accounted for.

A neutral file (docs/orders-file.md) as CSV, XLSX or JSON lines, or a shop's own layout by its name.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any, Self, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from tqdm import tqdm

from foundation.errors import DomainError
from fulfillment.channels.files import MOST_BYTES
from fulfillment.models import IntakeRun
from fulfillment.services.importing import MADE_UP, READERS, OrderFile, import_orders
from fulfillment.services.order_files import FORMATS, OrderFileInput, format_of, import_order_file, write_report
from warehouses.models import Hub, Seller

M = TypeVar("M", Hub, Seller)


class Command(BaseCommand):
    """Reads a file of orders for one seller and hub. The same file again adds nothing."""

    help = "Import a file of orders. Every row becomes an order line or a refusal with its row and reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        layouts = [*FORMATS, *sorted(READERS)]
        parser.add_argument("--format", choices=layouts, dest="layout", help="default: by the file's suffix")
        parser.add_argument("--seller", default="RETAIL", help="the seller's code (default: %(default)s)")
        parser.add_argument("--hub", default="AMS1", help="the hub's code (default: %(default)s)")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the report with all refused rows there")
        made_up = parser.add_argument_group("for a shop's own layout, which lacks much")
        made_up.add_argument("--create-items", action="store_true", help="enter unknown items with made-up measures")
        made_up.add_argument("--seed", type=int, default=1, help="for what the file does not say")

    def handle(self, *_args: str, file: Path, layout: str | None, **options: Any) -> None:
        seller = _find(Seller, options["seller"])
        hub = _find(Hub, options["hub"])
        start = perf_counter()
        try:
            layout = layout or format_of(file.name)
            if layout in READERS:
                content = _bytes(file)
                run = import_orders(
                    seller=seller,
                    hub=hub,
                    file=OrderFile(file.name, content, layout, options["seed"]),
                    creates_items=options["create_items"],
                )
            else:
                run = _import(seller, hub, file, layout, shows=options["verbosity"] > 0)
        except DomainError as refusal:
            row = f", row {refusal.row}" if refusal.row is not None else ""
            raise CommandError(
                f"{file.name}{row}: {refusal.message} ({refusal.code}) Nothing was imported."
            ) from refusal
        self.stdout.write(_told(run, perf_counter() - start))
        if layout in READERS:
            self.stdout.write(f"  made from seed {options['seed']}, for the file does not say: {MADE_UP}")
        if options["json"]:
            _report(run, options["json"])


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


def _import(seller: Seller, hub: Hub, file: Path, layout: str, *, shows: bool) -> IntakeRun:
    try:
        handle = file.open("rb")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from error
    with handle, _Bar(shows=shows) as bar:
        source = OrderFileInput(file.name, handle, layout)
        return import_order_file(seller=seller, hub=hub, file=source, progress=bar.tell)


class _Bar:
    """How far the import is, on the screen: rows while it reads, parts while it writes."""

    def __init__(self, *, shows: bool) -> None:
        self._shows = shows and sys.stderr.isatty()
        self._bar = self._new("rows read", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.close()

    def tell(self, what: str, done: int, of: int | None) -> None:
        """What is being done, how far it is, and of how many."""
        if what != self._what:
            self._bar.close()
            self._bar = self._new(what, of)
        self._bar.update(done - self._bar.n)

    def _new(self, what: str, of: int | None) -> Any:
        self._what = what
        return tqdm(total=of, unit=f" {what}", file=sys.stderr, mininterval=0.5, leave=False, disable=not self._shows)


def _report(run: IntakeRun, path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8") as out:
            write_report(run, out)
    except OSError as error:
        raise CommandError(f"The orders are in (run {run.pk}), but {path}: {error.strerror}.") from error


def _told(run: IntakeRun, seconds: float) -> str:
    lines = [
        f"{run.file_name}: {run.read:,} rows read in {seconds:.1f} s (run {run.pk})",
        f"  accepted   {run.accepted:>7,}",
        f"  duplicate  {run.duplicate:>7,}",
        f"  refused    {run.refused:>7,}",
    ]
    counts = run.refusals.values_list("code").annotate(n=Count("pk")).order_by("-n", "code")
    lines += [f"    {code:<20} {n:>7,}" for code, n in counts]
    return "\n".join(lines)
