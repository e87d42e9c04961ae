"""Putaway: a bin for every counted unit, a walk to them, and only then goods that can be sold."""

from itertools import pairwise

import pytest
from django.db import ProgrammingError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation import clock
from foundation.errors import Conflict, NotFound
from tests.crowd import at_once
from tests.factories import (
    MONDAY,
    announced,
    bin_of,
    books,
    count_in,
    in_bin,
    make_hub,
    make_lot,
    make_seller,
    make_sku,
    make_user,
    received,
    stock,
    unit_scan,
)
from tests.refusals import refused
from tests.sandbox import undone
from warehouses.models import Balance, Bin, BinBalance, Carton, Case, Condition, Hub, Inbound, Move, PutawayTask, Sku
from warehouses.services.cases import answer_case
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway

LITRE = 1_000_000


def counted(hub: Hub, contents: dict[Sku, int], damaged: int = 0) -> Inbound:
    """An inbound of one carton, counted; `damaged` units of the first item are."""
    (carton,) = announced(hub, [contents])
    scans = [unit_scan(sku, n) for sku, n in contents.items()]
    if damaged:
        first = next(iter(contents))
        scans[0] = unit_scan(first, contents[first] - damaged)
        scans.append(unit_scan(first, damaged, Condition.DAMAGED))
    return count_in(carton, scans).inbound


def scans_of(tasks: list[PutawayTask]) -> list[PutawayScan]:
    return [PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks]


def sellable(hub: Hub, sku: Sku) -> int:
    return Balance.objects.get(hub=hub, sku=sku).sellable


# --- proposing -------------------------------------------------------------------------------------------


def test_every_counted_unit_gets_a_bin_for_its_kind(hub: Hub, sku: Sku) -> None:
    inbound = counted(hub, {sku: 10}, damaged=2)

    tasks = propose_putaway(inbound_id=inbound.pk)

    assert PutawayTask.objects.count() == len(tasks)
    assert {(task.hub, task.work_ref, task.from_bin.code, task.state) for task in tasks} == {
        (hub, inbound.number, "DOCK", PutawayTask.State.PROPOSED)
    }
    assert [task.sequence for task in tasks] == list(range(1, len(tasks) + 1))
    good = [task for task in tasks if task.condition == Condition.SELLABLE]
    assert sum(task.quantity for task in good) == 8
    assert {task.to_bin.kind for task in good} == {Bin.Kind.STORAGE}
    (broken,) = [task for task in tasks if task.condition == Condition.DAMAGED]
    assert (broken.quantity, broken.to_bin.code) == (2, "DAMAGED")


def test_a_proposal_moves_nothing(hub: Hub, sku: Sku) -> None:
    inbound = counted(hub, {sku: 10})
    before = books()

    propose_putaway(inbound_id=inbound.pk)

    assert books() == before
    assert sellable(hub, sku) == 0


def test_asked_twice_it_proposes_nothing_new(hub: Hub, sku: Sku) -> None:
    inbound = counted(hub, {sku: 10})
    first = propose_putaway(inbound_id=inbound.pk)

    assert propose_putaway(inbound_id=inbound.pk) == []
    confirm_putaway(scans=scans_of(first))
    assert propose_putaway(inbound_id=inbound.pk) == []
    assert sum(PutawayTask.objects.values_list("quantity", flat=True)) == 10


def test_only_closed_cartons_are_put_away(hub: Hub, sku: Sku) -> None:
    first, second = announced(hub, [{sku: 3}, {sku: 4}])
    assert propose_putaway(inbound_id=first.inbound_id) == []

    count_in(first, [unit_scan(sku, 3)])
    tasks = propose_putaway(inbound_id=first.inbound_id)
    assert sum(task.quantity for task in tasks) == 3

    count_in(second, [unit_scan(sku, 4)])
    tasks = propose_putaway(inbound_id=first.inbound_id)
    assert sum(task.quantity for task in tasks) == 4


def test_what_does_not_fit_one_bin_is_spread(db) -> None:
    hub, sku = make_hub(bin_volume_mm3=4 * LITRE), make_sku()

    tasks = propose_putaway(inbound_id=counted(hub, {sku: 10}).pk)

    assert sorted(task.quantity for task in tasks) == [2, 4, 4]
    assert len({task.to_bin for task in tasks}) == 3


def test_room_counts_what_lies_there_and_what_others_will_bring(db) -> None:
    hub, sku = make_hub(aisles=2, bays=2, bin_volume_mm3=4 * LITRE), make_sku()
    stock(hub, sku, 3, place="01-01")
    second, third, last = (counted(hub, {item: units}) for item, units in ((sku, 2), (sku, 4), (make_sku(), 3)))
    # There was room for all of it when it was announced; then an aisle was closed.
    Bin.objects.filter(hub=hub, code__startswith="02-").update(blocked_at=MONDAY)
    propose_putaway(inbound_id=second.pk)

    refusal = refused(Conflict, "no_room", lambda: propose_putaway(inbound_id=third.pk))
    assert f"1 x {sku.code}" in refusal.message

    tasks = propose_putaway(inbound_id=last.pk)
    assert sum(task.quantity for task in tasks) == 3


def test_weight_limits_a_bin_too(db) -> None:
    hub, sku = make_hub(aisles=1, bays=1), make_sku(weight_g=600_000)

    inbound = counted(hub, {sku: 2})

    refusal = refused(Conflict, "no_room", lambda: propose_putaway(inbound_id=inbound.pk))

    assert sku.code in refusal.message


def test_a_bin_without_limits_takes_anything(db) -> None:
    hub, sku = make_hub(aisles=1, bays=1), make_sku(weight_g=600_000)
    Bin.objects.filter(hub=hub, kind=Bin.Kind.STORAGE).update(volume_mm3=0, max_weight_g=0)

    tasks = propose_putaway(inbound_id=counted(hub, {sku: 500}).pk)

    assert [(task.quantity, task.to_bin.code) for task in tasks] == [(500, "01-01")]


def test_the_walk_goes_down_the_aisles_in_order(db) -> None:
    hub, seller = make_hub(aisles=3, bays=4, bin_volume_mm3=LITRE), make_seller()
    contents = {make_sku(seller): 1 for _ in range(9)}

    tasks = propose_putaway(inbound_id=counted(hub, contents).pk)

    aisles = [task.to_bin.aisle for task in tasks]
    assert sum(a != b for a, b in pairwise(aisles)) <= 4  # each aisle once, or twice for one on the way back


def test_an_inbound_that_does_not_exist_is_not_found(db) -> None:
    refused(NotFound, "inbound_unknown", lambda: propose_putaway(inbound_id=0))


# --- confirming ------------------------------------------------------------------------------------------


def test_goods_are_sellable_once_they_are_in_their_bin(hub: Hub, sku: Sku) -> None:
    worker, inbound = make_user(), counted(hub, {sku: 10}, damaged=2)
    tasks = propose_putaway(inbound_id=inbound.pk)

    with clock.playing(MONDAY):
        moved = confirm_putaway(scans=scans_of(tasks), worker_id=worker.pk)

    assert moved == 10
    balance = Balance.objects.get()
    assert (balance.on_hand, balance.sellable, balance.reserved) == (10, 8, 0)
    assert (in_bin(hub, "DOCK", sku), in_bin(hub, "DAMAGED", sku)) == (0, 2)
    done = PutawayTask.objects.order_by().values_list("state", "worker", "done_at").distinct()
    assert list(done) == [(PutawayTask.State.DONE, worker.pk, MONDAY)]
    inbound.refresh_from_db()
    assert (inbound.state, inbound.sellable_at) == (Inbound.State.RECEIVED, MONDAY)  # a case of damage is open


def test_putaway_keeps_the_lot(hub: Hub, sku: Sku) -> None:
    lot = make_lot(sku)
    (carton,) = announced(hub, [{sku: 3}], lots={sku: lot})
    count_in(carton, [unit_scan(sku, 3)])

    confirm_putaway(scans=scans_of(propose_putaway(inbound_id=carton.inbound_id)))

    assert BinBalance.objects.exclude(on_hand=0).values_list("lot", "on_hand").get() == (lot.pk, 3)


def test_confirmed_twice_moves_once(hub: Hub, sku: Sku) -> None:
    scans = scans_of(propose_putaway(inbound_id=counted(hub, {sku: 10}).pk))
    assert confirm_putaway(scans=[*scans, *scans]) == 10
    before = books()

    assert confirm_putaway(scans=scans) == 0
    assert books() == before
    assert Move.objects.filter(kind=Move.Kind.PUTAWAY).count() == len(scans)


def test_nothing_scanned_is_nothing_moved(db) -> None:
    assert confirm_putaway(scans=[]) == 0


def test_a_wrong_bin_is_refused_by_name_and_takes_the_whole_call_with_it(db) -> None:
    hub, seller = make_hub(bin_volume_mm3=10 * LITRE), make_seller()
    tasks = propose_putaway(inbound_id=counted(hub, {make_sku(seller): 10, make_sku(seller): 10}).pk)
    right, wrong = scans_of(tasks)
    elsewhere = PutawayScan(task_id=wrong.task_id, bin_code=right.bin_code)

    refusal = refused(Conflict, "wrong_bin", lambda: confirm_putaway(scans=[right, elsewhere]))

    assert (refusal.row, refusal.field, refusal.facts) == (2, "bin_code", {"bin": wrong.bin_code})


def test_a_scanned_bin_may_be_written_as_scanners_do(hub: Hub, sku: Sku) -> None:
    (task,) = propose_putaway(inbound_id=counted(hub, {sku: 1}).pk)

    assert confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=f" {task.to_bin.code.lower()}\n")]) == 1


def test_a_task_that_does_not_exist_is_not_found(hub: Hub, sku: Sku) -> None:
    scans = scans_of(propose_putaway(inbound_id=counted(hub, {sku: 1}).pk))

    refusal = refused(
        NotFound, "task_unknown", lambda: confirm_putaway(scans=[*scans, PutawayScan(task_id=0, bin_code="01-01")])
    )

    assert refusal.row == 2


def test_an_inbound_closes_with_its_last_unit_whatever_came_last(hub: Hub, sku: Sku) -> None:
    first, second = announced(hub, [{sku: 3}, {sku: 4}])
    count_in(first, [unit_scan(sku, 3)])
    tasks = propose_putaway(inbound_id=first.inbound_id)
    confirm_putaway(scans=scans_of(tasks))
    assert Inbound.objects.get().state == Inbound.State.RECEIVING

    count_in(second, [])
    assert Inbound.objects.get().state == Inbound.State.RECEIVED
    answer_case(case_id=Case.objects.get().pk, choice="accept")

    assert Inbound.objects.get().state == Inbound.State.CLOSED


def test_an_inbound_stays_open_while_a_unit_waits_at_the_dock(db) -> None:
    hub, sku = make_hub(bin_volume_mm3=4 * LITRE), make_sku()
    inbound = counted(hub, {sku: 8})
    one, other = scans_of(propose_putaway(inbound_id=inbound.pk))

    confirm_putaway(scans=[one])
    inbound.refresh_from_db()
    assert (inbound.state, inbound.sellable_at) == (Inbound.State.RECEIVED, None)
    confirm_putaway(scans=[other])

    inbound.refresh_from_db()
    assert inbound.state == Inbound.State.CLOSED


def test_the_whole_way_in_through_the_services(hub: Hub) -> None:
    seller = make_seller()
    ring, scarf = make_sku(seller), make_sku(seller)

    inbound = received(hub, {ring: 10, scarf: 4})

    assert inbound.state == Inbound.State.CLOSED
    assert Carton.objects.get().state == Carton.State.RECEIVED
    assert (sellable(hub, ring), sellable(hub, scarf)) == (10, 4)


def test_a_finished_task_can_not_be_opened_again(hub: Hub, sku: Sku) -> None:
    confirm_putaway(scans=scans_of(propose_putaway(inbound_id=counted(hub, {sku: 1}).pk)))

    with pytest.raises(ProgrammingError, match="Invalid transition"), transaction.atomic():
        PutawayTask.objects.update(state=PutawayTask.State.PROPOSED)

    assert PutawayTask.objects.get().state == PutawayTask.State.DONE


@given(amounts=st.lists(st.integers(1, 8), min_size=1, max_size=3), bin_litres=st.integers(2, 6))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bin_is_ever_filled_beyond_its_volume(db, amounts: list[int], bin_litres: int) -> None:
    with undone():
        hub, seller = make_hub(aisles=2, bays=6, bin_volume_mm3=bin_litres * LITRE), make_seller()
        for amount in amounts:
            received(hub, {make_sku(seller): amount})

        full = Balance.objects.filter(hub=hub)
        assert sum(full.values_list("sellable", flat=True)) == sum(amounts)
        for place in Bin.objects.filter(hub=hub, kind=Bin.Kind.STORAGE):
            assert sum(row.on_hand for row in place.balances.all()) <= bin_litres


# --- at once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_trolleys_that_confirm_the_same_tasks_move_them_once() -> None:
    hub, seller = make_hub(bin_volume_mm3=10 * LITRE), make_seller()
    skus = [make_sku(seller) for _ in range(4)]
    scans = scans_of(propose_putaway(inbound_id=counted(hub, dict.fromkeys(skus, 5)).pk))

    moved = at_once([lambda: confirm_putaway(scans=scans), lambda: confirm_putaway(scans=scans[::-1])] * 3)

    assert sorted(moved) == [0] * 5 + [20]
    assert Move.objects.filter(kind=Move.Kind.PUTAWAY).count() == len(scans)
    assert Inbound.objects.get().state == Inbound.State.CLOSED


@pytest.mark.django_db(transaction=True)
def test_inbounds_planned_at_once_do_not_fill_the_same_bin() -> None:
    hub = make_hub(aisles=2, bays=4, bin_volume_mm3=4 * LITRE)
    inbounds = [counted(hub, {make_sku(): 4}) for _ in range(6)]

    at_once([lambda pk=inbound.pk: propose_putaway(inbound_id=pk) for inbound in inbounds])

    filled = PutawayTask.objects.values_list("to_bin", "quantity")
    assert sum(n for _, n in filled) == 24
    by_bin: dict[int, int] = {}
    for place, n in filled:
        by_bin[place] = by_bin.get(place, 0) + n
    assert max(by_bin.values()) <= 4


@pytest.mark.django_db(transaction=True)
def test_one_inbound_proposed_by_many_is_proposed_once() -> None:
    hub, sku = make_hub(), make_sku()
    inbound = counted(hub, {sku: 7})

    proposed = at_once([lambda: propose_putaway(inbound_id=inbound.pk)] * 5)

    assert sorted(len(tasks) for tasks in proposed) == [0, 0, 0, 0, 1]
    assert PutawayTask.objects.get().quantity == 7
    assert bin_of(hub, "DOCK").balances.get().on_hand == 7
