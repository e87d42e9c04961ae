"""The picker's walk: every pick is checked against bin, item, lot and tote."""

import uuid
from dataclasses import replace

import pytest
from django.contrib.auth.models import User

from foundation import clock
from foundation.errors import Conflict, Forbidden, Invalid
from tests.crowd import at_once
from tests.factories import (
    MONDAY,
    books,
    code_of,
    demand,
    in_bin,
    make_hub,
    make_lot,
    make_seller,
    make_sku,
    make_user,
    picks_of,
    planned,
    promised,
    stock,
    walking,
)
from tests.refusals import refused
from warehouses.models import Balance, BinBalance, CartTote, Hub, Move, PickList, PickTask, Reservation, Sku
from warehouses.services.picking import Pick, PickOutcome, record_picks, start_pick_list


@pytest.fixture
def picker(db) -> User:
    return make_user()


@pytest.fixture
def walk(hub: Hub, sku: Sku, picker: User) -> PickList:
    """A cart under way: four rings of ten in 01-01 for one order, into tote T1."""
    stock(hub, sku, 10)
    return walking(hub, promised(hub, demand(sku, 4)), worker=picker)


def pick(sku: Sku, quantity: int = 1, **fields) -> Pick:
    values = {"scan_id": uuid.uuid4(), "bin_code": "01-01", "item_code": code_of(sku), "tote_code": "T1"}
    return Pick(**{**values, "quantity": quantity, **fields})


def record(walk: PickList, *picks: Pick) -> PickOutcome:
    return record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks)


# --- picking ---------------------------------------------------------------------------------------------


def test_a_pick_moves_units_and_their_promise_into_the_tote(hub: Hub, sku: Sku, walk: PickList, picker: User) -> None:
    scan = pick(sku, 3)

    with clock.playing(MONDAY):
        outcome = record(walk, scan)

    assert outcome == PickOutcome(picked=3, short=0, replaced=0, is_done=False)
    assert (in_bin(hub, "01-01", sku), in_bin(hub, "T1", sku)) == (7, 3)
    balance = Balance.objects.get()
    assert (balance.on_hand, balance.sellable, balance.reserved) == (10, 7, 1)
    row, task = Reservation.objects.get(), PickTask.objects.get()
    assert (row.held, row.assigned, row.picked, row.waiting) == (1, 1, 3, 0)
    assert (task.picked, task.short, task.open, task.closed_at) == (3, 0, 1, None)
    move = Move.objects.get(kind=Move.Kind.PICK)
    assert (move.source, move.source_line, move.quantity) == (f"pick:{scan.scan_id}", 0, 3)
    assert (move.from_bin.code, move.to_bin.code, move.reservation, move.actor) == ("01-01", "T1", row, picker)
    assert BinBalance.objects.get(bin__code="01-01").reserved == 1


def test_the_last_pick_ends_the_walk(walk: PickList, sku: Sku) -> None:
    record(walk, pick(sku, 3))

    with clock.playing(MONDAY):
        outcome = record(walk, pick(sku, 1))

    assert outcome.is_done
    walk.refresh_from_db()
    assert (walk.state, walk.finished_at) == (PickList.State.PICKED, MONDAY)
    assert PickTask.objects.get().closed_at == MONDAY
    assert CartTote.objects.get().freed_at is None


def test_a_pick_sent_twice_counts_once(walk: PickList, sku: Sku) -> None:
    scan = pick(sku, 2)

    assert record(walk, scan, scan).picked == 2
    before = books()
    assert record(walk, scan) == PickOutcome(0, 0, 0, is_done=False)
    assert books() == before
    assert record(walk, scan, pick(sku, 2)) == PickOutcome(2, 0, 0, is_done=True)
    assert record(walk, scan) == PickOutcome(0, 0, 0, is_done=True)


def test_a_whole_walk_may_come_at_once(hub: Hub, picker: User) -> None:
    seller = make_seller()
    ring, scarf = make_sku(seller), make_sku(seller)
    stock(hub, ring, 9, place="01-01")
    stock(hub, scarf, 9, place="03-02")
    walk = walking(
        hub,
        promised(hub, demand(ring, 2, group="A"), demand(scarf, 3, group="A"), demand(ring, 4, group="B")),
        worker=picker,
    )

    outcome = record(walk, *picks_of(walk))

    assert outcome == PickOutcome(picked=9, short=0, replaced=0, is_done=True)
    slots = {row.demand_group: row.tote.code for row in walk.totes.select_related("tote")}
    assert in_bin(hub, slots["A"], ring) + in_bin(hub, slots["A"], scarf) == 5
    assert in_bin(hub, slots["B"], ring) == 4
    assert set(Reservation.objects.values_list("held", "assigned")) == {(0, 0)}


def test_one_scan_serves_all_lines_of_an_item_in_a_tote(hub: Hub, sku: Sku, picker: User) -> None:
    stock(hub, sku, 9)
    rows = promised(hub, demand(sku, 2, group="A"), demand(sku, 3, group="A"))
    walk = walking(hub, rows, worker=picker)

    assert record(walk, pick(sku, 5)).is_done

    assert list(Reservation.objects.order_by("pk").values_list("picked", flat=True)) == [2, 3]
    moves = Move.objects.filter(kind=Move.Kind.PICK).order_by("source_line").values_list("source_line", "quantity")
    assert list(moves) == [(0, 2), (1, 3)]


def test_scans_may_be_written_as_scanners_do(walk: PickList, sku: Sku) -> None:
    gtin = code_of(sku)

    assert record(walk, pick(sku, 1, bin_code=" 01-01\n", tote_code="t1", item_code=f"]E0{gtin[1:]}")).picked == 1


# --- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "code", "field"),
    [
        ({"bin_code": "01-02"}, Conflict, "wrong_bin", "bin_code"),
        ({"bin_code": ""}, Conflict, "wrong_bin", "bin_code"),
        ({"tote_code": "T2"}, Conflict, "wrong_tote", "tote_code"),
        ({"tote_code": ""}, Conflict, "wrong_tote", "tote_code"),
        ({"item_code": "nonsense"}, Invalid, "unknown_barcode", "item_code"),
        ({"item_code": ""}, Invalid, "scan_empty", None),
        ({"item_code": "x" * 5_000}, Invalid, "scan_too_long", None),
        ({"quantity": 5}, Conflict, "over_pick", "quantity"),
        ({"quantity": 3, "short": 2}, Conflict, "over_pick", "quantity"),
        ({"quantity": 0}, Invalid, "quantity_invalid", None),
        ({"quantity": -1}, Invalid, "quantity_invalid", "quantity"),
        ({"quantity": 2**31}, Invalid, "quantity_invalid", "quantity"),
        ({"quantity": 1.5}, Invalid, "quantity_invalid", "quantity"),
        ({"quantity": None}, Invalid, "quantity_invalid", "quantity"),
        ({"short": -1}, Invalid, "quantity_invalid", "short"),
    ],
)
def test_a_wrong_pick_refuses_the_whole_call(
    walk: PickList, sku: Sku, change: dict, error: type, code: str, field: str | None
) -> None:
    right, wrong = pick(sku, 0, short=0), replace(pick(sku, 1), **change)
    right = replace(right, quantity=1) if code != "over_pick" else right
    picks = [wrong] if code == "over_pick" else [right, wrong]

    refusal = refused(error, code, lambda: record(walk, *picks))

    assert (refusal.row, refusal.field) == (len(picks), field) or (code.startswith("scan_"))


def test_the_item_must_be_the_one_this_bin_is_visited_for(hub: Hub, picker: User) -> None:
    seller = make_seller()
    ring, scarf = make_sku(seller, "RING"), make_sku(seller)
    stock(hub, ring, 5, place="01-01")
    stock(hub, scarf, 5, place="01-02")
    walk = walking(hub, promised(hub, demand(ring, 2, group="A"), demand(scarf, 2, group="A")), worker=picker)

    refusal = refused(Conflict, "wrong_item", lambda: record(walk, pick(scarf, 1, bin_code="01-01")))

    assert "RING" in refusal.message


def test_the_lot_must_be_the_one_that_was_promised(hub: Hub, picker: User) -> None:
    cream = make_sku(tracks_lots=True)
    stock(hub, cream, 5, lot=make_lot(cream, "A1"))
    walk = walking(hub, promised(hub, demand(cream, 2)), worker=picker)
    with_lot = "]d201{}10{}".format

    refusal = refused(
        Conflict, "wrong_lot", lambda: record(walk, pick(cream, 1, item_code=with_lot(code_of(cream), "B2")))
    )
    assert "A1" in refusal.message

    assert record(walk, pick(cream, 1, item_code=with_lot(code_of(cream), "A1"))).picked == 1
    assert record(walk, pick(cream, 1)).is_done


def test_another_picker_can_not_pick_what_this_one_was_promised(walk: PickList, sku: Sku) -> None:
    intruder, scan = make_user(), pick(sku, 1)

    refused(
        Forbidden,
        "not_your_list",
        lambda: record_picks(pick_list_id=walk.pk, worker_id=intruder.pk, picks=[scan]),
    )


def test_a_walk_that_is_not_begun_or_over_takes_no_picks(hub: Hub, sku: Sku, walk: PickList, picker: User) -> None:
    record(walk, pick(sku, 4))
    refused(Conflict, "pick_list_not_open", lambda: record(walk, pick(sku, 1)))

    (other,) = planned(hub, promised(hub, demand(sku, 1)))
    PickList.objects.filter(pk=other.pk).update(worker=picker)
    other.refresh_from_db()
    refused(Conflict, "pick_list_not_open", lambda: record(other, pick(sku, 1)))


# --- at once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_pickers_at_one_shelf_never_take_the_same_unit() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 4)
    walks = []
    for n in (1, 2):
        (pick_list,) = planned(hub, promised(hub, demand(sku, 2)))
        walks.append(start_pick_list(pick_list_id=pick_list.pk, worker_id=make_user().pk, totes={1: f"T{n}"}))

    def greedy(n: int) -> int:
        return sum(record(walks[n], pick(sku, 1, tote_code=f"T{n + 1}")).picked for _ in range(2))

    assert at_once([lambda n=n: greedy(n) for n in (0, 1)]) == [2, 2]
    assert (in_bin(hub, "01-01", sku), in_bin(hub, "T1", sku), in_bin(hub, "T2", sku)) == (0, 2, 2)


@pytest.mark.django_db(transaction=True)
def test_one_pick_from_two_handhelds_is_one_pick() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 4)
    walk = walking(hub, promised(hub, demand(sku, 3)))
    scan = pick(sku, 2)

    outcomes = at_once([lambda: record(walk, scan)] * 5)

    assert sorted(outcome.picked for outcome in outcomes) == [0, 0, 0, 0, 2]
    assert in_bin(hub, "T1", sku) == 2
