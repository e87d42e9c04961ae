"""From scans to speeds: what was planned, what was walked, what is learned of it and used for the next plan."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from foundation import clock
from foundation.errors import Invalid
from tests.factories import (
    MONDAY,
    code_of,
    demand,
    make_hub,
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
from warehouses.models import FloorPlan, Hub, HubSpeeds, PickList, PickTask, Sku
from warehouses.planning.floor.speeds import Speeds
from warehouses.services.floorplan import layout_of, spot_of
from warehouses.services.picking import Pick, record_picks, start_pick_list
from warehouses.services.speeds import LOOKS_BACK, learn_speeds, speeds_of
from warehouses.tasks import learn

TUESDAY = MONDAY + timedelta(days=1)
TRUE = Speeds(walk_mm_per_s=800, pick_s=10, unit_s=3, tote_change_s=0, setup_s=0)


@pytest.fixture
def picker(db) -> User:
    return make_user()


@pytest.fixture
def started(hub: Hub, sku: Sku, picker: User) -> PickList:
    """A cart that set off on Monday: four rings of 03-04 for one order, into tote T1."""
    stock(hub, sku, 10, place="03-04")
    with clock.playing(MONDAY):
        return walking(hub, promised(hub, demand(sku, 4)), worker=picker)


def record(walk: PickList, *picks: Pick, at: datetime) -> None:
    with clock.playing(at):
        record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks)


def scan(sku: Sku, quantity: int, at: datetime | None) -> Pick:
    return Pick(
        scan_id=uuid.uuid4(), bin_code="03-04", item_code=code_of(sku), tote_code="T1", quantity=quantity, at=at
    )


def after(seconds: float) -> datetime:
    return MONDAY + timedelta(seconds=seconds)


# --- planned and walked ----------------------------------------------------------------------------------


def test_a_plan_says_when_each_stop_and_the_cart_will_be_done(hub: Hub, picker: User) -> None:
    seller = make_seller()
    ring, scarf = make_sku(seller), make_sku(seller)
    stock(hub, ring, 9, place="01-04")
    stock(hub, scarf, 9, place="01-01")
    (cart,) = planned(hub, promised(hub, demand(ring, 3, group="A"), demand(scarf, 1, group="B")))

    tasks = list(cart.tasks.order_by("sequence").select_related("bin"))
    layout, assumed = layout_of(hub), Speeds()
    first, second = (spot_of(task.bin) for task in tasks)
    units = [task.quantity for task in tasks]
    at = assumed.seconds(layout.distance_mm(None, first), picks=1, further_units=units[0] - 1)
    assert tasks[0].planned_s == round(at)
    at += assumed.seconds(layout.distance_mm(first, second), picks=1, further_units=units[1] - 1, tote_changes=1)
    assert tasks[1].planned_s == round(at)
    assert cart.planned_s == round(at + assumed.seconds(layout.distance_mm(second, None)))


def test_a_task_over_two_totes_is_done_when_its_stop_is(db) -> None:
    hub, sku = make_hub(tote_volume_mm3=3_000_000), make_sku()
    stock(hub, sku, 9)
    (cart,) = planned(hub, promised(hub, demand(sku, 6)))

    ((first, second),) = [cart.tasks.values_list("planned_s", flat=True)]
    assert first == second == round(cart.planned_s - 3)  # 2 m to the depot's door and 1 m to the first bay


def test_the_scan_time_is_kept_beside_the_time_of_booking(started: PickList, sku: Sku) -> None:
    record(started, scan(sku, 1, after(90)), scan(sku, 3, after(60)), at=after(600))

    task = PickTask.objects.get()
    assert (task.scanned_at, task.closed_at) == (after(90), after(600))


def test_a_pick_without_a_time_was_scanned_now(started: PickList, sku: Sku) -> None:
    record(started, scan(sku, 1, None), at=after(45))

    assert PickTask.objects.get().scanned_at == after(45)
    assert PickTask.objects.get().closed_at is None


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (after(-1), "before the start"),
        (after(161), "in the future"),
        (after(50).replace(tzinfo=None), "no time zone"),
    ],
)
def test_a_time_that_can_not_be_is_refused_with_its_row(started: PickList, sku: Sku, at: datetime, words: str) -> None:
    refusal = refused(
        Invalid,
        "scan_time_invalid",
        lambda: record(started, scan(sku, 1, after(50)), scan(sku, 1, at), at=after(100)),
    )

    assert (refusal.row, refusal.field) == (2, "at")
    assert words in refusal.message
    assert "scan 2" in refusal.message


def test_a_clock_a_little_ahead_is_let_pass(started: PickList, sku: Sku) -> None:
    record(started, scan(sku, 4, after(160)), at=after(100))

    assert PickTask.objects.get().scanned_at == after(160)


# --- learned ---------------------------------------------------------------------------------------------


CARTS = 8


@pytest.fixture
def wide(db) -> Hub:
    """A hub with a tote for each of the carts."""
    return make_hub(totes=CARTS)


def walk_often(hub: Hub, speeds: Speeds, *, start: datetime = MONDAY, with_times: bool = True) -> None:
    """`CARTS` carts over nine bins, walked at these speeds; every sixth stop with a pause of five minutes."""
    layout, seller, picker = layout_of(hub), make_seller(), make_user()
    skus = [make_sku(seller) for _ in range(9)]
    for n, sku in enumerate(skus):
        stock(hub, sku, 99, place=f"0{n % 3 + 1}-0{n // 3 + 1}")
    for cart in range(CARTS):
        at = start + timedelta(hours=cart)
        wanted = [demand(sku, 1 + (n * cart) % 4, group=f"order {cart}") for n, sku in enumerate(skus)]
        (walk,) = planned(hub, promised(hub, *wanted))
        with clock.playing(at):
            walk = start_pick_list(pick_list_id=walk.pk, worker_id=picker.pk, totes={1: f"T{cart + 1}"})
        picks, before = [], None
        tasks = walk.tasks.select_related("bin").order_by("sequence", "pk")
        for n, (task, pick) in enumerate(zip(tasks, picks_of(walk), strict=True)):
            walked = speeds.seconds(
                layout.distance_mm(before, spot_of(task.bin)), picks=1, further_units=task.quantity - 1
            )
            at += timedelta(seconds=walked + (300 if (n + cart) % 6 == 0 else 0))
            picks.append(replace(pick, at=at if with_times else None))
            before = spot_of(task.bin)
        record(walk, *picks, at=at + timedelta(minutes=5))


def learn_at(hub: Hub, at: datetime) -> HubSpeeds | None:
    with clock.playing(at):
        return learn_speeds(hub)


def test_speeds_are_assumed_until_they_are_learned(hub: Hub) -> None:
    assert learn_speeds(hub) is None
    assert speeds_of(hub) == Speeds()
    assert not HubSpeeds.objects.exists()


def test_what_was_walked_is_learned_pauses_or_not(wide: Hub) -> None:
    walk_often(wide, TRUE)

    learn_at(wide, TUESDAY)

    row = HubSpeeds.objects.get()
    assert (row.walk_mm_per_s, row.pick_s, row.unit_s) == (
        pytest.approx(800, rel=0.001), pytest.approx(10, rel=0.001), pytest.approx(3, rel=0.001),
    )  # fmt: skip
    # One tote a cart, and a start a cart: neither can be told from so little.
    assert (row.tote_change_s, row.setup_s) == (None, None)
    assert (row.legs, row.learned_at) == (9 * CARTS - 12, TUESDAY)
    assert row.typical_error_s == pytest.approx(0, abs=0.001)
    assumed = Speeds()
    assert speeds_of(wide) == Speeds(
        row.walk_mm_per_s, row.pick_s, assumed.tote_change_s, assumed.level_change_s, row.unit_s, assumed.setup_s
    )


def test_learning_twice_is_learning_once(wide: Hub) -> None:
    walk_often(wide, TRUE)
    learn_at(wide, TUESDAY)
    before = HubSpeeds.objects.values().get()

    learn_at(wide, TUESDAY)

    assert HubSpeeds.objects.values().get() == before


def test_the_next_plan_reckons_with_what_was_learned(wide: Hub, sku: Sku) -> None:
    stock(wide, sku, 9, place="03-04")
    (before,) = planned(wide, promised(wide, demand(sku, 1)))
    HubSpeeds.objects.create(
        hub=wide, walk_mm_per_s=500, pick_s=20, legs=99, typical_error_s=1, learned_at=MONDAY, setup_s=30
    )

    (after_it,) = planned(wide, promised(wide, demand(sku, 1)))

    assert before.planned_s == 24 + 8
    assert after_it.planned_s == 30 + 48 + 20


def test_a_station_without_times_teaches_nothing(wide: Hub) -> None:
    walk_often(wide, TRUE, with_times=False)

    assert learn_at(wide, TUESDAY) is None


def test_walks_of_long_ago_teach_nothing_and_what_was_learned_stays(wide: Hub) -> None:
    walk_often(wide, TRUE)
    learn_at(wide, TUESDAY)
    before = HubSpeeds.objects.values().get()

    assert learn_at(wide, TUESDAY + LOOKS_BACK) is None

    assert HubSpeeds.objects.values().get() == before


def test_walks_over_shelves_that_are_gone_are_passed_over(wide: Hub) -> None:
    walk_often(wide, TRUE)
    FloorPlan.objects.filter(hub=wide).update(aisle_x_mm=[0])

    assert learn_at(Hub.objects.get(), TUESDAY) is None


def test_each_hub_learns_from_its_own_walks(wide: Hub) -> None:
    other = make_hub()
    walk_often(wide, TRUE)

    with clock.playing(TUESDAY):
        learn(timestamp=0)

    assert [row.hub for row in HubSpeeds.objects.all()] == [wide]
    assert speeds_of(other) == Speeds()


def test_learning_asks_a_few_statements_whatever_was_walked(wide: Hub, django_assert_num_queries) -> None:
    walk_often(wide, TRUE)
    hub = Hub.objects.get()

    with (
        clock.playing(TUESDAY),
        django_assert_num_queries(5),
    ):
        learn_speeds(hub)


def test_the_command_says_what_it_learned(wide: Hub) -> None:
    walk_often(wide, TRUE)
    idle, out = make_hub(), StringIO()

    with clock.playing(TUESDAY):
        call_command("learn_speeds", wide.code, idle.code, stdout=out)

    first, second = out.getvalue().splitlines()
    assert first.startswith(f"{wide.code}: 0.80 m/s, 10.0 s a pick, 3.0 s a further unit, ")
    assert first.endswith("from 60 legs, half of them within 0.0 s.")
    assert second == f"{idle.code}: too few walks to learn from."


def test_the_command_knows_its_hubs(db) -> None:
    with pytest.raises(CommandError, match="no hub 'NOWHERE'"):
        call_command("learn_speeds", "NOWHERE")
