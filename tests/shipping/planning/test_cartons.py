"""Packing never breaks a box: checked by a checker that shares nothing with the planner, and is itself checked here."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipping.planning.cartons.bounds import cannot_hold
from shipping.planning.cartons.checking import faults
from shipping.planning.cartons.exact import settle
from shipping.planning.cartons.goods import Block, BoxSize, CannotPack, Goods, Item, PackedBox, Packing
from shipping.planning.cartons.packing import Effort, pack

BOXES = (
    BoxSize("S", 200, 150, 100, 100, 3_000),
    BoxSize("FLAT", 400, 300, 30, 90, 2_000),
    BoxSize("M", 300, 220, 180, 200, 8_000),
    BoxSize("L", 500, 400, 350, 600, 20_000),
)


def check(packing: Packing, items: list[Item]) -> None:
    """Asserts that the packing is possible, and that what is said to be proven does not contradict it."""
    assert faults(packing, items) == []
    assert packing.least_parcels <= len(packing.parcels)
    assert packing.least_mm3 <= packing.volume_mm3


goods = st.lists(
    st.tuples(
        st.integers(3, 190), st.integers(3, 140), st.integers(3, 95), st.integers(0, 2_500), st.integers(1, 12),
        st.booleans(), st.booleans(),
    ),
    min_size=1,
    max_size=7,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(goods)
def test_no_box_is_ever_broken(rows: list[tuple[int, int, int, int, int, bool, bool]]) -> None:
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

    check(packing, items)


def test_nothing_stands_on_fragile_goods() -> None:
    glass, book = Item("glass", 100, 75, 40, 200, 4, upright=True, fragile=True), Item("book", 200, 150, 60, 400, 1)

    packing = pack([glass, book], BOXES)

    check(packing, [glass, book])
    assert [parcel.box.code for parcel in packing.parcels] == ["S"], "the book below, the four glasses side by side"
    assert [parcel.box.code for parcel in pack([replace(glass, quantity=5)], BOXES).parcels] == ["M"]
    assert [parcel.box.code for parcel in pack([replace(glass, quantity=8, fragile=False)], BOXES).parcels] == ["S"]


def test_what_the_fast_rule_misses_the_search_finds_and_proves() -> None:
    # two layers of a pinwheel round a middle post: no rule that sets blocks side by side makes it
    box = BoxSize("PIN", 50, 50, 20, 0, 10_000)
    bars, post = Item("bar", 30, 20, 20, 1, 4, upright=True), Item("post", 10, 10, 20, 1, 1, upright=True)
    boxes = [box, BoxSize("ROOMY", 60, 60, 20, 0, 10_000)]

    packing = pack([bars, post], boxes)

    check(packing, [bars, post])
    assert ([parcel.box.code for parcel in packing.parcels], packing.proven) == (["PIN"], True)
    assert packing.parcels[0].fill == 1.0


def test_a_box_by_volume_too_small_is_proven_so() -> None:
    # five bars of 30 x 20 fill 3,000 of 3,136 square millimetres, and still don't go in
    items = [Item("bar", 30, 20, 10, 1, 5, upright=True)]
    goods = Goods(items)
    left = np.array([5])
    box = BoxSize("TIGHT", 56, 56, 10, 0, 1_000)

    assert settle(goods, left, box, effort=1.0).impossible
    packing = pack(items, [box, BoxSize("NEXT", 60, 60, 10, 0, 1_000)])
    assert [parcel.box.code for parcel in packing.parcels] == ["NEXT"]
    assert packing.proven


@settings(max_examples=60, deadline=None)
@given(goods, st.sampled_from(BOXES))
def test_what_is_said_to_be_impossible_is_never_packed(
    rows: list[tuple[int, int, int, int, int, bool, bool]], box: BoxSize
) -> None:
    items = [Item(str(index), *row) for index, row in enumerate(rows)]
    arrays, left = Goods(items), np.array([item.quantity for item in items])
    if not cannot_hold(arrays, left, box):
        return

    others = [other for other in BOXES if other != box]
    whole = pack(items, [*others, box], effort=Effort(proof=0.0))

    assert [parcel.box for parcel in whole.parcels] != [box]
    if left.sum() <= 6 and arrays.fits(box).all():
        assert settle(arrays, left, box, effort=0.5).rows is None or left @ arrays.weight > box.room_g


@settings(max_examples=40, deadline=None)
@given(goods)
def test_more_effort_never_gives_more_parcels_and_bounds_hold_for_all_packings(
    rows: list[tuple[int, int, int, int, int, bool, bool]],
) -> None:
    items = [Item(str(index), *row) for index, row in enumerate(rows)]

    quick, thorough = (
        pack(items, BOXES, effort=Effort(tries=tries, proof=proof)) for tries, proof in ((1, 0), (60, 0.05))
    )

    check(quick, items)
    check(thorough, items)
    if len(quick.parcels) == len(thorough.parcels):
        assert thorough.least_mm3 <= quick.volume_mm3
    assert max(quick.least_parcels, thorough.least_parcels) <= min(len(quick.parcels), len(thorough.parcels))


BOX = BoxSize("S", 100, 100, 100, 50, 1_000)
CUBE = Item("cube", 50, 50, 50, 100, 2, upright=True, fragile=True)
SOUND = Packing((PackedBox(BOX, (Block("cube", (0, 0, 0), (50, 50, 50), (2, 1, 1)),), 250),))


@pytest.mark.parametrize(
    ("block", "weight_g", "said"),
    [
        (Block("cube", (1, 0, 0), (50, 50, 50), (2, 1, 1)), 250, "sticks out"),
        (Block("cube", (0, 0, -1), (50, 50, 50), (2, 1, 1)), 250, "sticks out"),
        (Block("cube", (0, 0, 0), (50, 50, 40), (2, 1, 1)), 250, "other measures"),
        (Block("cube", (0, 0, 0), (50, 50, 50), (1, 1, 2)), 250, "fragile"),
        (Block("cube", (0, 0, 0), (50, 50, 50), (1, 1, 1)), 150, "units ordered"),
        (Block("cube", (0, 0, 0), (50, 50, 50), (2, 1, 1)), 260, "weighs 250 g"),
    ],
)
def test_the_checker_sees_each_fault(block: Block, weight_g: int, said: str) -> None:
    assert faults(SOUND, [CUBE]) == []

    broken = Packing((PackedBox(BOX, (block,), weight_g),))

    assert [fault for fault in faults(broken, [CUBE]) if said in fault]


def test_the_checker_sees_overlaps_goods_on_glass_and_too_much_weight() -> None:
    one, two = replace(CUBE, quantity=1), replace(CUBE, key="two", quantity=1)

    def said(corner: tuple[int, int, int]) -> list[str]:
        blocks = (Block("cube", (0, 0, 0), (50, 50, 50), (1, 1, 1)), Block("two", corner, (50, 50, 50), (1, 1, 1)))
        return faults(Packing((PackedBox(BOX, blocks, 250),)), [one, two])

    assert said((50, 0, 0)) == []
    assert said((49, 0, 0)) == ["cube and two overlap."]
    assert said((10, 10, 50)) == ["two stands on cube, which is fragile."]
    heavy = Packing((replace(SOUND.parcels[0], weight_g=2_050),))
    assert faults(heavy, [replace(CUBE, weight_g=1_000)]) == ["S weighs 2050 g and may weigh 1000 g."]


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
