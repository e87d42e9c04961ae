"""Which hub: by kilometres, by where the buyers are, and by how evenly an item is spread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouses.planning.hub_choice import CENTRES, Site, Want, choose_hubs, kilometres

AMSTERDAM, POZNAN, PARIS = (52.37, 4.90), (52.41, 16.93), (48.86, 2.35)
AMS, POZ = Site("AMS1", AMSTERDAM), Site("POZ1", POZNAN)


def hubs_of(wants, sites=(AMS, POZ), sender=None, buyers=None):
    return [each.hub for each in choose_hubs(wants, sites, sender=sender, buyers=buyers or {})]


@pytest.mark.parametrize(
    "a, b, km", [(AMSTERDAM, PARIS, 430), (AMSTERDAM, POZNAN, 815), (PARIS, PARIS, 0), ((0, 0), (0, 180), 20_015)]
)
def test_great_circles_are_those_of_the_atlas(a, b, km):
    assert kilometres(a, b) == pytest.approx(km, abs=5)


def test_the_nearest_hub_gets_a_new_item():
    assert hubs_of([Want("MUG", 10, {})], sender=PARIS) == ["AMS1"]
    assert hubs_of([Want("MUG", 10, {})], sender=CENTRES["PL"]) == ["POZ1"]


def test_buyers_elsewhere_outweigh_a_sender_who_is_near_both():
    assert hubs_of([Want("MUG", 10, {})], sender=CENTRES["DE"], buyers={"PL": 90, "NL": 10}) == ["POZ1"]
    assert hubs_of([Want("MUG", 10, {})], sender=CENTRES["DE"], buyers={"PL": 10, "NL": 90}) == ["AMS1"]


def test_without_any_distance_an_item_is_spread():
    sites = [Site("A", None), Site("B", None)]

    assert hubs_of([Want("MUG", 10, {}), Want("MUG", 10, {})], sites) == ["A", "B"]
    assert hubs_of([Want("MUG", 10, {"A": 30})], sites) == ["B"]


def test_the_kilometres_that_spoke_are_told():
    (choice,) = choose_hubs([Want("MUG", 1, {})], [AMS], sender=PARIS, buyers={"NL": 3, "XX": 9})

    assert choice.km_in == pytest.approx(430, abs=5)
    assert choice.km_out == pytest.approx(kilometres(AMSTERDAM, CENTRES["NL"]))


def test_without_a_hub_there_is_no_choice():
    with pytest.raises(ValueError, match="no hub"):
        choose_hubs([Want("MUG", 1, {})], [], sender=None, buyers={})


wants = st.lists(
    st.builds(
        Want,
        st.sampled_from(["A", "B"]),
        st.integers(1, 1_000),
        st.dictionaries(st.sampled_from(["AMS1", "POZ1"]), st.integers(0, 500)),
    ),
    max_size=12,
)


orders = st.dictionaries(st.sampled_from(sorted(CENTRES)), st.integers(0, 50))


@given(wants, st.sampled_from([None, *CENTRES.values()]), orders)
def test_every_line_gets_one_of_the_hubs_in_its_own_place(lines, sender, buyers):
    chosen = choose_hubs(lines, [AMS, POZ], sender=sender, buyers=buyers)

    assert [each.key for each in chosen] == [want.key for want in lines]
    assert {each.hub for each in chosen} <= {"AMS1", "POZ1"}
