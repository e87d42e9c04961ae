"""Loads and totes: what is kept whole, what is split, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Invalid
from warehouses.planning.batches.loads import Cart, Line, Load, Tote, split_load
from warehouses.planning.floor.layout import Spot

TOTE = Tote(volume_mm3=100, weight_g=50)
CART = Cart(totes=2, volume_mm3=200, weight_g=80)


def test_an_order_that_fits_is_one_load_under_its_own_name() -> None:
    lines = [Line("b", Spot(1, 5), 3, 20, 5), Line("a", Spot(0, 5), 4, 20, 5)]

    (part,) = split_load("O1", lines, tote=TOTE, cart=CART)

    assert part.load == Load("O1", (Spot(0, 5), Spot(1, 5)), totes=2, volume_mm3=140, weight_g=35)
    assert part.picks == (("a", 4), ("b", 3))
    assert part.totes == ((("a", 4), ("b", 1)), (("b", 2),))


def test_an_order_too_large_for_a_cart_becomes_several_loads() -> None:
    lines = [Line("a", Spot(0, 5), 11, 20, 5)]

    parts = split_load("O1", lines, tote=TOTE, cart=CART)

    assert [part.load.key for part in parts] == ["O1/1", "O1/2"]
    assert [part.picks for part in parts] == [(("a", 10),), (("a", 1),)]
    assert [part.load.totes for part in parts] == [2, 1]


def test_a_carts_weight_splits_before_its_totes_do() -> None:
    parts = split_load("O1", [Line("a", Spot(0, 5), 10, 1, 10)], tote=TOTE, cart=CART)

    assert [(part.load.weight_g, part.load.totes) for part in parts] == [(50, 1), (50, 1)]


def test_fewer_totes_a_load_may_be_asked_for() -> None:
    parts = split_load("O1", [Line("a", Spot(0, 5), 11, 20, 5)], tote=TOTE, cart=CART, max_totes=1)

    assert [part.load.totes for part in parts] == [1, 1, 1]


@pytest.mark.parametrize("line", [Line("big", Spot(0, 0), 1, 101, 1), Line("big", Spot(0, 0), 1, 1, 51)])
def test_a_unit_larger_than_a_tote_is_named(line: Line) -> None:
    with pytest.raises(Invalid) as refused:
        split_load("O1", [Line("ok", Spot(0, 0), 1, 1, 1), line], tote=TOTE, cart=CART)

    assert refused.value.code == "unit_too_large"
    assert refused.value.facts == {"line": "big"}


def test_a_cart_smaller_than_a_tote_still_bounds_what_a_tote_takes() -> None:
    parts = split_load("O1", [Line("a", Spot(0, 5), 3, 30, 1)], tote=TOTE, cart=Cart(1, 60, 80))

    assert [part.picks for part in parts] == [(("a", 2),), (("a", 1),)]


@pytest.mark.parametrize("sizes", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_a_cart_that_carries_nothing_is_refused(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(Invalid) as refused:
        Cart(*sizes)

    assert refused.value.code == "cart_invalid"


def test_empty_orders_loads_and_totes_are_refused() -> None:
    for make, code in (
        (lambda: split_load("O1", [], tote=TOTE, cart=CART), "load_invalid"),
        (lambda: Load("O1", (), 1, 1, 1), "load_invalid"),
        (lambda: Load("O1", (Spot(0, 0),), 0, 1, 1), "load_invalid"),
        (lambda: Load("O1", (Spot(0, 0),), 1, -1, 1), "load_invalid"),
        (lambda: Tote(0, 1), "tote_invalid"),
        (lambda: Line("a", Spot(0, 0), 0, 1, 1), "line_invalid"),
        (lambda: Line("a", Spot(0, 0), 1, -1, 1), "line_invalid"),
    ):
        with pytest.raises(Invalid) as refused:
            make()

        assert refused.value.code == code


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 60), st.integers(0, 40)), min_size=1, max_size=6),
    st.integers(1, 3),
)
def test_a_split_loses_nothing_and_every_part_fits(lines: list[tuple[int, int, int]], totes: int) -> None:
    cart = Cart(totes, 150, 70)
    wanted = [Line(f"l{i}", Spot(i, 0), quantity, v, g) for i, (quantity, v, g) in enumerate(lines)]

    parts = split_load("O", wanted, tote=TOTE, cart=cart)

    got: dict[str, int] = {}
    for part in parts:
        in_totes: dict[str, int] = {}
        for tote in part.totes:
            assert sum(wanted[int(key[1:])].unit_volume_mm3 * n for key, n in tote) <= TOTE.volume_mm3
            assert sum(wanted[int(key[1:])].unit_weight_g * n for key, n in tote) <= TOTE.weight_g
            for key, quantity in tote:
                in_totes[key] = in_totes.get(key, 0) + quantity
        assert in_totes == dict(part.picks)
        assert (len(part.totes), part.load.volume_mm3, part.load.weight_g) <= (totes, 150, 70)
        assert part.load.totes <= totes and part.load.volume_mm3 <= 150 and part.load.weight_g <= 70
        for key, quantity in part.picks:
            got[key] = got.get(key, 0) + quantity
    assert got == {line.key: line.quantity for line in wanted}
    assert len({part.load.key for part in parts}) == len(parts)
