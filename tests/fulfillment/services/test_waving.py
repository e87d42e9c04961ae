"""Waves: the right orders, real bins, real carts, and each of it once."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, NotFound
from fulfillment.models import Event, Order, Wave
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.cancelling import cancel_order
from fulfillment.services.waving import left_unlisted, plan_wave, release_wave, replan_wave, take_orders
from tests.factories import make_hub, make_lot, make_sku, make_user, stock
from tests.fulfillment.building import fresh, on_carts, ordered, released, walked
from tests.refusals import refused
from warehouses.locks import lock_allocator, lock_balances, lock_reservations
from warehouses.models import BinBalance, Count, PickList, PickTask, Reservation
from warehouses.planning.batches.batching import Progress
from warehouses.services.counting import record_count
from warehouses.services.picking import start_pick_list
from warehouses.services.reserving import take_back

pytestmark = pytest.mark.django_db


def test_a_wave_takes_what_is_due_most_urgent_first() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 10)
    now = clock.now()
    due = ordered(hub, {sku: 1}, placed_at=now)
    rush = ordered(hub, {sku: 1}, placed_at=now, priority=1)
    next_week = ordered(hub, {sku: 1}, placed_at=now + timedelta(days=7))
    allocate_hub(hub_id=hub.pk)

    first = plan_wave(hub=hub, dispatch_at=due.ship_by, max_orders=1)
    second = plan_wave(hub=hub, dispatch_at=due.ship_by)

    assert first is not None
    assert second is not None
    assert (fresh(rush).wave, fresh(due).wave, fresh(next_week).wave) == (first, second, None)
    assert (fresh(due).state, fresh(next_week).state) == ("released", "allocated")
    assert plan_wave(hub=hub, dispatch_at=due.ship_by) is None


def test_release_writes_carts_whose_walks_add_up() -> None:
    hub, seller_sku = make_hub(aisles=4, bays=6), make_sku()
    skus = [seller_sku, *(make_sku(seller_sku.seller) for _ in range(7))]
    for n, sku in enumerate(skus):
        stock(hub, sku, 5, place=f"0{n % 4 + 1}-0{n % 6 + 1}")
    for n in range(8):
        ordered(hub, {skus[n]: 1, skus[(n + 3) % 8]: 2})

    wave = released(hub)

    lists = list(PickList.objects.filter(work_ref=wave.number))
    assert wave.state == Wave.State.RELEASED
    assert wave.walk_mm == sum(row.walk_mm for row in lists) > 0
    assert wave.bound_mm == sum(row.bound_mm for row in lists)
    assert 0 < wave.least_mm <= wave.bound_mm <= wave.walk_mm <= wave.s_shape_mm
    assert (wave.proof == "optimum") == (wave.least_mm == wave.walk_mm)
    assert wave.picks == len(skus)
    tasks = PickTask.objects.filter(work_ref=wave.number)
    assert sum(task.quantity for task in tasks) == 24
    assert not tasks.filter(pick_list=None).exists()
    assert all(row.totes.count() <= row.cart_type.totes for row in lists)


def test_releasing_again_changes_nothing() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    ordered(hub, {sku: 1})
    wave = released(hub)
    before = list(PickTask.objects.values_list("pk", "pick_list", "sequence"))

    again = release_wave(wave_id=wave.pk, time_limit_s=0.2)

    assert again.released_at == wave.released_at
    assert list(PickTask.objects.values_list("pk", "pick_list", "sequence")) == before
    assert PickList.objects.count() == 1


def test_a_release_that_stopped_half_way_is_taken_up_again() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    ordered(hub, {sku: 1})
    wave = released(hub)
    later = Wave.objects.create(hub=hub, dispatch_at=wave.dispatch_at, created_at=clock.now())
    PickList.objects.update(work_ref=later.number)

    resumed = release_wave(wave_id=later.pk)

    assert (resumed.state, resumed.walk_mm) == (Wave.State.RELEASED, wave.walk_mm)


def test_an_unknown_wave_is_not_found() -> None:
    with pytest.raises(NotFound) as refused:
        release_wave(wave_id=404)

    assert refused.value.code == "wave_unknown"


def test_stock_that_expired_since_it_was_promised_stops_the_order_not_the_wave() -> None:
    hub, sku, other = make_hub(), make_sku(tracks_lots=True), make_sku()
    stock(hub, sku, 2, lot=make_lot(sku, expires_on=date(2020, 1, 1)))
    stock(hub, other, 1, place="01-02")
    stale = ordered(hub, {sku: 2})
    good = ordered(hub, {other: 1})
    allocate_hub(hub_id=hub.pk)

    wave = plan_wave(hub=hub)

    assert (fresh(stale).state, fresh(stale).hold, fresh(stale).wave) == ("on_hold", "stock_expired", None)
    assert (fresh(good).state, fresh(good).wave) == ("released", wave)
    assert not BinBalance.objects.filter(sku=sku, reserved__gt=0).exists()


def test_a_wave_of_nothing_but_expired_stock_is_no_wave() -> None:
    hub, sku = make_hub(), make_sku(tracks_lots=True)
    stock(hub, sku, 1, lot=make_lot(sku, expires_on=date(2020, 1, 1)))
    ordered(hub, {sku: 1})
    allocate_hub(hub_id=hub.pk)

    assert plan_wave(hub=hub) is None
    assert not Wave.objects.exists()


def test_an_order_whose_promise_a_count_took_back_goes_into_no_wave() -> None:
    hub, sku, other = make_hub(), make_sku(), make_sku()
    shelf = stock(hub, sku, 2)
    stock(hub, other, 5, place="02-01")
    deprived, whole = ordered(hub, {sku: 2}), ordered(hub, {other: 1})
    allocate_hub(hub_id=hub.pk)

    count = Count.objects.create(hub=hub, bin=shelf, sku=sku, reason="cycle", opened_at=clock.now())

    record_count(count_id=count.pk, counted=1)
    wave = plan_wave(hub=hub)
    assert (fresh(deprived).state, fresh(deprived).wave) == ("backordered", None)
    assert (fresh(whole).state, fresh(whole).wave) == ("released", wave)

    stock(hub, sku, 1, place="03-01")
    allocate_hub(hub_id=hub.pk)
    later = plan_wave(hub=hub)
    assert (fresh(deprived).state, fresh(deprived).wave) == ("released", later)
    assert PickTask.objects.filter(reservation__demand_group=deprived.number).count() == 2


def test_a_wave_never_takes_an_allocated_order_that_lacks_units() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 2)
    order = ordered(hub, {sku: 2})
    allocate_hub(hub_id=hub.pk)
    # A promise may be taken back by a transaction whose news the order has not heard yet.
    with transaction.atomic():
        lock_allocator(hub.pk)
        rows = lock_reservations(Reservation.objects.values_list("pk", flat=True))
        take_back(lock_balances(hub.pk, [sku.pk])[sku.pk], rows.values(), units=1)

    assert plan_wave(hub=hub) is None

    assert (fresh(order).state, fresh(order).wave) == ("allocated", None)
    assert not PickTask.objects.exists()


def test_an_order_called_off_before_the_walk_leaves_its_cart() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 3)
    gone, stays = ordered(hub, {sku: 1}), ordered(hub, {sku: 2})
    wave = released(hub)

    cancel_order(order_id=gone.pk)

    assert fresh(gone).state == Order.State.CANCELLED
    open_tasks = PickTask.objects.filter(work_ref=wave.number, closed_at=None)
    assert [(task.reservation.demand_group, task.open) for task in open_tasks] == [(stays.number, 2)]
    assert BinBalance.objects.get(sku=sku).reserved == 2


def test_a_wave_whose_every_order_is_called_off_is_over() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    order = ordered(hub, {sku: 1})
    wave = released(hub)

    cancel_order(order_id=order.pk)

    assert Wave.objects.get(pk=wave.pk).state == Wave.State.PICKED
    assert PickList.objects.get().state == PickList.State.CANCELLED


def test_an_order_too_large_for_any_tote_stops_itself_and_not_the_wave() -> None:
    hub, lipstick = make_hub(), make_sku()
    mirror = make_sku(lipstick.seller, length_mm=2_000, width_mm=900, height_mm=60)
    stock(hub, lipstick, 5)
    stock(hub, mirror, 5, place="02-01")
    small, large = ordered(hub, {lipstick: 1}), ordered(hub, {lipstick: 1, mirror: 1})

    wave = released(hub)

    assert (fresh(small).state, fresh(small).wave) == ("released", wave)
    assert (fresh(large).state, fresh(large).hold, fresh(large).wave) == ("on_hold", "too_large", None)
    assert PickTask.objects.get().sku == lipstick
    assert BinBalance.objects.filter(reserved__gt=0).get().sku == lipstick
    assert [row["data"] for row in Event.objects.filter(kind="order.on_hold").values("data")] == [
        {"reason": "too_large"}
    ]


def test_what_must_be_back_when_is_written_on_the_cart() -> None:
    hub, sku = make_hub(), make_sku()
    hub.packing_minutes = 45
    hub.save()
    stock(hub, sku, 1)
    order = ordered(hub, {sku: 1})

    released(hub)

    pick_list = PickList.objects.get()
    assert pick_list.totes.get().due_at == order.ship_by - timedelta(minutes=45)
    assert pick_list.turn == 1
    assert pick_list.starts_at < pick_list.ends_at


def test_orders_that_came_in_join_what_nobody_has_started() -> None:
    hub, sku = make_hub(cart_totes=2), make_sku()
    stock(hub, sku, 20)
    first = [ordered(hub, {sku: 1}) for _ in range(3)]
    wave = released(hub)
    started, waiting = PickList.objects.order_by("pk")
    if started.totes.count() == 1:
        started, waiting = waiting, started
    walker = start(started)
    late = ordered(hub, {sku: 2})
    next_week = ordered(hub, {sku: 1}, placed_at=clock.now() + timedelta(days=7))
    allocate_hub(hub_id=hub.pk)

    again = replan_wave(wave_id=wave.pk, seed=1, time_limit_s=0.2)

    assert (fresh(late).wave, fresh(late).state, fresh(next_week).wave) == (wave, "released", None)
    old, anew = PickList.objects.get(pk=waiting.pk), PickList.objects.get(state=PickList.State.PLANNED)
    assert (old.state, old.method, old.turn, old.tasks.count(), old.totes.count()) == (
        "cancelled", "planned anew", None, 0, 0,
    )  # fmt: skip
    assert {tote.demand_group for tote in anew.totes.all()} >= {late.number}
    assert sorted(t.demand_group for row in (started, anew) for t in row.totes.all()) == sorted(
        order.number for order in (*first, late)
    )
    kept = PickList.objects.get(pk=started.pk)
    assert (kept.state, kept.worker, kept.walk_mm) == ("picking", walker, started.walk_mm)
    assert (again.walk_mm, again.bound_mm) == (kept.walk_mm + anew.walk_mm, kept.bound_mm + anew.bound_mm)
    assert (again.proof, again.least_mm <= again.walk_mm) == (Wave.Proof.REST, True)
    assert anew.turn == 1


def start(pick_list: PickList) -> User:
    """Somebody takes this cart."""
    worker = make_user()
    totes = {row.slot: f"T{row.slot}" for row in pick_list.totes.all()}
    start_pick_list(pick_list_id=pick_list.pk, worker_id=worker.pk, totes=totes)
    return worker


def test_planning_anew_with_nothing_new_gives_the_same_orders_carts() -> None:
    hub, sku = make_hub(cart_totes=2), make_sku()
    stock(hub, sku, 20)
    orders = [ordered(hub, {sku: 1}) for _ in range(3)]
    wave = released(hub)

    again = replan_wave(wave_id=wave.pk, seed=1, time_limit_s=0.2)

    lists = PickList.objects.filter(state=PickList.State.PLANNED)
    assert sorted(t.demand_group for row in lists for t in row.totes.all()) == sorted(o.number for o in orders)
    assert again.walk_mm == wave.walk_mm == sum(row.walk_mm for row in lists)
    assert again.s_shape_mm == wave.s_shape_mm
    assert again.proof != Wave.Proof.REST


def test_a_cart_taken_while_the_optimiser_thinks_is_left_as_it_is() -> None:
    hub, sku = make_hub(cart_totes=2), make_sku()
    stock(hub, sku, 20)
    for _ in range(3):
        ordered(hub, {sku: 1})
    wave = released(hub)
    taken = PickList.objects.order_by("pk")[0]
    walkers: list[User] = []

    def take(_progress: Progress) -> None:
        if not walkers:
            walkers.append(start(taken))

    replan_wave(wave_id=wave.pk, seed=1, time_limit_s=0.2, progress=take)

    kept = PickList.objects.get(pk=taken.pk)
    assert (kept.state, kept.worker) == ("picking", walkers[0])
    assert kept.tasks.count() == kept.totes.count()
    assert PickList.objects.filter(state="planned").count() == 1
    assert not PickTask.objects.filter(pick_list=None).exists()


def test_only_a_released_wave_is_planned_anew() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 5)
    ordered(hub, {sku: 1})
    allocate_hub(hub_id=hub.pk)
    wave = plan_wave(hub=hub)
    assert wave is not None
    late = ordered(hub, {sku: 1})
    allocate_hub(hub_id=hub.pk)

    refused(Conflict, "wave_not_released", lambda: replan_wave(wave_id=wave.pk))
    refused(NotFound, "wave_unknown", lambda: replan_wave(wave_id=0))

    assert fresh(late).state == "allocated"
    assert not PickTask.objects.filter(reservation__demand_group=late.number).exists()


def test_a_wave_does_not_end_while_orders_that_joined_wait_for_a_cart() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 5)
    ordered(hub, {sku: 1})
    wave = released(hub)
    (cart,) = on_carts(wave)
    late = ordered(hub, {sku: 1})
    allocate_hub(hub_id=hub.pk)
    take_orders(wave, [fresh(late)])

    walked(cart)

    assert Wave.objects.get().state == Wave.State.RELEASED
    assert left_unlisted() == [wave.pk]
    replan_wave(wave_id=wave.pk, seed=1, time_limit_s=0.2)
    assert left_unlisted() == []
    for another in on_carts(wave):
        walked(another)
    assert Wave.objects.get().state == Wave.State.PICKED


def test_a_task_half_called_off_keeps_what_is_left_of_it() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 5)
    order = ordered(hub, {sku: 3})
    wave = released(hub)
    PickTask.objects.update(quantity=5, cancelled=2)

    replan_wave(wave_id=wave.pk, seed=1, time_limit_s=0.2)

    task = PickTask.objects.get(reservation__demand_group=order.number)
    assert (task.quantity, task.cancelled, task.open) == (5, 2, 3)
