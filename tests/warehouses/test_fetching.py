"""Shelves that are as good: the walk of the filled cart decides, and the promise moves with it."""

from datetime import timedelta

import pytest

from tests.factories import demand, make_hub, make_lot, make_sku, promised, stock
from tests.warehouses.shelves import FAR
from warehouses.models import BinBalance, Count, Hub, PickList, PickTask, Sku, Zone
from warehouses.planning.warming import warm_up
from warehouses.services.assigning import assign
from warehouses.services.batching import CartsPlanned, plan_carts
from warehouses.services.reserving import release


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The time limits are for searching, not for compiling."""
    warm_up()


@pytest.fixture
def ring(db) -> Sku:
    return make_sku(code="RING")


@pytest.fixture
def scarf(hub: Hub) -> Sku:
    """Lies in the last bay of the third aisle only."""
    sku = make_sku(code="SCARF")
    stock(hub, sku, 9, place="03-04")
    return sku


def wave(hub: Hub, *demands, work_ref: str = "WV-1") -> list[int]:
    ids = [row.pk for row in promised(hub, *demands)]
    assert assign(hub=hub, reservation_ids=ids, work_ref=work_ref) == []
    return ids


def plan(hub: Hub, **fields) -> CartsPlanned:
    return plan_carts(hub=hub, work_ref="WV-1", seed=1, time_limit_s=1.0, **fields)


def fetched(sku: Sku) -> list[tuple[str, int]]:
    """From which bins how many units of the item are to be fetched, in walking order."""
    tasks = PickTask.objects.filter(sku=sku, closed_at=None).order_by("sequence", "pk")
    return [(task.bin.code, task.open) for task in tasks.select_related("bin")]


def promised_at(sku: Sku) -> dict[str, int]:
    return dict(BinBalance.objects.filter(sku=sku, reserved__gt=0).values_list("bin__code", "reserved"))


def test_the_shelf_beside_the_other_stop_is_taken(hub: Hub, ring: Sku, scarf: Sku) -> None:
    stock(hub, ring, 2, place="01-04")
    stock(hub, ring, 5, place="03-03")
    wave(hub, demand(ring, 2, group="A"), demand(scarf, 1, group="A"))
    assert fetched(ring) == [("01-04", 2)]

    done = plan(hub)

    assert fetched(ring) == [("03-03", 2)]
    assert promised_at(ring) == {"03-03": 2}
    (pick_list,) = PickList.objects.all()
    # To the third aisle along the front, up to the last bay, and the same way back, plus the depot's link twice.
    assert pick_list.walk_mm == pick_list.bound_mm == 2 * (2_000 + 6_000 + 4_000)
    assert pick_list.s_shape_mm > pick_list.walk_mm
    assert done.proof == "shelves"
    assert done.least_mm > pick_list.walk_mm


def test_units_come_from_two_shelves_and_the_lines_own_tote_gets_both(hub: Hub, ring: Sku) -> None:
    stock(hub, ring, 3, place="03-04")
    stock(hub, ring, 2, place="01-01")
    stock(hub, ring, 2, place="01-02")
    (line,) = wave(hub, demand(ring, 3, group="A"))
    assert fetched(ring) == [("03-04", 3)]

    plan(hub)

    assert sorted(fetched(ring)) in ([("01-01", 1), ("01-02", 2)], [("01-01", 2), ("01-02", 1)])
    assert promised_at(ring) == dict(fetched(ring))
    tasks = PickTask.objects.select_related("cart_tote")
    assert {(task.reservation_id, task.work_ref, task.cart_tote.slot) for task in tasks} == {(line, "WV-1", 1)}
    assert {task.cart_tote.demand_group for task in tasks} == {"A"}
    assert PickList.objects.get().walk_mm == 2 * (2_000 + 2_000)


def test_stock_that_has_to_leave_first_still_does(hub: Hub, scarf: Sku) -> None:
    cream = make_sku(code="CREAM", tracks_lots=True)
    soon, late = make_lot(cream, expires_on=FAR), make_lot(cream, expires_on=FAR + timedelta(days=1))
    stock(hub, cream, 2, place="01-04", lot=soon)
    stock(hub, cream, 2, place="03-03", lot=late)
    wave(hub, demand(cream, 2, group="A"), demand(scarf, 1, group="A"))

    done = plan(hub)

    assert fetched(cream) == [("01-04", 2)]
    assert done.proof == "optimum"


def test_a_bin_that_waits_for_a_count_is_not_chosen_for_its_place(hub: Hub, ring: Sku, scarf: Sku) -> None:
    stock(hub, ring, 2, place="01-04")
    doubtful = stock(hub, ring, 5, place="03-03")
    Count.objects.create(hub=hub, bin=doubtful, sku=ring, reason="short pick", opened_at=scarf.created_at)
    wave(hub, demand(ring, 2, group="A"), demand(scarf, 1, group="A"))

    plan(hub)

    assert fetched(ring) == [("01-04", 2)]


def test_units_taken_meanwhile_leave_the_cart_as_it_was_planned_first(hub: Hub, ring: Sku, scarf: Sku) -> None:
    stock(hub, ring, 2, place="01-04")
    stock(hub, ring, 5, place="03-03")
    wave(hub, demand(ring, 2, group="A"), demand(scarf, 1, group="A"))
    others = [row.pk for row in promised(hub, demand(ring, 5, group="B"))]

    done = plan(hub, progress=lambda _: assign(hub=hub, reservation_ids=others, work_ref="WV-2"))

    assert promised_at(ring) == {"01-04": 2, "03-03": 5}
    assert list(PickTask.objects.filter(work_ref="WV-1", sku=ring).values_list("bin__code", "quantity")) == [
        ("01-04", 2)
    ]
    assert (done.proof, done.least_mm) == ("optimum", PickList.objects.get().walk_mm)


def test_a_task_called_off_meanwhile_moves_no_promise(hub: Hub, ring: Sku, scarf: Sku) -> None:
    stock(hub, ring, 2, place="01-04")
    stock(hub, ring, 5, place="03-03")
    _, other = wave(hub, demand(ring, 2, group="A"), demand(scarf, 1, group="B"))

    assert plan(hub, progress=lambda _: release(hub_id=hub.pk, reservation_ids=[other])) is None

    assert promised_at(ring) == {"01-04": 2}
    assert fetched(ring) == [("01-04", 2)]


def test_two_carts_do_not_share_a_unit(db) -> None:
    hub, ring, scarf = make_hub(cart_totes=1), make_sku(code="RING"), make_sku(code="SCARF")
    stock(hub, scarf, 9, place="03-04")
    stock(hub, ring, 4, place="01-04")
    stock(hub, ring, 7, place="03-03")
    wave(hub, *(demand(sku, 2, group=group) for group in "AB" for sku in (ring, scarf)))
    wave(hub, demand(ring, 4, group="C"), work_ref="WV-2")
    assert promised_at(ring) == {"01-04": 4, "03-03": 4}

    plan(hub)

    assert promised_at(ring) == {"01-04": 2, "03-03": 6}
    walks = PickList.objects.order_by("walk_mm").values_list("walk_mm", flat=True)
    # Both go to the third aisle; the one that finds no free unit there comes back through the first one.
    assert list(walks) == [2 * (2_000 + 6_000 + 4_000), 2 * (2_000 + 6_000 + 5_000)]


def test_goods_of_a_zone_with_its_own_door_stay_in_it(hub: Hub, ring: Sku, scarf: Sku) -> None:
    upstairs = Zone.objects.create(hub=hub, code="B", name="Upstairs", hand_over=[[2, 1, 1_000]])
    near = stock(hub, ring, 5, place="03-03")
    near.zone = upstairs
    near.save(update_fields=["zone"])
    stock(hub, ring, 2, place="01-04")
    wave(hub, demand(ring, 2, group="A"), demand(scarf, 1, group="A"))

    plan(hub)

    assert fetched(ring) == [("01-04", 2)]


def test_planned_anew_the_promise_moves_again(hub: Hub, ring: Sku, scarf: Sku) -> None:
    stock(hub, ring, 2, place="01-04")
    wave(hub, demand(ring, 2, group="A"), demand(scarf, 1, group="A"))
    plan(hub)
    assert fetched(ring) == [("01-04", 2)]
    stock(hub, ring, 2, place="03-03")

    plan(hub, again=True)

    assert promised_at(ring) == {"03-03": 2}
    waiting = PickList.objects.get(state=PickList.State.PLANNED)
    assert {task.pick_list_id for task in PickTask.objects.all()} == {waiting.pk}
