"""EORI, IOSS and VAT numbers that can be right, and such that cannot."""

import pytest

from shipping.planning.numbers import is_eu_eori, is_gb_eori, is_ioss, is_vat_number, tidy


@pytest.mark.parametrize(
    ("number", "european", "british"),
    [
        ("NL123456789", True, False),
        ("DE1234567", True, False),
        ("XI123456789000", True, False),
        ("GB123456789000", False, True),
        ("GB123456789000123", False, True),
        ("GB12345678900", False, False),
        ("XI12345", False, False),
        ("NL", False, False),
        ("NL1234567890123456", False, False),
        ("US123456789", False, False),
        ("nl123456789", False, False),
        ("", False, False),
    ],
)
def test_eori(number, european, british):
    assert (is_eu_eori(number), is_gb_eori(number)) == (european, british)


@pytest.mark.parametrize(
    ("number", "is_one"),
    [("IM5281234567", True), ("IM528123456", False), ("IM8401234567", False), ("EU372022452", False), ("", False)],
)
def test_ioss(number, is_one):
    assert is_ioss(number) is is_one


@pytest.mark.parametrize(
    ("country", "number", "is_one"),
    [
        ("NL", "NL004495445B01", True),
        ("NL", "NL004495446B01", False),
        ("NL", "DE136695976", False),
        ("DE", "DE136695976", True),
        ("GR", "EL094259216", True),
        ("GB", "GB980780684", True),
        ("GB", "GB802311781", False),
        ("CH", "CHE107787577", True),
        ("CH", "CHE107787577MWST", True),
        ("NO", "NO995525828MVA", True),
        ("US", "12345", True),
        ("US", "1-2", False),
    ],
)
def test_vat_numbers(country, number, is_one):
    assert is_vat_number(country, number) is is_one


def test_numbers_are_kept_without_their_spaces():
    assert tidy(" nl 0044.95445-b01 ") == "NL004495445B01"
