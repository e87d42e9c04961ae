"""The shelf holds less than the books: other stock at once, a count of the bin, and nothing lost."""

import uuid
from datetime import timedelta

import pytest

from foundation.errors import Invalid
from tests.factories import (
    MONDAY,
    bin_of,
    code_of,
    demand,
    in_bin,
    make_lot,
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
from warehouses.models import Balance, CartTote, Count, Hub, Move, PickList, PickTask, Reservation, Sku
from warehouses.services.picking import Pick, PickOutcome, record_picks, start_pick_list
from warehouses.services.reserving import allocate_page


def short(sku: Sku | None, quantity: int, missing: int, place: str = "01-01", tote: str = "T1") -> Pick:
    """So many found and so many missing."""
    return Pick(
        scan_id=uuid.uuid4(), bin_code=place, item_code=code_of(sku) if sku else "", tote_code=tote,
        quantity=quantity, short=missing,
    )  # fmt: skip


def record(walk: PickList, *picks: Pick) -> PickOutcome:
    return record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks)


def test_without_other_stock_the_line_waits_and_the_bin_is_counted(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 4)
    walk = walking(hub, promised(hub, demand(sku, 4)))

    outcome = record(walk, short(sku, 3, 1))

    assert outcome == PickOutcome(picked=3, short=1, replaced=0, is_done=True)
    row, task = Reservation.objects.get(), PickTask.objects.get()
    assert (row.held, row.assigned, row.picked, row.waiting) == (0, 0, 3, 1)
    assert (task.picked, task.short, task.open) == (3, 1, 0)
    assert (in_bin(hub, "01-01", sku), in_bin(hub, "LOST", sku), in_bin(hub, "T1", sku)) == (0, 1, 3)
    balance = Balance.objects.get()
    assert (balance.on_hand, balance.sellable, balance.reserved) == (4, 0, 0)
    move = Move.objects.get(kind=Move.Kind.MISSING)
    assert (move.from_bin.code, move.to_bin.code, move.quantity, move.reservation) == ("01-01", "LOST", 1, row)
    count = Count.objects.get()
    assert (count.hub, count.bin.code, count.sku, count.lot, count.state) == (hub, "01-01", sku, None, "open")


def test_other_stock_is_added_to_the_same_walk_and_tote(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 4, place="01-01")
    walk = walking(hub, promised(hub, demand(sku, 4)))
    stock(hub, sku, 5, place="03-02")

    outcome = record(walk, short(sku, 3, 1))

    assert outcome == PickOutcome(picked=3, short=1, replaced=1, is_done=False)
    first, extra = PickTask.objects.order_by("pk")
    assert (extra.pick_list, extra.cart_tote, extra.reservation) == (walk, first.cart_tote, first.reservation)
    assert (extra.bin.code, extra.quantity, extra.work_ref) == ("03-02", 1, first.work_ref)
    assert extra.sequence > first.sequence
    row = Reservation.objects.get()
    assert (row.held, row.assigned, row.picked, row.waiting) == (1, 1, 3, 0)

    assert record(walk, short(sku, 1, 0, place="03-02")).is_done
    assert in_bin(hub, "T1", sku) == 4


def test_the_empty_shelf_is_not_offered_again(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10, place="01-01")
    walk = walking(hub, promised(hub, demand(sku, 4)))

    outcome = record(walk, short(sku, 0, 4))

    assert outcome == PickOutcome(picked=0, short=4, replaced=0, is_done=True)
    assert in_bin(hub, "01-01", sku) == 6
    row = Reservation.objects.get()
    assert (row.held, row.waiting) == (0, 4)


def test_a_replacement_may_be_short_again(hub: Hub, sku: Sku) -> None:
    for place in ("01-01", "01-02", "01-03"):
        stock(hub, sku, 2, place=place)
    walk = walking(hub, promised(hub, demand(sku, 2)))

    assert record(walk, short(sku, 0, 2)).replaced == 2
    (task,) = PickTask.objects.filter(closed_at=None)
    assert record(walk, short(sku, 1, 1, place=task.bin.code)).replaced == 1
    (task,) = PickTask.objects.filter(closed_at=None)
    assert record(walk, short(sku, 1, 0, place=task.bin.code)).is_done

    assert in_bin(hub, "T1", sku) == 2
    assert in_bin(hub, "LOST", sku) == 3
    assert Count.objects.count() == 2


def test_a_line_is_replaced_whole_or_waits(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 4, place="01-01")
    walk = walking(hub, promised(hub, demand(sku, 4)))
    stock(hub, sku, 2, place="01-02")

    assert record(walk, short(sku, 1, 3)).replaced == 0

    assert Reservation.objects.get().waiting == 3
    assert Balance.objects.get().available == 2


def test_the_more_urgent_line_is_replaced_first(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 4, place="01-01")
    late, urgent = promised(hub, demand(sku, 2), demand(sku, 2, priority=1))
    walk = walking(hub, [late, urgent])
    stock(hub, sku, 2, place="01-02")
    totes = {row.demand_group: row.tote.code for row in walk.totes.select_related("tote")}

    outcome = record(
        walk, short(sku, 0, 2, tote=totes[late.demand_group]), short(sku, 0, 2, tote=totes[urgent.demand_group])
    )

    assert (outcome.short, outcome.replaced) == (4, 2)
    late.refresh_from_db(), urgent.refresh_from_db()
    assert (late.waiting, urgent.held) == (2, 2)


def test_what_is_promised_to_others_is_not_taken_from_them(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 2, place="01-01")
    (mine,) = promised(hub, demand(sku, 2))
    walk = walking(hub, [mine])
    stock(hub, sku, 2, place="01-02")
    (theirs,) = promised(hub, demand(sku, 2))

    assert record(walk, short(sku, 1, 1)).replaced == 0

    theirs.refresh_from_db()
    assert theirs.held == 2


def test_expired_stock_replaces_nothing(hub: Hub) -> None:
    cream = make_sku(tracks_lots=True)
    stock(hub, cream, 2, place="01-01", lot=make_lot(cream, "GOOD", MONDAY.date() + timedelta(days=9_000)))
    walk = walking(hub, promised(hub, demand(cream, 2)))
    stock(hub, cream, 2, place="01-02", lot=make_lot(cream, "OLD", MONDAY.date() - timedelta(days=900)))

    assert record(walk, short(cream, 1, 1)).replaced == 0

    row = Reservation.objects.get()
    assert (row.held, row.assigned, row.waiting) == (0, 0, 1)


def test_a_bin_is_counted_once_however_often_it_is_short_and_by_lot(hub: Hub) -> None:
    cream = make_sku(tracks_lots=True)
    one, two = make_lot(cream, "A", MONDAY.date() + timedelta(9_000)), make_lot(cream, "B")
    stock(hub, cream, 2, lot=one)
    stock(hub, cream, 2, lot=two)
    walk = walking(hub, promised(hub, demand(cream, 4)))

    record(walk, short(cream, 1, 1))
    record(walk, short(cream, 0, 2))

    assert list(Count.objects.order_by("lot").values_list("bin__code", "lot")) == [("01-01", one.pk), ("01-01", two.pk)]


def test_a_short_needs_no_item_in_the_hand_if_only_one_can_be_meant(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 2)
    walk = walking(hub, promised(hub, demand(sku, 2)))

    assert record(walk, short(None, 0, 2)).short == 2


def test_where_several_items_are_fetched_a_short_says_which(hub: Hub) -> None:
    seller = make_seller()
    ring, scarf = make_sku(seller), make_sku(seller)
    stock(hub, ring, 2)
    stock(hub, scarf, 2)
    walk = walking(hub, promised(hub, demand(ring, 2, group="A"), demand(scarf, 2, group="A")))

    refusal = refused(Invalid, "item_needed", lambda: record(walk, short(None, 0, 2)))
    assert (refusal.field, refusal.row) == ("item_code", 1)

    assert record(walk, short(scarf, 0, 2)).short == 2
    assert set(PickTask.objects.filter(short=2).values_list("sku", flat=True)) == {scarf.pk}


def test_a_tote_into_which_nothing_went_is_free_when_the_walk_ends(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 4)
    full, empty = promised(hub, demand(sku, 2), demand(sku, 2))
    walk = walking(hub, [full, empty])
    totes = {row.demand_group: row.tote.code for row in walk.totes.select_related("tote")}

    record(walk, short(sku, 2, 0, tote=totes[full.demand_group]), short(sku, 0, 2, tote=totes[empty.demand_group]))

    free = CartTote.objects.exclude(freed_at=None).values_list("demand_group", flat=True)
    assert list(free) == [empty.demand_group]
    stock(hub, sku, 1, place="02-01")
    (next_walk,) = planned(hub, promised(hub, demand(sku, 1)))
    start_pick_list(pick_list_id=next_walk.pk, worker_id=make_user().pk, totes={1: totes[empty.demand_group]})


def test_the_line_that_waits_is_served_when_stock_comes(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 2)
    walk = walking(hub, promised(hub, demand(sku, 2, group="A", placed_at=MONDAY)))
    queued(hub, demand(sku, 1, group="B", placed_at=MONDAY + timedelta(hours=1)))
    record(walk, short(sku, 1, 1))
    stock(hub, sku, 1, place="02-02")

    page = allocate_page(hub_id=hub.pk)

    assert (page.granted, page.waiting) == (["A"], ["B"])
    assert bin_of(hub, "02-02").balances.get().on_hand == 1


@pytest.mark.parametrize(("found", "missing"), [(0, 1), (1, 1), (2, 2), (0, 4)])
def test_units_found_and_missing_always_add_up(hub: Hub, sku: Sku, found: int, missing: int) -> None:
    stock(hub, sku, 4)
    walk = walking(hub, promised(hub, demand(sku, 4)))

    outcome = record(walk, short(sku, found, missing))

    assert (outcome.picked, outcome.short) == (found, missing)
    task = PickTask.objects.get()
    assert (task.picked, task.short, task.open) == (found, missing, 4 - found - missing)
