"""Seconds out of metres, picks and changes."""

import pytest

from foundation.errors import Invalid
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.speeds import Speeds, StopTime, StopWork, WalkTimes, times_of


def test_a_walk_takes_its_metres_its_picks_and_its_changes() -> None:
    speeds = Speeds(walk_mm_per_s=1_250, pick_s=6, tote_change_s=4, level_change_s=30)

    assert speeds.seconds(100_000) == 80
    assert speeds.seconds(100_000, picks=10, tote_changes=2, level_changes=1) == 80 + 60 + 8 + 30


@pytest.mark.parametrize(
    "wrong",
    [
        {"walk_mm_per_s": 0},
        {"walk_mm_per_s": -1},
        {"pick_s": -0.1},
        {"tote_change_s": float("nan")},
        {"level_change_s": float("inf")},
    ],
)
def test_speeds_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Invalid) as refused:
        Speeds(**wrong)

    assert (refused.value.code, refused.value.field) == ("speeds_invalid", *wrong)


def test_further_units_take_their_own_time() -> None:
    assert Speeds(pick_s=6, unit_s=2).seconds(0, picks=2, further_units=3) == 18


def test_a_walk_in_time_is_its_setting_up_its_legs_and_what_is_done_at_each_stop() -> None:
    layout = Layout((0, 5_000), (0, 10_000), ((0, 0, 1_000),))
    speeds = Speeds(walk_mm_per_s=500, pick_s=6, tote_change_s=4, unit_s=2, setup_s=30)
    works = [StopWork(Spot(0, 2_000)), StopWork(Spot(1, 3_000), picks=2, further_units=3, tote_changes=1)]

    times = times_of(layout, works, speeds)

    # 1 + 2 m to the first, 2 + 5 + 3 m on to the second, and 3 + 5 + 1 m home.
    assert times == WalkTimes((StopTime(36, 42), StopTime(62, 84)), 102)
    assert times_of(layout, [], speeds) == WalkTimes((), 30)
