"""Which bins goods go to: near the depot what is picked often, apart what is dangerous, at hand what is waited for."""

import pytest

from foundation.errors import Conflict
from tests.factories import (
    bin_of,
    books,
    demand,
    in_bin,
    make_hub,
    make_seller,
    make_sku,
    picks_of,
    promised,
    queued,
    stock,
    walking,
)
from tests.refusals import refused
from tests.warehouses.test_putaway import counted, scans_of
from warehouses.models import Bin, Hub, PutawayTask, Sku, Zone
from warehouses.services.blocking import block_bin
from warehouses.services.picking import record_picks
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway

LITRE = 1_000_000


def proposed(hub: Hub, goods: dict[Sku, int]) -> dict[str, set[str]]:
    """The bins by item."""
    tasks = propose_putaway(inbound_id=counted(hub, goods).pk)
    return {sku.code: {task.to_bin.code for task in tasks if task.sku_id == sku.pk} for sku in goods}


def test_what_is_picked_often_lies_nearest(db) -> None:
    hub, seller = make_hub(aisles=1, bays=4, bin_volume_mm3=10 * LITRE, cart_totes=12, totes=12), make_seller()
    slow, fast = make_sku(seller, "SLOW"), make_sku(seller, "FAST")
    stock(hub, fast, 10, place="01-04")
    walk = walking(hub, promised(hub, *(demand(fast, 1) for _ in range(10))))
    record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks_of(walk))

    assert proposed(hub, {slow: 9, fast: 9}) == {"FAST": {"01-01"}, "SLOW": {"01-02"}}


def test_dangerous_goods_keep_apart(db) -> None:
    hub, seller = make_hub(aisles=1, bays=3), make_seller()
    spirit, bleach = make_sku(seller, "SPIRIT", hazmat_class="3"), make_sku(seller, "BLEACH", hazmat_class="5.1")
    soap = make_sku(seller, "SOAP", hazmat_class="8")

    bins = proposed(hub, {spirit: 2, bleach: 2, soap: 2})

    assert bins["SPIRIT"].isdisjoint(bins["BLEACH"])
    assert bins["SOAP"].isdisjoint(bins["BLEACH"])


def test_where_no_bin_may_take_it_beside_what_lies_there_nothing_is_proposed(db) -> None:
    hub, seller = make_hub(aisles=1, bays=1), make_seller()
    stock(hub, make_sku(seller, hazmat_class="3"), 1)
    inbound = counted(hub, {make_sku(seller, "BLEACH", hazmat_class="5.1"): 2})

    refusal = refused(Conflict, "no_room", lambda: propose_putaway(inbound_id=inbound.pk))

    assert "2 x BLEACH" in refusal.message


# --- trips -----------------------------------------------------------------------------------------------


def test_a_small_trolley_goes_several_times(db) -> None:
    hub, sku = make_hub(bin_volume_mm3=4 * LITRE), make_sku()
    hub.trolley_volume_mm3 = 5 * LITRE
    hub.save(update_fields=["trolley_volume_mm3"])

    tasks = propose_putaway(inbound_id=counted(hub, {sku: 10}, damaged=1).pk)

    good = [task for task in tasks if task.to_bin.kind == Bin.Kind.STORAGE]
    by_trip = [sum(task.quantity for task in good if task.trip == trip) for trip in sorted({t.trip for t in good})]
    assert sum(by_trip) == 9
    assert max(by_trip) <= 5
    assert [task.sequence for task in tasks] == list(range(1, len(tasks) + 1))
    assert [task.trip for task in tasks] == sorted(task.trip for task in tasks)
    assert confirm_putaway(scans=scans_of(tasks)) == 10


# --- cross-dock ------------------------------------------------------------------------------------------


@pytest.fixture
def bench(hub: Hub) -> Bin:
    """A shelf by the benches."""
    zone = Zone.objects.create(hub=hub, code="X", name="By the benches", is_cross_dock=True)
    place = bin_of(hub, "03-01")
    place.zone = zone
    place.save(update_fields=["zone"])
    return place


def test_what_orders_wait_for_goes_to_the_benches(hub: Hub, sku: Sku, bench: Bin) -> None:
    queued(hub, demand(sku, 3), demand(sku, 1))

    tasks = propose_putaway(inbound_id=counted(hub, {sku: 10}).pk)

    units = {task.to_bin.code: task.quantity for task in tasks}
    assert units.pop(bench.code) == 4
    assert sum(units.values()) == 6


def test_without_anybody_waiting_that_shelf_stays_empty(hub: Hub, sku: Sku, bench: Bin) -> None:
    assert bench.code not in proposed(hub, {sku: 10})["RING"]


def test_what_finds_no_room_by_the_benches_goes_to_the_aisles(hub: Hub, sku: Sku, bench: Bin) -> None:
    bench.volume_mm3 = 2 * LITRE
    bench.save(update_fields=["volume_mm3"])
    queued(hub, demand(sku, 5))

    tasks = propose_putaway(inbound_id=counted(hub, {sku: 5}).pk)

    assert {task.to_bin.code: task.quantity for task in tasks if task.to_bin == bench} == {bench.code: 2}
    assert sum(task.quantity for task in tasks) == 5


# --- another bin -----------------------------------------------------------------------------------------


def elsewhere(task: PutawayTask, code: str, reason: str = "full of air") -> PutawayScan:
    return PutawayScan(task_id=task.pk, bin_code=code, reason=reason)


def test_with_a_reason_another_bin_will_do_and_it_is_kept(hub: Hub, sku: Sku) -> None:
    (task,) = propose_putaway(inbound_id=counted(hub, {sku: 4}).pk)
    proposed_code = task.to_bin.code

    scan = elsewhere(task, "03-04")
    assert confirm_putaway(scans=[scan]) == 4
    assert confirm_putaway(scans=[scan]) == 0

    row = PutawayTask.objects.get()
    assert (row.to_bin.code, row.proposed_bin.code, row.override_reason) == ("03-04", proposed_code, "full of air")
    assert (in_bin(hub, "03-04", sku), in_bin(hub, proposed_code, sku)) == (4, 0)


def test_a_reason_for_the_bin_that_was_proposed_changes_nothing(hub: Hub, sku: Sku) -> None:
    (task,) = propose_putaway(inbound_id=counted(hub, {sku: 4}).pk)

    confirm_putaway(scans=[elsewhere(task, task.to_bin.code)])

    assert PutawayTask.objects.values_list("proposed_bin", "override_reason").get() == (None, "")


@pytest.mark.parametrize("code", ["T1", "DAMAGED", "NOWHERE", "02-02"])
def test_a_bin_that_can_not_take_it_is_refused_and_nothing_moves(hub: Hub, sku: Sku, code: str) -> None:
    full = bin_of(hub, "02-02")
    full.volume_mm3 = 3 * LITRE
    full.save(update_fields=["volume_mm3"])
    (task,) = propose_putaway(inbound_id=counted(hub, {sku: 4}).pk)
    before = books()

    refusal = refused(Conflict, "bin_unsuitable", lambda: confirm_putaway(scans=[elsewhere(task, code)]))

    assert (refusal.row, refusal.facts["bin"]) == (1, task.to_bin.code)
    assert books() == before
    assert PutawayTask.objects.get().to_bin == task.to_bin


def test_two_that_take_the_same_other_bin_count_for_each_other(db) -> None:
    hub, seller = make_hub(), make_seller()
    small = bin_of(hub, "03-04")
    small.volume_mm3 = 5 * LITRE
    small.save(update_fields=["volume_mm3"])
    one, two = propose_putaway(inbound_id=counted(hub, {make_sku(seller): 3, make_sku(seller): 3}).pk)

    scans = [elsewhere(one, "03-04"), elsewhere(two, "03-04")]
    refusal = refused(Conflict, "bin_unsuitable", lambda: confirm_putaway(scans=scans))

    assert refusal.row == 2
    assert confirm_putaway(scans=scans[:1]) == 3


def test_a_blocked_bin_takes_nothing_whatever_the_reason(hub: Hub, sku: Sku) -> None:
    (task,) = propose_putaway(inbound_id=counted(hub, {sku: 4}).pk)
    block_bin(key="b1", bin_id=bin_of(hub, "03-04").pk, reason="rack bent")

    refused(Conflict, "bin_blocked", lambda: confirm_putaway(scans=[elsewhere(task, "03-04")]))


def test_dangerous_goods_are_not_put_beside_others_by_hand_either(db) -> None:
    hub, seller = make_hub(), make_seller()
    stock(hub, make_sku(seller, hazmat_class="3"), 1, place="03-04")
    (task,) = propose_putaway(inbound_id=counted(hub, {make_sku(seller, hazmat_class="5.1"): 2}).pk)

    refused(Conflict, "bin_unsuitable", lambda: confirm_putaway(scans=[elsewhere(task, "03-04")]))
