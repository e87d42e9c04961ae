"""Setting up a cart: whose it is, and a tote of its own on every slot."""

import pytest
from django.contrib.auth.models import User

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from tests.crowd import at_once
from tests.factories import (
    MONDAY,
    demand,
    make_hub,
    make_sku,
    make_user,
    picks_of,
    planned,
    promised,
    stock,
    walking,
)
from tests.refusals import refused
from warehouses.models import CartTote, Hub, PickList, Sku
from warehouses.services.picking import record_picks, start_pick_list


@pytest.fixture
def picker(db) -> User:
    return make_user()


@pytest.fixture
def walk(hub: Hub, sku: Sku, picker: User) -> PickList:
    """A cart under way: four rings of ten in 01-01 for one order, into tote T1."""
    stock(hub, sku, 10)
    return walking(hub, promised(hub, demand(sku, 4)), worker=picker)


def test_the_picker_takes_the_cart_with_a_tote_on_each_slot(hub: Hub, sku: Sku, picker: User) -> None:
    stock(hub, sku, 10)
    (pick_list,) = planned(hub, promised(hub, demand(sku, 1), demand(sku, 2)))

    with clock.playing(MONDAY):
        started = start_pick_list(pick_list_id=pick_list.pk, worker_id=picker.pk, totes={1: " t3 ", 2: "T1"})

    assert (started.state, started.worker_id, started.started_at) == (PickList.State.PICKING, picker.pk, MONDAY)
    assert [(row.slot, row.tote.code) for row in started.totes.order_by("slot")] == [(1, "T3"), (2, "T1")]


def test_starting_again_changes_nothing(walk: PickList, picker: User) -> None:
    again = start_pick_list(pick_list_id=walk.pk, worker_id=picker.pk, totes={1: "T5"})

    assert again.started_at == walk.started_at
    assert CartTote.objects.get().tote.code == "T1"


def test_a_cart_belongs_to_whoever_took_it(walk: PickList) -> None:
    refused(
        Conflict,
        "pick_list_taken",
        lambda: start_pick_list(pick_list_id=walk.pk, worker_id=make_user_once().pk, totes={1: "T2"}),
    )


def make_user_once() -> User:
    """Somebody else."""
    return User.objects.get_or_create(username="somebody-else")[0]


def test_a_pick_list_that_does_not_exist_is_not_found(picker: User) -> None:
    for call in (
        lambda: start_pick_list(pick_list_id=0, worker_id=picker.pk, totes={}),
        lambda: record_picks(pick_list_id=0, worker_id=picker.pk, picks=[]),
    ):
        refused(NotFound, "pick_list_unknown", call)


@pytest.mark.parametrize(
    ("totes", "error", "code"),
    [
        ({}, Invalid, "slots_wrong"),
        ({1: "T1"}, Invalid, "slots_wrong"),
        ({1: "T1", 3: "T2"}, Invalid, "slots_wrong"),
        ({1: "T1", 2: "T2", 3: "T3"}, Invalid, "slots_wrong"),
        ({1: "T1", 2: "t1 "}, Invalid, "slots_wrong"),
        ({1: "T1", 2: "T999"}, NotFound, "tote_unknown"),
        ({1: "T1", 2: "DOCK"}, NotFound, "tote_unknown"),
        ({1: "T1", 2: "T\x00"}, NotFound, "tote_unknown"),
    ],
)
def test_each_slot_needs_a_tote_of_its_own(hub: Hub, sku: Sku, picker: User, totes, error, code: str) -> None:
    stock(hub, sku, 10)
    (pick_list,) = planned(hub, promised(hub, demand(sku, 1), demand(sku, 2)))

    refused(error, code, lambda: start_pick_list(pick_list_id=pick_list.pk, worker_id=picker.pk, totes=totes))


def test_a_tote_of_another_hub_is_not_found(hub: Hub, sku: Sku, picker: User) -> None:
    stock(hub, sku, 10)
    (pick_list,) = planned(hub, promised(hub, demand(sku, 1)))
    make_hub(totes=99)

    refused(
        NotFound,
        "tote_unknown",
        lambda: start_pick_list(pick_list_id=pick_list.pk, worker_id=picker.pk, totes={1: "T99"}),
    )


@pytest.mark.parametrize("after_picking", [False, True])
def test_a_tote_in_use_is_refused_by_name(hub: Hub, sku: Sku, walk: PickList, after_picking: bool) -> None:
    if after_picking:
        record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks_of(walk))
    (other,) = planned(hub, promised(hub, demand(sku, 1)))
    worker = make_user()

    refusal = refused(
        Conflict,
        "tote_in_use",
        lambda: start_pick_list(pick_list_id=other.pk, worker_id=worker.pk, totes={1: "T1"}),
    )

    assert refusal.facts == {"tote": "T1"}


@pytest.mark.django_db(transaction=True)
def test_one_cart_is_taken_by_one_picker() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 9)
    (pick_list,) = planned(hub, promised(hub, demand(sku, 1)))
    workers = [make_user() for _ in range(5)]

    results = at_once(
        [
            lambda n=n, w=worker: start_pick_list(pick_list_id=pick_list.pk, worker_id=w.pk, totes={1: f"T{n}"})
            for n, worker in enumerate(workers, start=1)
        ]
    )

    assert [result.code for result in results if isinstance(result, Exception)] == ["pick_list_taken"] * 4
    assert PickList.objects.get().worker in workers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
def test_one_tote_is_set_onto_one_cart(round_: int) -> None:
    hub, sku, worker = make_hub(), make_sku(), make_user()
    stock(hub, sku, 9)
    lists = [planned(hub, promised(hub, demand(sku, 1)))[0] for _ in range(6)]

    results = at_once(
        [lambda pk=row.pk: start_pick_list(pick_list_id=pk, worker_id=worker.pk, totes={1: "T1"}) for row in lists]
    )

    assert [result.code for result in results if isinstance(result, Exception)] == ["tote_in_use"] * 5
    assert PickList.objects.filter(state=PickList.State.PICKING).count() == 1
