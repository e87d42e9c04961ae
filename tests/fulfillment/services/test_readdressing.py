"""An unclear address holds an order until it is put right, or the buyer says that it is."""

from collections.abc import Callable
from typing import Any

import pytest

from foundation.errors import Conflict, DomainError, Invalid, NotFound
from fulfillment.models import Event, Order
from fulfillment.services.holding import hold_order, resume_order
from fulfillment.services.intake import take_order
from fulfillment.services.packing import pack_order
from fulfillment.services.readdressing import correct_address, take_proposed_address
from shipping.carriers.base import Place
from shipping.models import Address, Shipment
from tests.factories import make_hub, make_sku, stock
from tests.fulfillment.building import (
    BUYER,
    bench_scans,
    fresh,
    given_order,
    on_carts,
    ordered,
    picked,
    released,
    walked,
    with_carrier,
)
from tests.refusals import rows

pytestmark = pytest.mark.django_db

NO_NUMBER = Place(name="Jan de Vries", line1="At the harbour", postcode="1016 GV", city="Amsterdam", country="NL")
NO_POSTCODE = Place(name="Jan de Vries", line1="Prinsengracht 263", postcode="", city="Amsterdam", country="NL")
NEITHER = Place(name="Jan de Vries", line1="At the harbour", postcode="", city="Amsterdam", country="NL")


def unclear(place: Place = NO_NUMBER) -> Order:
    order = ordered(make_hub(), {make_sku(): 1}, ship_to=place)
    assert (order.state, order.hold) == ("on_hold", "address_unclear")
    return order


def refuses(error: type[DomainError], code: str, call: Callable[[], Any]) -> DomainError:
    """The refusal; no order, address or event is other than before."""
    before = rows("fulfillment"), rows("shipping")
    with pytest.raises(error) as refusal:
        call()
    assert refusal.value.code == code
    assert (rows("fulfillment"), rows("shipping")) == before
    return refusal.value


@pytest.mark.parametrize(
    ("place", "fields", "sentence"),
    [
        (NO_NUMBER, ["line1"], "The address has no house number."),
        (NO_POSTCODE, ["postcode"], "The address has no postcode."),
        (NEITHER, ["line1", "postcode"], "The address has no house number. The address has no postcode."),
    ],
)
def test_an_order_is_not_resumed_while_its_address_is_unclear(place: Place, fields: list[str], sentence: str) -> None:
    order = unclear(place)

    error = refuses(Conflict, "address_unclear", lambda: resume_order(order_id=order.pk))

    assert error.message == f"{sentence} Correct it, or confirm that it is right as it is."
    assert [fault.where for fault in error.faults] == fields


def test_a_corrected_address_is_a_new_one_and_the_order_goes_on() -> None:
    order = unclear()
    asked_about = order.ship_to

    correct_address(order_id=order.pk, place=BUYER)

    now = fresh(order)
    assert (now.state, now.hold) == ("received", "")
    assert (now.ship_to.line1, now.ship_to.tenant_id) == ("Prinsengracht 263", order.seller_id)
    assert now.ship_to != asked_about
    assert Address.objects.get(pk=asked_about.pk).line1 == "At the harbour"
    told = list(now.events.order_by("pk").values_list("kind", "data"))
    assert told[2:] == [
        ("order.address_corrected", {"fields": ["line1"], "is_confirmed": False}),
        ("order.resumed", {}),
    ]


def test_what_the_buyer_confirms_is_taken_though_something_seems_to_be_missing() -> None:
    order = unclear()
    refuses(Invalid, "address_unclear", lambda: correct_address(order_id=order.pk, place=NO_NUMBER))

    correct_address(order_id=order.pk, place=NO_NUMBER, is_confirmed=True)

    assert (fresh(order).state, fresh(order).ship_to) == ("received", order.ship_to)
    assert Event.objects.get(kind="order.address_corrected").data == {"fields": [], "is_confirmed": True}


def test_an_order_that_is_held_for_something_else_stays_held() -> None:
    order = ordered(make_hub(), {make_sku(): 1})
    hold_order(order_id=order.pk)

    correct_address(
        order_id=order.pk, place=Place(name="Noor", line1="Kade 1", postcode="1", city="Hoorn", country="NL")
    )

    assert (fresh(order).state, fresh(order).hold, fresh(order).ship_to.city) == ("on_hold", "seller_asked", "Hoorn")


def test_the_same_clear_address_twice_is_written_once() -> None:
    order = unclear()
    correct_address(order_id=order.pk, place=BUYER)
    before = rows("fulfillment"), rows("shipping")

    correct_address(order_id=order.pk, place=BUYER)

    assert (rows("fulfillment"), rows("shipping")) == before


def test_on_a_cart_the_address_may_still_change_and_the_parcel_goes_to_the_new_one() -> None:
    hub, sku = with_carrier(make_hub()), make_sku()
    stock(hub, sku, 2)
    order = ordered(hub, {sku: 2})
    (cart,) = on_carts(released(hub))

    correct_address(
        order_id=order.pk, place=Place(name="Noor", line1="Kade 1", postcode="1", city="Hoorn", country="NL")
    )
    walked(cart)
    pack_order(order_id=order.pk, scans=bench_scans(fresh(order)), station="PACK-1")

    assert Shipment.objects.get().ship_to.city == "Hoorn"


def test_once_picked_it_is_too_late() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    order = picked(hub, {sku: 1})

    error = refuses(Conflict, "order_picked", lambda: correct_address(order_id=order.pk, place=BUYER))

    assert error.message == f"{order.number} is picked: its address can't be changed any more."


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"name": " "}, "address_invalid", "name"),
        ({"country": "N"}, "address_invalid", "country"),
        ({"city": "x" * 121}, "address_invalid", "city"),
        ({"line1": "Kade", "line2": ""}, "address_unclear", "line1"),
    ],
)
def test_a_wrong_address_is_refused_by_field(changes: dict[str, str], code: str, where: str) -> None:
    order = unclear()
    values = {"name": "Noor", "line1": "Kade 1", "postcode": "1621 AA", "city": "Hoorn", "country": "NL", **changes}

    error = refuses(Invalid, code, lambda: correct_address(order_id=order.pk, place=Place(**values)))

    assert [fault.where for fault in error.faults] == [where]


def test_there_must_be_such_an_order() -> None:
    refuses(NotFound, "order_unknown", lambda: correct_address(order_id=404, place=BUYER))


def test_the_shops_order_sent_again_is_still_the_same_order() -> None:
    hub, sku = make_hub(), make_sku()
    sent = given_order({sku: 1}, ship_to=NO_POSTCODE)
    order = take_order(seller=sku.seller, hub=hub, order=sent).order
    correct_address(order_id=order.pk, place=BUYER)

    again = take_order(seller=sku.seller, hub=hub, order=sent)

    assert (again.is_new, again.order) == (False, order)
    other = given_order({sku: 2}, external_ref=sent.external_ref, ship_to=NO_POSTCODE)
    refuses(Conflict, "reference_taken", lambda: take_order(seller=sku.seller, hub=hub, order=other))


def test_a_proposed_postcode_is_taken_and_twice_is_once() -> None:
    swapped = Place(name="Jan de Vries", line1="Prinsengracht 263", postcode="Amsterdam", city="1016GV", country="NL")
    order = ordered(make_hub(), {make_sku(): 1}, ship_to=swapped)

    take_proposed_address(order_id=order.pk)

    now = fresh(order)
    assert (now.state, now.ship_to.postcode, now.ship_to.city) == ("received", "1016 GV", "Amsterdam")
    refuses(Conflict, "nothing_proposed", lambda: take_proposed_address(order_id=order.pk))
    assert Address.objects.filter(orders=order).get().line1 == "Prinsengracht 263"
