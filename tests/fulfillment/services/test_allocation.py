"""Allocation: orders get stock whole, in their order, and learn about it."""

from datetime import timedelta

import pytest

from foundation import clock
from fulfillment.models import Order
from fulfillment.services.allocation import Allocated, allocate_hub
from fulfillment.services.holding import hold_order, resume_order
from fulfillment.services.waving import plan_wave
from tests.factories import make_hub, make_sku, received, stock
from tests.fulfillment.building import fresh, ordered
from warehouses.models import Balance, Count
from warehouses.services.counting import record_count

pytestmark = pytest.mark.django_db


def reserved(sku: object) -> int:
    return Balance.objects.get(sku=sku).reserved


def test_older_orders_first_and_only_whole_ones() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 5)
    now = clock.now()
    newest = ordered(hub, {sku: 1}, placed_at=now)
    oldest = ordered(hub, {sku: 4}, placed_at=now - timedelta(hours=2))
    middle = ordered(hub, {sku: 1}, placed_at=now - timedelta(hours=1))

    result = allocate_hub(hub_id=hub.pk)

    assert result == Allocated(granted=2, waiting=1)
    assert (fresh(oldest).state, fresh(middle).state, fresh(newest).state) == (
        Order.State.ALLOCATED,
        Order.State.ALLOCATED,
        Order.State.BACKORDERED,
    )
    assert reserved(sku) == 5


def test_an_order_that_lacks_one_line_holds_nothing_back() -> None:
    hub = make_hub()
    there = make_sku()
    gone = make_sku(there.seller)
    stock(hub, there, 1)
    urgent = ordered(hub, {there: 1, gone: 1}, priority=1)
    patient = ordered(hub, {there: 1})

    allocate_hub(hub_id=hub.pk)

    assert (fresh(urgent).state, fresh(patient).state) == ("backordered", "allocated")
    assert reserved(there) == 1


def test_stock_put_away_serves_the_back_order() -> None:
    hub, sku = make_hub(), make_sku()
    order = ordered(hub, {sku: 2})
    allocate_hub(hub_id=hub.pk)
    assert fresh(order).state == Order.State.BACKORDERED

    received(hub, {sku: 2})
    allocate_hub(hub_id=hub.pk)

    assert fresh(order).state == Order.State.ALLOCATED
    assert fresh(order).allocated_at is not None
    assert list(order.events.order_by("pk").values_list("kind", flat=True)) == [
        "order.received",
        "order.backordered",
        "order.allocated",
    ]


def test_running_again_changes_nothing() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    ordered(hub, {sku: 1})
    allocate_hub(hub_id=hub.pk)

    again = allocate_hub(hub_id=hub.pk)

    assert again == Allocated(0, 0)
    assert reserved(sku) == 1


def test_a_held_order_keeps_its_promise_and_its_place() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    order = ordered(hub, {sku: 1})
    hold_order(order_id=order.pk)

    allocate_hub(hub_id=hub.pk)
    assert (fresh(order).state, fresh(order).hold, reserved(sku)) == ("on_hold", "seller_asked", 1)

    resume_order(order_id=order.pk)
    allocate_hub(hub_id=hub.pk)
    assert (fresh(order).state, fresh(order).hold, reserved(sku)) == ("allocated", "", 1)


def test_an_order_whose_promise_a_count_took_back_waits_again() -> None:
    hub, sku = make_hub(), make_sku()
    shelf = stock(hub, sku, 2)
    order = ordered(hub, {sku: 2})
    allocate_hub(hub_id=hub.pk)
    assert fresh(order).state == Order.State.ALLOCATED
    count = Count.objects.create(hub=hub, bin=shelf, sku=sku, reason="cycle", opened_at=clock.now())

    record_count(count_id=count.pk, counted=1)

    assert fresh(order).state == Order.State.BACKORDERED
    assert order.events.order_by("-pk")[0].kind == "order.backordered"
    assert allocate_hub(hub_id=hub.pk) == Allocated(granted=0, waiting=0)
    assert plan_wave(hub=hub) is None
