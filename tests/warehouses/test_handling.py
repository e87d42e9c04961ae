"""Handling: goods go from shelf to shelf, books are corrected, conditions change; promises are kept or refused."""

from datetime import timedelta

import pytest

from foundation import clock
from foundation.errors import Conflict, DomainError, Invalid, NotFound
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
from tests.warehouses.shelves import sums
from warehouses.models import BinBalance, Hub, Instruction, Lot, Move, PickList, PickTask, Reservation, Sku
from warehouses.services.handling import Goods, adjust_stock, change_condition, transfer_stock
from warehouses.services.reserving import allocate_page

TODAY = MONDAY.date()


def goods(hub: Hub, sku: Sku, place: str = "01-01", lot: Lot | None = None, condition: str = "sellable") -> Goods:
    return Goods(bin_id=bin_of(hub, place).pk, sku_id=sku.pk, lot_id=lot.pk if lot else None, condition=condition)


def transfer(hub: Hub, sku: Sku, quantity: int, to: str = "02-01", **fields: object) -> Instruction:
    given = {"key": "k1", "reason": "tidying", "to_bin_id": bin_of(hub, to).pk, "goods": goods(hub, sku)}
    return transfer_stock(**{**given, "quantity": quantity, **fields})


def adjust(hub: Hub, sku: Sku, by: int, **fields: object) -> Instruction:
    return adjust_stock(**{"key": "k1", "reason": "recount", "goods": goods(hub, sku), "by": by, **fields})


def turn(hub: Hub, sku: Sku, quantity: int, to: str, **fields: object) -> Instruction:
    given = {"key": "k1", "reason": "torn", "goods": goods(hub, sku), "to": to, "quantity": quantity}
    return change_condition(**{**given, **fields})


def moves_of(row: Instruction) -> list[tuple[object, ...]]:
    found = Move.objects.filter(source=f"instruction:{row.pk}").order_by("source_line")
    return list(found.values_list("kind", "quantity", "from_bin__code", "to_bin__code", "condition", "becomes"))


# --- transfer --------------------------------------------------------------------------------------------


def test_a_transfer_is_one_move_between_shelves(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)
    worker = make_user()

    with clock.playing(MONDAY):
        row = transfer(hub, sku, 4, actor_id=worker.pk)

    assert moves_of(row) == [("transfer", 4, "01-01", "02-01", "sellable", "")]
    assert (row.units, row.reassigned, row.waiting, row.given_at) == (4, 0, 0, MONDAY)
    move = Move.objects.get(kind="transfer")
    assert (move.actor_id, move.reason, move.occurred_at) == (worker.pk, "tidying", MONDAY)
    assert (in_bin(hub, "01-01", sku), in_bin(hub, "02-01", sku)) == (6, 4)
    assert sums(hub, sku) == (10, 10, 0)


def test_the_same_key_moves_once(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)
    first, before = transfer(hub, sku, 4), books()

    again = transfer(hub, sku, 4)

    assert (again.pk, again.units) == (first.pk, 4)
    assert books() == before


def test_the_same_key_for_something_else_is_refused(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)
    transfer(hub, sku, 4)

    refused(Conflict, "key_reused", lambda: transfer(hub, sku, 5))
    refused(Conflict, "key_reused", lambda: adjust(hub, sku, 1))


def test_to_the_quarantine_place_units_are_no_longer_for_sale(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)

    transfer(hub, sku, 4, to="DAMAGED")

    assert sums(hub, sku) == (10, 6, 0)


def test_promised_units_stay_unless_they_may_be_fetched_elsewhere(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    rows = promised(hub, demand(sku, 2, placed_at=MONDAY), demand(sku, 2, placed_at=MONDAY + timedelta(hours=1)))
    (walk,) = planned(hub, rows)

    refusal = refused(Conflict, "stock_promised", lambda: transfer(hub, sku, 5))
    assert refusal.facts == {"units": 4}
    row = transfer(hub, sku, 5, displace=True)

    assert (row.units, row.reassigned, row.waiting) == (5, 4, 0)
    tasks = PickTask.objects.filter(pick_list=walk, closed_at=None)
    assert {(task.bin.code, task.quantity, task.cart_tote.demand_group) for task in tasks} == {
        ("02-01", 2, rows[0].demand_group),
        ("02-01", 2, rows[1].demand_group),
    }
    assert sorted(tasks.values_list("sequence", flat=True)) == [2, 3]
    assert sums(hub, sku) == (5, 5, 4)


def test_only_as_many_promises_as_must_are_moved_the_youngest_first(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    old, young = promised(hub, demand(sku, 2, placed_at=MONDAY), demand(sku, 2, placed_at=MONDAY + timedelta(hours=1)))
    planned(hub, [old, young])

    row = transfer(hub, sku, 2, displace=True)

    assert row.reassigned == 2
    where = dict(PickTask.objects.filter(closed_at=None).values_list("reservation", "bin__code"))
    assert where == {old.pk: "01-01", young.pk: "02-01"}


@pytest.mark.parametrize(
    ("quantity", "error", "code"),
    [(6, Conflict, "stock_short"), (0, Invalid, "quantity_invalid"), (-1, Invalid, "quantity_invalid"),
     (True, Invalid, "quantity_invalid"), (10**9, Invalid, "quantity_invalid")],
)  # fmt: skip
def test_wrong_quantities_change_nothing(
    hub: Hub, sku: Sku, quantity: int, error: type[DomainError], code: str
) -> None:
    stock(hub, sku, 5)

    refused(error, code, lambda: transfer(hub, sku, quantity))
    if code == "stock_short":
        refused(error, code, lambda: transfer(hub, sku, quantity, displace=True))


@pytest.mark.parametrize("to", ["DOCK", "T1", "OUT", "LOST", "01-01"])
def test_other_places_are_filled_by_other_work(hub: Hub, sku: Sku, to: str) -> None:
    stock(hub, sku, 5)

    refused(Invalid, "place_wrong", lambda: transfer(hub, sku, 1, to=to))


def test_unknown_things_are_not_found(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    other, foreign = make_hub(), make_lot(make_sku())

    refused(NotFound, "bin_unknown", lambda: transfer(hub, sku, 1, to_bin_id=0))
    refused(Invalid, "bin_of_other_hub", lambda: transfer(hub, sku, 1, to_bin_id=bin_of(other, "01-01").pk))
    refused(NotFound, "item_unknown", lambda: transfer(hub, sku, 1, goods=goods(hub, sku, lot=foreign)))
    refused(Invalid, "condition_invalid", lambda: transfer(hub, sku, 1, goods=goods(hub, sku, condition="new")))
    refused(Invalid, "reason_invalid", lambda: transfer(hub, sku, 1, reason=" "))
    refused(Invalid, "key_invalid", lambda: transfer(hub, sku, 1, key="k" * 61))


# --- adjust ----------------------------------------------------------------------------------------------


def test_down_goes_to_the_missing_place_and_up_comes_from_there_first(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)

    down = adjust(hub, sku, -3)
    up = adjust(hub, sku, 5, key="k2")

    assert moves_of(down) == [("adjust", 3, "01-01", "LOST", "sellable", "")]
    assert moves_of(up) == [
        ("adjust", 3, "LOST", "01-01", "sellable", ""),
        ("adjust", 2, None, "01-01", "sellable", ""),
    ]
    assert sums(hub, sku) == (12, 12, 0)


def test_the_missing_place_itself_is_written_off(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)
    stock(hub, sku, 4, place="LOST")

    row = adjust(hub, sku, -4, goods=goods(hub, sku, "LOST"))

    assert moves_of(row) == [("adjust", 4, "LOST", None, "sellable", "")]
    assert sums(hub, sku) == (10, 10, 0)


def test_below_what_pick_lists_will_fetch_is_refused(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    planned(hub, promised(hub, demand(sku, 4)))

    refused(Conflict, "below_reserved", lambda: adjust(hub, sku, -2))


def test_below_what_is_promised_is_refused(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    promised(hub, demand(sku, 4))

    refusal = refused(Conflict, "below_reserved", lambda: adjust(hub, sku, -2))
    assert refusal.message == "4 of 5 sellable units of RING are promised: 1 promises would break."
    adjust(hub, sku, -1, key="k2")


def test_when_asked_the_youngest_promises_are_taken_back(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 6)
    old, young = promised(hub, demand(sku, 3, placed_at=MONDAY), demand(sku, 3, placed_at=MONDAY + timedelta(hours=1)))
    planned(hub, [old, young])

    row = adjust(hub, sku, -2, displace=True)

    assert (row.units, row.reassigned, row.waiting) == (2, 0, 2)
    old, young = Reservation.objects.order_by("pk")
    assert (old.held, old.assigned, young.held, young.assigned, young.waiting) == (3, 3, 1, 0, 2)
    assert PickTask.objects.get(closed_at=None).reservation_id == old.pk
    assert sums(hub, sku) == (6, 4, 4)


def test_a_group_is_put_back_whole_when_one_of_its_items_is_gone(hub: Hub, sku: Sku) -> None:
    other = make_sku(sku.seller)
    stock(hub, sku, 2)
    stock(hub, other, 2, place="02-02")
    rows = promised(hub, demand(sku, 2, group="A"), demand(other, 2, group="A"))
    (walk,) = planned(hub, rows)

    row = adjust(hub, sku, -2, displace=True)

    assert (row.reassigned, row.waiting) == (0, 2)
    assert not PickTask.objects.filter(closed_at=None).exists()
    assert PickList.objects.get(pk=walk.pk).state == PickList.State.CANCELLED
    assert list(Reservation.objects.order_by("pk").values_list("held", "assigned")) == [(0, 0), (2, 0)]
    stock(hub, sku, 2)
    assert allocate_page(hub_id=hub.pk).granted == ["A"]


@pytest.mark.parametrize("by", [0, True, 1.5, 10**9, "1"])
def test_wrong_adjustments_change_nothing(hub: Hub, sku: Sku, by: object) -> None:
    stock(hub, sku, 5)

    refused(Invalid, "quantity_invalid", lambda: adjust(hub, sku, by))


def test_below_nothing_is_short(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)

    refused(Conflict, "stock_short", lambda: adjust(hub, sku, -6))
    refused(Conflict, "stock_short", lambda: adjust(hub, sku, -6, displace=True))
    refused(Invalid, "place_wrong", lambda: adjust(hub, sku, 1, goods=goods(hub, sku, "T1")))


# --- condition -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["damaged", "quarantine", "expired"])
def test_some_units_change_their_condition_and_back(hub: Hub, sku: Sku, to: str) -> None:
    stock(hub, sku, 5)

    there = turn(hub, sku, 2, to)

    assert moves_of(there) == [("condition", 2, "01-01", "01-01", "sellable", to)]
    assert sums(hub, sku) == (5, 3, 0)
    assert dict(BinBalance.objects.values_list("condition", "on_hand")) == {"sellable": 3, to: 2}

    back = turn(hub, sku, 1, "sellable", key="k2", goods=goods(hub, sku, condition=to))

    assert moves_of(back) == [("condition", 1, "01-01", "01-01", to, "sellable")]
    assert sums(hub, sku) == (5, 4, 0)


def test_promised_units_keep_their_condition_unless_asked(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 3)
    stock(hub, sku, 3, place="02-01")
    row = promised(hub, demand(sku, 3))
    planned(hub, row)
    here = PickTask.objects.get().bin.code
    there = {"01-01": "02-01", "02-01": "01-01"}[here]

    refused(Conflict, "stock_promised", lambda: turn(hub, sku, 1, "damaged", goods=goods(hub, sku, here)))
    done = turn(hub, sku, 1, "damaged", goods=goods(hub, sku, here), displace=True)

    assert (done.units, done.reassigned, done.waiting) == (1, 3, 0)
    assert PickTask.objects.get(closed_at=None).bin.code == there


def test_an_expired_lot_is_not_called_sellable(hub: Hub) -> None:
    sku = make_sku(tracks_lots=True)
    lot = make_lot(sku, expires_on=TODAY)
    stock(hub, sku, 3, lot=lot)
    old = goods(hub, sku, lot=lot, condition="expired")
    with clock.playing(MONDAY):
        turn(hub, sku, 3, "expired", goods=goods(hub, sku, lot=lot))

        refused(Conflict, "lot_expired", lambda: turn(hub, sku, 3, "sellable", goods=old, key="k2"))
    with clock.playing(MONDAY - timedelta(days=1)):
        turn(hub, sku, 3, "sellable", goods=old, key="k3")


@pytest.mark.parametrize("to", ["sellable", "blocked", "new", ""])
def test_there_is_no_such_change(hub: Hub, sku: Sku, to: str) -> None:
    stock(hub, sku, 3)

    refused(Invalid, "condition_invalid", lambda: turn(hub, sku, 1, to))


# --- at once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_key_sixteen_times_at_once_is_one_move() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 10)

    answers = at_once([lambda: transfer(hub, sku, 4)] * 8)

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert len({answer.pk for answer in answers}) == 1
    assert (in_bin(hub, "01-01", sku), in_bin(hub, "02-01", sku)) == (6, 4)


@pytest.mark.django_db(transaction=True)
def test_the_last_units_go_one_way_only() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 10)
    calls = [lambda n=n: transfer(hub, sku, 4, key=f"t{n}") for n in range(4)]
    calls += [lambda n=n: adjust(hub, sku, -4, key=f"a{n}") for n in range(4)]

    answers = at_once(calls)

    refusals = [answer.code for answer in answers if isinstance(answer, Exception)]
    assert refusals == ["stock_short"] * 6
    assert in_bin(hub, "01-01", sku) == 2
