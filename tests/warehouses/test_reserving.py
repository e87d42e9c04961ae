"""Promises: who gets the stock, in which order, all of a group or nothing; and how a promise is given up."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from foundation.errors import Invalid
from tests.factories import (
    MONDAY,
    books,
    code_of,
    demand,
    in_bin,
    make_hub,
    make_seller,
    make_sku,
    make_user,
    planned,
    promised,
    queued,
    stock,
    walking,
)
from tests.refusals import refused
from warehouses.models import Balance, BinBalance, CartTote, Hub, PickList, PickTask, Reservation, Sku
from warehouses.services.picking import Pick, record_picks, start_pick_list
from warehouses.services.reserving import allocate_page, release, reserve


def minutes(n: int):
    return MONDAY + timedelta(minutes=n)


def allocate(hub: Hub, groups: int = 500) -> tuple[list[str], list[str]]:
    """The groups granted and waiting after one run through the whole queue, page by page."""
    granted, waiting, after = [], [], None
    while True:
        page = allocate_page(hub_id=hub.pk, after=after, groups=groups)
        granted += page.granted
        waiting += page.waiting
        after = page.last
        if after is None:
            return granted, waiting


def held(*reservations: Reservation) -> list[int]:
    by_id = dict(Reservation.objects.values_list("pk", "held"))
    return [by_id[row.pk] for row in reservations]


# --- queueing --------------------------------------------------------------------------------------------


def test_a_demand_waits_without_stock(hub: Hub, sku: Sku) -> None:
    (row,) = queued(hub, demand(sku, 3, group="order-1", priority=50))

    assert (row.hub, row.sku, row.demand_group, row.priority, row.placed_at) == (hub, sku, "order-1", 50, MONDAY)
    assert (row.wanted, row.held, row.assigned, row.picked, row.cancelled, row.waiting) == (3, 0, 0, 0, 0, 3)


def test_reserving_twice_is_reserving_once(hub: Hub, sku: Sku) -> None:
    first, second = demand(sku, 3), demand(sku, 4)
    ids = reserve(hub_id=hub.pk, demands=[first])

    again = reserve(hub_id=hub.pk, demands=[first, second])

    assert again[first.ref] == ids[first.ref]
    assert set(again) == {first.ref, second.ref}
    assert sorted(Reservation.objects.values_list("wanted", flat=True)) == [3, 4]


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 1.5, True, None])
def test_a_demand_wants_a_whole_number_of_units(hub: Hub, sku: Sku, quantity) -> None:
    demands = [demand(sku, 1), demand(sku, quantity)]

    refused(Invalid, "quantity_invalid", lambda: reserve(hub_id=hub.pk, demands=demands))


# --- allocating ------------------------------------------------------------------------------------------


def test_stock_goes_to_the_oldest_of_the_most_urgent(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    late, early, urgent = queued(
        hub,
        demand(sku, 2, group="late", placed_at=minutes(9)),
        demand(sku, 2, group="early", placed_at=minutes(1)),
        demand(sku, 2, group="urgent", placed_at=minutes(10), priority=10),
    )

    assert allocate(hub) == (["urgent", "early"], ["late"])

    assert held(urgent, early, late) == [2, 2, 0]
    balance = Balance.objects.get()
    assert (balance.sellable, balance.reserved, balance.available) == (5, 4, 1)


def test_one_that_can_not_be_served_does_not_hold_back_the_next(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 3)
    big, small = queued(hub, demand(sku, 4, placed_at=minutes(1)), demand(sku, 3, placed_at=minutes(2)))

    allocate(hub)

    assert held(big, small) == [0, 3]


def test_a_group_is_promised_whole_or_not_at_all(hub: Hub) -> None:
    seller = make_seller()
    ring, scarf = make_sku(seller), make_sku(seller)
    stock(hub, ring, 5)
    one = queued(hub, demand(ring, 2, group="both"), demand(scarf, 1, group="both"))
    (other,) = queued(hub, demand(ring, 5, group="ring", placed_at=minutes(1)))

    assert allocate(hub) == (["ring"], ["both"])
    assert held(*one, other) == [0, 0, 5]

    stock(hub, scarf, 1, place="01-02")
    assert allocate(hub) == ([], ["both"])
    stock(hub, ring, 2)
    assert allocate(hub) == (["both"], [])
    assert held(*one, other) == [2, 1, 5]


def test_two_lines_of_one_item_in_a_group_need_both_their_units(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 3)
    lines = queued(hub, demand(sku, 2, group="twice"), demand(sku, 2, group="twice"))

    assert allocate(hub) == ([], ["twice"])
    stock(hub, sku, 1)
    assert allocate(hub) == (["twice"], [])

    assert held(*lines) == [2, 2]


def test_allocating_again_changes_nothing(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 3)
    queued(hub, demand(sku, 2), demand(sku, 2))
    allocate(hub)
    before = books()

    granted, waiting = allocate(hub)

    assert (granted, len(waiting)) == ([], 1)
    assert books() == before


def test_an_empty_queue_is_through_at_once(hub: Hub) -> None:
    page = allocate_page(hub_id=hub.pk)

    assert (page.granted, page.waiting, page.last) == ([], [], None)


@pytest.mark.parametrize("groups", [1, 2, 3, 7, 8])
def test_page_by_page_is_as_all_at_once(hub: Hub, sku: Sku, groups: int) -> None:
    stock(hub, sku, 10)
    names = [f"order-{n}" for n in range(7)]
    queued(
        hub,
        *(
            demand(sku, 3 - n % 2, group=name, placed_at=minutes(n // 3), priority=100 - n % 2)
            for n, name in enumerate(names)
        ),
    )

    granted, waiting = allocate(hub, groups=groups)

    assert granted == ["order-1", "order-3", "order-5", "order-0"]
    assert waiting == ["order-2", "order-4", "order-6"]


def test_a_group_whose_lines_came_at_different_times_is_served_once(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 4)
    lines = queued(
        hub,
        demand(sku, 1, group="grown", placed_at=minutes(1)),
        demand(sku, 1, group="grown", placed_at=minutes(5)),
        demand(sku, 2, group="other", placed_at=minutes(6)),
    )

    assert allocate(hub) == (["grown", "other"], [])
    assert held(*lines) == [1, 1, 2]


def test_hubs_do_not_share_stock(db) -> None:
    here, there, sku = make_hub(), make_hub(), make_sku()
    stock(here, sku, 5)
    (row,) = queued(there, demand(sku, 1))

    assert allocate(there) == ([], [row.demand_group])
    assert allocate(here) == ([], [])


def test_units_at_the_dock_or_damaged_are_not_promised(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5, place="DOCK")
    (row,) = queued(hub, demand(sku, 1))

    allocate(hub)

    assert held(row) == [0]


# --- giving up -------------------------------------------------------------------------------------------


def test_release_frees_what_was_held_and_awaited(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    has, waits = promised(hub, demand(sku, 4), demand(sku, 9))

    assert release(hub_id=hub.pk, reservation_ids=[has.pk, waits.pk]) == 13

    assert Balance.objects.get().available == 5
    rows = Reservation.objects.order_by("pk").values_list("held", "assigned", "picked", "cancelled")
    assert list(rows) == [(0, 0, 0, 4), (0, 0, 0, 9)]
    assert allocate(hub) == ([], [])


def test_releasing_twice_is_releasing_once(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    (row,) = promised(hub, demand(sku, 4))
    release(hub_id=hub.pk, reservation_ids=[row.pk])
    before = books()

    assert release(hub_id=hub.pk, reservation_ids=[row.pk]) == 0
    assert release(hub_id=hub.pk, reservation_ids=[]) == 0
    assert books() == before


def test_release_calls_off_the_walk_nobody_has_begun(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    rows = promised(hub, demand(sku, 4))
    (pick_list,) = planned(hub, rows)

    release(hub_id=hub.pk, reservation_ids=[rows[0].pk])

    task = PickTask.objects.get()
    assert (task.cancelled, task.open, task.closed_at is None) == (4, 0, False)
    pick_list.refresh_from_db()
    assert pick_list.state == PickList.State.CANCELLED
    assert BinBalance.objects.get().reserved == 0


def test_a_walk_goes_on_for_those_who_still_want_their_units(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    one, other = promised(hub, demand(sku, 2), demand(sku, 3))
    (pick_list,) = planned(hub, [one, other])

    release(hub_id=hub.pk, reservation_ids=[one.pk])

    pick_list.refresh_from_db()
    assert pick_list.state == PickList.State.PLANNED
    assert [task.reservation for task in pick_list.tasks.filter(closed_at=None)] == [other]


def test_a_walk_under_way_ends_when_the_rest_is_called_off_and_its_empty_totes_are_free(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    rows = promised(hub, demand(sku, 4))
    pick_list = walking(hub, rows)

    release(hub_id=hub.pk, reservation_ids=[rows[0].pk])

    pick_list.refresh_from_db()
    assert (pick_list.state, pick_list.finished_at is None) == (PickList.State.PICKED, False)
    assert CartTote.objects.get().freed_at is not None
    (again,) = planned(hub, promised(hub, demand(sku, 1)))
    start_pick_list(pick_list_id=again.pk, worker_id=make_user().pk, totes={1: "T1"})


def test_what_is_picked_stays_picked(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    rows = promised(hub, demand(sku, 4))
    pick_list = walking(hub, rows)
    pick = Pick(scan_id=uuid.uuid4(), bin_code="01-01", item_code=code_of(sku), tote_code="T1", quantity=3)
    record_picks(pick_list_id=pick_list.pk, worker_id=pick_list.worker_id, picks=[pick])

    assert release(hub_id=hub.pk, reservation_ids=[rows[0].pk]) == 1

    row = Reservation.objects.get()
    assert (row.wanted, row.held, row.assigned, row.picked, row.cancelled) == (4, 0, 0, 3, 1)
    assert in_bin(hub, "T1", sku) == 3
    assert CartTote.objects.get().freed_at is None


# --- what the database holds -----------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"held": 4}, {"assigned": 4}, {"picked": 1}, {"cancelled": 1}, {"wanted": 2}])
def test_a_reservation_can_not_promise_more_than_is_wanted(hub: Hub, sku: Sku, change: dict[str, int]) -> None:
    stock(hub, sku, 5)
    promised(hub, demand(sku, 3))
    before = books()

    with pytest.raises(IntegrityError, match="reservation_adds_up"), transaction.atomic():
        Reservation.objects.update(**change)

    assert books() == before
