"""`manage.py verify`: do the books add up? Every floor's invariants on one moment of the database."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.invariants import Finding, check
from foundation.verdict import Verdict, write_verdict
from fulfillment import invariants as fulfillment
from shipping import invariants as shipping
from warehouses import invariants as warehouses

FLOORS = {
    "warehouses": warehouses.INVARIANTS,
    "shipping": shipping.INVARIANTS,
    "fulfillment": fulfillment.INVARIANTS,
}


class Command(BaseCommand):
    """Says of each invariant how many rows break it, shows those rows, and ends with 1 if there are any."""

    help = "Checks that ledger, balances, promises, orders and parcels agree; exit code 1 if any row does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        invariants = [(floor, invariant) for floor, listed in FLOORS.items() for invariant in listed]
        found = check(invariant for _, invariant in invariants)
        findings = [(floor, finding) for (floor, _), finding in zip(invariants, found, strict=True)]
        broken = sum(finding.broken for finding in found)
        write_verdict(settings.VAR_DIR / "verify.json", Verdict(timezone.now(), len(found), broken))
        if options["json"]:
            self.stdout.write(json.dumps(_document(findings, broken), default=str, indent=2))
        else:
            self._write_lines(findings, broken)
        if broken:
            raise CommandError(f"{broken} rows break an invariant.", returncode=1)

    def _write_lines(self, findings: list[tuple[str, Finding]], broken: int) -> None:
        for floor, finding in findings:
            name = f"{floor}.{finding.invariant.name}"
            line = f"{'ok' if not finding.broken else 'BROKEN':7}{name:68}{finding.broken:>7}"
            self.stdout.write(self.style.ERROR(line) if finding.broken else line)
            if finding.broken:
                self.stdout.write(f"       {finding.invariant.promise}")
            for row in finding.rows:
                self.stdout.write("       " + "  ".join(f"{name}={value}" for name, value in row.items()))
        self.stdout.write(f"{len(findings)} invariants, {broken} differences.")


def _document(findings: list[tuple[str, Finding]], broken: int) -> dict[str, Any]:
    return {
        "differences": broken,
        "invariants": [
            {
                "floor": floor,
                "name": finding.invariant.name,
                "promise": finding.invariant.promise,
                "broken": finding.broken,
                "rows": finding.rows,
            }
            for floor, finding in findings
        ],
    }
