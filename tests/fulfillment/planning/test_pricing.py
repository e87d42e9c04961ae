"""Prices times quantities: rounded once, half to even, and the opposite for what is taken back."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.planning.pricing import amount_cents

PRICES = st.decimals("0.0001", "9999.9999", places=4)
QUANTITIES = st.integers(-(2**31), 2**31)


@pytest.mark.parametrize(
    ("price", "quantity", "cents"),
    [
        ("0.3500", 12, 420),
        ("0.0050", 1, 0),  # half a cent goes to the even side
        ("0.0150", 1, 2),
        ("0.0250", 1, 2),
        ("0.0251", 1, 3),
        ("0.0050", 3, 2),
        ("0.0001", 149, 1),
        ("0.0049", 1, 0),
        ("9999.9999", 1, 1_000_000),
        ("0.0150", -1, -2),
    ],
)
def test_an_amount_is_rounded_half_to_even(price: str, quantity: int, cents: int) -> None:
    assert amount_cents(Decimal(price), quantity) == cents


@given(PRICES, QUANTITIES)
def test_an_amount_is_what_exact_fractions_say(price: Decimal, quantity: int) -> None:
    assert amount_cents(price, quantity) == round(Fraction(price) * quantity * 100)


@given(PRICES, QUANTITIES)
def test_what_is_taken_back_is_the_exact_opposite(price: Decimal, quantity: int) -> None:
    assert amount_cents(price, quantity) + amount_cents(price, -quantity) == 0
