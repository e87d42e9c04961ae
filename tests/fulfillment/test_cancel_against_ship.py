"""Buyers call their orders off while the hub fetches, packs and hands them over: each order goes one way, whole."""

import random
import uuid
from collections import Counter

import pytest

from foundation.errors import Conflict
from foundation.invariants import check
from fulfillment.models import Order
from fulfillment.services.cancelling import cancel_order
from fulfillment.services.packing import pack_order
from tests.crowd import at_once
from tests.factories import code_of, make_hub, make_sku, stock
from tests.fulfillment.building import bench_scans, on_carts, ordered, released, with_carrier
from tests.interleaving.judging import EVERYTHING
from tests.interleaving.scenarios import hand_over
from warehouses.models import Balance, Move, PickList, PickTask
from warehouses.services.picking import Pick, record_picks

ORDERS = 200


def fetch(walk: PickList) -> None:
    """Whatever is still to be fetched, stop by stop; a stop whose order was called off a moment ago is passed over."""
    tasks = PickTask.objects.filter(pick_list=walk, closed_at=None).select_related("bin", "sku", "cart_tote__tote")
    for task in tasks:
        assert task.cart_tote is not None
        assert task.cart_tote.tote is not None
        pick = Pick(
            scan_id=uuid.uuid4(),
            bin_code=task.bin.code,
            item_code=code_of(task.sku),
            tote_code=task.cart_tote.tote.code,
            quantity=1,
        )
        try:
            record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[pick])
        except Conflict as refusal:
            if refusal.code not in {"wrong_bin", "wrong_tote", "pick_list_not_open"}:
                raise


def send(walk: PickList) -> int:
    """The cart is walked, its orders are packed and leave; returns how many left."""
    fetch(walk)
    groups = walk.tasks.values_list("reservation__demand_group", flat=True)
    fetched = Order.objects.filter(number__in=list(groups), state=Order.State.PICKED)
    for order in fetched:
        pack_order(order_id=order.pk, scans=bench_scans(order), station="B1")
        order.refresh_from_db()
        hand_over(order)
    return len(fetched)


def call_off(ids: list[int]) -> Counter[str]:
    """Every order, one after the other; how often it was done and how often refused, by code."""
    told: Counter[str] = Counter()
    for pk in ids:
        try:
            cancel_order(order_id=pk)
            told["cancelled"] += 1
        except Conflict as refusal:
            told[refusal.code] += 1
    return told


@pytest.mark.django_db(transaction=True)
def test_two_hundred_orders_are_called_off_and_sent_at_the_same_moment() -> None:
    hub, sku = with_carrier(make_hub(totes=ORDERS, cart_totes=20)), make_sku()
    stock(hub, sku, ORDERS)
    ids = [ordered(hub, {sku: 1}).pk for _ in range(ORDERS)]
    walks = on_carts(released(hub))
    random.Random(1).shuffle(ids)

    results = at_once(
        [
            lambda: sum(send(walk) for walk in walks[::2]),
            lambda: sum(send(walk) for walk in walks[1::2]),
            lambda: call_off(ids[::2]),
            lambda: call_off(ids[1::2]),
        ]
    )

    assert [result for result in results if isinstance(result, Exception)] == []
    sent, refusals = results[0] + results[1], results[2] + results[3]
    assert Counter(Order.objects.values_list("state", flat=True)) == Counter(
        {"shipped": sent, "cancelled": refusals["cancelled"]}
    )
    assert sent + refusals["cancelled"] == ORDERS
    assert sent, "everything was called off before anything could leave"
    assert set(refusals) <= {"cancelled", "order_on_cart", "order_left"}
    balance = Balance.objects.get()
    assert (balance.on_hand, balance.sellable, balance.reserved) == (ORDERS - sent, ORDERS - sent, 0)
    assert Move.objects.filter(kind=Move.Kind.SHIP).count() == sent
    assert [finding.invariant.name for finding in check(EVERYTHING) if finding.broken] == []
