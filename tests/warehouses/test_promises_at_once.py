"""Promises under fire: many allocators, shops and supervisors at the same moment."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction

from tests.crowd import at_once, while_it_waits
from tests.factories import (
    MONDAY,
    bin_of,
    code_of,
    demand,
    make_hub,
    make_sku,
    make_user,
    promised,
    queued,
    stock,
    walking,
)
from warehouses.locks import lock_reservations
from warehouses.models import Balance, BinBalance, Hub, Move, PickList, Reservation, Sku
from warehouses.services.assigning import assign, unassign
from warehouses.services.batching import plan_carts
from warehouses.services.moving import Step, post_moves
from warehouses.services.picking import Pick, PickOutcome, record_picks
from warehouses.services.reserving import allocate_page, release, reserve

T = TypeVar("T")

pytestmark = pytest.mark.django_db(transaction=True)


def minutes(n: int):
    return MONDAY + timedelta(minutes=n)


def allocate(hub: Hub, groups: int = 500) -> None:
    """One run through the whole queue, page by page."""
    after = None
    while True:
        after = allocate_page(hub_id=hub.pk, after=after, groups=groups).last
        if after is None:
            return


def failures(results: list[object]) -> list[object]:
    return [result for result in results if isinstance(result, Exception)]


def test_the_last_unit_goes_to_the_first_in_the_queue_whoever_allocates() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    rows = queued(hub, *(demand(sku, 1, placed_at=minutes(-n)) for n in range(30)))

    results = at_once([lambda: allocate(hub, groups=7)] * 8)

    assert results == [None] * 8
    assert Reservation.objects.get(held=1) == rows[-1]
    assert Balance.objects.get().reserved == 1


def test_orders_and_allocators_at_once_never_oversell() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 20)

    def shop(n: int) -> None:
        for k in range(5):
            reserve(hub_id=hub.pk, demands=[demand(sku, 1, placed_at=minutes(n * 5 + k))])
            allocate(hub)

    results = at_once([lambda n=n: shop(n) for n in range(6)])

    assert results == [None] * 6
    held = Reservation.objects.values_list("held", flat=True)
    assert (len(held), sum(held)) == (30, 20)
    assert Balance.objects.get().available == 0


def test_a_hundred_that_want_the_last_unit_get_one_between_them() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)

    def want() -> None:
        for _ in range(10):
            reserve(hub_id=hub.pk, demands=[demand(sku, 1)])
            allocate_page(hub_id=hub.pk)

    results = at_once([want] * 10)

    assert failures(results) == []
    held = sorted(Reservation.objects.values_list("held", flat=True))
    assert held == [0] * 99 + [1]


def one_pick(hub: Hub, pick_list: PickList, worker: User, row: Reservation, sku: Sku) -> PickOutcome:
    """The picker fetches the three units of one reservation."""
    tote = pick_list.totes.select_related("tote").get(demand_group=row.demand_group).tote
    pick = Pick(scan_id=uuid.uuid4(), bin_code="01-01", item_code=code_of(sku), tote_code=tote.code, quantity=3)
    return record_picks(pick_list_id=pick_list.pk, worker_id=worker.pk, picks=[pick])


@pytest.mark.parametrize("round_", range(6))
def test_cancelling_and_picking_at_the_same_moment_leave_no_unit_behind(round_: int) -> None:
    hub, sku, worker = make_hub(), make_sku(), make_user()
    stock(hub, sku, 9)
    mine, others = promised(hub, demand(sku, 3), demand(sku, 3))
    pick_list = walking(hub, [mine, others], worker=worker)

    picked, cancelled, other = at_once(
        [
            lambda: one_pick(hub, pick_list, worker, mine, sku),
            lambda: release(hub_id=hub.pk, reservation_ids=[mine.pk]),
            lambda: release(hub_id=hub.pk, reservation_ids=[others.pk]),
        ]
    )

    assert other == 3
    if cancelled == 3:
        assert picked.code in {"wrong_bin", "wrong_tote", "pick_list_not_open"}
    else:
        assert (cancelled, picked.picked) == (0, 3)
    in_totes = sum(BinBalance.objects.filter(bin__kind="tote").values_list("on_hand", flat=True))
    assert in_totes == (0 if cancelled else 3)
    assert bin_of(hub, "01-01").balances.get().on_hand == 9 - in_totes
    assert Balance.objects.get().reserved == 0


@pytest.mark.parametrize("round_", range(4))
def test_a_walk_planned_while_its_orders_are_cancelled_fetches_nothing_for_them(round_: int) -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 20)
    rows = promised(hub, *(demand(sku, 2) for _ in range(6)))
    ids = [row.pk for row in rows]
    assign(hub=hub, reservation_ids=ids, work_ref="WV")

    results = at_once(
        [
            lambda: plan_carts(hub=hub, work_ref="WV", seed=1, time_limit_s=0.01),
            *(lambda pk=pk: release(hub_id=hub.pk, reservation_ids=[pk]) for pk in ids[:3]),
            lambda: unassign(reservation_ids=ids[3:]),
        ]
    )

    assert failures(results) == []
    assert not PickList.objects.exclude(state=PickList.State.CANCELLED).exists()
    balance = Balance.objects.get()
    assert (balance.sellable, balance.reserved) == (20, 6)


def test_a_hub_has_one_allocator_at_a_time_and_hubs_do_not_wait_for_each_other() -> None:
    hub, other = make_hub(), make_hub()
    one, two = make_sku(), make_sku()
    for sku in (one, two):
        stock(hub, sku, 1)
        stock(other, sku, 1)
    queued(hub, demand(one, 1, placed_at=minutes(0)), demand(two, 1, placed_at=minutes(1)))
    queued(other, demand(one, 1))

    with transaction.atomic():
        page = allocate_page(hub_id=hub.pk, groups=1)
        next_page, elsewhere = at_once(
            [
                lambda: impatient(lambda: allocate_page(hub_id=hub.pk, after=page.last)),
                lambda: impatient(lambda: allocate_page(hub_id=other.pk)),
            ]
        )

    assert isinstance(next_page, OperationalError)
    assert len(elsewhere.granted) == 1
    assert len(allocate_page(hub_id=hub.pk, after=page.last).granted) == 1


def impatient(call: Callable[[], T]) -> T:
    """`call` in a transaction that waits for no lock longer than a moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '300ms'")
        return call()


def test_a_locked_promise_does_not_hold_up_a_move_that_names_it() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    (row,) = promised(hub, demand(sku, 1))
    step = Step(
        kind=Move.Kind.COUNT,
        source="packing",
        sku_id=make_sku().pk,
        quantity=1,
        to_bin_id=bin_of(hub, "OUT").pk,
        reservation_id=row.pk,
    )

    with transaction.atomic():
        lock_reservations([row.pk])
        (moved,) = at_once([lambda: impatient(lambda: post_moves(hub_id=hub.pk, steps=[step]))])

    assert [each.step for each in moved] == [step]


def test_a_cancellation_that_waits_for_a_walk_being_written_calls_that_walk_off() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 5)
    (row,) = promised(hub, demand(sku, 2))
    assign(hub=hub, reservation_ids=[row.pk], work_ref="WV")

    cancelled = while_it_waits(
        lambda: plan_carts(hub=hub, work_ref="WV", seed=1, time_limit_s=0.01),
        lambda: release(hub_id=hub.pk, reservation_ids=[row.pk]),
    )

    assert cancelled == 2
    assert PickList.objects.get().state == PickList.State.CANCELLED
    assert Balance.objects.get().available == 5
