"""One order now: who waits gets its stock in one call, whole or not at all, and nobody is overtaken."""

import random
from datetime import timedelta

import pytest
from django.db import connection, transaction

from foundation.errors import Invalid
from tests.crowd import at_once, while_it_waits
from tests.factories import MONDAY, books, demand, make_hub, make_seller, make_sku, promised, queued, stock
from tests.refusals import refused
from warehouses.locks import lock_out_stock
from warehouses.models import Balance, Count, Hub, Reservation, Sku
from warehouses.services.counting import record_count
from warehouses.services.reserving import Demand, Promise, allocate_page, release, reserve_now


def now(hub: Hub, *demands: Demand) -> list[tuple[int, int]]:
    """(held, waiting) of each demand after one call."""
    by_ref = {promise.ref: promise for promise in reserve_now(hub_id=hub.pk, demands=demands)}
    return [(by_ref[d.ref].held, by_ref[d.ref].waiting) for d in demands]


def minutes(n: int):
    return MONDAY + timedelta(minutes=n)


def test_an_order_gets_its_stock_in_one_statement(hub: Hub, sku: Sku, django_assert_num_queries) -> None:
    stock(hub, sku, 5)
    wanted = demand(sku, 3, group="order-1", priority=50)

    with django_assert_num_queries(1):
        (promise,) = reserve_now(hub_id=hub.pk, demands=[wanted])

    row = Reservation.objects.get()
    assert promise == Promise(ref=wanted.ref, reservation_id=row.pk, held=3, waiting=0)
    assert (row.hub, row.sku, row.demand_group, row.priority, row.placed_at) == (hub, sku, "order-1", 50, MONDAY)
    assert (row.wanted, row.held, row.assigned, row.picked, row.cancelled) == (3, 3, 0, 0, 0)
    assert Balance.objects.get().available == 2


def test_an_order_is_promised_whole_or_waits_whole(hub: Hub) -> None:
    seller = make_seller()
    ring, scarf = make_sku(seller), make_sku(seller)
    stock(hub, ring, 5)
    stock(hub, scarf, 1, place="01-02")

    assert now(hub, demand(ring, 2, group="A"), demand(scarf, 2, group="A")) == [(0, 2), (0, 2)]
    assert now(hub, demand(ring, 5, group="B"), demand(scarf, 1, group="B")) == [(5, 0), (1, 0)]


def test_an_order_that_takes_parts_gets_what_there_is(hub: Hub) -> None:
    seller = make_seller()
    ring, scarf, gone = (make_sku(seller) for _ in range(3))
    stock(hub, ring, 3)
    stock(hub, scarf, 1, place="01-02")
    wanted = [demand(sku, 2, group="A", in_part=True) for sku in (ring, scarf, gone, ring)]

    assert now(hub, *wanted) == [(2, 0), (1, 1), (0, 2), (1, 1)]

    stock(hub, gone, 1, place="01-03")
    page = allocate_page(hub_id=hub.pk)
    assert (page.granted, page.waiting) == ([], ["A"])
    assert list(Reservation.objects.order_by("pk").values_list("held", flat=True)) == [2, 1, 1, 1]


def test_two_lines_of_one_item_need_both_their_units(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 3)

    assert now(hub, demand(sku, 2, group="A"), demand(sku, 2, group="A")) == [(0, 2), (0, 2)]
    assert now(hub, demand(sku, 2, group="B"), demand(sku, 1, group="B")) == [(2, 0), (1, 0)]


def test_asking_twice_is_asking_once(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    wanted = demand(sku, 3)
    now(hub, wanted)
    before = books()

    assert now(hub, wanted) == [(3, 0)]
    assert books() == before


def test_what_was_given_up_is_not_promised_again(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    wanted = demand(sku, 3)
    now(hub, wanted)
    release(hub_id=hub.pk, reservation_ids=list(Reservation.objects.values_list("pk", flat=True)))
    before = books()

    assert now(hub, wanted) == [(0, 0)]
    assert books() == before


def test_what_waits_already_is_tried_again(hub: Hub, sku: Sku) -> None:
    wanted = demand(sku, 3)
    assert now(hub, wanted) == [(0, 3)]
    stock(hub, sku, 3)

    assert now(hub, wanted) == [(3, 0)]


def test_a_demand_known_in_another_hub_stays_there(hub: Hub, sku: Sku) -> None:
    elsewhere = make_hub()
    stock(hub, sku, 5)
    wanted = demand(sku, 3)
    queued(elsewhere, wanted)

    assert now(hub, wanted) == [(0, 3)]
    assert Balance.objects.get(hub=hub).reserved == 0


def test_a_demand_now_wants_a_whole_number_of_units(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)

    refused(Invalid, "quantity_invalid", lambda: now(hub, demand(sku, 1, group="A"), demand(sku, 0, group="A")))


def test_one_call_is_for_one_group(hub: Hub, sku: Sku) -> None:
    with pytest.raises(ValueError, match="one group"):
        now(hub, demand(sku, 1, group="A"), demand(sku, 1, group="B"))

    assert not Reservation.objects.exists()


# --- turns -----------------------------------------------------------------------------------------------


def test_an_older_order_that_could_be_served_keeps_its_turn(hub: Hub, sku: Sku) -> None:
    queued(hub, demand(sku, 2, group="older"))
    stock(hub, sku, 3)

    assert now(hub, demand(sku, 2, group="younger", placed_at=minutes(1))) == [(0, 2)]

    page = allocate_page(hub_id=hub.pk)
    assert (page.granted, page.waiting) == (["older"], ["younger"])


def test_an_older_order_that_lacks_something_else_does_not_hold_back_the_next(hub: Hub) -> None:
    seller = make_seller()
    ring, gone = make_sku(seller), make_sku(seller)
    stock(hub, ring, 2)
    queued(hub, demand(ring, 1, group="older"), demand(gone, 1, group="older"))

    assert now(hub, demand(ring, 2, placed_at=minutes(1))) == [(2, 0)]


@pytest.mark.parametrize("fields", [{"placed_at": minutes(-1)}, {"priority": 99, "placed_at": minutes(1)}])
def test_an_older_or_more_urgent_order_goes_before_those_in_the_queue(hub: Hub, sku: Sku, fields) -> None:
    queued(hub, demand(sku, 2))
    stock(hub, sku, 3)

    assert now(hub, demand(sku, 2, **fields)) == [(2, 0)]


def test_an_order_that_takes_parts_keeps_its_turn_too(hub: Hub, sku: Sku) -> None:
    queued(hub, demand(sku, 9, in_part=True))
    stock(hub, sku, 3)

    assert now(hub, demand(sku, 1, placed_at=minutes(1))) == [(0, 1)]


def test_one_by_one_or_through_the_queue_the_same_orders_are_served(db) -> None:
    dice = random.Random(5)
    seller = make_seller()
    skus = [make_sku(seller) for _ in range(6)]
    hubs = [make_hub(), make_hub()]
    for hub in hubs:
        for n, sku in enumerate(skus):
            stock(hub, sku, 12, place=f"01-0{n % 4 + 1}")
    plan = [[(sku, dice.randint(1, 3)) for sku in dice.sample(skus, dice.randint(1, 3))] for _ in range(60)]

    def wants(tag: str, n: int) -> list[Demand]:
        return [
            demand(sku, units, group=f"{tag}-{n:02d}", placed_at=minutes(n), ref=f"{tag}-{n:02d}/{sku.pk}")
            for sku, units in plan[n]
        ]

    queued(hubs[0], *(line for n in range(60) for line in wants("queue", n)))
    granted = {int(name[-2:]) for name in allocate_page(hub_id=hubs[0].pk).granted}
    served = {n for n in range(60) if not any(waiting for _, waiting in now(hubs[1], *wants("now", n)))}

    assert 10 < len(served) < 50
    assert served == granted


# --- many at once ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_scarce_stock_is_sold_to_the_last_unit_and_no_further() -> None:
    hub, seller = make_hub(), make_seller()
    skus = [make_sku(seller) for _ in range(6)]
    for sku in skus:
        stock(hub, sku, 6, place="01-01")
        stock(hub, sku, 4, place="02-01")
    dice = random.Random(3)
    pairs = [dice.sample(skus[n : n + 2], 2) for n in (0, 2, 4) for _ in range(16)]
    dice.shuffle(pairs)

    def client(k: int) -> int:
        return sum(
            held
            for n in range(k, 48, 8)
            for held, _ in now(hub, *(demand(sku, 1, group=f"order-{n}") for sku in pairs[n]))
        )

    results = at_once([lambda k=k: client(k) for k in range(8)])

    assert [result for result in results if isinstance(result, Exception)] == []
    assert sum(results) == 60
    assert set(Balance.objects.values_list("sellable", "reserved")) == {(10, 10)}
    assert sorted(Reservation.objects.values_list("held", flat=True)) == [0] * 36 + [1] * 60


@pytest.mark.django_db(transaction=True)
def test_orders_at_once_and_through_the_queue_on_the_same_items_meet_no_deadlock() -> None:
    hub, seller = make_hub(), make_seller()
    skus = [make_sku(seller) for _ in range(5)]
    for sku in skus:
        stock(hub, sku, 40)
    with transaction.atomic():
        assert lock_out_stock(wait_ms=1_000)
        Balance.objects.filter(sku=skus[0]).update(is_hot=True)

    def shop(seed: int) -> None:
        dice = random.Random(seed)
        for n in range(10):
            lines = [demand(sku, 1, group=f"{seed}-{n}") for sku in dice.sample(skus, 3)]
            if n % 2:
                reserve_now(hub_id=hub.pk, demands=lines)
            else:
                queued(hub, *lines)
                allocate_page(hub_id=hub.pk, groups=3)
            if n % 3 == 0:
                mine = Reservation.objects.filter(demand_group=f"{seed}-{n}")
                release(hub_id=hub.pk, reservation_ids=list(mine.values_list("pk", flat=True)))

    assert at_once([lambda seed=seed: shop(seed) for seed in range(6)]) == [None] * 6
    assert all(row.reserved <= row.sellable for row in Balance.objects.all())


@pytest.mark.django_db(transaction=True)
def test_the_same_order_at_once_is_one_order() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 50)
    wanted = demand(sku, 3)

    assert at_once([lambda: now(hub, wanted)] * 8) == [[(3, 0)]] * 8
    assert Balance.objects.get().reserved == 3


@pytest.mark.django_db(transaction=True)
def test_an_order_waits_for_a_count_that_takes_promises_back() -> None:
    hub, sku = make_hub(), make_sku()
    shelf = stock(hub, sku, 3)
    promised(hub, demand(sku, 1))
    count = Count.objects.create(hub=hub, bin=shelf, sku=sku, reason="cycle", opened_at=MONDAY)

    late = while_it_waits(
        lambda: record_count(count_id=count.pk, counted=1),
        lambda: now(hub, demand(sku, 2, placed_at=minutes(1))),
    )

    assert late == [(0, 2)]
    assert (Balance.objects.get().sellable, Balance.objects.get().reserved) == (1, 1)


def test_look_ups_are_by_index_whatever_size_the_tables_had_when_a_session_began(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(proconfig) FROM pg_proc WHERE proname = 'warehouses_reserve_now'")
        settings = {setting for (setting,) in cursor.fetchall()}

    assert settings == {
        "plan_cache_mode=force_generic_plan",
        *(f"enable_{way}=off" for way in ("seqscan", "hashjoin", "mergejoin")),
    }
