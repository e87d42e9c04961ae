"""What must be true after any story, whoever was killed in it."""

from collections.abc import Callable, Mapping
from typing import Final

from config.watching import FLOORS
from foundation.errors import DomainError
from foundation.invariants import check
from foundation.retry import retrying
from tests.interleaving.runner import Interleaving, Story

EVERYTHING: Final = [invariant for listed in FLOORS.values() for invariant in listed]


def told(calls: Mapping[str, Callable[[], object]], *, seed: int, kills: int = 0, losses: int = 0) -> Story:
    """The story of these calls, each repeated with the same key when its session was killed or its answer lost."""
    repeated = {name: lambda call=call: retrying(call) for name, call in calls.items()}
    return Interleaving(repeated, seed=seed, kills=kills, losses=losses).run()


def wrong(story: Story) -> list[str]:
    """What went wrong: an error that no floor refuses with, two that waited for each other, books that don't add up."""
    found = [
        f"{name}: {type(outcome).__name__}: {outcome}"
        for name, outcome in story.outcomes.items()
        if isinstance(outcome, Exception) and not isinstance(outcome, DomainError)
    ]
    if story.deadlocks:
        found.append(f"{story.deadlocks} deadlocks")
    broken = [finding.invariant.name for finding in check(EVERYTHING) if finding.broken]
    return found + broken


def report(story: Story) -> str:
    """For whoever has to understand a failure: the seed, and what happened in which order."""
    return "\n".join([f"seed {story.seed}: {story.outcomes}", *story.steps])
