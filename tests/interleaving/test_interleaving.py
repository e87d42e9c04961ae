"""Whoever goes first, whoever is killed: the books add up and everybody is told the truth.

`INTERLEAVINGS=500 pytest tests/interleaving` tells more stories; `INTERLEAVING_SEED=7` tells one again.
"""

import os

import pytest
from django.db import transaction
from django.db.models.query import QuerySet

from foundation import retry
from tests.factories import make_hub
from tests.interleaving.judging import report, told, wrong
from tests.interleaving.runner import Story
from tests.interleaving.scenarios import ALL, Scenario
from tests.watching import balances
from tests.watching.sabotage import balances_only_read
from warehouses.models import Hub
from warehouses.services import carts

pytestmark = pytest.mark.django_db(transaction=True)

STORIES = int(os.environ.get("INTERLEAVINGS", "4"))
SEEDS = [int(os.environ["INTERLEAVING_SEED"])] if "INTERLEAVING_SEED" in os.environ else list(range(1, STORIES + 1))


@pytest.fixture(autouse=True)
def _no_pause_before_a_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT_S", 0)


def tell(name: str, seed: int, *, faults: int = 0) -> tuple[Story, list[str]]:
    """The story and what is wrong with it."""
    scenario: Scenario = ALL[name]()
    story = told(scenario.calls, seed=seed, kills=faults, losses=faults)
    return story, wrong(story) + scenario.settle(story.outcomes)


@pytest.mark.parametrize("name", ALL)
def test_any_order_of_statements_ends_well(name: str) -> None:
    for seed in SEEDS:
        story, problems = tell(name, seed)

        assert problems == [], report(story)


@pytest.mark.parametrize("name", ALL)
def test_killed_sessions_and_lost_answers_change_nothing(name: str) -> None:
    faults = 0
    for seed in SEEDS:
        story, problems = tell(name, seed, faults=2)
        faults += story.kills + story.lost_answers

        assert problems == [], report(story)
    assert faults or len(SEEDS) < 3


def test_a_seed_tells_the_same_story_again() -> None:
    first, _ = tell("picker_against_a_release", 4, faults=2)
    again, _ = tell("picker_against_a_release", 4, faults=2)
    other, _ = tell("picker_against_a_release", 5, faults=2)

    assert first.steps == again.steps
    assert first.steps != other.steps
    assert len(first.steps) > 20


def test_sessions_that_wait_for_each_other_are_seen_waiting() -> None:
    waits = sum(tell("two_allocators", seed)[0].waits for seed in SEEDS)

    assert waits > 0


# --- controls: the safety taken out ------------------------------------------------------------------------


def caught(name: str, seeds: range) -> list[str]:
    """What is found wrong over these seeds."""
    return [problem for seed in seeds for problem in tell(name, seed)[1]]


def test_hub_balances_that_are_read_and_not_locked_are_caught() -> None:
    with balances_only_read(unchecked=True):
        assert caught("two_orders_that_wait_for_the_answer", range(1, 9)) != []
    assert balances.take_findings() != []


def test_the_database_checks_hold_alone() -> None:
    with balances_only_read():
        assert caught("two_orders_that_wait_for_the_answer", range(1, 9)) == []
    assert balances.take_findings() != []


@pytest.mark.parametrize("name", ["picker_against_a_release", "packed_twice", "two_packers_at_one_tote"])
def test_rows_that_are_read_and_not_locked_are_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda queryset, **_: queryset.all())

    assert caught(name, range(1, 9)) != []
    assert balances.take_findings() != []


def test_a_shared_tote_that_nobody_locks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carts, "lock_shared_totes", lambda places: None)

    assert "an empty tote is not free" in caught("packed_while_the_cart_still_walks", range(1, 13))


def test_two_that_lock_in_opposite_order_are_caught() -> None:
    left, right = make_hub(), make_hub()

    def rename(first: Hub, second: Hub) -> None:
        with transaction.atomic():
            Hub.objects.filter(pk=first.pk).update(name="one")
            Hub.objects.filter(pk=second.pk).update(name="two")

    stories = [
        told({"ann": lambda: rename(left, right), "bob": lambda: rename(right, left)}, seed=seed) for seed in range(12)
    ]

    problems = {problem for story in stories for problem in wrong(story)}
    assert "1 deadlocks" in problems
    assert all(problem.endswith(" deadlocks") for problem in problems)
