"""What pickers scan moves orders; a short pick ends in other stock, a wait, or a smaller order."""

import pytest

from foundation.errors import Conflict
from fulfillment.models import Order, OrderLine, Wave
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.resolving import ship_short
from fulfillment.services.waving import plan_wave, release_wave
from tests.factories import in_bin, make_hub, make_sku, received, stock
from tests.fulfillment.building import fresh, on_carts, ordered, picked, released, walked
from warehouses.models import Balance, Count, Reservation

pytestmark = pytest.mark.django_db


def test_orders_are_picked_when_their_last_unit_is_in_a_tote() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 3)

    order = picked(hub, {sku: 3})

    assert order.state == Order.State.PICKED
    assert order.picked_at is not None
    assert in_bin(hub, "T1", sku) == 3
    assert Wave.objects.get().state == Wave.State.PICKED
    kinds = order.events.order_by("pk").values_list("kind", flat=True)
    assert list(kinds)[-3:] == ["order.released", "order.picking", "order.picked"]


def test_a_short_pick_is_served_from_another_bin_on_the_same_walk() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 2, place="01-01")
    stock(hub, sku, 2, place="02-03")
    order = ordered(hub, {sku: 2})
    (cart,) = on_carts(released(hub))

    outcome = walked(cart, missing={sku: 1})
    assert (outcome.picked, outcome.short, outcome.replaced, outcome.is_done) == (1, 1, 1, False)
    assert fresh(order).state == Order.State.PICKING

    outcome = walked(cart)
    assert (outcome.picked, outcome.is_done) == (1, True)
    assert fresh(order).state == Order.State.PICKED
    assert in_bin(hub, "LOST", sku) == 1
    assert Count.objects.filter(sku=sku, state="open").count() == 1


def test_a_short_order_waits_for_stock_and_joins_the_next_wave() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 2)
    order = ordered(hub, {sku: 2})
    (cart,) = on_carts(released(hub))

    walked(cart, missing={sku: 1})
    assert (fresh(order).state, fresh(order).hold) == ("picking", "short_pick")
    assert plan_wave(hub=hub) is None

    received(hub, {sku: 1})
    allocate_hub(hub_id=hub.pk)
    wave = plan_wave(hub=hub)
    assert wave is not None
    release_wave(wave_id=wave.pk, time_limit_s=0.2)
    (second,) = on_carts(wave)
    walked(second)

    assert (fresh(order).state, fresh(order).hold, fresh(order).wave) == ("picked", "", wave)
    assert Reservation.objects.get().picked == 2


def test_an_order_that_may_leave_short_leaves_short() -> None:
    hub, sku = make_hub(), make_sku()
    other = make_sku(sku.seller)
    stock(hub, sku, 2)
    stock(hub, other, 1, place="01-02")
    order = ordered(hub, {sku: 2, other: 1}, short_policy=Order.ShortPolicy.SHIP_SHORT)
    (cart,) = on_carts(released(hub))

    walked(cart, missing={sku: 1})

    assert (fresh(order).state, fresh(order).hold) == ("picked", "")
    assert list(order.lines.order_by("number").values_list("cancelled", flat=True)) == [1, 0]
    assert Balance.objects.get(sku=sku).reserved == 0


def test_an_order_of_which_nothing_is_there_is_cancelled() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    order = ordered(hub, {sku: 1}, short_policy=Order.ShortPolicy.SHIP_SHORT)
    (cart,) = on_carts(released(hub))

    walked(cart, missing={sku: 1})

    assert fresh(order).state == Order.State.CANCELLED
    assert order.lines.get().cancelled == 1
    assert Wave.objects.get().state == Wave.State.PICKED


def test_a_supervisor_sends_what_there_is() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 3)
    order = ordered(hub, {sku: 3})
    (cart,) = on_carts(released(hub))
    walked(cart, missing={sku: 1})

    answered = ship_short(order_id=order.pk)

    assert (answered.state, answered.hold) == ("picked", "")
    assert OrderLine.objects.get().cancelled == 1


def test_only_a_short_order_can_be_sent_short() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    order = ordered(hub, {sku: 1})
    released(hub)

    with pytest.raises(Conflict) as refused:
        ship_short(order_id=order.pk)

    assert refused.value.code == "order_not_short"
    assert fresh(order).state == Order.State.RELEASED
    assert OrderLine.objects.get().cancelled == 0
