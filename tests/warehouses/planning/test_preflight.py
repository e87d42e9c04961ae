"""Pre-flight rules, one by one at their edges, and that a plan's findings are those of its parts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouses.planning.preflight import Box, Goods, Line, Objection, Severity, Terms, findings, refused

TERMS = Terms(hub="AMS1", arrives_on=date(2026, 3, 2), carton_max_g=23_000)
MUG = Goods(sku="MUG", weight_g=400, volume_mm3=1_000_000)


def codes(box: Box, terms: Terms = TERMS) -> list[tuple[str, str]]:
    return [(each.code, each.severity.value) for each in findings([box], terms)]


@pytest.mark.parametrize(
    "box, expected",
    [
        (Box((Line(MUG, 57),)), []),
        (Box((Line(MUG, 58),)), [("carton_heavy", "refused")]),
        (Box((Line(MUG, 1),), weight_g=23_000), []),
        (Box((Line(MUG, 1),), weight_g=23_001), [("carton_heavy", "refused")]),
        (Box((Line(MUG, 10),), weight_g=4_000), []),
        (Box((Line(MUG, 10),), weight_g=3_999), [("weight_understated", "warning")]),
        (Box((Line(MUG, 10),), volume_mm3=10_000_000), []),
        (Box((Line(MUG, 10),), volume_mm3=9_999_999), [("contents_too_large", "refused")]),
        (Box((Line(MUG, 10), Line(MUG, 2)), units=12), []),
        (Box((Line(MUG, 10), Line(MUG, 2)), units=11), [("units_differ", "refused")]),
    ],
)
def test_a_carton_at_the_edges(box: Box, expected: list[tuple[str, str]]) -> None:
    assert codes(box) == expected


def test_on_a_pallet_a_heavy_carton_is_a_warning() -> None:
    terms = Terms(hub="AMS1", arrives_on=TERMS.arrives_on, carton_max_g=23_000, is_palletised=True)

    assert codes(Box((Line(MUG, 100),)), terms) == [("carton_heavy", "warning")]


@pytest.mark.parametrize(
    "item_days, hub_days, expected",
    [(0, 0, []), (90, 0, []), (91, 0, ["shelf_life_short"]), (0, 91, ["shelf_life_short"])],
)
def test_shelf_life_is_counted_from_the_day_of_arrival(item_days: int, hub_days: int, expected: list[str]) -> None:
    cream = Goods(sku="CREAM", weight_g=50, volume_mm3=1, min_shelf_days=item_days)
    terms = Terms(hub="AMS1", arrives_on=date(2026, 3, 2), min_shelf_days=hub_days)

    found = findings([Box((Line(cream, 1, date(2026, 5, 31)),))], terms)

    assert [each.code for each in found] == expected


def test_hazmat_and_a_missing_barcode_are_told_where_they_stand() -> None:
    acetone = Goods(sku="ACETONE", weight_g=1, volume_mm3=1, hazmat_class="3", has_barcode=False)
    approved = Goods(sku="PERFUME", weight_g=1, volume_mm3=1, hazmat_class="3", is_hazmat_approved=True)

    found = findings([Box((Line(approved, 1),)), Box((Line(MUG, 1), Line(acetone, 1)))], TERMS)

    assert [(each.code, each.where) for each in found] == [
        ("hazmat_unapproved", "cartons[1].lines[1]"),
        ("barcode_missing", "cartons[1].lines[1]"),
    ]


@pytest.mark.parametrize("copies, expected", [(9, []), (10, ["hub_nearly_full"]), (11, ["hub_full"])])
def test_a_hub_fills_up_by_all_copies(copies: int, expected: list[str]) -> None:
    terms = Terms(hub="AMS1", arrives_on=TERMS.arrives_on, free_mm3=10_000_000)

    found = findings([Box((Line(MUG, 1),), copies=copies)], terms)

    assert [each.code for each in found] == expected
    assert all(each.where == "cartons" for each in found)


goods = st.builds(
    Goods,
    sku=st.just("X"),
    weight_g=st.integers(1, 30_000),
    volume_mm3=st.integers(1, 10**8),
    hazmat_class=st.sampled_from(["", "3"]),
    is_hazmat_approved=st.booleans(),
    has_barcode=st.booleans(),
    min_shelf_days=st.integers(0, 200),
)
lines = st.builds(
    Line, goods, st.integers(1, 50), st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1))
)  # fmt: skip
declared = st.none() | st.integers(1, 10**6)
boxes = st.builds(
    Box, st.lists(lines, min_size=1, max_size=4).map(tuple), st.integers(1, 3), declared, declared, declared
)


@given(st.lists(boxes, max_size=4))
def test_a_plan_says_what_its_cartons_say_each(plan: list[Box]) -> None:
    alone = [
        Objection(each.code, each.severity, each.message, number, each.line)
        for number, box in enumerate(plan)
        for each in findings([box], TERMS)
    ]

    assert findings(plan, TERMS) == alone
    assert refused(alone) == [each for each in alone if each.severity is Severity.REFUSED]


@given(boxes, st.integers(1, 30_000))
def test_a_hub_that_lifts_more_refuses_no_more(box: Box, more: int) -> None:
    terms = Terms(hub="AMS1", arrives_on=TERMS.arrives_on, carton_max_g=23_000 + more)

    assert {each.code for each in findings([box], terms)} <= {each.code for each in findings([box], TERMS)}
