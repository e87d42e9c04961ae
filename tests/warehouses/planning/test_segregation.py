"""Dangerous goods in one bin: as the IMDG segregation table has it, and no further."""

import pytest

from warehouses.planning.segregation import may_join, may_share_bin

CLASSES = ["2.1", "2.2", "2.3", "3", "4.1", "4.2", "4.3", "5.1", "5.2", "6.1", "6.2", "7", "8", "9"]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("3", "5.1", False),
        ("3", "8", True),
        ("2.1", "3", False),
        ("2.2", "5.1", True),
        ("4.3", "8", False),
        ("6.1", "8", True),
        ("9", "5.2", True),
        ("3", "", True),
        ("1.4", "3", False),
        ("1.4", "1.4", True),
        ("no class", "9", False),
    ],
)
def test_pairs_of_the_table(one: str, other: str, together: bool) -> None:
    assert may_share_bin(one, other) is may_share_bin(other, one) is together


def test_class_9_goes_with_all_and_every_class_with_itself() -> None:
    assert all(may_share_bin("9", other) and may_share_bin(other, other) for other in CLASSES)
    together = sum(may_share_bin(one, other) for one in CLASSES for other in CLASSES if one < other)
    assert together == 36


def test_one_that_keeps_away_is_enough() -> None:
    assert may_join("3", ["8", "9", ""])
    assert not may_join("3", ["8", "5.1"])
    assert may_join("3", [])
