"""The ledger: what a step writes, what it refuses, and that nothing in it can be changed."""

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from foundation import clock
from foundation.errors import Conflict, Invalid
from tests.factories import (
    MONDAY,
    bin_of,
    books,
    demand,
    make_hub,
    make_lot,
    make_sku,
    make_user,
    planned,
    promised,
    stock,
)
from tests.roles import as_owner
from warehouses.models import Balance, BinBalance, Condition, Move
from warehouses.services.moving import Step, post_moves, ring
from warehouses.signals import stock_moved

pytestmark = pytest.mark.django_db


def step(**fields) -> Step:
    """A count's step, unless it says otherwise."""
    return Step(**{"kind": Move.Kind.COUNT, "source": "test:1", "quantity": 1, **fields})


def balance(hub, sku) -> tuple[int, int, int]:
    """On hand, sellable and reserved of an item in a hub."""
    return Balance.objects.values_list("on_hand", "sellable", "reserved").get(hub=hub, sku=sku)


def test_a_step_is_one_move_with_who_when_and_why() -> None:
    hub, sku, worker = make_hub(), make_sku(), make_user()
    shelf = bin_of(hub, "01-01")

    with clock.playing(MONDAY):
        done = post_moves(
            hub_id=hub.pk,
            steps=[step(source_line=3, sku_id=sku.pk, quantity=5, to_bin_id=shelf.pk, reason="found behind a pallet")],
            actor_id=worker.pk,
        )

    move = Move.objects.get()
    assert (move.kind, move.source, move.source_line, move.sku, move.lot) == ("count", "test:1", 3, sku, None)
    assert (move.quantity, move.from_bin, move.to_bin, move.condition) == (5, None, shelf, "sellable")
    assert (move.actor, move.reason, move.occurred_at) == (worker, "found behind a pallet", MONDAY)
    assert move.recorded_at != MONDAY
    assert [(moved.step.quantity, moved.occurred_at) for moved in done] == [(5, MONDAY)]


@pytest.mark.parametrize(
    ("place", "condition", "sellable"),
    [
        ("01-01", Condition.SELLABLE, 5),
        ("01-01", Condition.DAMAGED, 0),
        ("DOCK", Condition.SELLABLE, 0),
        ("OUT", Condition.SELLABLE, 0),
        ("LOST", Condition.SELLABLE, 0),
        ("DAMAGED", Condition.DAMAGED, 0),
    ],
)
def test_only_sellable_units_on_a_shelf_can_be_sold(place: str, condition: str, sellable: int) -> None:
    hub, sku = make_hub(), make_sku()

    post_moves(
        hub_id=hub.pk,
        steps=[step(sku_id=sku.pk, quantity=5, to_bin_id=bin_of(hub, place).pk, condition=condition)],
    )

    assert balance(hub, sku) == (5, sellable, 0)


def test_units_keep_their_lot_and_condition_on_the_way() -> None:
    hub, sku = make_hub(), make_sku()
    lot, shelf, quarantine = make_lot(sku), bin_of(hub, "01-01"), bin_of(hub, "DAMAGED")
    stock(hub, sku, 4, lot=lot)
    stock(hub, sku, 3)

    post_moves(
        hub_id=hub.pk,
        steps=[step(sku_id=sku.pk, lot_id=lot.pk, quantity=4, from_bin_id=shelf.pk, to_bin_id=quarantine.pk)],
    )

    rows = BinBalance.objects.exclude(on_hand=0).order_by("bin")
    assert sorted((row.bin.code, row.lot, row.on_hand) for row in rows) == [("01-01", None, 3), ("DAMAGED", lot, 4)]
    assert balance(hub, sku) == (7, 3, 0)


def test_units_that_leave_the_building_leave_the_hub() -> None:
    hub, sku = make_hub(), make_sku()
    shelf = stock(hub, sku, 4)

    post_moves(hub_id=hub.pk, steps=[step(sku_id=sku.pk, quantity=3, from_bin_id=shelf.pk)])

    assert balance(hub, sku) == (1, 1, 0)


def test_a_bin_counts_its_age_from_when_it_was_last_empty() -> None:
    hub, sku = make_hub(), make_sku()
    tuesday, wednesday = MONDAY.replace(day=3), MONDAY.replace(day=4)
    with clock.playing(MONDAY):
        shelf = stock(hub, sku, 1)
    with clock.playing(tuesday):
        stock(hub, sku, 1)
    assert BinBalance.objects.get().since == MONDAY

    with clock.playing(tuesday):
        post_moves(hub_id=hub.pk, steps=[step(sku_id=sku.pk, quantity=2, from_bin_id=shelf.pk)])
    with clock.playing(wednesday):
        stock(hub, sku, 1)

    assert BinBalance.objects.get().since == wednesday


def test_the_same_step_twice_moves_once() -> None:
    hub, sku = make_hub(), make_sku()
    shelf = bin_of(hub, "01-01")
    found = step(sku_id=sku.pk, quantity=5, to_bin_id=shelf.pk)

    first = post_moves(hub_id=hub.pk, steps=[found, found])
    before = books()
    again = post_moves(hub_id=hub.pk, steps=[found])

    assert [moved.step for moved in first] == [found]
    assert again == []
    assert books() == before
    assert balance(hub, sku) == (5, 5, 0)


def test_a_repeated_step_does_not_keep_a_new_one_from_moving() -> None:
    hub, sku = make_hub(), make_sku()
    shelf = bin_of(hub, "01-01")
    known = step(sku_id=sku.pk, quantity=5, to_bin_id=shelf.pk)
    post_moves(hub_id=hub.pk, steps=[known])
    fresh = [
        step(source_line=1, sku_id=sku.pk, quantity=2, to_bin_id=shelf.pk),
        step(kind=Move.Kind.SHIP, sku_id=sku.pk, quantity=1, from_bin_id=shelf.pk),
    ]

    done = post_moves(hub_id=hub.pk, steps=[known, *fresh])

    assert [moved.step for moved in done] == fresh
    assert balance(hub, sku) == (6, 6, 0)


def test_no_steps_are_no_moves() -> None:
    assert post_moves(hub_id=make_hub().pk, steps=[]) == []
    assert Move.objects.count() == 0


def test_more_than_a_bin_holds_is_refused_by_name() -> None:
    hub, sku = make_hub(), make_sku(code="LIPSTICK")
    shelf = stock(hub, sku, 4)
    before = books()

    with pytest.raises(Conflict) as refusal, transaction.atomic():
        post_moves(
            hub_id=hub.pk,
            steps=[
                step(sku_id=sku.pk, quantity=3, from_bin_id=shelf.pk),
                step(source_line=1, sku_id=sku.pk, quantity=2, from_bin_id=shelf.pk),
            ],
        )

    assert refusal.value.code == "stock_short"
    assert refusal.value.facts == {"bin": "01-01", "sku": "LIPSTICK"}
    assert books() == before


def test_units_that_a_picker_will_fetch_can_not_be_moved_away() -> None:
    hub, sku = make_hub(), make_sku()
    shelf = stock(hub, sku, 5)
    planned(hub, promised(hub, demand(sku, 4)))
    before = books()

    with pytest.raises(Conflict) as refusal, transaction.atomic():
        post_moves(hub_id=hub.pk, steps=[step(sku_id=sku.pk, quantity=2, from_bin_id=shelf.pk)])

    assert refusal.value.code == "stock_short"
    assert books() == before


def test_a_move_that_would_break_a_promise_is_refused_though_the_bin_has_the_units() -> None:
    hub, sku = make_hub(), make_sku(code="MASCARA")
    shelf = stock(hub, sku, 5)
    promised(hub, demand(sku, 4))
    before = books()

    with pytest.raises(Conflict) as refusal, transaction.atomic():
        post_moves(
            hub_id=hub.pk,
            steps=[step(sku_id=sku.pk, quantity=2, from_bin_id=shelf.pk, to_bin_id=bin_of(hub, "DOCK").pk)],
        )

    assert refusal.value.code == "stock_short"
    assert refusal.value.facts == {"sku": "MASCARA"}
    assert books() == before


def test_moving_between_shelves_keeps_a_promise_without_a_bin() -> None:
    hub, sku = make_hub(), make_sku()
    shelf = stock(hub, sku, 5)
    promised(hub, demand(sku, 5))

    post_moves(
        hub_id=hub.pk,
        steps=[step(sku_id=sku.pk, quantity=5, from_bin_id=shelf.pk, to_bin_id=bin_of(hub, "01-02").pk)],
    )

    assert balance(hub, sku) == (5, 5, 5)


def test_a_bin_of_another_hub_is_refused() -> None:
    hub, other, sku = make_hub(), make_hub(), make_sku()
    shelf = stock(hub, sku, 4)
    before = books()

    with pytest.raises(Invalid) as refusal, transaction.atomic():
        post_moves(
            hub_id=hub.pk,
            steps=[step(sku_id=sku.pk, quantity=1, from_bin_id=shelf.pk, to_bin_id=bin_of(other, "01-01").pk)],
        )

    assert refusal.value.code == "bin_of_other_hub"
    assert books() == before


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_move_has_units(quantity: int) -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    before = books()

    with pytest.raises(Invalid) as refusal, transaction.atomic():
        post_moves(hub_id=hub.pk, steps=[step(sku_id=sku.pk, quantity=quantity, to_bin_id=bin_of(hub, "01-01").pk)])

    assert refusal.value.code == "quantity_invalid"
    assert books() == before


def test_a_move_goes_somewhere() -> None:
    hub, sku = make_hub(), make_sku()
    shelf = stock(hub, sku, 1)
    before = books()

    for nowhere in ({}, {"from_bin_id": shelf.pk, "to_bin_id": shelf.pk}):
        with pytest.raises(IntegrityError, match="move_goes_somewhere"), transaction.atomic():
            post_moves(hub_id=hub.pk, steps=[step(sku_id=sku.pk, **nowhere)])

    assert books() == before


def test_the_bell_rings_once_with_all_moves_of_the_hub_and_not_for_none() -> None:
    hub, sku = make_hub(), make_sku()
    heard = []

    def listen(sender, hub_id, moves, **_) -> None:
        heard.append((sender, hub_id, moves))

    stock_moved.connect(listen)
    try:
        moves = post_moves(
            hub_id=hub.pk,
            steps=[step(source_line=n, sku_id=sku.pk, to_bin_id=bin_of(hub, "01-01").pk) for n in range(3)],
        )
        assert heard == []
        ring(hub.pk, moves)
        ring(hub.pk, [])
    finally:
        stock_moved.disconnect(listen)

    assert heard == [(Move, hub.pk, moves)]


@pytest.mark.parametrize(
    "change",
    [
        lambda: Move.objects.update(quantity=9),
        lambda: Move.objects.all().delete(),
        lambda: Move.objects.get().delete(),
        lambda: Move.objects.get().save(update_fields=["reason"]),
    ],
)
def test_the_ledger_is_append_only(change) -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 4)

    with pytest.raises(ProgrammingError, match="Cannot update or delete"), as_owner():
        change()

    assert Move.objects.get().quantity == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda: Balance.objects.update(reserved=5),
        lambda: Balance.objects.update(sellable=5),
        lambda: Balance.objects.update(on_hand=-1),
        lambda: BinBalance.objects.update(reserved=5),
        lambda: BinBalance.objects.update(on_hand=-1),
    ],
)
def test_the_database_itself_refuses_to_oversell(change) -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 4)
    before = books()

    with pytest.raises(IntegrityError), transaction.atomic():
        change()

    assert books() == before
