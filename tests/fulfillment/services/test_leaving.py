"""The carrier's word moves orders and, once, the ledger."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from foundation.errors import Conflict
from fulfillment.models import Order
from fulfillment.services.cancelling import cancel_order
from fulfillment.services.packing import pack_order
from shipping.models import Shipment
from shipping.signals import TrackedChange, shipment_tracked
from tests.factories import books, make_hub, make_sku, stock
from tests.fulfillment.building import bench_scans, fresh, ordered, picked, with_carrier
from warehouses.models import Balance, Hub, Move

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def packed(hub: Hub, units: int = 2) -> Order:
    sku = make_sku()
    stock(hub, sku, units)
    order = picked(hub, {sku: units})
    pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")
    return fresh(order)


def tracked(order: Order, *steps: tuple[str, str]) -> None:
    assert order.shipment is not None
    changes = [
        TrackedChange(order.shipment.pk, order.shipment.number, order.number, order.hub.code, before, after, NOON, True)
        for before, after in steps
    ]
    with transaction.atomic():
        shipment_tracked.send(sender=Shipment, changes=changes)


def test_with_the_hand_over_the_units_leave_the_ledger() -> None:
    order = packed(with_carrier(make_hub()))

    tracked(order, ("label_created", "handed_over"))

    assert fresh(order).state == Order.State.SHIPPED
    assert order.lines.get().shipped == 2
    move = Move.objects.get(kind=Move.Kind.SHIP)
    assert (move.quantity, move.from_bin.code, move.to_bin) == (2, "OUT", None)
    balance = Balance.objects.get()
    assert (balance.on_hand, balance.sellable, balance.reserved) == (0, 0, 0)


def test_a_label_alone_ships_nothing() -> None:
    order = packed(with_carrier(make_hub()))
    before = books()

    tracked(order, ("draft", "label_created"))

    assert fresh(order).state == Order.State.PACKED
    assert books() == before


def test_being_told_twice_ships_once() -> None:
    order = packed(with_carrier(make_hub()))

    tracked(order, ("label_created", "handed_over"))
    tracked(order, ("label_created", "handed_over"), ("handed_over", "in_transit"))

    assert Move.objects.filter(kind=Move.Kind.SHIP).count() == 1
    assert order.events.filter(kind="order.shipped").count() == 1


def test_a_delivery_that_is_the_first_news_ships_and_delivers() -> None:
    order = packed(with_carrier(make_hub()))

    tracked(order, ("label_created", "delivered"))

    assert (fresh(order).state, fresh(order).delivered_at) == ("delivered", NOON)
    assert Move.objects.filter(kind=Move.Kind.SHIP).count() == 1


def test_a_parcel_that_comes_back_returns_the_order() -> None:
    order = packed(with_carrier(make_hub()))

    tracked(order, ("label_created", "handed_over"))
    tracked(order, ("returning", "returned"))

    assert fresh(order).state == Order.State.RETURNED


def test_news_of_a_shipment_nobody_here_knows_is_passed_over() -> None:
    stranger = TrackedChange(404, "SH-404", "elsewhere", "X", "label_created", "delivered", NOON, True)

    with transaction.atomic():
        shipment_tracked.send(sender=Shipment, changes=[stranger])

    assert not Move.objects.exists()


@pytest.mark.parametrize("reach", ["packed", "shipped"])
def test_what_is_packed_or_gone_can_not_be_called_off(reach: str) -> None:
    order = packed(with_carrier(make_hub()))
    if reach == "shipped":
        tracked(order, ("label_created", "handed_over"))
    before = books()

    with pytest.raises(Conflict) as refused:
        cancel_order(order_id=order.pk)

    assert refused.value.code == "order_left"
    assert books() == before


def test_what_is_on_a_cart_can_not_be_called_off() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    order = picked(hub, {sku: 1})
    before = books()

    with pytest.raises(Conflict) as refused:
        cancel_order(order_id=order.pk)

    assert refused.value.code == "order_on_cart"
    assert books() == before


def test_calling_off_frees_the_stock_and_twice_is_once() -> None:
    hub, sku = make_hub(), make_sku()
    order = ordered(hub, {sku: 1})

    cancel_order(order_id=order.pk)
    cancel_order(order_id=order.pk)

    assert fresh(order).state == Order.State.CANCELLED
    assert order.events.filter(kind="order.cancelled").count() == 1
    assert order.lines.get().cancelled == 1
