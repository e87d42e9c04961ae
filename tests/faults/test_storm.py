"""Killed again and again under load: nothing acknowledged is lost or doubled (at length: `python -m tests.faults`)."""

from dataclasses import asdict, replace

import pytest

from tests.faults.checking import compare
from tests.faults.clients import Log
from tests.faults.storm import storm

CYCLES = 1
CLEAN = dict.fromkeys(("lost", "renumbered", "doubled", "unasked", "oversold", "unserved", "differences"), 0)


def test_a_storm_loses_nothing() -> None:
    found = storm(cycles=CYCLES, scarce=20)

    assert found["verdict"] == CLEAN, found
    assert found["acknowledged"] > 20
    assert {name: len(each["all"]) for name, each in found["recovery_s"].items()} == dict.fromkeys(
        ("postgresql", "web", "worker"), CYCLES
    )


# --- the judge itself ---------------------------------------------------------------------------------------

LOG = Log(acknowledged={"a": "OR-1", "b": "OR-2"}, asked={"a": "RING", "b": "RING", "c": "CREAM"})
HONEST = {
    "stored": [("a", "OR-1"), ("b", "OR-2")],
    "units": {"RING": 1, "CREAM": 5},
    "held": {"RING": 1},
    "wanted": {"RING": 2},
    "differences": 0,
}


@pytest.mark.parametrize(
    ("fault", "changes"),
    [
        (None, {}),
        (None, {"stored": [("a", "OR-1"), ("b", "OR-2"), ("c", "OR-3")]}),  # in doubt, and it was done
        ("lost", {"stored": [("a", "OR-1")]}),
        ("renumbered", {"stored": [("a", "OR-1"), ("b", "OR-9")]}),
        ("doubled", {"stored": [("b", "OR-3"), ("a", "OR-1"), ("b", "OR-2")]}),
        ("unasked", {"stored": [("a", "OR-1"), ("b", "OR-2"), ("z", "OR-3")]}),
        ("oversold", {"held": {"RING": 2}}),
        ("unserved", {"held": {}}),
        ("differences", {"differences": 1}),
    ],
)
def test_the_judge_sees_each_fault(fault: str | None, changes: dict[str, object]) -> None:
    verdict = compare(LOG, **{**HONEST, **changes})

    assert asdict(verdict) == {**CLEAN, **({fault: 1} if fault else {})}
    assert verdict.is_clean == (fault is None)


def test_who_was_never_answered_is_in_doubt() -> None:
    assert LOG.in_doubt == {"c"}
    assert replace(LOG, acknowledged={}).in_doubt == {"a", "b", "c"}
