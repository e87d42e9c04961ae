"""Orders that may not, cannot or cannot yet go where they are to go: held with what is missing, and let go by it."""

from dataclasses import replace
from datetime import date

import pytest

from foundation.errors import Conflict, Invalid
from fulfillment.models import Event, Order
from fulfillment.services.completing import let_completed_go
from fulfillment.services.holding import hold_order, resume_order
from fulfillment.services.intake import take_order
from fulfillment.services.readdressing import correct_address
from fulfillment.services.trading import set_trader_number
from shipping.carriers.base import Place
from shipping.models import Embargo, Service
from tests.factories import make_hub, make_seller, make_sku, stock
from tests.fulfillment.building import BUYER, fresh, given_order, on_carts, ordered, released, with_carrier
from tests.refusals import rows
from warehouses.models import Sku

pytestmark = pytest.mark.django_db

ZURICH = Place("Urs Keller", "Langstrasse 12", "8004", "Zürich", "CH")
LONDON = Place("Ann Lee", "1 Long Lane", "SE1 4PG", "London", "GB")
BELFAST = Place("Niamh Kelly", "12 Botanic Avenue", "BT7 1JQ", "Belfast", "GB")
LAS_PALMAS = Place("Lucía Marrero", "Calle Triana 48", "35002", "Las Palmas", "ES")
DONETSK = Place("A. Bondar", "Artema 1", "83000", "Donetsk", "UA")


def known_item(**fields: object) -> Sku:
    """An item of which customs know all they ask, of a seller with an EORI."""
    seller = make_seller()
    set_trader_number(seller=seller, kind="eori", area="EU", number="NL123456789")
    return make_sku(seller, **{"hs_code": "610910", "origin_country": "PT", **fields})


def missing(order: Order) -> list[tuple[str, str]]:
    """What the event of its hold says is missing."""
    event = Event.objects.get(order=order, kind="order.on_hold")
    assert event.data["reason"] == "customs_data_missing"
    return [(each["field"], each["code"]) for each in event.data["missing"]]


@pytest.mark.parametrize("place", [BUYER, BELFAST, Place("L", "Gran Vía 1", "28013", "Madrid", "ES")])
def test_within_the_union_nothing_is_asked(place: Place) -> None:
    order = ordered(make_hub(), {make_sku(): 1}, ship_to=place)

    assert (order.state, order.hold) == ("received", "")


@pytest.mark.parametrize("place", [ZURICH, LAS_PALMAS])
def test_over_a_border_a_complete_order_goes_on(place: Place) -> None:
    order = ordered(make_hub(), {known_item(): 1}, ship_to=place)

    assert (order.state, order.hold) == ("received", "")


def test_an_order_that_lacks_customs_data_is_held_and_says_what_is_missing() -> None:
    sku = make_sku()
    order = ordered(make_hub(), {sku: 1}, ship_to=ZURICH)

    assert (order.state, order.hold) == ("on_hold", "customs_data_missing")
    assert missing(order) == [
        ("lines[0].hs_code", "hs_code_missing"),
        ("lines[0].origin", "origin_missing"),
        ("seller.eori_eu", "eori_missing"),
    ]


def test_great_britain_asks_for_the_sellers_numbers_there() -> None:
    sku = known_item()
    order = ordered(make_hub(), {sku: 1}, ship_to=LONDON)

    assert missing(order) == [("seller.eori_gb", "eori_missing"), ("seller.vat_numbers.GB", "vat_number_missing")]


def test_it_is_not_resumed_before_the_data_come_and_goes_on_by_itself_when_they_do() -> None:
    hub, sku = make_hub(), known_item(hs_code="")
    stock(hub, sku, 1)
    order = ordered(hub, {sku: 1}, ship_to=ZURICH)
    before = rows("fulfillment")

    with pytest.raises(Conflict) as refusal:
        resume_order(order_id=order.pk)
    assert (refusal.value.code, refusal.value.field) == ("customs_data_missing", "lines[0].hs_code")
    assert let_completed_go(hub=hub) == 0
    assert rows("fulfillment") == before

    Sku.objects.filter(pk=sku.pk).update(hs_code="610910")
    assert let_completed_go(hub=hub) == 1
    assert (fresh(order).state, fresh(order).hold) == ("received", "")
    assert let_completed_go(hub=hub) == 0


def test_an_order_without_a_price_is_asked_for_its_value() -> None:
    sku = known_item()
    given = given_order({sku: 1}, ship_to=ZURICH)
    free = replace(given, lines=(replace(given.lines[0], unit_price_cents=0),))

    order = take_order(seller=sku.seller, hub=make_hub(), order=free).order

    assert missing(order) == [("lines[0].value", "value_missing")]


@pytest.mark.parametrize(
    "place", [DONETSK, replace(DONETSK, postcode="95000", city="Simferopol"), replace(DONETSK, country="KP")]
)
def test_nothing_goes_where_sanctions_are(place: Place) -> None:
    order = ordered(make_hub(), {known_item(): 1}, ship_to=place)

    assert (order.state, order.hold) == ("on_hold", "destination_sanctioned")
    with pytest.raises(Conflict) as refusal:
        resume_order(order_id=order.pk)
    assert refusal.value.code == "destination_sanctioned"
    assert let_completed_go(hub=order.hub) == 0
    assert fresh(order).state == "on_hold"


def test_the_operator_closes_a_country_and_opens_it_again() -> None:
    hub, sku = make_hub(), make_sku()
    closed = Embargo.objects.create(country="BE", reason="A strike", since=date(2026, 11, 1))
    order = ordered(hub, {sku: 1}, ship_to=replace(BUYER, country="BE", postcode="1000"))
    assert order.hold == "destination_sanctioned"

    closed.delete()
    resume_order(order_id=order.pk)

    assert (fresh(order).state, fresh(order).hold) == ("received", "")


def test_an_order_where_no_carrier_goes_waits_for_one() -> None:
    hub, sku = with_carrier(make_hub()), known_item()
    order = ordered(hub, {sku: 1}, ship_to=Place("Ana", "Rua 1", "1000", "Praia", "CV"))
    assert (order.state, order.hold) == ("on_hold", "no_service")
    assert let_completed_go(hub=hub) == 0

    world = Service.objects.get(code="WORLD")
    world.destinations = [*world.destinations, "CV"]
    world.save()

    assert let_completed_go(hub=hub) == 1
    assert fresh(order).state == "received"


def test_a_corrected_address_is_screened_too() -> None:
    order = ordered(make_hub(), {make_sku(): 1})

    correct_address(order_id=order.pk, place=ZURICH)

    assert (fresh(order).state, fresh(order).hold) == ("on_hold", "customs_data_missing")
    correct_address(order_id=order.pk, place=BUYER)
    assert (fresh(order).state, fresh(order).hold) == ("received", "")


def test_an_order_on_the_floor_is_not_sent_where_it_may_not_go() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    order = ordered(hub, {sku: 1})
    on_carts(released(hub))
    before = rows("fulfillment"), rows("shipping")

    with pytest.raises(Invalid) as refusal:
        correct_address(order_id=order.pk, place=DONETSK)

    assert refusal.value.code == "destination_sanctioned"
    assert (rows("fulfillment"), rows("shipping")) == before


def test_one_concern_gives_way_to_the_next() -> None:
    order = ordered(make_hub(), {make_sku(): 1}, ship_to=replace(ZURICH, line1="Am See"))
    assert order.hold == "address_unclear"

    correct_address(order_id=order.pk, place=ZURICH)

    assert (fresh(order).state, fresh(order).hold) == ("on_hold", "customs_data_missing")


def test_what_its_seller_stopped_is_screened_when_he_resumes_it() -> None:
    sku = known_item()
    order = ordered(make_hub(), {sku: 1}, ship_to=ZURICH)
    hold_order(order_id=order.pk)
    Sku.objects.filter(pk=sku.pk).update(origin_country="")

    resume_order(order_id=order.pk)

    assert (fresh(order).state, fresh(order).hold) == ("on_hold", "customs_data_missing")


@pytest.mark.parametrize(
    ("kind", "area", "number", "code"),
    [
        ("eori", "EU", "GB123456789000", "number_invalid"),
        ("eori", "GB", "NL123456789", "number_invalid"),
        ("eori", "CH", "CH123", "area_invalid"),
        ("vat", "NL", "NL004495446B01", "number_invalid"),
        ("vat", "EUR", "1", "area_invalid"),
        ("ioss", "EU", "IM123", "number_invalid"),
    ],
)
def test_a_number_that_cannot_be_right_is_not_kept(kind: str, area: str, number: str, code: str) -> None:
    seller = make_seller()
    before = rows("fulfillment")

    with pytest.raises(Invalid) as refusal:
        set_trader_number(seller=seller, kind=kind, area=area, number=number)

    assert refusal.value.code == code
    assert rows("fulfillment") == before


def test_a_number_is_kept_tidy_once_per_area() -> None:
    seller = make_seller()

    set_trader_number(seller=seller, kind="vat", area="NL", number=" nl 0044.95445-b01")
    set_trader_number(seller=seller, kind="vat", area="NL", number="NL004495445B01")

    assert list(seller.trader_numbers.values_list("kind", "area", "number")) == [("vat", "NL", "NL004495445B01")]
