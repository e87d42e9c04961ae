"""Rush orders: onto a cart that passes by, or onto one of their own; whoever waits longer still gets all of theirs."""

from functools import partial
from uuid import uuid4

import pytest

from foundation import clock
from foundation.errors import Conflict, Forbidden, Invalid, NotFound
from fulfillment.models import Event, Order, Wave
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.cancelling import cancel_order
from fulfillment.services.rushing import rush_order
from fulfillment.services.waving import plan_wave, release_wave
from tests.factories import code_of, make_hub, make_seller, make_sku, picks_of, stock
from tests.fulfillment.building import fresh, on_carts, ordered, released, walked
from tests.refusals import refused
from warehouses.models import CartTote, Hub, PickList, PickTask, Sku
from warehouses.services.picking import Pick, put_tote, record_picks

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Hub:
    return make_hub(aisles=3, bays=4, cart_totes=3)


def shelf(hub: Hub, place: str, units: int = 9, **fields) -> Sku:
    sku = make_sku(**fields)
    stock(hub, sku, units, place=place)
    return sku


def allocated(hub: Hub, *args, **fields) -> Order:
    order = ordered(hub, *args, **fields)
    allocate_hub(hub_id=hub.pk)
    return fresh(order)


def out_with(hub: Hub, sku: Sku) -> PickList:
    """A cart under way with one order for two units."""
    ordered(hub, {sku: 2})
    (cart,) = on_carts(released(hub))
    return cart


def test_a_cart_that_is_out_takes_it_along(hub: Hub) -> None:
    far, near = shelf(hub, "03-04"), shelf(hub, "03-02")
    cart = out_with(hub, far)
    wave = Wave.objects.get()
    order = allocated(hub, {near: 1})

    rushed = rush_order(order_id=order.pk)

    # 03-02 lies on the way to 03-04: no metre more.
    assert (rushed.pick_list, rushed.is_out, rushed.added_mm) == (cart, True, 0)
    order = fresh(order)
    assert (order.state, order.wave, order.priority) == ("released", wave, Order.RUSH)
    assert Event.objects.filter(kind="order.released", data__wave=wave.number).count() == 2
    stops = list(cart.tasks.order_by("sequence").values_list("bin__code", "sequence", "work_ref"))
    assert stops == [("03-02", 1, wave.number), ("03-04", 2, wave.number)]
    place = CartTote.objects.get(demand_group=order.number)
    assert (place.pick_list, place.slot, place.tote) == (cart, 2, None)

    code = free_tote(hub)
    pick = Pick(scan_id=uuid4(), bin_code="03-02", item_code=code_of(near), tote_code=code, quantity=1)
    refused(
        Conflict,
        "tote_missing",
        lambda: record_picks(pick_list_id=cart.pk, worker_id=cart.worker_id, picks=[pick]),
    )
    put_tote(pick_list_id=cart.pk, worker_id=cart.worker_id, slot=2, code=code)
    assert walked(cart).is_done
    assert fresh(order).state == "picked"
    assert Wave.objects.get().state == Wave.State.PICKED


def free_tote(hub: Hub) -> str:
    riding = CartTote.objects.filter(tote__isnull=False, freed_at=None).values("tote")
    return hub.bins.filter(kind="tote").exclude(pk__in=riding).order_by("code").values_list("code", flat=True)[0]


def test_the_wave_says_how_much_longer_it_is(hub: Hub) -> None:
    near, far = shelf(hub, "01-01"), shelf(hub, "03-04")
    cart = out_with(hub, near)
    before = Wave.objects.get()
    order = allocated(hub, {far: 1})

    rushed = rush_order(order_id=order.pk)

    after, walk = Wave.objects.get(), PickList.objects.get(pk=cart.pk)
    assert rushed.added_mm == walk.walk_mm - before.walk_mm > 0
    assert (after.walk_mm, after.bound_mm) == (walk.walk_mm, walk.bound_mm)
    assert before.least_mm == after.least_mm <= after.bound_mm <= after.walk_mm
    assert after.proof != Wave.Proof.OPTIMUM


def test_the_stops_to_come_are_expected_later(hub: Hub) -> None:
    far, near = shelf(hub, "03-04"), shelf(hub, "03-02")
    cart = out_with(hub, far)
    # 12 m at 1 m/s, a pick of 8 s, a further unit of 1.5 s; and 12 m back.
    assert (cart.tasks.get().planned_s, cart.planned_s) == (round(21.5), round(33.5))

    rush_order(order_id=allocated(hub, {near: 1}).pk)

    # A pick more on the way, and the other order's tote.
    stops = cart.tasks.order_by("sequence").values_list("bin__code", "planned_s")
    assert list(stops) == [("03-02", 10 + 8), ("03-04", round(18 + 2 + 8 + 1.5 + 5))]
    assert PickList.objects.get(pk=cart.pk).planned_s == round(34.5 + 12)


def test_stops_behind_the_picker_come_last(hub: Hub) -> None:
    seller = make_seller()
    first, second = shelf(hub, "01-04", seller=seller), shelf(hub, "02-01", seller=seller)
    behind = shelf(hub, "01-02")
    ordered(hub, {first: 1, second: 1})
    (cart,) = on_carts(released(hub))
    done = min(picks_of(cart), key=lambda pick: PickTask.objects.get(bin__code=pick.bin_code).sequence)
    record_picks(pick_list_id=cart.pk, worker_id=cart.worker_id, picks=[done])
    served = PickTask.objects.get(closed_at__isnull=False)

    rush_order(order_id=allocated(hub, {behind: 1}).pk)

    again = PickTask.objects.get(pk=served.pk)
    assert (again.sequence, again.closed_at) == (served.sequence, served.closed_at)
    to_come = cart.tasks.filter(closed_at=None).values_list("sequence", flat=True)
    assert sorted(to_come) == [2, 3]


def test_a_full_cart_is_passed_over_for_one_that_waits(hub: Hub) -> None:
    sku = shelf(hub, "01-01", 50)
    for _ in range(3):
        ordered(hub, {sku: 1})
    (full,) = on_carts(released(hub))
    ordered(hub, {sku: 1})
    waiting = PickList.objects.get(work_ref=released(hub).number)

    rushed = rush_order(order_id=allocated(hub, {sku: 1}).pk)

    assert (rushed.pick_list, rushed.is_out) == (waiting, False)
    assert full.tasks.count() == 3
    assert PickList.objects.get(pk=waiting.pk).turn == 1


def test_without_any_cart_it_gets_one_of_its_own_and_the_first_turn(hub: Hub) -> None:
    sku = shelf(hub, "03-04", 50)
    for _ in range(3):
        ordered(hub, {sku: 1})
    full = PickList.objects.get(work_ref=released(hub).number)
    order = allocated(hub, {sku: 1})

    rushed = rush_order(order_id=order.pk)

    assert rushed.pick_list != full
    assert (rushed.is_out, rushed.added_mm, rushed.pick_list.turn) == (False, rushed.pick_list.walk_mm, 1)
    assert PickList.objects.get(pk=full.pk).turn == 2
    assert fresh(order).wave.state == Wave.State.RELEASED


def test_an_order_on_a_waiting_cart_makes_it_the_next(hub: Hub) -> None:
    sku = shelf(hub, "01-01", 50)
    for _ in range(3):
        ordered(hub, {sku: 1})
    released(hub)
    later = ordered(hub, {sku: 1})
    waiting = PickList.objects.get(work_ref=released(hub).number)

    rushed = rush_order(order_id=later.pk)

    assert (rushed.pick_list, rushed.is_out, rushed.added_mm) == (waiting, False, 0)
    assert PickList.objects.get(pk=waiting.pk).turn == 1
    assert rush_order(order_id=later.pk).pick_list == waiting


def test_rushing_what_has_no_stock_or_is_done_changes_nothing(hub: Hub) -> None:
    sku = shelf(hub, "01-01")
    waiting_for_stock = allocated(hub, {sku: 99})
    gone = ordered(hub, {sku: 1})
    cancel_order(order_id=gone.pk)
    before = list(Order.objects.order_by("pk").values())

    for order in (waiting_for_stock, gone):
        refused(Conflict, "order_not_allocated", partial(rush_order, order_id=order.pk))
    refused(NotFound, "order_unknown", lambda: rush_order(order_id=0))

    assert list(Order.objects.order_by("pk").values()) == before


def test_an_order_of_several_totes_is_split_over_them(hub: Hub) -> None:
    near = shelf(hub, "01-01")
    cart = out_with(hub, near)
    bulky = make_sku(length_mm=300, width_mm=300, height_mm=300)
    stock(hub, bulky, 5, place="02-02")
    order = allocated(hub, {bulky: 2})

    rush_order(order_id=order.pk)

    places = CartTote.objects.filter(pick_list=cart, demand_group=order.number).order_by("slot")
    assert [sum(task.quantity for task in place.tasks.all()) for place in places] == [1, 1]
    assert [place.slot for place in places] == [2, 3]


def test_a_tote_for_the_new_place_is_a_free_one_and_the_pickers_own(hub: Hub) -> None:
    near = shelf(hub, "01-01")
    cart = out_with(hub, near)
    rush_order(order_id=allocated(hub, {near: 1}).pk)
    taken = CartTote.objects.get(slot=1).tote.code

    for fields, kind, code in (
        ({"slot": 9}, Invalid, "slots_wrong"),
        ({"slot": 1}, Conflict, "slot_taken"),
        ({"code": taken}, Conflict, "tote_in_use"),
        ({"code": "T99"}, NotFound, "tote_unknown"),
        ({"worker_id": 0}, Forbidden, "not_your_list"),
    ):
        given = {"slot": 2, "code": free_tote(hub), "worker_id": cart.worker_id, **fields}
        refused(kind, code, partial(put_tote, pick_list_id=cart.pk, **given))
    assert CartTote.objects.get(slot=2).tote is None
    put_tote(pick_list_id=cart.pk, worker_id=cart.worker_id, slot=2, code=" t2 ")
    assert put_tote(pick_list_id=cart.pk, worker_id=cart.worker_id, slot=2, code="T2").tote.code == "T2"


def test_a_rush_order_in_a_planned_wave_is_due_at_once(hub: Hub) -> None:
    sku = shelf(hub, "01-01")
    with clock.playing(clock.now()):
        order = allocated(hub, {sku: 1}, priority=1)
        wave = plan_wave(hub=hub)
        release_wave(wave_id=wave.pk, time_limit_s=0.2)

        assert CartTote.objects.get(demand_group=order.number).due_at == clock.now()
