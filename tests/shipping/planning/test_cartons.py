"""Packing never breaks a box: checked unit by unit by a checker that shares nothing with the planner."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipping.planning.cartons import BoxSize, CannotPack, Item, Packing, pack

BOXES = (
    BoxSize("S", 200, 150, 100, 100, 3_000),
    BoxSize("FLAT", 400, 300, 30, 90, 2_000),
    BoxSize("M", 300, 220, 180, 200, 8_000),
    BoxSize("L", 500, 400, 350, 600, 20_000),
)


def units(packing: Packing) -> list[tuple[int, str, tuple[int, ...], tuple[int, ...]]]:
    """Every single unit: its parcel, its item, its low and its high corner."""
    found = []
    for parcel_no, parcel in enumerate(packing.parcels):
        for block in parcel.blocks:
            for i in range(block.counts[0]):
                for j in range(block.counts[1]):
                    for k in range(block.counts[2]):
                        step = (i, j, k)
                        low = tuple(block.corner_mm[a] + step[a] * block.unit_mm[a] for a in range(3))
                        high = tuple(low[a] + block.unit_mm[a] for a in range(3))
                        found.append((parcel_no, block.key, low, high))
    return found


def check(packing: Packing, items: list[Item]) -> None:
    """Asserts that the packing is possible with cardboard and hands."""
    by_key = {item.key: item for item in items}
    placed = units(packing)
    assert Counter(key for _parcel, key, _low, _high in placed) == {item.key: item.quantity for item in items}
    for number, parcel in enumerate(packing.parcels):
        mine = [(key, low, high) for parcel_no, key, low, high in placed if parcel_no == number]
        assert mine, "an empty parcel"
        inner = (parcel.box.length_mm, parcel.box.width_mm, parcel.box.height_mm)
        for key, low, high in mine:
            item = by_key[key]
            sides = tuple(high[a] - low[a] for a in range(3))
            assert sorted(sides) == sorted((item.length_mm, item.width_mm, item.height_mm))
            if item.upright:
                assert sides[2] == item.height_mm
            assert min(low) >= 0
            assert all(high[a] <= inner[a] for a in range(3))
        for index, (_key, low, high) in enumerate(mine):
            for _other, low2, high2 in mine[index + 1 :]:
                assert any(high[a] <= low2[a] or high2[a] <= low[a] for a in range(3)), "two units overlap"
        weight_g = parcel.box.tare_g + sum(by_key[key].weight_g for key, _low, _high in mine)
        assert parcel.weight_g == weight_g <= parcel.box.max_weight_g
        assert parcel.contents == Counter(key for key, _low, _high in mine)


goods = st.lists(
    st.tuples(
        st.integers(3, 190), st.integers(3, 140), st.integers(3, 95), st.integers(0, 2_500), st.integers(1, 12),
        st.booleans(),
    ),
    min_size=1,
    max_size=7,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(goods)
def test_no_box_is_ever_broken(rows: list[tuple[int, int, int, int, int, bool]]) -> None:
    items = [Item(str(index), *row) for index, row in enumerate(rows)]

    packing = pack(items, BOXES)

    check(packing, items)
    assert pack(items, BOXES) == packing


def test_cubes_that_fill_a_box_exactly_go_into_it() -> None:
    items = [Item("cube", 50, 50, 50, 10, 4 * 3 * 2)]

    packing = pack(items, [BoxSize("S", 200, 150, 100, 100, 3_000)])

    check(packing, items)
    assert len(packing.parcels) == 1
    assert packing.parcels[0].fill == 1.0


def test_the_smallest_box_that_holds_everything_is_taken() -> None:
    scarf = [Item("scarf", 250, 200, 25, 180, 1)]
    bottles = [Item("bottle", 60, 60, 95, 200, 6, upright=True)]

    assert [parcel.box.code for parcel in pack(scarf, BOXES).parcels] == ["FLAT"]
    assert [parcel.box.code for parcel in pack(bottles, BOXES).parcels] == ["S"]


def test_weight_splits_what_space_would_not() -> None:
    items = [Item("lead", 40, 40, 40, 4_500, 8)]

    packing = pack(items, BOXES)

    check(packing, items)
    assert len(packing.parcels) == 2


def test_upright_goods_stay_upright() -> None:
    candle = Item("candle", 50, 50, 120, 100, 1, upright=True)

    assert pack([candle], BOXES).parcels[0].box.code == "M"
    assert pack([Item("candle", 50, 50, 120, 100, 1)], BOXES).parcels[0].box.code == "S"


def test_thousands_of_units_are_split_and_complete() -> None:
    items = [Item("card", 150, 105, 2, 8, 3_000), Item("mug", 110, 90, 95, 350, 40), Item("tin", 75, 75, 60, 90, 200)]

    packing = pack(items, BOXES)

    # unit by unit is quadratic: the blocks are checked against one another instead
    for parcel in packing.parcels:
        inner = (parcel.box.length_mm, parcel.box.width_mm, parcel.box.height_mm)
        corners = [
            (b.corner_mm, tuple(b.corner_mm[a] + b.counts[a] * b.unit_mm[a] for a in range(3))) for b in parcel.blocks
        ]
        assert all(high[a] <= inner[a] for _low, high in corners for a in range(3))
        for index, (low, high) in enumerate(corners):
            for low2, high2 in corners[index + 1 :]:
                assert any(high[a] <= low2[a] or high2[a] <= low[a] for a in range(3))
        assert parcel.weight_g <= parcel.box.max_weight_g
    total: Counter[str] = sum((Counter(parcel.contents) for parcel in packing.parcels), Counter())
    assert total == {"card": 3_000, "mug": 40, "tin": 200}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (Item("x", 600, 20, 20, 10, 1), "size"),
        (Item("x", 20, 20, 20, 30_000, 1), "weight"),
        (Item("x", 0, 20, 20, 10, 1), "measures"),
        (Item("x", -5, 20, 20, 10, 1), "measures"),
        (Item("x", 20, 20, 20, -1, 1), "measures"),
        (Item("x", 20, 20, 20, 10, 0), "measures"),
        (Item("x", 20, 20, 50_000, 10, 1), "measures"),
    ],
)
def test_an_item_no_box_can_hold_is_named(item: Item, reason: str) -> None:
    good = Item("good", 20, 20, 20, 10, 1)

    with pytest.raises(CannotPack) as refusal:
        pack([good, item], BOXES)

    assert (refusal.value.key, refusal.value.reason) == ("x", reason)


def test_nothing_to_pack_gives_no_parcel_and_no_boxes_pack_nothing() -> None:
    assert pack([], BOXES).parcels == ()
    with pytest.raises(CannotPack):
        pack([Item("x", 1, 1, 1, 1, 1)], [])


def test_a_key_listed_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        pack([Item("x", 1, 1, 1, 1, 1), Item("x", 2, 2, 2, 1, 1)], BOXES)
