"""Deadlock bait: every service at once, each on a few of the same items, in whatever order it likes."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.crowd import at_once
from tests.factories import (
    demand,
    make_hub,
    make_seller,
    make_sku,
    make_user,
    picks_of,
    planned,
    promised,
    received,
    stock,
)
from warehouses.models import Count, Hub, Move, PickList, Reservation, Sku
from warehouses.services.assigning import assign, unassign
from warehouses.services.counting import record_count
from warehouses.services.picking import record_picks, start_pick_list
from warehouses.services.reserving import allocate_page, release, reserve
from warehouses.signals import stock_moved


def walk_for(hub: Hub, skus: list[Sku], n: int) -> PickList:
    """The nth cart under way, with four of the items in an order of its own."""
    wants = [demand(sku, 4, group=f"walk-{n}") for sku in random.Random(n).sample(skus, 4)]
    (pick_list,) = planned(hub, promised(hub, *wants))
    totes = {slot: f"T{n * 10 + slot}" for slot in pick_list.totes.values_list("slot", flat=True)}
    return start_pick_list(pick_list_id=pick_list.pk, worker_id=make_user().pk, totes=totes)


def shop(hub: Hub, skus: list[Sku], seed: int) -> None:
    """Orders come in, are allocated, assigned, changed and called off."""
    dice = random.Random(seed)
    for n in range(6):
        wanted = [demand(sku, dice.randint(1, 3), group=f"{seed}-{n}") for sku in dice.sample(skus, 3)]
        ids = list(reserve(hub_id=hub.pk, demands=wanted).values())
        allocate_page(hub_id=hub.pk, groups=5)
        dice.shuffle(ids)
        if n % 3 == 0:
            release(hub_id=hub.pk, reservation_ids=ids)
        else:
            assign(hub=hub, reservation_ids=ids, work_ref=f"WV-{seed}-{n}")
        if n % 3 == 1:
            unassign(reservation_ids=ids[::-1])


def picker(walk: PickList) -> None:
    """Finds everything at one stop and not all of it at the next; then whatever was put onto the walk instead."""
    for n, pick in enumerate(picks_of(walk)):
        short = 2 * (n % 2)
        changed = replace(pick, quantity=pick.quantity - short, short=short)
        record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[changed])
    record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks_of(walk))


def counter() -> None:
    """Counts whatever the pickers doubt."""
    for _ in range(8):
        for count in Count.objects.filter(state=Count.State.OPEN).order_by("?"):
            record_count(count_id=count.pk, counted=150)


def dock(hub: Hub, skus: list[Sku], seed: int) -> None:
    """Takes cartons in and puts them away."""
    for n in range(3):
        received(hub, dict.fromkeys(random.Random(seed + n).sample(skus, 3), 2))


@pytest.mark.django_db(transaction=True)
def test_every_service_on_the_same_items_in_any_order_meets_no_deadlock() -> None:
    hub, seller = make_hub(totes=60), make_seller()
    skus = [make_sku(seller) for _ in range(6)]
    for sku in skus:
        stock(hub, sku, 200, place="01-01")
        stock(hub, sku, 200, place="02-01")
    walks = [walk_for(hub, skus, n) for n in range(3)]

    results = at_once(
        [
            *(lambda seed=seed: shop(hub, skus, seed) for seed in range(4)),
            *(lambda walk=walk: picker(walk) for walk in walks),
            counter,
            lambda: dock(hub, skus, 1),
            lambda: dock(hub, skus, 2),
        ]
    )

    assert results == [None] * len(results)
    assert Count.objects.exists()
    assert {walk.state for walk in PickList.objects.all()} == {PickList.State.PICKED}


@pytest.mark.django_db(transaction=True)
def test_the_same_promises_in_any_order_meet_no_deadlock() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 200)
    ids = [row.pk for row in promised(hub, *(demand(sku, 1) for _ in range(20)))]

    def shuffled(seed: int) -> None:
        dice = random.Random(seed)
        for n in range(8):
            mine = dice.sample(ids, 15)
            assign(hub=hub, reservation_ids=mine, work_ref=f"WV-{seed}-{n}")
            unassign(reservation_ids=mine[::-1])

    assert at_once([lambda seed=seed: shuffled(seed) for seed in range(5)]) == [None] * 5


@pytest.fixture
def gives_up_short_orders() -> Iterator[None]:
    """Somebody upstairs who calls the rest of an order off as soon as one unit of it is missing."""

    def listen(sender, hub_id, moves, **_) -> None:
        short = [moved.step.reservation_id for moved in moves if moved.step.kind == Move.Kind.MISSING]
        groups = Reservation.objects.filter(pk__in=short).values("demand_group")
        rest = Reservation.objects.filter(demand_group__in=groups).values_list("pk", flat=True)
        release(hub_id=hub_id, reservation_ids=list(rest))

    stock_moved.connect(listen)
    yield
    stock_moved.disconnect(listen)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_shorts_that_call_off_whole_orders_meet_no_deadlock(gives_up_short_orders: None, round_: int) -> None:
    hub, seller = make_hub(totes=60), make_seller()
    skus = [make_sku(seller) for _ in range(2)]
    for sku, place in zip(skus, ("01-01", "02-01"), strict=True):
        stock(hub, sku, 200, place=place)
    walks = []
    for n in range(4):
        wants = [demand(sku, 4, group=f"walk-{n}") for sku in skus]
        (pick_list,) = planned(hub, promised(hub, *wants))
        walks.append(start_pick_list(pick_list_id=pick_list.pk, worker_id=make_user().pk, totes={1: f"T{n + 1}"}))

    def pick_short(n: int) -> None:
        pick = picks_of(walks[n])[n % 2]
        short = replace(pick, quantity=1, short=3)
        record_picks(pick_list_id=walks[n].pk, worker_id=walks[n].worker_id, picks=[short])

    results = at_once([lambda n=n: pick_short(n) for n in range(4)])

    assert results == [None] * 4
    assert {walk.state for walk in PickList.objects.all()} == {PickList.State.PICKED}
