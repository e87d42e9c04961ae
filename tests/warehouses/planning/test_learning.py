"""Speeds out of scan times: what is known is found again, pauses don't bend it, and what can't be told is assumed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouses.planning.floor.learning import BOUNDS, FEWEST_LEGS, Legs, learn
from warehouses.planning.floor.speeds import Speeds

ASSUMED = Speeds()
TRUE = Speeds(walk_mm_per_s=850, pick_s=11, unit_s=2.4, tote_change_s=6, setup_s=40)
EVERYTHING = frozenset(BOUNDS)


def walked(speeds: Speeds, *, legs: int, seed: int, spread: float = 0.0, pauses: float = 0.0) -> Legs:
    """Legs of pickers of these speeds: `spread` in their pace, and a share of legs with a pause of some minutes."""
    dice = np.random.default_rng(seed)
    length_mm = np.where(dice.random(legs) < 0.2, 0, dice.gamma(1.5, 8_000, legs)).round()
    further, setups = dice.poisson(0.8, legs), np.arange(legs) % 20 == 0
    changes = (dice.random(legs) < 0.5) & ~setups
    seconds = (
        length_mm / speeds.walk_mm_per_s
        + speeds.pick_s
        + further * speeds.unit_s
        + changes * speeds.tote_change_s
        + setups * speeds.setup_s
    )
    seconds = seconds * dice.lognormal(0, spread, legs) if spread else seconds
    seconds = seconds + (dice.random(legs) < pauses) * dice.uniform(45, 900, legs)
    return Legs.of(np.column_stack([length_mm, np.ones(legs), further, changes, setups, seconds]))


@settings(max_examples=30, deadline=None)
@given(
    st.builds(
        Speeds,
        walk_mm_per_s=st.floats(400, 2_000),
        pick_s=st.floats(0, 30),
        tote_change_s=st.floats(0, 20),
        level_change_s=st.just(20.0),
        unit_s=st.floats(0, 8),
        setup_s=st.floats(0, 200),
    ),
    st.integers(0, 2**20),
)
def test_speeds_without_spread_are_found_whatever_the_pauses(true: Speeds, seed: int) -> None:
    found = learn(walked(true, legs=2_000, seed=seed, pauses=0.2), ASSUMED)

    assert found.told == EVERYTHING
    for name in BOUNDS:
        assert getattr(found.speeds, name) == pytest.approx(getattr(true, name), rel=0.005, abs=0.05), name


@pytest.mark.parametrize("seed", range(5))
def test_a_fifth_of_pauses_and_people_who_differ_bend_it_by_a_few_per_cents_only(seed: int) -> None:
    found = learn(walked(TRUE, legs=5_000, seed=seed, spread=0.15, pauses=0.2), ASSUMED)

    for name in BOUNDS:
        assert getattr(found.speeds, name) == pytest.approx(getattr(TRUE, name), rel=0.08), name
    assert found.speeds.walk_mm_per_s == pytest.approx(850, rel=0.03)
    assert 3_900 < found.legs < 4_400
    assert 1 < found.typical_error_s < 4


def test_legs_that_went_wrong_count_for_nothing() -> None:
    right = walked(TRUE, legs=1_000, seed=1)
    wrong = [[np.nan, 1, 0, 0, 0, 9], [1_000, 1, 0, 0, 0, 0], [1_000, 1, 0, 0, 0, -5], [np.inf, 1, 0, 0, 0, 9]]
    columns = [getattr(right, name) for name in Legs.__slots__]

    found = learn(Legs.of([*np.column_stack(columns), *wrong]), ASSUMED)

    assert found == learn(right, ASSUMED)
    assert found.legs == 1_000


@pytest.mark.parametrize("legs", [0, 1, FEWEST_LEGS - 1])
def test_too_few_legs_change_nothing(legs: int) -> None:
    found = learn(walked(TRUE, legs=legs, seed=1) if legs else Legs.of([]), ASSUMED)

    assert (found.speeds, found.told, found.legs, found.typical_error_s) == (ASSUMED, frozenset(), 0, 0.0)


def test_what_never_varies_is_assumed_and_the_rest_learned_around_it() -> None:
    legs = [[8_000, 1, n % 3, 0, 0, 8 / 0.5 + 6 + 2 * (n % 3)] for n in range(300)]

    found = learn(Legs.of(legs), ASSUMED)

    assert found.told == {"pick_s", "unit_s"}
    assert (found.speeds.walk_mm_per_s, found.speeds.tote_change_s) == (ASSUMED.walk_mm_per_s, ASSUMED.tote_change_s)
    assert found.speeds.pick_s == pytest.approx(22 - 8_000 / ASSUMED.walk_mm_per_s)
    assert found.speeds.unit_s == pytest.approx(2)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-1e4, 1e6), st.floats(0, 3), st.floats(0, 50), st.integers(0, 1), st.integers(0, 1),
            st.floats(allow_nan=True, allow_infinity=True),
        ),
        max_size=90,
    ),
    st.integers(1, 4),
)  # fmt: skip
def test_any_legs_give_speeds_that_a_picker_can_have(rows: list[tuple[float, ...]], times: int) -> None:
    legs = Legs.of(rows * times)

    found = learn(legs, ASSUMED)

    assert found == learn(legs, ASSUMED)
    for name, (least, most) in BOUNDS.items():
        value = getattr(found.speeds, name)
        assert (least * 0.999999 <= value <= most * 1.000001) if name in found.told else value == getattr(ASSUMED, name)


def test_the_order_of_the_legs_makes_no_difference() -> None:
    legs = walked(TRUE, legs=900, seed=4, spread=0.2, pauses=0.1)
    turned = Legs(*(getattr(legs, name)[::-1] for name in Legs.__slots__))

    one, other = learn(legs, ASSUMED), learn(turned, ASSUMED)

    for name in BOUNDS:
        assert getattr(one.speeds, name) == pytest.approx(getattr(other.speeds, name), rel=1e-6)
