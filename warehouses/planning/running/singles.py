"""Single-item orders as their own flow: picked together into shared totes, with nothing to sort afterwards."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Final

from warehouses.planning.batches.loads import Cart, Line, LoadPart, Tote, split_load

MOST_IN_TOTE: Final = 8
"""Singles that share a tote: fewer need more carts, and more gain hardly anything (docs/picking.md)."""


@dataclass(frozen=True, slots=True)
class Flows:
    """The orders of one unit, as totes' worth of lines, and all others as they were.

    Any unit in a tote of singles serves any order that wants it, so the packer scans it and gets the label.
    """

    singles: tuple[LoadPart, ...]
    others: Mapping[str, Sequence[Line]]


def separate_singles(
    orders: Mapping[str, Sequence[Line]],
    *,
    tote: Tote,
    cart: Cart,
    least: int = 1,
    most: int = MOST_IN_TOTE,
    urgency: Mapping[str, int] | None = None,
    alone: Collection[str] = (),
) -> Flows:
    """Take the orders of one unit out of the wave and fill totes with them, at most `most` into each.

    Totes hold what lies side by side on a walk up and down the aisles, about as many each. Orders of different
    `urgency` (by order; lower goes first, 0 if not named) share no tote. Orders in `alone` stay with the others;
    so do all, when there are fewer than `least`. Each tote is one load, named `singles/1`, `singles/2`, ...; its
    picks name the orders' own lines. Raises `Invalid` (`unit_too_large`), naming the line.
    """
    rank = urgency or {}
    single = {key: lines[0] for key, lines in orders.items() if key not in alone and is_single(lines)}
    if len(single) < least:
        single = {}
    ranked = sorted(single, key=lambda key: (rank.get(key, 0), _along_the_walk(single[key])))
    parts: list[LoadPart] = []
    for _, keys in groupby(ranked, key=lambda key: rank.get(key, 0)):
        for lines in _shares([single[key] for key in keys], most, tote):
            parts.extend(split_load("singles", lines, tote=tote, cart=cart, max_totes=1))
    named = tuple(
        replace(part, load=replace(part.load, key=f"singles/{number}")) for number, part in enumerate(parts, start=1)
    )
    return Flows(named, {key: lines for key, lines in orders.items() if key not in single})


def is_single(lines: Sequence[Line]) -> bool:
    """There is one unit to fetch."""
    return len(lines) == 1 and lines[0].quantity == 1


def _along_the_walk(line: Line) -> tuple[int, int, str]:
    """Up one aisle, down the next."""
    return line.spot.aisle, line.spot.y_mm if line.spot.aisle % 2 == 0 else -line.spot.y_mm, line.key


def _shares(lines: Sequence[Line], most: int, tote: Tote) -> Iterator[Sequence[Line]]:
    """The lines in order, in as many even shares as totes are needed."""
    volume, weight = sum(line.unit_volume_mm3 for line in lines), sum(line.unit_weight_g for line in lines)
    needed = max(-(-len(lines) // most), -(-volume // tote.volume_mm3), -(-weight // tote.weight_g))
    totes = min(needed, len(lines))  # one that is too large for any tote is refused later, by name
    ends = [-(-len(lines) * number // totes) for number in range(totes + 1)]
    return (lines[begin:end] for begin, end in pairwise(ends))
