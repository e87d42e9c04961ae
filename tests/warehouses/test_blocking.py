"""Blocking: nothing comes from a blocked bin or lot, others take its place, and a release brings all of it back."""

from datetime import timedelta

import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from tests.crowd import at_once
from tests.factories import (
    MONDAY,
    announced,
    bin_of,
    books,
    count_in,
    demand,
    make_hub,
    make_sku,
    planned,
    promised,
    stock,
    unit_scan,
)
from tests.refusals import refused
from tests.warehouses.shelves import block, on_shelves, sums, unblock
from warehouses.models import (
    Bin,
    Count,
    Hub,
    Instruction,
    PickList,
    PickTask,
    PutawayTask,
    Reservation,
    Sku,
)
from warehouses.services.blocking import (
    block_bin,
    block_lot,
)
from warehouses.services.counting import record_count
from warehouses.services.handling import Goods, adjust_stock, transfer_stock
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.reserving import allocate_page

# --- bins ------------------------------------------------------------------------------------------------


def test_a_blocked_bin_sells_nothing_and_a_release_brings_it_back(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    stock(hub, sku, 3, place="02-01")

    with clock.playing(MONDAY):
        row = block(hub)

    assert row.units == 5
    assert (bin_of(hub, "01-01").blocked_at, bin_of(hub, "01-01").block_reason) == (MONDAY, "rack bent")
    assert on_shelves(sku) == {("01-01", "blocked"): 5, ("02-01", "sellable"): 3}
    assert sums(hub, sku) == (8, 3, 0)
    assert promised(hub, demand(sku, 4))[0].waiting == 4

    assert unblock(hub).units == 5

    assert bin_of(hub, "01-01").blocked_at is None
    assert sums(hub, sku) == (8, 8, 0)
    assert len(allocate_page(hub_id=hub.pk).granted) == 1


def test_open_tasks_go_elsewhere_or_wait_again(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    rows = promised(hub, demand(sku, 2, placed_at=MONDAY), demand(sku, 3, placed_at=MONDAY + timedelta(hours=1)))
    (walk,) = planned(hub, rows)
    stock(hub, sku, 2, place="02-01")

    row = block(hub)

    assert (row.units, row.reassigned, row.waiting) == (5, 2, 3)
    old, young = Reservation.objects.order_by("pk")
    assert (old.held, old.assigned, old.waiting, young.held, young.waiting) == (2, 2, 0, 0, 3)
    task = PickTask.objects.get(closed_at=None)
    assert (task.bin.code, task.pick_list_id, task.reservation_id) == ("02-01", walk.pk, old.pk)
    assert PickList.objects.get().state == PickList.State.PLANNED


def test_blocking_twice_changes_nothing_and_an_old_key_does_not_block_again(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    block(hub)
    before = books()
    block(hub)
    assert block(hub, key="b2").units == 0
    assert books() == before

    unblock(hub)
    block(hub)

    assert bin_of(hub, "01-01").blocked_at is None
    assert sums(hub, sku) == (5, 5, 0)


def test_what_is_on_its_way_there_is_planned_elsewhere(hub: Hub, sku: Sku) -> None:
    (carton,) = announced(hub, [{sku: 4}])
    count_in(carton, [unit_scan(sku, 4)])
    (task,) = propose_putaway(inbound_id=carton.inbound_id)

    block(hub, task.to_bin.code)

    other = PutawayTask.objects.get()
    assert other.to_bin_id != task.to_bin_id
    refused(NotFound, "task_unknown", lambda: confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code="X")]))
    confirm_putaway(scans=[PutawayScan(task_id=other.pk, bin_code=other.to_bin.code)])
    assert sums(hub, sku) == (4, 4, 0)


def test_with_no_room_elsewhere_goods_wait_at_the_dock_for_a_plan(sku: Sku) -> None:
    hub = make_hub(aisles=1, bays=1)
    (carton,) = announced(hub, [{sku: 4}])
    count_in(carton, [unit_scan(sku, 4)])
    propose_putaway(inbound_id=carton.inbound_id)

    block(hub)

    assert not PutawayTask.objects.exists()
    refused(Conflict, "no_room", lambda: propose_putaway(inbound_id=carton.inbound_id))
    unblock(hub)
    assert len(propose_putaway(inbound_id=carton.inbound_id)) == 1


def test_nobody_puts_into_a_blocked_bin_but_one_may_empty_it(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    stock(hub, sku, 5, place="02-01")
    block(hub)
    here, there = bin_of(hub, "01-01").pk, bin_of(hub, "02-01").pk

    def transfer(key: str, start: int, end: int) -> Instruction:
        goods = Goods(bin_id=start, sku_id=sku.pk)
        return transfer_stock(key=key, goods=goods, to_bin_id=end, quantity=5, reason="rack bent")

    refused(Conflict, "bin_blocked", lambda: transfer("t1", there, here))
    transfer("t2", here, there)

    assert on_shelves(sku) == {("02-01", "sellable"): 10}
    assert sums(hub, sku) == (10, 10, 0)


def test_a_blocked_bin_is_counted_and_adjusted_as_it_is(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    block(hub)
    place = bin_of(hub, "01-01")
    count = Count.objects.create(hub=hub, bin=place, sku=sku, reason="asked", opened_at=MONDAY)

    assert record_count(count_id=count.pk, counted=3).expected == 5
    assert on_shelves(sku) == {("01-01", "blocked"): 3, ("LOST", "sellable"): 2}

    adjust_stock(key="a", goods=Goods(bin_id=place.pk, sku_id=sku.pk), by=4, reason="found")
    assert on_shelves(sku) == {("01-01", "blocked"): 7}
    assert sums(hub, sku) == (7, 0, 0)


@pytest.mark.parametrize("place", ["DOCK", "T1", "OUT", "LOST"])
def test_only_shelves_are_blocked(hub: Hub, place: str) -> None:
    refused(Invalid, "place_wrong", lambda: block(hub, place))
    refused(Invalid, "place_wrong", lambda: unblock(hub, place))


def test_there_is_no_such_bin_or_lot(hub: Hub) -> None:
    refused(NotFound, "bin_unknown", lambda: block_bin(key="k", bin_id=0, reason="r"))
    refused(NotFound, "lot_unknown", lambda: block_lot(key="k", lot_id=0, reason="r"))
    refused(Invalid, "reason_invalid", lambda: block_bin(key="k", bin_id=bin_of(hub, "01-01").pk, reason=""))


# --- at once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_bin_is_blocked_while_goods_arrive_and_leave() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 40)
    stock(hub, sku, 40, place="02-01")
    promised(hub, *(demand(sku, 1) for _ in range(20)))
    here, there = bin_of(hub, "01-01").pk, bin_of(hub, "02-01").pk

    def shift(n: int) -> None:
        for k in range(5):
            start, end = (here, there) if n % 2 else (there, here)
            try:
                transfer_stock(
                    key=f"{n}/{k}", goods=Goods(bin_id=start, sku_id=sku.pk), to_bin_id=end, quantity=1,
                    reason="shift", displace=True,
                )  # fmt: skip
            except Conflict as refusal:
                if refusal.code != "bin_blocked":
                    raise

    def toggle() -> None:
        for k in range(5):
            block(hub, key=f"b{k}")
            allocate_page(hub_id=hub.pk)
            unblock(hub, key=f"r{k}")

    def walk() -> None:
        planned(hub, list(Reservation.objects.all()))

    assert at_once([lambda: shift(0), lambda: shift(1), toggle, walk]) == [None] * 4
    assert sums(hub, sku)[:2] == (80, 80)
    assert Bin.objects.get(pk=here).blocked_at is None
