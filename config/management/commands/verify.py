"""`manage.py verify`: do the books add up? Every floor's invariants on one moment of the database."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.watching import Look, look, watch
from foundation.invariants import Finding
from warehouses.models import Hub


class Command(BaseCommand):
    """Says of each invariant how many rows break it, shows those rows, and ends with 1 if there are any."""

    help = "Checks that ledger, balances, promises, orders and parcels agree; exit code 1 if any row does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
        parser.add_argument("--watch", action="store_true", help="also stop allocation in the hubs that fail")

    def handle(self, *args: Any, **options: Any) -> None:
        seen = watch() if options["watch"] else look()
        if options["json"]:
            self.stdout.write(json.dumps(_document(seen), default=str, indent=2))
        else:
            self._write_lines(seen.findings)
            if options["watch"]:
                self._write_stops(seen)
        if seen.broken:
            raise CommandError(f"{seen.broken} rows break an invariant.", returncode=1)

    def _write_stops(self, seen: Look) -> None:
        failing = {hub_id for hub_ids in seen.hubs.values() for hub_id in hub_ids}
        for code in Hub.objects.filter(pk__in=failing).order_by("code").values_list("code", flat=True):
            self.stdout.write(self.style.ERROR(f"Allocation in {code} is stopped: manage.py resume_hub {code}"))

    def _write_lines(self, findings: Sequence[tuple[str, Finding]]) -> None:
        for floor, finding in findings:
            name = f"{floor}.{finding.invariant.name}"
            line = f"{'ok' if not finding.broken else 'BROKEN':7}{name:68}{finding.broken:>7}"
            self.stdout.write(self.style.ERROR(line) if finding.broken else line)
            if finding.broken:
                self.stdout.write(f"       {finding.invariant.promise}")
            for row in finding.rows:
                self.stdout.write("       " + "  ".join(f"{name}={value}" for name, value in row.items()))
        broken = sum(finding.broken for _, finding in findings)
        self.stdout.write(f"{len(findings)} invariants, {broken} differences.")


def _document(seen: Look) -> dict[str, Any]:
    return {
        "differences": seen.broken,
        "invariants": [
            {
                "floor": floor,
                "name": finding.invariant.name,
                "promise": finding.invariant.promise,
                "broken": finding.broken,
                "rows": finding.rows,
                "hubs": seen.hubs.get(finding.invariant.name, ()),
            }
            for floor, finding in seen.findings
        ],
    }
