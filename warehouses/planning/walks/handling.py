"""Heavy goods below fragile ones: what a walk has to know of what it fetches."""

from collections.abc import Sequence
from enum import IntEnum

from foundation.errors import Invalid
from warehouses.planning.floor.layout import Spot


class Handling(IntEnum):
    """When goods may go on the cart: every heavy one before every fragile one, the others at any time."""

    HEAVY = 0
    PLAIN = 1
    FRAGILE = 2


def check_handling(spots: Sequence[Spot], handling: Sequence[Handling] | None) -> list[Handling]:
    """One handling per spot, all plain if none are given. Raises `Invalid` (`handling_invalid`) for another number."""
    if handling is None:
        return [Handling.PLAIN] * len(spots)
    if len(handling) != len(spots):
        raise Invalid(
            f"{len(handling)} handlings for {len(spots)} spots: one each is needed.",
            code="handling_invalid",
            field="handling",
        )
    return list(handling)
