"""Where a border is, place by place; and the algebra that any two places obey."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.planning.countries import COUNTRIES
from shipping.planning.territories import EU, MEMBERS, Territory, customs_needed, territory_of

AMSTERDAM = territory_of("NL", "1013 AB")

countries = st.sampled_from(sorted(COUNTRIES))
postcodes = st.one_of(
    st.from_regex(r"[0-9]{3,5}", fullmatch=True),
    st.from_regex(r"(BT|GY|JE|IM|SW)[0-9]{1,2} [0-9][A-Z]{2}", fullmatch=True),
    st.text(max_size=12),
)
places = st.builds(territory_of, countries, postcodes)


@pytest.mark.parametrize(
    ("country", "postcode", "code", "customs", "vat"),
    [
        ("NL", "1013 AB", "NL", EU, EU),
        ("ES", "28013", "ES", EU, EU),
        ("ES", "35001", "ES-canary", EU, "ES-canary"),
        ("ES", "38003", "ES-canary", EU, "ES-canary"),
        ("ES", "51001", "ES-ceuta", "ES-ceuta", "ES-ceuta"),
        ("ES", "52001", "ES-melilla", "ES-melilla", "ES-melilla"),
        ("IT", "23030", "IT-livigno", "IT-livigno", "IT-livigno"),
        ("IT", "23041", "IT-livigno", "IT-livigno", "IT-livigno"),
        ("IT", "22061", "IT-campione", EU, "IT-campione"),
        ("IT", "22060", "IT", EU, EU),
        ("DE", "D-78266", "DE-buesingen", "CH", "CH"),
        ("DE", "DE 78266", "DE-buesingen", "CH", "CH"),
        ("DE", "27498", "DE-helgoland", "DE-helgoland", "DE-helgoland"),
        ("FI", "FI-22100", "AX", EU, "AX"),
        ("AX", "22100", "AX", EU, "AX"),
        ("GR", "630 86", "GR-athos", EU, "GR-athos"),
        ("GR", "63087", "GR", EU, EU),
        ("FR", "97110", "GP", EU, "GP"),
        ("FR", "97133", "BL", "BL", "BL"),
        ("FR", "97150", "MF", EU, "MF"),
        ("FR", "97200", "MQ", EU, "MQ"),
        ("FR", "97300", "GF", EU, "GF"),
        ("FR", "97400", "RE", EU, "RE"),
        ("FR", "97500", "PM", "PM", "PM"),
        ("FR", "97600", "YT", EU, "YT"),
        ("FR", "98000", "MC", EU, EU),
        ("FR", "98600", "WF", "WF", "WF"),
        ("FR", "98713", "PF", "PF", "PF"),
        ("FR", "98800", "NC", "NC", "NC"),
        ("RE", "", "RE", EU, "RE"),
        ("DK", "3900", "GL", "GL", "GL"),
        ("GL", "3900", "GL", "GL", "GL"),
        ("DK", "100", "FO", "FO", "FO"),
        ("DK", "1000", "DK", EU, EU),
        ("GB", "bt1 1aa", "GB-northern-ireland", EU, EU),
        ("GB", "B1 1AA", "GB", "GB", "GB"),
        ("GB", "GY1 1WR", "GG", "GB", "GG"),
        ("GB", "JE2 3AA", "JE", "GB", "JE"),
        ("GB", "IM1 1AA", "IM", "GB", "GB"),
        ("MC", "98000", "MC", EU, EU),
        ("SM", "47890", "SM", EU, "SM"),
        ("VA", "00120", "VA", "VA", "VA"),
        ("LI", "9490", "LI", "CH", "CH"),
        ("CY", "1010", "CY", EU, EU),
        ("CY", "99010", "CY-north", "CY-north", "CY-north"),
    ],
)
def test_each_exception_stands_where_the_law_puts_it(country, postcode, code, customs, vat):
    found = territory_of(country, postcode)

    assert (found.code, found.customs, found.vat) == (code, customs, vat)


@pytest.mark.parametrize(
    ("country", "postcode", "needed"),
    [
        ("BE", "1000", False),
        ("ES", "28013", False),
        ("ES", "35001", True),
        ("GB", "SW1A 1AA", True),
        ("GB", "BT1 1AA", False),
        ("CH", "8001", True),
        ("MC", "98000", False),
        ("FR", "97200", True),
        ("FI", "22100", True),
        ("US", "10001", True),
    ],
)
def test_papers_are_needed_from_amsterdam(country, postcode, needed):
    assert customs_needed(AMSTERDAM, territory_of(country, postcode)) is needed


def test_no_papers_where_two_places_share_both_areas():
    assert not customs_needed(territory_of("LI", "9490"), territory_of("CH", "8001"))
    assert not customs_needed(territory_of("DE", "78266"), territory_of("CH", "8001"))
    assert not customs_needed(territory_of("GB", "SW1A 1AA"), territory_of("IM", "IM1 1AA"))
    assert customs_needed(territory_of("GB", "SW1A 1AA"), territory_of("JE", "JE2 3AA"))


@given(places, places, places)
def test_sharing_the_areas_is_an_equivalence(one: Territory, two: Territory, three: Territory):
    assert not customs_needed(one, one)
    assert customs_needed(one, two) == customs_needed(two, one)
    if not customs_needed(one, two) and not customs_needed(two, three):
        assert not customs_needed(one, three)


@given(countries, postcodes)
def test_every_place_is_somewhere_and_only_europe_is_in_the_union(country: str, postcode: str):
    found = territory_of(country, postcode)

    assert found.name
    if found.vat == EU:
        assert found.customs == EU
    if found.customs == EU:
        assert country in MEMBERS | {"GB", "MC", "SM", "AD", "AX", "GP", "MQ", "GF", "RE", "YT", "MF"}


@given(countries, st.from_regex(r"[0-9]{4,5}", fullmatch=True))
def test_how_a_postcode_is_spaced_changes_nothing(country: str, postcode: str):
    assert territory_of(country, f" {postcode[:2]} {postcode[2:]} ") == territory_of(country, postcode)


@given(countries)
def test_a_place_without_a_postcode_is_in_the_main_part(country: str):
    assert "-" not in territory_of(country, "").code
