"""Lots: a blocked one is not sold, a recalled one not packed, an expired one taken out; other lots take its place."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from foundation import clock
from foundation.errors import Conflict
from tests.crowd import at_once
from tests.factories import (
    MONDAY,
    announced,
    bin_of,
    count_in,
    demand,
    make_hub,
    make_lot,
    make_sku,
    picks_of,
    planned,
    promised,
    queued,
    stock,
    unit_scan,
    walking,
)
from tests.refusals import refused
from tests.warehouses.shelves import FAR, block, free, on_shelves, stop, sums, unblock
from warehouses.models import (
    Hub,
    PickTask,
    PutawayTask,
    Reservation,
    Sku,
)
from warehouses.services.blocking import (
    PickedUnits,
    picked_of,
    recall_lot,
)
from warehouses.services.expiring import expire_stock, hubs_with_expired
from warehouses.services.handling import Goods, change_condition
from warehouses.services.picking import record_picks
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.reserving import allocate_page

# --- lots ------------------------------------------------------------------------------------------------


def test_a_blocked_lot_is_not_promised_and_comes_back_when_released(hub: Hub, cream: Sku) -> None:
    bad, good, other_hub = make_lot(cream, "BAD", FAR), make_lot(cream, "GOOD", FAR), make_hub()
    stock(hub, cream, 5, lot=bad)
    stock(hub, cream, 2, lot=good)
    stock(other_hub, cream, 4, lot=bad)

    assert stop(bad).units == 9

    assert (sums(hub, cream), sums(other_hub, cream)) == ((7, 2, 0), (4, 0, 0))
    assert promised(hub, demand(cream, 3))[0].held == 0

    assert free(bad).units == 9
    assert (sums(hub, cream), sums(other_hub, cream)) == ((7, 7, 0), (4, 4, 0))


def test_pick_tasks_take_another_lot(hub: Hub, cream: Sku) -> None:
    bad, good = make_lot(cream, "BAD", FAR), make_lot(cream, "GOOD", FAR + timedelta(days=1))
    stock(hub, cream, 2, lot=bad)
    rows = promised(hub, demand(cream, 2))
    (walk,) = planned(hub, rows)
    stock(hub, cream, 2, place="02-01", lot=good)

    row = stop(bad)

    assert (row.reassigned, row.waiting) == (2, 0)
    task = PickTask.objects.get(closed_at=None)
    assert (task.lot_id, task.pick_list_id, task.quantity) == (good.pk, walk.pk, 2)


def test_goods_of_a_blocked_lot_come_in_blocked(hub: Hub, cream: Sku) -> None:
    lot = make_lot(cream, "A1", FAR)
    (carton,) = announced(hub, [{cream: 4}], lots={cream: lot})
    count_in(carton, [unit_scan(cream, 4)])
    (task,) = propose_putaway(inbound_id=carton.inbound_id)
    stop(lot)

    confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code)])

    assert on_shelves(cream) == {(task.to_bin.code, "blocked"): 4}
    assert sums(hub, cream) == (4, 0, 0)
    assert free(lot).units == 4


def test_lot_and_bin_must_both_be_released(hub: Hub, cream: Sku) -> None:
    lot = make_lot(cream, "A1", FAR)
    stock(hub, cream, 4, lot=lot)
    block(hub)
    assert stop(lot, key="b2").units == 0

    assert unblock(hub).units == 0
    assert sums(hub, cream) == (4, 0, 0)
    assert free(lot, key="r2").units == 4

    block(hub, key="b3")
    stop(lot, key="b4")
    assert free(lot, key="r3").units == 0
    assert unblock(hub, key="r4").units == 4


def test_what_is_damaged_stays_damaged(hub: Hub, cream: Sku) -> None:
    lot = make_lot(cream, "A1", FAR)
    stock(hub, cream, 4, lot=lot)
    goods = Goods(bin_id=bin_of(hub, "01-01").pk, sku_id=cream.pk, lot_id=lot.pk)
    from_shelf = {"goods": goods, "to": "damaged", "quantity": 1, "reason": "torn"}
    change_condition(key="d", **from_shelf)

    stop(lot)
    free(lot)

    assert on_shelves(cream) == {("01-01", "sellable"): 3, ("01-01", "damaged"): 1}


# --- recalls ---------------------------------------------------------------------------------------------


def test_a_recall_says_where_the_picked_units_are(hub: Hub, cream: Sku) -> None:
    lot = make_lot(cream, "A1", FAR)
    stock(hub, cream, 6, lot=lot)
    first, second = promised(
        hub, demand(cream, 2, placed_at=MONDAY), demand(cream, 2, placed_at=MONDAY + timedelta(hours=1))
    )
    walk = walking(hub, [first, second])
    (pick,) = [pick for pick in picks_of(walk) if pick.tote_code == _tote_of(first)]
    record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[pick])

    with clock.playing(MONDAY):
        row = recall_lot(key="k", lot_id=lot.pk, reason="glass in it")

    lot.refresh_from_db()
    assert (lot.blocked_at, lot.recalled_at) == (MONDAY, MONDAY)
    assert (row.units, row.reassigned, row.waiting) == (4, 0, 2)
    assert picked_of(lot_id=lot.pk) == [PickedUnits(pick.tote_code, walk.number, first.demand_group, 2)]
    second.refresh_from_db()
    assert (second.held, second.assigned, second.waiting) == (0, 0, 2)
    job = ProcrastinateJob.objects.get(task_name="fulfillment.note_recalls")
    assert job.args == {"lot_ids": [lot.pk]}
    free(lot)
    lot.refresh_from_db()
    assert (lot.blocked_at, lot.recalled_at, lot.block_reason) == (None, None, "")


def _tote_of(row: Reservation) -> str:
    return PickTask.objects.get(reservation=row).cart_tote.tote.code


# --- expiry ----------------------------------------------------------------------------------------------


def test_a_lot_that_expires_before_it_is_picked_is_refused_and_replaced(hub: Hub, cream: Sku) -> None:
    old, good = make_lot(cream, "OLD", (MONDAY + timedelta(days=1)).date()), make_lot(cream, "GOOD", FAR)
    stock(hub, cream, 2, lot=old)
    stock(hub, cream, 2, place="02-01", lot=good)
    tomorrow = MONDAY + timedelta(days=1)
    with clock.playing(MONDAY):
        walk = walking(hub, promised(hub, demand(cream, 2)))
        assert hubs_with_expired() == []
        assert expire_stock(hub=hub) is None
    picks = picks_of(walk)
    assert PickTask.objects.get().lot_id == old.pk

    with clock.playing(tomorrow):
        refused(
            Conflict,
            "lot_expired",
            lambda: record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks),
        )
        assert hubs_with_expired() == [hub]
        row = expire_stock(hub=hub)
        assert row is not None
        assert (row.units, row.reassigned, row.waiting) == (2, 2, 0)
        assert on_shelves(cream) == {("01-01", "expired"): 2, ("02-01", "sellable"): 2}
        assert expire_stock(hub=hub) is None
        outcome = record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks_of(walk))

    assert (outcome.picked, outcome.is_done) == (2, True)


def test_expired_units_promised_without_a_bin_wait_again(hub: Hub, cream: Sku) -> None:
    old = make_lot(cream, "OLD", (MONDAY + timedelta(days=1)).date())
    stock(hub, cream, 2, lot=old)
    with clock.playing(MONDAY):
        promised(hub, demand(cream, 2))
    with clock.playing(MONDAY + timedelta(days=1)):
        row = expire_stock(hub=hub)

    assert row is not None
    assert (row.units, row.waiting) == (2, 2)
    assert Reservation.objects.get().waiting == 2


@pytest.mark.django_db(transaction=True)
def test_a_lot_is_blocked_while_its_goods_come_in_from_the_dock() -> None:
    hub, sku = make_hub(), make_sku(tracks_lots=True)
    lot = make_lot(sku, "A1", FAR)
    tasks = []
    for _ in range(6):
        (carton,) = announced(hub, [{sku: 2}], lots={sku: lot})
        count_in(carton, [unit_scan(sku, 2)])
        tasks += propose_putaway(inbound_id=carton.inbound_id)
    queued(hub, *(demand(sku, 1) for _ in range(8)))

    def put(task: PutawayTask) -> None:
        confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code)])
        allocate_page(hub_id=hub.pk)

    answers = at_once([*(lambda task=task: put(task) for task in tasks), lambda: stop(lot) and None])

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert sums(hub, sku) == (12, 0, 0)
    assert free(lot).units == 12
