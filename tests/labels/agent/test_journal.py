"""The journal: after a kill at any point it knows what was begun, what came of it, and what the server knows."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.agent.journal import CUT_OFF, KEPT_S, Journal, JournalTaken, Settled
from labels.wire.agreed import Outcome


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


def reopened(journal: Journal, place: Path) -> Journal:
    """As after a kill: nothing but what is on the disk."""
    journal.close()
    after = Journal(place)
    after.recover()
    return after


def test_a_lease_is_the_same_until_its_answer_has_come(place: Path) -> None:
    journal = Journal(place)
    lease = journal.lease_to_ask()
    assert journal.lease_to_ask() == lease

    journal = reopened(journal, place)
    assert journal.lease_to_ask() == lease
    assert journal.take(lease, [(1, "p")]) == {1}

    assert journal.lease_to_ask() != lease
    journal.close()


def test_a_job_is_new_once_under_each_lease(place: Path) -> None:
    journal = Journal(place)

    assert journal.take("L1", [(1, "p"), (2, "p")]) == {1, 2}
    assert journal.take("L1", [(2, "p"), (3, "p")]) == {3}
    assert journal.take("L2", [(1, "p")]) == {1}
    journal.close()


def test_each_step_says_what_a_kill_after_it_means(place: Path) -> None:
    journal = Journal(place)
    journal.take("L", [(n, "p") for n in range(5)])
    for job in (1, 2, 3, 4):
        journal.begin(job, "L")
    printed, torn = Settled(2, "L", Outcome.PRINTED), Settled(3, "L", Outcome.FAILED, True, "broke off")
    for settled in (printed, torn, Settled(4, "L", Outcome.PRINTED)):
        journal.settle(settled)
    journal.note_told(Settled(4, "L", Outcome.PRINTED))

    after = reopened(journal, place)

    assert sorted(after.untold(), key=lambda settled: settled.job) == [
        Settled(0, "L", Outcome.UNTRIED),
        Settled(1, "L", Outcome.FAILED, may_have_printed=True, error=CUT_OFF),
        printed,
        torn,
    ]
    after.close()


def test_what_the_server_knows_is_forgotten_after_thirty_days_and_nothing_else(place: Path) -> None:
    journal = Journal(place)
    journal.take("L", [(1, "p"), (2, "p")])
    for job in (1, 2):
        journal.settle(Settled(job, "L", Outcome.PRINTED))
    journal.note_told(Settled(1, "L", Outcome.PRINTED))

    journal.prune(now_s=time.time() + KEPT_S - 60)
    assert journal.take("L", [(1, "p")]) == set()
    journal.prune(now_s=time.time() + KEPT_S + 60)

    assert journal.take("L", [(1, "p")]) == {1}
    assert journal.untold() == [Settled(2, "L", Outcome.PRINTED)]
    journal.close()


def test_two_agents_can_not_share_one(place: Path) -> None:
    journal = Journal(place)

    with pytest.raises(JournalTaken):
        Journal(place)

    journal.close()
    Journal(place).close()


STEPS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["take", "begin", "print", "tell", "kill"])), max_size=40)


@given(steps=STEPS)
def test_whatever_happens_a_begun_job_is_never_begun_again(
    steps: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("journal") / "journal.sqlite3"
    journal, may_begin, begun = Journal(place), set[int](), list[int]()

    for job, step in steps:
        if step == "take":
            may_begin |= journal.take("L", [(job, "p")])
        elif step == "begin" and job in may_begin:
            may_begin.remove(job)
            journal.begin(job, "L")
            begun.append(job)
        elif step == "print" and job in begun and all(job != each.job for each in journal.untold()):
            journal.settle(Settled(job, "L", Outcome.PRINTED))
        elif step == "tell":
            for settled in journal.untold():
                journal.note_told(settled)
        elif step == "kill":
            journal, may_begin = reopened(journal, place), set()
    journal = reopened(journal, place)

    assert len(begun) == len(set(begun))
    assert {each.job for each in journal.untold() if each.outcome == Outcome.UNTRIED}.isdisjoint(begun)
    journal.close()
