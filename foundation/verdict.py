"""The verdict on the books: what the last check of all invariants found, kept in a file for whoever looks next."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Verdict:
    """When the books were checked (aware), against how many invariants, and how many rows broke one."""

    at: datetime
    invariants: int
    differences: int


def write_verdict(path: Path, verdict: Verdict) -> None:
    """Leaves the verdict at `path`, whole or not at all. A place that can't be written to is no reason to fail."""
    facts = {"at": verdict.at.isoformat(), "invariants": verdict.invariants, "differences": verdict.differences}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(facts), "utf-8")
        draft.replace(path)
    except OSError:
        return


def read_verdict(path: Path) -> Verdict | None:
    """The verdict left at `path`; None when there is none, or it can't be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
        return Verdict(datetime.fromisoformat(found["at"]), int(found["invariants"]), int(found["differences"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
