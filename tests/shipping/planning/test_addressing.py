"""What looks wrong with an address and what is proposed; a right one is never changed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.planning.addressing import check_address

SHAPES = {
    "NL": [re.compile(r"^[1-9]\d{3} ?[A-Z]{2}$")],
    "DE": [re.compile(r"^\d{5}$")],
    "PL": [re.compile(r"^\d{2}-\d{3}$")],
    "GB": [re.compile(r"^[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}$")],
    "HK": [],
}


def check(country="NL", *, line1="Prinsengracht 263", line2="", postcode="1016 GV", city="Amsterdam", boxes=False):
    found = check_address(
        line1=line1,
        line2=line2,
        postcode=postcode,
        city=city,
        country=country,
        shapes=SHAPES[country],
        goes_to_po_boxes=boxes,
    )
    return [(doubt.field, doubt.code) for doubt in found.doubts], found.proposal


@pytest.mark.parametrize(
    ("country", "fields", "doubt", "proposal"),
    [
        ("NL", {"postcode": "1016gv"}, "postcode_shape", {"postcode": "1016 GV"}),
        ("NL", {"postcode": "NL-1016 GV"}, "postcode_shape", {"postcode": "1016 GV"}),
        ("PL", {"postcode": "00950", "city": "Warszawa"}, "postcode_shape", {"postcode": "00-950"}),
        ("GB", {"postcode": "sw1a-1aa", "city": "London"}, "postcode_shape", {"postcode": "SW1A 1AA"}),
        (
            "NL",
            {"postcode": "Amsterdam", "city": "1016 GV"},
            "postcode_swapped",
            {"postcode": "1016 GV", "city": "Amsterdam"},
        ),
        (
            "NL",
            {"postcode": "", "city": "1016 GV Amsterdam"},
            "postcode_in_city",
            {"postcode": "1016 GV", "city": "Amsterdam"},
        ),
        ("DE", {"postcode": "", "city": "10115 Berlin"}, "postcode_in_city", {"postcode": "10115", "city": "Berlin"}),
        ("DE", {"postcode": "1016 GV", "city": "Berlin"}, "postcode_shape", {}),
    ],
)
def test_a_postcode_is_put_right_where_it_can_be(country, fields, doubt, proposal):
    assert check(country, **fields) == ([("postcode", doubt)], proposal)


def test_a_right_address_is_left_alone():
    assert check() == ([], {})
    assert check("HK", postcode="", city="Hong Kong") == ([], {})
    assert check(postcode="") == ([], {})


def test_a_street_without_a_number_is_doubted_where_numbers_are_the_rule():
    assert check(line1="At the harbour") == ([("line1", "house_number_missing")], {})
    assert check(line1="At the harbour", line2="12") == ([], {})
    assert check("GB", line1="Rose Cottage", postcode="SW1A 1AA", city="London") == ([], {})


@pytest.mark.parametrize("line1", ["Postbus 12", "P.O. Box 12", "Postfach 1203", "Boîte postale 4", "BP 31"])
def test_a_box_is_doubted_unless_a_carrier_goes_there(line1):
    assert check(line1=line1) == ([("line1", "po_box")], {})
    assert check(line1=line1, boxes=True) == ([], {})


texts = st.text(max_size=30)


@given(st.sampled_from(sorted(SHAPES)), texts, texts, texts, texts)
def test_whatever_is_proposed_is_not_doubted_again(country, line1, line2, postcode, city):
    doubts, proposal = check(country, line1=line1, line2=line2, postcode=postcode, city=city)

    assert set(proposal) <= {"postcode", "city"}
    if proposal:
        after = {"postcode": postcode, "city": city} | proposal
        again, more = check(country, line1=line1, line2=line2, **after)
        assert more == {}
        assert [each for each in doubts if each[0] != "postcode"] == again
