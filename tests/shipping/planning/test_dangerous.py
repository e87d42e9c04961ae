"""Marks, limits and segregation of what burns, corrodes or holds a charge."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.planning.dangerous import Goods, groups_of, heaviest_g, kinds_of, marks_of, may_share

VARNISH = Goods("VARNISH", 1, un_number="1263", hazmat_class="3", limited_quantity=True, net_ml=10)
BLEACH = Goods("BLEACH", 1, un_number="1479", hazmat_class="5.1", limited_quantity=True, net_ml=50)
LAMP = Goods("LAMP", 1, un_number="3481", hazmat_class="9", battery_wh=7)
BANK = Goods("BANK", 1, un_number="3480", hazmat_class="9", battery_wh=37)
SOCK = Goods("SOCK", 1)


def lamps(quantity: int) -> Goods:
    return Goods("LAMP", quantity, un_number="3481", hazmat_class="9", battery_wh=7)


@pytest.mark.parametrize(
    ("goods", "kind"),
    [
        (SOCK, ""),
        (VARNISH, "lq"),
        (LAMP, "batteries_in_equipment"),
        (BANK, "batteries"),
        (Goods("BIKE", 1, un_number="3481", battery_wh=100), "batteries_in_equipment"),
        (Goods("BIKE", 1, un_number="3481", battery_wh=101), "dangerous"),
        (Goods("DRUM", 1, un_number="1263", hazmat_class="3"), "dangerous"),
        (Goods("DRUM", 1, un_number="1263", limited_quantity=True, net_ml=5_000), "lq"),
        (Goods("DRUM", 1, un_number="1263", limited_quantity=True, net_ml=5_001), "dangerous"),
        (Goods("UNSAID", 1, hazmat_class="3"), "dangerous"),
    ],
)
def test_what_kind_of_goods_it_is(goods, kind):
    assert goods.kind == kind


def test_a_service_must_take_every_kind_in_the_parcel():
    assert kinds_of([SOCK, VARNISH, LAMP]) == {"lq", "batteries_in_equipment"}
    assert kinds_of([SOCK]) == frozenset()


@pytest.mark.parametrize(
    ("parcels", "marks"),
    [
        ([[SOCK]], [()]),
        ([[SOCK, VARNISH]], [("LQ",)]),
        ([[lamps(2)]], [()]),
        ([[lamps(3)]], [("UN3481",)]),
        ([[Goods("MIC", 1, un_number="3481", battery_wh=2, batteries=3)]], [("UN3481",)]),
        ([[LAMP], [LAMP]], [(), ()]),
        ([[LAMP], [LAMP], [LAMP], [SOCK]], [("UN3481",), ("UN3481",), ("UN3481",), ()]),
        ([[BANK]], [("UN3480",)]),
        ([[LAMP], [BANK, VARNISH]], [(), ("LQ", "UN3480")]),
    ],
)
def test_the_marks_of_each_parcel(parcels, marks):
    assert marks_of(parcels) == marks


def test_how_heavy_a_parcel_may_be():
    assert heaviest_g([SOCK, LAMP]) is None
    assert heaviest_g([VARNISH]) == 30_000
    assert heaviest_g([VARNISH], on_tray=True) == 20_000
    assert heaviest_g([BANK]) == 30_000


def test_what_reacts_lies_apart():
    assert not may_share(VARNISH, BLEACH)
    assert not may_share(BANK, VARNISH)
    assert may_share(LAMP, VARNISH)
    assert groups_of([VARNISH, SOCK, BLEACH, LAMP]) == [[VARNISH, SOCK, LAMP], [BLEACH]]


goods = st.builds(
    Goods,
    item=st.just("X"),
    quantity=st.integers(1, 5),
    un_number=st.sampled_from(["", "1263", "3480", "3481", "1479"]),
    hazmat_class=st.sampled_from(["", "2.1", "3", "4.1", "4.3", "5.1", "5.2", "8", "9"]),
    limited_quantity=st.booleans(),
)


@given(st.lists(goods, max_size=7))
def test_groups_lose_nothing_and_hold_only_what_may_share(items):
    groups = groups_of(items)

    assert sorted(map(repr, (each for group in groups for each in group))) == sorted(map(repr, items))
    assert all(may_share(one, other) for group in groups for one, other in combinations(group, 2))


@given(goods, goods)
def test_sharing_is_mutual(one, other):
    assert may_share(one, other) == may_share(other, one)


@given(st.lists(st.lists(goods, min_size=1, max_size=3), min_size=1, max_size=3), goods)
def test_more_goods_never_take_a_mark_away(parcels, extra):
    before = marks_of(parcels)
    after = marks_of([[*parcels[0], extra], *parcels[1:]])

    assert all(set(less) <= set(more) for less, more in zip(before, after, strict=True))
