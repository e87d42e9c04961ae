"""Counting: the books follow what is there; promises follow the books."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from tests.crowd import at_once
from tests.factories import (
    MONDAY,
    bin_of,
    books,
    demand,
    in_bin,
    make_hub,
    make_lot,
    make_sku,
    make_user,
    planned,
    promised,
    stock,
)
from tests.refusals import refused
from warehouses.models import Balance, Bin, BinBalance, Count, Hub, Lot, Move, Reservation, Sku
from warehouses.services.counting import record_count
from warehouses.services.reserving import allocate_page


def asked(hub: Hub, sku: Sku, place: str = "01-01", lot: Lot | None = None) -> Count:
    return Count.objects.create(hub=hub, bin=bin_of(hub, place), sku=sku, lot=lot, reason="asked", opened_at=MONDAY)


def moves_of(count: Count) -> list[tuple[str | None, str, int]]:
    moves = Move.objects.filter(source=f"count:{count.pk}").order_by("source_line")
    return list(moves.values_list("from_bin__code", "to_bin__code", "quantity"))


def test_as_many_as_the_books_say_moves_nothing(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    worker, count, before = make_user(), asked(hub, sku), books()

    with clock.playing(MONDAY):
        done = record_count(count_id=count.pk, counted=5, worker_id=worker.pk)

    assert (done.state, done.expected, done.counted, done.worker_id, done.done_at) == (
        Count.State.DONE, 5, 5, worker.pk, MONDAY,
    )  # fmt: skip
    assert books() == before
    assert Count.objects.get().state == Count.State.DONE


def test_fewer_go_to_the_missing_place(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    count = asked(hub, sku)

    record_count(count_id=count.pk, counted=3)

    assert moves_of(count) == [("01-01", "LOST", 2)]
    balance = Balance.objects.get()
    assert (balance.on_hand, balance.sellable) == (5, 3)


def test_more_come_back_from_the_missing_place_and_the_rest_is_found_goods(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    stock(hub, sku, 2, place="LOST")
    count = asked(hub, sku)

    record_count(count_id=count.pk, counted=10)

    assert moves_of(count) == [("LOST", "01-01", 2), (None, "01-01", 3)]
    balance = Balance.objects.get()
    assert (balance.on_hand, balance.sellable) == (10, 10)
    assert in_bin(hub, "LOST", sku) == 0


def test_one_bin_may_be_found_full_that_the_books_never_saw(hub: Hub, sku: Sku) -> None:
    count = asked(hub, sku)

    record_count(count_id=count.pk, counted=4)

    assert Count.objects.get().expected == 0
    assert in_bin(hub, "01-01", sku) == 4


def test_a_count_is_booked_once(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    count = asked(hub, sku)
    record_count(count_id=count.pk, counted=3)
    before = books()

    again = record_count(count_id=count.pk, counted=9)

    assert (again.counted, again.state) == (3, Count.State.DONE)
    assert books() == before


def test_lots_are_counted_apart(hub: Hub) -> None:
    cream = make_sku(tracks_lots=True)
    one, two = make_lot(cream), make_lot(cream)
    stock(hub, cream, 5, lot=one)
    stock(hub, cream, 5, lot=two)

    record_count(count_id=asked(hub, cream, lot=one).pk, counted=4)
    record_count(count_id=asked(hub, cream, lot=two).pk, counted=6)

    shelf = bin_of(hub, "01-01").balances.order_by("lot").values_list("lot", "on_hand")
    assert list(shelf) == [(one.pk, 4), (two.pk, 6)]
    assert BinBalance.objects.get(bin__kind=Bin.Kind.MISSING, lot=one).on_hand == 1


def test_damaged_units_beside_them_do_not_count(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5, place="DAMAGED")
    count = asked(hub, sku)

    record_count(count_id=count.pk, counted=1)

    assert Balance.objects.get().on_hand == 6


@pytest.mark.parametrize("counted", [-1, 1_000_001, True, 1.5, "3", None])
def test_a_count_is_a_whole_number(hub: Hub, sku: Sku, counted) -> None:
    stock(hub, sku, 5)
    count = asked(hub, sku)

    refusal = refused(Invalid, "quantity_invalid", lambda: record_count(count_id=count.pk, counted=counted))

    assert refusal.field == "counted"


def test_a_count_that_does_not_exist_is_not_found(db) -> None:
    refused(NotFound, "count_unknown", lambda: record_count(count_id=0, counted=1))


def test_fewer_than_pickers_are_on_their_way_for_is_refused(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    planned(hub, promised(hub, demand(sku, 4)))
    count = asked(hub, sku)

    refusal = refused(Conflict, "below_reserved", lambda: record_count(count_id=count.pk, counted=3))
    assert "4" in refusal.message

    record_count(count_id=count.pk, counted=4)
    assert in_bin(hub, "01-01", sku) == 4


def test_promises_that_no_longer_hold_go_back_into_the_queue_the_youngest_first(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)
    old, middle, young, urgent = promised(
        hub,
        demand(sku, 3, group="old"),
        demand(sku, 3, group="middle", placed_at=MONDAY + timedelta(hours=1)),
        demand(sku, 3, group="young", placed_at=MONDAY + timedelta(hours=2)),
        demand(sku, 1, group="urgent", placed_at=MONDAY + timedelta(hours=3), priority=1),
    )

    record_count(count_id=asked(hub, sku).pk, counted=5)

    held = [Reservation.objects.get(pk=row.pk).held for row in (urgent, old, middle, young)]
    assert held == [1, 3, 1, 0]
    balance = Balance.objects.get()
    assert (balance.sellable, balance.reserved) == (5, 5)

    stock(hub, sku, 2, place="02-01")
    assert allocate_page(hub_id=hub.pk).granted == ["middle"]


def test_promises_with_a_picker_on_the_way_are_kept(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5, place="01-01")
    stock(hub, sku, 5, place="01-02")
    young, old = promised(hub, demand(sku, 5, placed_at=MONDAY + timedelta(hours=1)), demand(sku, 5))
    planned(hub, [young])
    (task,) = young.tasks.all()
    other = "01-02" if task.bin.code == "01-01" else "01-01"

    record_count(count_id=asked(hub, sku, other).pk, counted=2)

    young.refresh_from_db(), old.refresh_from_db()
    assert (young.held, young.assigned) == (5, 5)
    assert (old.held, old.waiting) == (2, 3)


def test_found_goods_free_no_promise(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    (row,) = promised(hub, demand(sku, 5))

    record_count(count_id=asked(hub, sku).pk, counted=9)

    row.refresh_from_db()
    assert (row.held, Balance.objects.get().available) == (5, 4)


@pytest.mark.django_db(transaction=True)
def test_one_count_from_two_handhelds_is_booked_once() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 9)
    count = asked(hub, sku)
    workers: list[User] = [make_user() for _ in range(4)]

    results = at_once(
        [lambda n=n, w=w: record_count(count_id=count.pk, counted=n, worker_id=w.pk) for n, w in enumerate(workers, 3)]
    )

    counted = {result.counted for result in results}
    assert counted == {in_bin(hub, "01-01", sku)}


@pytest.mark.django_db(transaction=True)
def test_counting_while_allocating_never_oversells() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 10, place="01-01")
    stock(hub, sku, 10, place="01-02")
    promised(hub, *(demand(sku, 2) for _ in range(5)))
    counts = [asked(hub, sku, "01-01"), asked(hub, sku, "01-02")]

    def more() -> None:
        promised(hub, *(demand(sku, 2) for _ in range(5)))

    results = at_once([more, more, *(lambda c=c: record_count(count_id=c.pk, counted=6) and None for c in counts)])

    assert results == [None] * 4
    balance = Balance.objects.get()
    assert (balance.sellable, balance.reserved) == (12, 12)
