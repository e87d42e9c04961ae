"""Pricing: what a number of units costs at a price."""

from decimal import ROUND_HALF_EVEN, Decimal


def amount_cents(price: Decimal, quantity: int) -> int:
    """Cents for `quantity` units at `price` each, in the currency's unit with up to four decimals.

    Rounded once, at the end, half to even: so many small charges do not add up to a surplus for one side. Units that
    are taken back are negative, and cost exactly the opposite.
    """
    return int((price * quantity * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
