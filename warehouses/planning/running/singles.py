"""Single-item orders as their own flow: picked together into shared totes, with nothing to sort afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warehouses.planning.batches.loads import Cart, Line, LoadPart, Tote, split_load


@dataclass(frozen=True, slots=True)
class Flows:
    """The orders of one unit, as totes' worth of lines, and all others as they were.

    Any unit in a tote of singles serves any order that wants it, so the packer scans it and gets the label.
    """

    singles: tuple[LoadPart, ...]
    others: Mapping[str, Sequence[Line]]


def separate_singles(orders: Mapping[str, Sequence[Line]], *, tote: Tote, cart: Cart) -> Flows:
    """Take the orders of one unit out of the wave and fill totes with them, bin after bin.

    Each tote is one load, named `singles/1`, `singles/2`, ... (`singles` if there is but one); its picks name
    the orders' own lines. Raises `Invalid` (`unit_too_large`), naming the line.
    """
    single = {key for key, lines in orders.items() if len(lines) == 1 and lines[0].quantity == 1}
    lines = [orders[key][0] for key in orders if key in single]
    parts = split_load("singles", lines, tote=tote, cart=cart, max_totes=1) if lines else ()
    return Flows(parts, {key: wanted for key, wanted in orders.items() if key not in single})
