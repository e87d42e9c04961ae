"""Quantities of goods: whole, positive, and small enough to be true."""

from typing import Any

from foundation.errors import Invalid

MAX_QUANTITY = 1_000_000
"""More units than this in one line or one scan is a slip of the keyboard, not a delivery."""


def whole_quantity(value: Any, *, field: str = "quantity", row: int | None = None) -> int:
    """`value` as a whole number of units, 1 to `MAX_QUANTITY`.

    Takes an int, or a string of ASCII digits as a file or a scanner gives it. Anything else (0, a
    negative, 1.5, `1e3`, NaN, True, other scripts' digits) raises `Invalid` with code `quantity_invalid`.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_QUANTITY:
        raise Invalid(
            f"Quantity must be a whole number from 1 to {MAX_QUANTITY:,}.",
            code="quantity_invalid",
            field=field,
            row=row,
        )
    return value


def counted(number: int, noun: str) -> str:
    """So many of a thing, as one says it: 1 order, 2 orders."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
