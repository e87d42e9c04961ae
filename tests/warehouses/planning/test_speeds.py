"""Seconds out of metres, picks and changes."""

import pytest

from foundation.errors import Invalid
from warehouses.planning.floor.speeds import Speeds


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
