"""Prices by weight tier, limits, working days, and the cheapest service in time."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from shipping.planning.rating import (
    ParcelSize,
    Rule,
    Terms,
    Verb,
    allowed,
    charged_g,
    cheapest_in_time,
    leaves_on,
    parcel_price_cents,
    price,
    working_days_later,
    worth_cents,
)

SLOW = Terms(
    service_id=1,
    carrier="post",
    code="SLOW",
    destinations=frozenset({"NL", "BE"}),
    max_weight_g=10_000,
    max_length_mm=1_000,
    max_thickness_mm=260,
    max_girth_mm=2_000,
    transit_days=2,
    cut_off=time(17, 0),
    tiers=((2_000, 500), (10_000, 800)),
)
FAST = replace(SLOW, service_id=2, code="FAST", transit_days=1, tiers=((10_000, 1_200),))
SMALL = ParcelSize(300, 200, 100, 1_500)
MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("weight_g", "cents"), [(1, 500), (2_000, 500), (2_001, 800), (10_000, 800), (10_001, None)])
def test_the_tier_that_holds_the_weight_gives_the_price(weight_g: int, cents: int | None) -> None:
    assert parcel_price_cents(SLOW, replace(SMALL, weight_g=weight_g)) == cents


def test_a_parcel_too_long_or_too_bulky_has_no_price() -> None:
    assert parcel_price_cents(SLOW, ParcelSize(100, 1_001, 100, 500)) is None
    assert parcel_price_cents(SLOW, ParcelSize(900, 300, 251, 500)) is None
    assert parcel_price_cents(SLOW, ParcelSize(300, 261, 300, 500)) is None
    assert parcel_price_cents(SLOW, ParcelSize(900, 300, 250, 500)) == 500


def test_all_parcels_are_added_and_one_impossible_one_spoils_it() -> None:
    heavy = replace(SMALL, weight_g=9_000)

    found = price(SLOW, country="NL", parcels=(SMALL, heavy), ready_at=MONDAY)

    assert found is not None
    assert (found.price_cents, found.arrives_on) == (1_300, date(2026, 11, 25))
    assert price(SLOW, country="NL", parcels=(SMALL, replace(SMALL, weight_g=11_000)), ready_at=MONDAY) is None
    assert price(SLOW, country="US", parcels=(SMALL,), ready_at=MONDAY) is None
    assert price(SLOW, country="NL", parcels=(), ready_at=MONDAY) is None


def test_the_cheapest_that_keeps_the_promise_wins_else_the_fastest() -> None:
    prices = [p for t in (SLOW, FAST) if (p := price(t, country="NL", parcels=(SMALL,), ready_at=MONDAY))]

    def chosen(deliver_by: date | None) -> str:
        best = cheapest_in_time(prices, deliver_by)
        assert best is not None
        return best.terms.code

    assert chosen(None) == "SLOW"
    assert chosen(date(2026, 11, 25)) == "SLOW"
    assert chosen(date(2026, 11, 24)) == "FAST"
    assert chosen(date(2026, 11, 23)) == "FAST"
    assert cheapest_in_time([], None) is None


def test_cut_off_and_weekend_push_the_departure() -> None:
    friday = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)

    assert leaves_on(friday, time(17, 0)) == date(2026, 11, 27)
    assert leaves_on(friday.replace(minute=1), time(17, 0)) == date(2026, 11, 30)
    assert leaves_on(friday.replace(hour=23), None) == date(2026, 11, 27)
    assert working_days_later(date(2026, 11, 28), 0) == date(2026, 11, 30)
    assert working_days_later(date(2026, 11, 26), 3) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("parcel", "divisor", "grams"),
    [
        (ParcelSize(500, 400, 300, 2_000), 0, 2_000),
        (ParcelSize(500, 400, 300, 2_000), 5_000, 12_000),
        (ParcelSize(500, 400, 300, 12_001), 5_000, 12_001),
        (ParcelSize(100, 100, 100, 1), 4_000, 250),
        (ParcelSize(101, 100, 100, 1), 5_000, 202),
        (ParcelSize(1, 1, 1, 1), 6_000, 1),
    ],
)
def test_volumetric_weight_counts_when_it_is_more_than_the_scales_say(
    parcel: ParcelSize, divisor: int, grams: int
) -> None:
    assert charged_g(parcel, divisor) == grams


def test_a_light_big_parcel_pays_by_its_volume_but_is_not_too_heavy() -> None:
    airy = ParcelSize(600, 400, 250, 1_000)  # 60 dm3: 12 kg at 5,000, within every limit of size

    assert parcel_price_cents(SLOW, airy) == 500
    assert parcel_price_cents(replace(SLOW, cm3_per_kg=10_000), airy) == 800
    assert parcel_price_cents(replace(SLOW, cm3_per_kg=5_000), airy) is None, "no tier goes so far"


NEVER_SLOW, ONLY_FAST = Rule(Verb.NEVER, service="SLOW"), Rule(Verb.ONLY, "post", "FAST", frozenset({"BE"}))


@pytest.mark.parametrize(
    ("rules", "country", "may"),
    [
        ((), "NL", ["SLOW", "FAST"]),
        ((NEVER_SLOW,), "NL", ["FAST"]),
        ((ONLY_FAST,), "NL", ["SLOW", "FAST"]),
        ((ONLY_FAST,), "BE", ["FAST"]),
        ((ONLY_FAST, Rule(Verb.ONLY, service="SLOW")), "BE", ["SLOW", "FAST"]),
        ((ONLY_FAST, Rule(Verb.NEVER, "post")), "BE", []),
        ((Rule(Verb.NEVER, "other"), Rule(Verb.PREFER, "post", worth_cents=5)), "BE", ["SLOW", "FAST"]),
    ],
)
def test_rules_say_which_services_may_carry(rules: tuple[Rule, ...], country: str, may: list[str]) -> None:
    assert [terms.code for terms in (SLOW, FAST) if allowed(rules, terms, country)] == may


def test_a_preferred_service_may_cost_more_up_to_its_worth_and_the_price_stays_what_it_is() -> None:
    def chosen(*rules: Rule) -> tuple[str, int]:
        prices = [price(terms, country="NL", parcels=(SMALL,), ready_at=MONDAY) for terms in (SLOW, FAST)]
        felt = [replace(p, worth_cents=worth_cents(rules, p.terms, "NL")) for p in prices if p]
        best = cheapest_in_time(felt, None)
        assert best is not None
        return best.terms.code, best.price_cents

    assert chosen() == ("SLOW", 500)
    assert chosen(Rule(Verb.PREFER, service="FAST", worth_cents=699)) == ("SLOW", 500)
    assert chosen(Rule(Verb.PREFER, service="FAST", worth_cents=700)) == ("FAST", 1_200)
    assert chosen(Rule(Verb.PREFER, service="FAST", countries=frozenset({"BE"}), worth_cents=900)) == ("SLOW", 500)
    assert chosen(*(Rule(Verb.PREFER, service="FAST", worth_cents=cents) for cents in (400, 600))) == ("SLOW", 500)
