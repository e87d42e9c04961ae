"""Carts to pickers: late orders first, then lateness, then the end; every cart once, nobody in two places."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from warehouses.planning.batches.batching import plan_wave
from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.speeds import Speeds
from warehouses.planning.running.scheduling import ENOUGH_S, Job, Schedule, Stay, Turn, job_of, schedule


def test_the_cart_due_first_goes_first() -> None:
    jobs = [Job("slow", 100, (None,)), Job("soon", 60, (70,)), Job("later", 50, (120,))]

    plan = schedule(jobs, free_at_s=[0])

    assert [turn.key for turn in plan.turns] == ["soon", "later", "slow"]
    assert (plan.late_orders, plan.lateness_s, plan.end_s) == (0, 0, 210)


def test_one_long_cart_is_late_rather_than_many_orders() -> None:
    jobs = [Job("long", 100, (100,)), *(Job(f"short {n}", 20, (20 * n + 20, 20 * n + 20)) for n in range(4))]

    plan = schedule(jobs, free_at_s=[0])

    assert plan.turns[-1] == Turn("long", 0, 80, 180)
    assert (plan.late_orders, plan.lateness_s) == (1, 80)


def test_pickers_work_side_by_side_from_when_they_are_free() -> None:
    plan = schedule([Job(str(n), 30) for n in range(3)], free_at_s=[0, 20])

    assert [(turn.picker, turn.start_s, turn.end_s) for turn in plan.turns] == [(0, 0, 30), (1, 20, 50), (0, 30, 60)]
    assert plan.end_s == 60


def test_crowding_moves_carts_apart_but_makes_none_late() -> None:
    jobs = [
        Job("a", 10, (), (Stay(3, 0, 8),)),
        Job("b", 10, (), (Stay(3, 0, 8),)),
        Job("c", 10, (), (Stay(5, 0, 8),)),
        Job("d", 10, (), (Stay(5, 0, 8),)),
    ]
    due = [Job("a", 10, (10,), jobs[0].stays), Job("b", 10, (10,), jobs[1].stays), *jobs[2:]]

    apart = schedule(jobs, free_at_s=[0, 0], crowding=1, narrow=[3, 5])
    together = schedule(due, free_at_s=[0, 0], crowding=1, narrow=[3, 5])

    assert apart.crowded_s == 0
    assert (together.late_orders, together.crowded_s) == (0, 16)


def test_a_cart_takes_its_walk_its_picks_and_its_totes() -> None:
    layout = Layout((0, 5_000), (0, 10_000), ((0, 0, 1_000),))
    loads = [Load("A", (Spot(0, 2_000), Spot(0, 4_000)), 2, 1, 1, due_s=90), Load("B", (Spot(1, 3_000),), 1, 1, 1)]
    (cart,) = plan_wave(layout, loads, Cart(3, 9, 9), time_limit_s=5.0).carts

    job = job_of(layout, cart, {load.key: load for load in loads}, Speeds(1_000, 8, 5))

    assert cart.walk.length_mm == 2 * (1_000 + 5_000 + 4_000 + 3_000)
    assert job.seconds == 26 + 3 * 8 + 3 * 5
    assert job.dues_s == (90, None)
    assert sorted(stay.aisle for stay in job.stays) == [0, 1]
    assert max(stay.to_s for stay in job.stays) <= job.seconds - 3 * 5


def test_a_schedule_without_pickers_and_a_cart_twice_are_refused() -> None:
    for jobs, pickers, code in (([Job("a", 1)], [], "pickers_missing"), ([Job("a", 1)] * 2, [0.0], "job_duplicate")):
        with pytest.raises(Invalid) as refused:
            schedule(jobs, free_at_s=pickers)

        assert refused.value.code == code


JOBS = st.lists(
    st.tuples(st.integers(1, 40), st.lists(st.none() | st.integers(0, 150), max_size=3)), min_size=1, max_size=12
)


@settings(max_examples=25, deadline=None)
@given(JOBS, st.lists(st.integers(0, 30), min_size=1, max_size=3))
def test_any_schedule_is_whole_and_no_worse_than_by_due_date(
    wanted: list[tuple[int, list[int | None]]], free: list[int]
) -> None:
    jobs = [Job(str(n), seconds, tuple(dues)) for n, (seconds, dues) in enumerate(wanted)]

    plan = schedule(jobs, free_at_s=free)

    assert sorted(turn.key for turn in plan.turns) == sorted(job.key for job in jobs)
    for picker, at in enumerate(free):
        own = [turn for turn in plan.turns if turn.picker == picker]
        assert all(turn.start_s >= at for turn in own)
        assert all(one.end_s <= other.start_s for one, other in pairwise(own))
    by_due = sorted(jobs, key=lambda job: (min((s for s in job.dues_s if s is not None), default=99_999), job.seconds))
    assert _cost(plan) <= _by_hand(by_due, free)
    assert plan == schedule(jobs, free_at_s=free)
    if len(jobs) <= 5:
        assert _cost(plan) == min(_by_hand(list(order), free) for order in permutations(jobs))


def _cost(plan: Schedule) -> tuple[int, float, float]:
    return plan.late_orders, plan.lateness_s, plan.end_s - plan.slack_s


def _by_hand(order: list[Job], free: list[int]) -> tuple[int, float, float]:
    at = [float(one) for one in free]
    ends = []
    for job in order:
        picker = at.index(min(at))
        at[picker] += job.seconds
        ends.append((at[picker], job))
    over = [end - due for end, job in ends for due in job.dues_s if due is not None]
    late = [one for one in over if one > 0]
    slack = min([ENOUGH_S, *(-one for one in over if one <= 0)])
    return len(late), sum(late), max(end for end, _ in ends) - slack
