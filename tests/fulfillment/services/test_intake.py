"""Intake: every order becomes exactly one order, with its promise, its reservations and its story."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import DjangoAssertNumQueries

from foundation import clock
from foundation.errors import Conflict, Invalid
from fulfillment.models import Event, Order, OrderLine
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.intake import LineInput, take_order, take_orders
from shipping.models import Address
from tests.factories import make_hub, make_seller, make_sku, stock
from tests.fulfillment.building import BUYER, fresh, given_order
from warehouses.models import Balance, Reservation

pytestmark = pytest.mark.django_db


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Order, OrderLine, Address, Reservation, Event))


def test_an_order_has_a_promise_and_a_reservation_for_each_line() -> None:
    hub, seller = make_hub(), make_seller()
    oil, blush = make_sku(seller), make_sku(seller)
    placed = datetime(2026, 3, 2, 14, 59, tzinfo=UTC)

    with clock.playing(placed):
        taken = take_order(seller=seller, hub=hub, order=given_order({oil: 2, blush: 1}, placed_at=placed))

    assert taken.is_new
    order = fresh(taken.order)
    assert (order.state, order.hold, order.seller, order.hub) == ("received", "", seller, hub)
    assert order.ship_by == datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    lines = order.lines.order_by("number").values_list("number", "sku", "quantity", "unit_price_cents")
    assert list(lines) == [(1, oil.pk, 2, 1_250), (2, blush.pk, 1, 1_250)]
    promises = Reservation.objects.order_by("pk").values_list("demand_ref", "demand_group", "sku", "wanted", "held")
    assert list(promises) == [
        (f"{order.number}/1", order.number, oil.pk, 2, 0),
        (f"{order.number}/2", order.number, blush.pk, 1, 0),
    ]
    assert list(order.events.values_list("kind", flat=True)) == ["order.received"]


def test_after_the_cutoff_the_promise_is_the_next_day() -> None:
    hub, sku = make_hub(), make_sku()
    placed = datetime(2026, 3, 2, 15, 0, 1, tzinfo=UTC)

    with clock.playing(placed):
        order = take_order(seller=sku.seller, hub=hub, order=given_order({sku: 1}, placed_at=placed)).order

    assert order.ship_by == datetime(2026, 3, 3, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("late", "promised"),
    [
        (timedelta(minutes=59), datetime(2026, 3, 2, 17, 0, tzinfo=UTC)),
        (timedelta(minutes=61), datetime(2026, 3, 3, 17, 0, tzinfo=UTC)),
        (timedelta(days=3_000), datetime(2034, 5, 19, 16, 0, tzinfo=UTC)),  # in summer time
    ],
)
def test_an_order_heard_of_late_keeps_its_place_and_is_promised_for_a_day_ahead(
    late: timedelta, promised: datetime
) -> None:
    hub, sku = make_hub(), make_sku()
    just_in_time = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    with clock.playing(just_in_time + late):
        order = take_order(seller=sku.seller, hub=hub, order=given_order({sku: 1}, placed_at=just_in_time)).order

    assert (order.placed_at, order.ship_by) == (just_in_time, promised)
    assert Reservation.objects.get().placed_at == just_in_time


def test_the_same_order_again_is_the_same_order() -> None:
    hub, sku = make_hub(), make_sku()
    given = given_order({sku: 2})
    first = take_order(seller=sku.seller, hub=hub, order=given)
    before = counts()

    again = take_order(seller=sku.seller, hub=hub, order=given)

    assert not again.is_new
    assert again.order == first.order
    assert counts() == before


def test_another_order_under_a_taken_reference_is_refused() -> None:
    hub, sku = make_hub(), make_sku()
    given = given_order({sku: 2})
    take_order(seller=sku.seller, hub=hub, order=given)
    before = counts()

    with pytest.raises(Conflict) as refused:
        take_order(seller=sku.seller, hub=hub, order=replace(given, lines=(LineInput(sku=sku.code, quantity=3),)))

    assert (refused.value.code, refused.value.field) == ("reference_taken", "external_ref")
    assert counts() == before


def test_two_sellers_may_use_the_same_reference_and_item_code() -> None:
    hub = make_hub()
    one, other = make_sku(code="RING"), make_sku(code="RING")

    first = take_order(seller=one.seller, hub=hub, order=given_order({one: 1}, external_ref="1001"))
    second = take_order(seller=other.seller, hub=hub, order=given_order({other: 1}, external_ref="1001"))

    assert first.is_new
    assert second.is_new
    assert second.order.lines.get().sku == other


def test_every_fault_is_named_at_its_place_and_nothing_is_taken() -> None:
    hub, mine, foreign = make_hub(), make_sku(), make_sku(code="THEIRS")
    good = given_order({mine: 1})
    bad = given_order({mine: 1, foreign: 1}, external_ref=" ")
    worse = replace(given_order({mine: 1}), lines=())
    before = counts()

    with pytest.raises(Invalid) as refused:
        take_orders(seller=mine.seller, hub=hub, orders=[good, bad, worse, replace(good)])

    assert [(fault.where, fault.code) for fault in refused.value.faults] == [
        ("orders[1].external_ref", "reference_missing"),
        ("orders[1].lines[1].sku", "sku_unknown"),
        ("orders[2].lines", "lines_missing"),
        ("orders[3].external_ref", "reference_repeated"),
    ]
    assert counts() == before


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 2**31, 1.5, "1e3", float("nan"), None, True, "٣"])
def test_a_quantity_that_is_no_whole_number_of_units_is_refused(quantity: Any) -> None:
    hub, sku = make_hub(), make_sku()
    given = replace(given_order({sku: 1}), lines=(LineInput(sku=sku.code, quantity=quantity),))

    with pytest.raises(Invalid) as refused:
        take_order(seller=sku.seller, hub=hub, order=given)

    assert (refused.value.code, refused.value.field) == ("quantity_invalid", "lines[0].quantity")
    assert counts() == (0, 0, 0, 0, 0)


def test_an_address_nobody_could_deliver_to_is_refused_at_its_field() -> None:
    hub, sku = make_hub(), make_sku()
    orders = [given_order({sku: 1}), given_order({sku: 1}, ship_to=replace(BUYER, city="", country="Holland"))]

    with pytest.raises(Invalid) as refused:
        take_orders(seller=sku.seller, hub=hub, orders=orders)

    assert {fault.where for fault in refused.value.faults} == {"orders[1].ship_to.city", "orders[1].ship_to.country"}
    assert counts() == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("change", "is_held"),
    [
        ({"line1": "Prinsengracht"}, True),
        ({"postcode": ""}, True),
        ({"postcode": "", "country": "IE", "line1": "1 Main Street"}, False),
        ({}, False),
    ],
)
def test_an_unclear_address_is_asked_about_not_refused(change: dict[str, str], is_held: bool) -> None:
    hub, sku = make_hub(), make_sku()

    order = take_order(seller=sku.seller, hub=hub, order=given_order({sku: 1}, ship_to=replace(BUYER, **change))).order

    expected = ("on_hold", "address_unclear") if is_held else ("received", "")
    assert (fresh(order).state, fresh(order).hold) == expected


@pytest.mark.parametrize("size", [2, 50])
def test_statements_do_not_grow_with_orders(size: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    hub, sku = make_hub(), make_sku()
    orders = [given_order({sku: 1}) for _ in range(size)]

    with django_assert_num_queries(16):  # two of them: where carriers go, and what the operator closed
        take_orders(seller=sku.seller, hub=hub, orders=orders)


@pytest.mark.django_db(transaction=True)
def test_the_same_order_through_many_doors_at_once_is_one_order() -> None:
    hub, sku = make_hub(), make_sku()
    given = given_order({sku: 1})
    start = threading.Barrier(8)
    made: list[bool] = []

    def door() -> None:
        try:
            start.wait()
            made.append(take_order(seller=sku.seller, hub=hub, order=given).is_new)
        finally:
            connection.close()

    doors = [threading.Thread(target=door) for _ in range(8)]
    for each in doors:
        each.start()
    for each in doors:
        each.join()

    assert sorted(made) == [False] * 7 + [True]
    assert counts()[:4] == (1, 1, 1, 1)


# --- an order that somebody waits for --------------------------------------------------------------------


def test_an_order_promised_now_is_allocated_before_it_is_answered() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 2)

    taken = take_order(seller=sku.seller, hub=hub, order=given_order({sku: 2}), promise_now=True)

    order = fresh(taken.order)
    assert (order.state, taken.order.state, order.allocated_at is None) == ("allocated", "allocated", False)
    assert Balance.objects.get(sku=sku).reserved == 2
    assert list(order.events.order_by("pk").values_list("kind", flat=True)) == ["order.received", "order.allocated"]
    assert allocators() == 0


def test_an_order_without_its_stock_waits_for_the_allocator() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)

    taken = take_order(seller=sku.seller, hub=hub, order=given_order({sku: 2}), promise_now=True)

    assert fresh(taken.order).state == "received"
    assert Balance.objects.get(sku=sku).reserved == 0
    assert allocators() == 1


def test_an_order_on_hold_keeps_what_it_was_promised_now() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 2)
    unclear = replace(BUYER, line1="Prinsengracht")

    taken = take_order(seller=sku.seller, hub=hub, order=given_order({sku: 2}, ship_to=unclear), promise_now=True)

    assert (fresh(taken.order).state, Balance.objects.get(sku=sku).reserved) == ("on_hold", 2)


def test_an_older_order_in_the_queue_is_not_overtaken() -> None:
    hub, sku = make_hub(), make_sku()
    older = take_order(seller=sku.seller, hub=hub, order=given_order({sku: 2})).order
    stock(hub, sku, 3)

    younger = take_order(seller=sku.seller, hub=hub, order=given_order({sku: 2}), promise_now=True).order

    assert (fresh(older).state, fresh(younger).state) == ("received", "received")
    allocate_hub(hub_id=hub.pk)
    assert (fresh(older).state, fresh(younger).state) == ("allocated", "backordered")


def allocators() -> int:
    return ProcrastinateJob.objects.filter(task_name="fulfillment.allocate", status="todo").count()
