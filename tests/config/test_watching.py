"""The watch: a hub whose books differ stops promising, the others go on, and a person lets it go on."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.jobs import watch_books
from config.watching import FLOORS, HUB_OF, STOPPING, look, watch
from foundation import clock
from foundation.errors import Conflict, Invalid
from foundation.invariants import Invariant
from fulfillment.services.allocation import Allocated, allocate_hub
from tests.crowd import while_it_waits
from tests.factories import MONDAY, demand, later, make_hub, make_sku, make_user, queued, stock
from tests.fulfillment.building import fresh, ordered
from tests.refusals import refused
from warehouses.models import Balance, Hub, HubStop, Reservation, Sku
from warehouses.services.reserving import AllocationPage, allocate_page
from warehouses.services.stopping import is_stopped, resume_hub, stop_hub

OF_NO_HUB = {
    "goods_belong_to_one_seller",  # master data
    "seller_reads_every_move_once_and_in_order",  # the sellers' view: no reason to promise nothing
    "order_is_of_one_seller",
    "intake_loses_no_row",
    "item_is_as_measured_last",  # master data
    "measurement_is_of_its_item",
    "settled_case_has_its_charge",  # money: no stock is promised by it
    "counter_charge_takes_back_its_charge",
}


@pytest.fixture(autouse=True)
def verdict_elsewhere(settings, tmp_path: Path) -> None:
    """What is found in a test is no verdict on the checkout's own books."""
    settings.VAR_DIR = tmp_path


@pytest.fixture
def hub(db) -> Hub:
    return make_hub()


@pytest.fixture
def sku(db) -> Sku:
    return make_sku()


def falsify(hub: Hub) -> None:
    """The hub's books say one unit more than the ledger."""
    Balance.objects.filter(hub=hub).update(on_hand=11)


def run(*options: str) -> tuple[int, list[str]]:
    out = StringIO()
    try:
        call_command("verify", *options, stdout=out, no_color=True)
    except CommandError as error:
        return error.returncode, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def test_a_hub_that_fails_is_stopped_and_the_others_go_on(hub: Hub, sku: Sku) -> None:
    other = make_hub()
    for each in (hub, other):
        stock(each, sku, 10)
        ordered(each, {sku: 1})
    falsify(hub)

    code, lines = run("--watch")

    assert code == 1
    assert lines[-1] == f"Allocation in {hub.code} is stopped: manage.py resume_hub {hub.code}"
    stop = HubStop.objects.get()
    assert (stop.hub_id, stop.invariants, stop.differences) == (
        hub.pk, ["hub_holds_what_came_in_and_did_not_leave", "hub_is_the_sum_of_its_bins"], 2,
    )  # fmt: skip
    assert allocate_hub(hub_id=hub.pk) == Allocated(0, 0, is_stopped=True)
    assert allocate_hub(hub_id=other.pk) == Allocated(1, 0)
    assert list(Reservation.objects.order_by("pk").values_list("held", flat=True)) == [0, 1]


def test_to_verify_alone_stops_nothing(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)
    falsify(hub)

    code, lines = run()

    assert (code, lines[-1]) == (1, f"{sum(len(each) for each in FLOORS.values())} invariants, 2 differences.")
    assert not HubStop.objects.exists()


def test_an_honest_hub_is_not_stopped(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)

    watch_books(timestamp=0)

    assert run("--watch")[0] == 0
    assert not HubStop.objects.exists()


def test_the_hourly_job_notes_what_is_still_broken(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)
    falsify(hub)
    with clock.playing(MONDAY):
        watch_books(timestamp=0)
    Balance.objects.filter(hub=hub).update(on_hand=10, sellable=9)
    with clock.playing(MONDAY), clock.playing(later(60)):
        watch_books(timestamp=0)

    stop = HubStop.objects.get()

    assert (stop.stopped_at, (stop.seen_at - MONDAY).seconds) == (MONDAY, 3_600)
    assert (stop.invariants, stop.differences) == (["hub_is_the_sum_of_its_bins"], 1)


def test_a_person_resumes_it_with_a_reason(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)
    order = ordered(hub, {sku: 1})
    stop_hub(hub_id=hub.pk, invariants=["x"], differences=1)
    boss = make_user()

    for reason in ("", " ", "r" * 201):
        refused(Invalid, "reason_invalid", lambda reason=reason: resume_hub(hub_id=hub.pk, reason=reason))
    with clock.playing(MONDAY):
        stop = resume_hub(hub_id=hub.pk, reason="A row was mended by hand.", actor_id=boss.pk)

    assert (stop.resumed_at, stop.resumed_by_id) == (MONDAY, boss.pk)
    assert not is_stopped(hub.pk)
    assert allocate_hub(hub_id=hub.pk) == Allocated(1, 0)
    assert fresh(order).state == "allocated"
    refused(Conflict, "hub_not_stopped", lambda: resume_hub(hub_id=hub.pk, reason="again"))
    stop_hub(hub_id=hub.pk, invariants=["x"], differences=1)
    assert HubStop.objects.count() == 2


def test_the_command_resumes_too(hub: Hub) -> None:
    stop_hub(hub_id=hub.pk, invariants=["x"], differences=1)

    with pytest.raises(CommandError, match="There is no hub 'NOWHERE'"):
        call_command("resume_hub", "NOWHERE", "--reason", "why")
    with pytest.raises(CommandError, match="Say why"):
        call_command("resume_hub", hub.code, "--reason", "")
    assert is_stopped(hub.pk)
    out = StringIO()
    call_command("resume_hub", hub.code, "--reason", "Mended.", stdout=out)

    assert out.getvalue() == f"{hub.code} allocates again.\n"
    assert HubStop.objects.get().reason == "Mended."
    with pytest.raises(CommandError, match="not stopped"):
        call_command("resume_hub", hub.code, "--reason", "Mended.")


@pytest.mark.django_db(transaction=True)
def test_a_stop_comes_before_the_next_page() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 10)
    queued(hub, demand(sku, 1))

    page = while_it_waits(
        lambda: stop_hub(hub_id=hub.pk, invariants=["x"], differences=1), lambda: allocate_page(hub_id=hub.pk)
    )

    assert page == AllocationPage(is_stopped=True)


def columns(invariant: Invariant) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({invariant.sql}) AS q LIMIT 0")
        return {column.name for column in cursor.description}


def test_every_difference_in_stock_or_orders_says_whose_hub_it_is(db) -> None:
    nameless = {
        invariant.name for floor in STOPPING for invariant in FLOORS[floor] if not columns(invariant) & set(HUB_OF)
    }

    assert nameless == OF_NO_HUB


def test_the_hub_is_found_by_any_of_its_columns(db) -> None:
    for sql in HUB_OF.values():
        names = ", ".join(f"NULL::bigint AS {name}" for name in HUB_OF)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT ({sql}) FROM (SELECT {names}) AS q")
            assert cursor.fetchall() == [(None,)]


def test_a_look_names_the_hubs(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 10)
    assert (look().broken, look().hubs) == (0, {})
    falsify(hub)

    assert watch().hubs == {
        "hub_holds_what_came_in_and_did_not_leave": (hub.pk,),
        "hub_is_the_sum_of_its_bins": (hub.pk,),
    }
