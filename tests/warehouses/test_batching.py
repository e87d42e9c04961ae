"""From tasks to carts: every unit in a tote, every tote on a cart, every stop in walking order."""

import pytest

from foundation.errors import Invalid
from tests.crowd import at_once
from tests.factories import demand, make_hub, make_lot, make_seller, make_sku, promised, stock
from tests.refusals import refused
from warehouses.models import CartTote, Hub, PickList, PickTask, Sku
from warehouses.planning.batches.batching import warm_up
from warehouses.services.assigning import assign
from warehouses.services.batching import plan_carts
from warehouses.services.reserving import release

LITRE = 1_000_000


def wave(hub: Hub, *demands, work_ref: str = "WV-1") -> list[int]:
    """The reservations of a wave whose tasks wait for carts."""
    ids = [row.pk for row in promised(hub, *demands)]
    assert assign(hub=hub, reservation_ids=ids, work_ref=work_ref) == []
    return ids


def plan(hub: Hub, work_ref: str = "WV-1", **fields):
    return plan_carts(hub=hub, work_ref=work_ref, seed=1, time_limit_s=0.2, **fields)


def test_every_task_gets_a_tote_of_its_own_group(hub: Hub) -> None:
    seller = make_seller()
    ring, scarf = make_sku(seller), make_sku(seller)
    stock(hub, ring, 9, place="01-01")
    stock(hub, scarf, 9, place="03-04")
    wave(hub, demand(ring, 2, group="A"), demand(scarf, 1, group="A"), demand(ring, 3, group="B"))

    done = plan(hub)

    (pick_list,) = PickList.objects.all()
    assert done.list_ids == (pick_list.pk,)
    assert (pick_list.work_ref, pick_list.state, pick_list.worker) == ("WV-1", PickList.State.PLANNED, None)
    assert [(row.slot, row.tote, row.freed_at) for row in pick_list.totes.all()] == [(1, None, None), (2, None, None)]
    tasks = PickTask.objects.select_related("cart_tote", "reservation", "bin").order_by("sequence", "pk")
    assert {(task.pick_list, task.cart_tote.demand_group == task.reservation.demand_group) for task in tasks} == {
        (pick_list, True)
    }
    stops = {code: {task.sequence for task in tasks if task.bin.code == code} for code in ("01-01", "03-04")}
    assert sorted(stops.values(), key=min) == [{1}, {2}]
    assert sum(task.quantity for task in tasks) == 6


def test_the_walk_says_how_long_it_is_and_how_short_it_could_be(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 1, place="03-04")
    wave(hub, demand(sku, 1))

    done = plan(hub)

    pick_list = PickList.objects.get()
    # To aisle 3 along the front, up to the last bay, and the same way back, plus the depot's link twice.
    assert pick_list.walk_mm == 2 * (2_000 + 6_000 + 4_000)
    assert pick_list.bound_mm == pick_list.walk_mm >= done.least_mm > 0
    assert pick_list.s_shape_mm >= pick_list.walk_mm
    assert pick_list.method == "exact"


def test_carts_take_what_their_totes_hold(db) -> None:
    hub, seller = make_hub(cart_totes=2), make_seller()
    skus = [make_sku(seller) for _ in range(5)]
    for sku in skus:
        stock(hub, sku, 5)
    wave(hub, *(demand(sku, 2, group=f"G{n}") for n, sku in enumerate(skus)))

    done = plan(hub)

    assert len(done.list_ids) == PickList.objects.count() == 3
    assert sorted(row.totes.count() for row in PickList.objects.all()) == [1, 2, 2]
    assert not PickTask.objects.filter(pick_list=None).exists()


def test_an_order_too_large_for_a_tote_is_split_to_the_unit(db) -> None:
    hub, sku = make_hub(cart_totes=4, tote_volume_mm3=3 * LITRE), make_sku()
    lot = make_lot(sku)
    stock(hub, sku, 20, lot=lot)
    wave(hub, demand(sku, 14, group="big"))

    plan(hub)

    tasks = PickTask.objects.order_by("pk")
    assert sum(task.quantity for task in tasks) == 14
    assert {(task.lot, task.work_ref, task.reservation.demand_group) for task in tasks} == {(lot, "WV-1", "big")}
    by_tote = [sum(task.quantity for task in tote.tasks.all()) for tote in CartTote.objects.order_by("pk")]
    assert sorted(by_tote) == [2, 3, 3, 3, 3]
    assert sorted(row.totes.count() for row in PickList.objects.all()) == [1, 4]
    assert PickTask.objects.filter(pick_list__isnull=True).count() == 0


def test_planning_twice_is_planning_once(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 9)
    wave(hub, demand(sku, 2))
    plan(hub)
    lists = list(PickList.objects.values())

    assert plan(hub) is None
    assert list(PickList.objects.values()) == lists


def test_nothing_to_plan_is_none(hub: Hub) -> None:
    assert plan(hub, "WV-of-nobody") is None


def test_only_the_waves_own_open_tasks_are_planned(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 9)
    kept, dropped = wave(hub, demand(sku, 2, group="kept"), demand(sku, 2, group="dropped"))
    wave(hub, demand(sku, 2, group="other"), work_ref="WV-2")
    release(hub_id=hub.pk, reservation_ids=[dropped])

    plan(hub)

    assert [task.reservation_id for task in PickTask.objects.exclude(pick_list=None)] == [kept]


def test_the_same_seed_gives_the_same_carts(db) -> None:
    plans = []
    warm_up()
    for _ in range(2):
        hub, seller = make_hub(cart_totes=2), make_seller()
        skus = [make_sku(seller) for _ in range(6)]
        for n, sku in enumerate(skus):
            stock(hub, sku, 5, place=f"0{n % 3 + 1}-0{n // 3 + 1}")
        work_ref = f"WV-{hub.pk}"
        wave(hub, *(demand(sku, 1, group=f"{hub.pk}-{n}") for n, sku in enumerate(skus)), work_ref=work_ref)
        plan(hub, work_ref)
        plans.append(
            [
                [(task.bin.code, task.sequence) for task in row.tasks.select_related("bin").order_by("sequence", "pk")]
                for row in PickList.objects.filter(work_ref=work_ref).order_by("pk")
            ]
        )

    assert plans[0] == plans[1]


def test_a_unit_larger_than_a_tote_is_refused_and_nothing_is_planned(db) -> None:
    hub, sku = make_hub(tote_volume_mm3=LITRE - 1), make_sku()
    stock(hub, sku, 1)
    wave(hub, demand(sku, 1))

    refused(Invalid, "unit_too_large", lambda: plan(hub))


def test_a_task_called_off_while_the_optimiser_thinks_undoes_the_plan(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 9)
    ids = wave(hub, demand(sku, 2), demand(sku, 3))

    def call_off(_progress) -> None:
        release(hub_id=hub.pk, reservation_ids=ids[:1])

    assert plan(hub, progress=call_off) is None
    assert not PickList.objects.exists()

    assert len(plan(hub).list_ids) == 1
    assert [task.reservation_id for task in PickTask.objects.exclude(pick_list=None)] == ids[1:]


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_write_one_plan() -> None:
    hub, seller = make_hub(cart_totes=2), make_seller()
    skus = [make_sku(seller) for _ in range(5)]
    for sku in skus:
        stock(hub, sku, 5)
    wave(hub, *(demand(sku, 1) for sku in skus))

    results = at_once([lambda: plan(hub)] * 4)

    assert sorted(result is None for result in results) == [False, True, True, True]
    assert PickList.objects.count() == len(next(result for result in results if result).list_ids)
    assert PickTask.objects.filter(pick_list=None).count() == 0
