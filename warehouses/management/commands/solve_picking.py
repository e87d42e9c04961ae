"""`manage.py solve_picking`: picking instances on standard input, one a line; solutions on standard output."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from foundation.errors import DomainError
from warehouses.planning.solving import solve
from warehouses.planning.warming import warm_up


class Command(BaseCommand):
    """For measuring: starts once, answers line by line, goes on after a line it cannot solve."""

    help = (
        "Solve picking instances (JSON, one a line, each with its `seconds`): walks, scattered storage, batches. "
        "Answers one JSON line each, at once: a solution, or an `error` with a code, a sentence and the order or bin "
        "it is about."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same seed finds the same plan")

    def handle(self, *_args: str, seed: int, **_options: Any) -> None:
        self.stderr.write("Compiling the search; the first time on a machine takes two minutes.")
        warm_up()
        self.stderr.write("Ready.")
        for line in sys.stdin:
            if line.strip():
                self.stdout.write(json.dumps(_answer(line, seed)))
                self.stdout.flush()


def _answer(line: str, seed: int) -> dict[str, Any]:
    """One line's solution or error."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"instance": None, "error": {"code": "json_invalid", "detail": f"The line is no JSON: {error}."}}
    name = data.get("name") if isinstance(data, dict) else None
    try:
        return solve(data, seed=seed)
    except DomainError as error:
        return {"instance": name, "error": {"code": error.code, "detail": error.message, **_about(error)}}
    except (ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as error:
        detail = f"This instance cannot be solved: {type(error).__name__}: {error}"
        return {"instance": name, "error": {"code": "unsolved", "detail": detail}}


def _about(error: DomainError) -> dict[str, Any]:
    return {**({"field": error.field} if error.field else {}), **error.facts}
