"""A quantity is what a person meant, or it is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Invalid
from foundation.quantities import MAX_QUANTITY, counted, whole_quantity


@given(st.integers(1, MAX_QUANTITY))
def test_a_whole_number_is_taken_as_number_or_as_digits(n: int) -> None:
    assert whole_quantity(n) == whole_quantity(str(n)) == whole_quantity(f"{n:09d}") == n


@pytest.mark.parametrize(
    "value",
    [
        0, -1, MAX_QUANTITY + 1, 10**9, 2**31, 1.0, 1.5, float("nan"), float("inf"), None, True, False, [], b"1",
        "0", "-1", "+1", "1.5", "1e3", "", " ", " 1", "1 ", "1_000", "0x1", "٣", "²", "1000001", "0" * 9 + "1", "NaN",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_place(value: object) -> None:
    with pytest.raises(Invalid) as refusal:
        whole_quantity(value, field="lines[2].quantity", row=7)

    assert (refusal.value.code, refusal.value.field, refusal.value.row) == ("quantity_invalid", "lines[2].quantity", 7)
    assert refusal.value.status == 422


@given(st.one_of(st.text(), st.floats(), st.integers(), st.binary(), st.booleans(), st.none()))
def test_nothing_but_a_quantity_or_a_refusal_comes_out(value: object) -> None:
    with suppress(Invalid):
        assert 1 <= whole_quantity(value) <= MAX_QUANTITY


def test_one_is_not_many() -> None:
    assert [counted(n, "order") for n in (0, 1, 2, 1_000)] == ["0 orders", "1 order", "2 orders", "1,000 orders"]
