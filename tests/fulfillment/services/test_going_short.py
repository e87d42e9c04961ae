"""An order may say that it goes with what there is: it takes its part of the stock, and the rest is cancelled."""

import pytest

from fulfillment.models import Event, Order
from fulfillment.services.allocation import Allocated, allocate_hub
from fulfillment.services.intake import take_order
from fulfillment.services.waving import plan_wave
from tests.factories import make_hub, make_seller, make_sku, stock
from tests.fulfillment.building import fresh, given_order, on_carts, ordered, released, walked
from warehouses.models import Balance, Hub, Reservation, Sku

pytestmark = pytest.mark.django_db

GOES = Order.ShortPolicy.SHIP_SHORT


@pytest.fixture
def hub() -> Hub:
    return make_hub()


@pytest.fixture
def skus() -> list[Sku]:
    seller = make_seller()
    return [make_sku(seller), make_sku(seller)]


def holds(order: Order) -> list[int]:
    lines = order.lines.order_by("number")
    return [Reservation.objects.get(pk=line.reservation_id).held for line in lines]


def test_it_takes_what_there_is_and_the_rest_is_cancelled_when_its_walk_ends(hub: Hub, skus: list[Sku]) -> None:
    ring, scarf = skus
    stock(hub, ring, 3)
    order = ordered(hub, {ring: 5, scarf: 1}, short_policy=GOES)

    assert allocate_hub(hub_id=hub.pk) == Allocated(granted=1, waiting=0)
    assert (fresh(order).state, holds(order)) == ("allocated", [3, 0])

    for cart in on_carts(released(hub)):
        walked(cart)

    assert (fresh(order).state, holds(order)) == ("picked", [0, 0])
    assert list(order.lines.order_by("number").values_list("cancelled", flat=True)) == [2, 1]
    assert Event.objects.get(order=order, kind="order.shortened").data == {"units": 3}
    assert Balance.objects.get(sku=ring).reserved == 0


def test_with_nothing_there_it_waits(hub: Hub, skus: list[Sku]) -> None:
    order = ordered(hub, dict.fromkeys(skus, 1), short_policy=GOES)

    assert allocate_hub(hub_id=hub.pk) == Allocated(granted=0, waiting=1)
    assert fresh(order).state == "backordered"
    assert plan_wave(hub=hub) is None


def test_another_waits_for_all_of_it_and_holds_nothing(hub: Hub, skus: list[Sku]) -> None:
    stock(hub, skus[0], 3)
    order = ordered(hub, dict.fromkeys(skus, 1))

    allocate_hub(hub_id=hub.pk)

    assert (fresh(order).state, holds(order)) == ("backordered", [0, 0])


def test_what_lands_before_its_wave_goes_with_it(hub: Hub, skus: list[Sku]) -> None:
    ring, scarf = skus
    stock(hub, ring, 1)
    order = ordered(hub, {ring: 1, scarf: 1}, short_policy=GOES)
    allocate_hub(hub_id=hub.pk)
    stock(hub, scarf, 1, place="01-02")

    for cart in on_carts(released(hub)):
        walked(cart)

    assert fresh(order).state == "picked"
    assert list(order.lines.values_list("cancelled", flat=True)) == [0, 0]


def test_who_waits_for_the_answer_is_told_that_it_goes(hub: Hub, skus: list[Sku]) -> None:
    stock(hub, skus[0], 1)
    given = given_order(dict.fromkeys(skus, 1), short_policy=GOES)

    order = take_order(seller=skus[0].seller, hub=hub, order=given, promise_now=True).order

    assert (order.state, holds(order)) == ("allocated", [1, 0])
    assert allocate_hub(hub_id=hub.pk) == Allocated(granted=0, waiting=0)


def test_an_older_one_leaves_no_unit_that_a_younger_could_have_had(hub: Hub, skus: list[Sku]) -> None:
    ring, scarf = skus
    stock(hub, ring, 3)
    older = ordered(hub, {ring: 2, scarf: 1}, short_policy=GOES)
    younger = ordered(hub, {ring: 2}, short_policy=GOES)

    allocate_hub(hub_id=hub.pk)

    assert (holds(older), holds(younger)) == ([2, 0], [1])
