"""Which dangerous goods may lie in one bin, by their UN classes.

After the segregation table of the IMDG code (7.2.4): classes that it keeps apart by any distance do not share a bin,
nor do classes that it does not know. Subsidiary hazards and single substances may ask for more; a zone of their own
is the hub's answer to that.
"""

from collections.abc import Iterable
from typing import Final

_ROWS: Final = {
    "2.1": "2.2 2.3 4.3 6.1 9",
    "2.2": "2.3 4.1 4.3 5.1 6.1 8 9",
    "2.3": "4.1 4.3 5.1 6.1 8 9",
    "3": "4.1 6.1 8 9",
    "4.1": "4.3 6.1 9",
    "4.2": "9",
    "4.3": "6.1 9",
    "5.1": "9",
    "5.2": "9",
    "6.1": "7 8 9",
    "6.2": "9",
    "7": "9",
    "8": "9",
}

TOGETHER: Final = frozenset(frozenset((one, other)) for one, row in _ROWS.items() for other in row.split())
"""Pairs of classes that the table lets lie together."""


def may_share_bin(one: str, other: str) -> bool:
    """Whether goods of these classes may lie in one bin; an empty class is no dangerous goods."""
    return not one or not other or one == other or frozenset((one, other)) in TOGETHER


def may_join(hazard: str, there: Iterable[str]) -> bool:
    """Whether goods of the class may be put where goods of those classes lie."""
    return all(may_share_bin(hazard, other) for other in there)
