"""Small worlds in which two or three want the same thing at the same moment, and what may come of it.

A scenario builds its world and returns its calls; `settle` says, once the story is told, what is wrong with its end.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, DomainError
from fulfillment.models import Order, Pack
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.cancelling import cancel_order
from fulfillment.services.intake import OrderInput, Taken, take_order
from fulfillment.services.packing import pack_order
from fulfillment.services.packing_singles import pack_single
from shipping.models import Shipment
from shipping.signals import TrackedChange, shipment_tracked
from tests.factories import MONDAY, code_of, demand, make_hub, make_sku, picks_of, promised, queued, stock, walking
from tests.fulfillment.building import (
    bench_scans,
    fresh,
    given_order,
    on_carts,
    ordered,
    picked,
    released,
    walked,
    with_carrier,
)
from warehouses.models import Balance, CartTote, Count, Hub, Move, PickList, PickTask, Reservation, Sku
from warehouses.services.counting import record_count
from warehouses.services.picking import Pick, PickOutcome, record_picks
from warehouses.services.reserving import allocate_page, release

Outcomes = Mapping[str, object]


@dataclass(frozen=True)
class Scenario:
    """`calls` by name, each with a key of its own; `settle` names what is wrong with how it ended."""

    calls: Mapping[str, Callable[[], object]]
    settle: Callable[[Outcomes], list[str]]


def unless(condition: bool, words: str) -> list[str]:
    """The words, unless it is so."""
    return [] if condition else [words]


def two_pickers_at_the_last_unit() -> Scenario:
    """Two devices on one walk, one unit to fetch, a scan of their own each: one has it, the other is refused."""
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    walk = walking(hub, promised(hub, demand(sku, 1)))
    scans = [picks_of(walk)[0], picks_of(walk)[0]]

    def fetch(scan: Pick) -> PickOutcome:
        return record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[scan])

    def settle(outcomes: Outcomes) -> list[str]:
        refused = [outcome for outcome in outcomes.values() if isinstance(outcome, DomainError)]
        moves = Move.objects.filter(kind=Move.Kind.PICK, sku=sku).count()
        return unless(len(refused) == 1, f"{len(refused)} were refused") + unless(moves == 1, f"{moves} picks")

    return Scenario({"ann": lambda: fetch(scans[0]), "bob": lambda: fetch(scans[1])}, settle)


def two_allocators() -> Scenario:
    """Five units, four orders of two: two orders are served, the oldest, whoever allocates."""
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 5)
    rows = queued(hub, *(demand(sku, 2, placed_at=MONDAY + timedelta(minutes=n)) for n in range(4)))

    def settle(_: Outcomes) -> list[str]:
        held = [Reservation.objects.get(pk=row.pk).held for row in rows]
        return unless(held == [2, 2, 0, 0], f"held {held}")

    def allocate() -> None:
        after = None
        while True:
            after = allocate_page(hub_id=hub.pk, after=after, groups=2).last
            if after is None:
                return

    return Scenario({"one": allocate, "two": allocate}, settle)


def allocator_against_a_count() -> Scenario:
    """Six units are promised to orders of two while a count finds three: no more than these stay promised."""
    hub, sku = make_hub(), make_sku()
    shelf = stock(hub, sku, 6)
    queued(hub, *(demand(sku, 2, placed_at=MONDAY + timedelta(minutes=n)) for n in range(3)))
    count = Count.objects.create(hub=hub, bin=shelf, sku=sku, reason="asked", opened_at=clock.now())

    def settle(_: Outcomes) -> list[str]:
        balance = Balance.objects.get(hub=hub, sku=sku)
        # Before the count: six were promised, three taken back. After it: one whole order, and a unit stays free.
        return unless(balance.sellable == 3 and balance.reserved in {2, 3}, f"{balance.reserved} of {balance.sellable}")

    return Scenario(
        {
            "allocator": lambda: allocate_page(hub_id=hub.pk, groups=10),
            "counter": lambda: record_count(count_id=count.pk, counted=3),
        },
        settle,
    )


def allocator_against_a_short_pick() -> Scenario:
    """A picker does not find a unit and wants the last free one; so does the order that waits in the queue."""
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 2)
    stock(hub, sku, 1, place="02-01")
    walk = walking(hub, promised(hub, demand(sku, 2)))
    (waits,) = queued(hub, demand(sku, 1))
    (pick,) = picks_of(walk)
    short = Pick(
        scan_id=pick.scan_id, bin_code=pick.bin_code, item_code=pick.item_code, tote_code=pick.tote_code,
        quantity=1, short=1,
    )  # fmt: skip

    def settle(outcomes: Outcomes) -> list[str]:
        balance = Balance.objects.get(hub=hub, sku=sku)
        waits.refresh_from_db()
        extra = PickTask.objects.filter(pick_list=walk, closed_at=None).count()
        return unless(waits.held + extra == 1, f"one unit, {waits.held} + {extra} promises") + unless(
            (balance.sellable, balance.reserved) == (1, 1), f"{balance.reserved} of {balance.sellable}"
        )

    return Scenario(
        {
            "picker": lambda: record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[short]),
            "allocator": lambda: allocate_page(hub_id=hub.pk),
        },
        settle,
    )


def picker_against_a_release() -> Scenario:
    """Units are fetched while their promise is given up: all of them, or none."""
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 3)
    (row,) = promised(hub, demand(sku, 3))
    walk = walking(hub, [row])
    picks = picks_of(walk)

    def settle(outcomes: Outcomes) -> list[str]:
        row.refresh_from_db()
        refused = isinstance(outcomes["picker"], Conflict)
        return unless((row.picked, row.cancelled) in {(3, 0), (0, 3)}, f"{row.picked} + {row.cancelled}") + unless(
            refused == (row.picked == 0), "the picker was told the wrong thing"
        )

    return Scenario(
        {
            "picker": lambda: record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks),
            "shop": lambda: release(hub_id=hub.pk, reservation_ids=[row.pk]),
        },
        settle,
    )


def _order(hub: Hub, sku: Sku) -> Order:
    stock(hub, sku, 2)
    return picked(hub, {sku: 2})


def packed_twice() -> Scenario:
    """Two benches with the same scans make one pack record and one shipment."""
    hub, sku = with_carrier(make_hub()), make_sku()
    order = _order(hub, sku)
    scans = bench_scans(order)

    def settle(outcomes: Outcomes) -> list[str]:
        packs = Pack.objects.filter(order=order)
        same = {getattr(outcome, "pk", None) for outcome in outcomes.values()}
        return unless(packs.count() == 1 and same == {packs.get().pk}, f"{packs.count()} packs, told {same}")

    bench = {name: lambda name=name: pack_order(order_id=order.pk, scans=scans, station=name) for name in ("b1", "b2")}
    return Scenario(bench, settle)


def _tote_of_singles(*wants: Sku) -> tuple[Hub, list[Order], PickList]:
    """An order of one unit for each of `wants`, on one cart, to be picked into one shared tote T1."""
    hub = with_carrier(make_hub())
    Hub.objects.filter(pk=hub.pk).update(singles_from=1)
    for n, sku in enumerate(dict.fromkeys(wants), start=1):
        stock(hub, sku, wants.count(sku), place=f"01-0{n}")
    orders = [ordered(hub, {sku: 1}, placed_at=MONDAY + timedelta(minutes=n)) for n, sku in enumerate(wants)]
    (walk,) = on_carts(released(hub))
    return hub, orders, walk


def _unit_out(hub: Hub, sku: Sku, station: str) -> Callable[[], Order]:
    """A bench that scans a unit out of T1, each time with the same scan id."""
    scan_id = uuid.uuid4()
    return lambda: pack_single(hub=hub, tote_code="T1", item_code=code_of(sku), scan_id=scan_id, station=station).order


def _is_emptied() -> list[str]:
    return unless(not CartTote.objects.filter(freed_at=None).exists(), "an empty tote is not free")


def two_packers_at_one_tote() -> Scenario:
    """Two benches take the last two units of one item out of a tote: an order each, and the tote is free."""
    sku = make_sku()
    hub, orders, walk = _tote_of_singles(sku, sku)
    walked(walk)

    def settle(outcomes: Outcomes) -> list[str]:
        given = {getattr(outcome, "pk", None) for outcome in outcomes.values()}
        return unless(given == {order.pk for order in orders}, f"{outcomes}") + _is_emptied()

    return Scenario({name: _unit_out(hub, sku, name) for name in ("b1", "b2")}, settle)


def the_last_two_items_of_a_tote() -> Scenario:
    """The last two units are of two items, one is packed by its order's number: whoever is last frees the tote."""
    ring, scarf = make_sku(), make_sku()
    hub, orders, walk = _tote_of_singles(ring, scarf)
    walked(walk)
    scans = bench_scans(orders[1])

    def settle(outcomes: Outcomes) -> list[str]:
        states = {fresh(order).state for order in orders}
        return unless(states == {Order.State.PACKED}, f"{states}") + _is_emptied()

    return Scenario(
        {
            "b1": _unit_out(hub, ring, "b1"),
            "b2": lambda: pack_order(order_id=orders[1].pk, scans=scans, station="b2"),
        },
        settle,
    )


def packed_while_the_cart_still_walks() -> Scenario:
    """One unit is packed out of the tote while the picker reports that the other is not there: the tote is free."""
    ring, scarf = make_sku(), make_sku()
    hub, orders, walk = _tote_of_singles(ring, scarf)
    first, last = picks_of(walk)
    record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[first])
    missing = replace(last, quantity=0, short=1)

    def settle(outcomes: Outcomes) -> list[str]:
        states = [fresh(order).state for order in orders]
        return unless(states == [Order.State.PACKED, Order.State.PICKING], f"{states}") + _is_emptied()

    def report() -> PickOutcome:
        return record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[missing])

    return Scenario({"bench": _unit_out(hub, ring, "b1"), "picker": report}, settle)


def hand_over(order: Order) -> None:
    """The carrier has it."""
    assert order.shipment is not None
    change = TrackedChange(
        order.shipment.pk, order.shipment.number, order.number, order.hub.code,
        "label_created", "handed_over", datetime(2026, 3, 3, 12, 0, tzinfo=UTC), True,
    )  # fmt: skip
    with transaction.atomic():
        shipment_tracked.send(sender=Shipment, changes=[change])


def cancelled_on_the_way_out() -> Scenario:
    """An order is fetched, packed and handed over while its buyer calls it off: one of the two, whole."""
    hub, sku = with_carrier(make_hub()), make_sku()
    stock(hub, sku, 2)
    order = ordered(hub, {sku: 2})
    (walk,) = on_carts(released(hub))
    picks = picks_of(walk)

    def send() -> str:
        record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks)
        pack_order(order_id=order.pk, scans=bench_scans(fresh(order)), station="b1")
        hand_over(fresh(order))
        return "sent"

    def settle(outcomes: Outcomes) -> list[str]:
        state, balance = fresh(order).state, Balance.objects.get(hub=hub, sku=sku)
        sent, called_off = outcomes["hub"] == "sent", isinstance(outcomes["buyer"], Order)
        left = 0 if sent else 2
        return unless(sent != called_off, f"sent {sent}, called off {called_off}") + unless(
            (state, balance.on_hand, balance.reserved) == ("shipped" if sent else "cancelled", left, 0),
            f"{state}, {balance.reserved} of {balance.on_hand}",
        )

    return Scenario({"hub": send, "buyer": lambda: cancel_order(order_id=order.pk)}, settle)


def the_same_order_through_three_doors() -> Scenario:
    """One order, handed in three times while the allocator runs: one order, its units promised once."""
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 2)
    given = given_order({sku: 2})

    def settle(outcomes: Outcomes) -> list[str]:
        taken = [outcome for outcome in outcomes.values() if isinstance(outcome, Taken)]
        orders = Order.objects.filter(external_ref=given.external_ref)
        numbers = {one.order.number for one in taken}
        return unless(len(taken) == 3 and orders.count() == 1 and len(numbers) == 1, f"{numbers}, {orders.count()}")

    def hand_in() -> Taken:
        return take_order(seller=sku.seller, hub=hub, order=given)

    doors = {f"door {n}": hand_in for n in range(3)}
    return Scenario({**doors, "allocator": lambda: allocate_hub(hub_id=hub.pk)}, settle)


def two_orders_that_wait_for_the_answer() -> Scenario:
    """Two callers want to know at once, one unit is there: one has its promise, the other waits."""
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)

    def buy(given: OrderInput) -> Taken:
        return take_order(seller=sku.seller, hub=hub, order=given, promise_now=True)

    def settle(outcomes: Outcomes) -> list[str]:
        held = sorted(Reservation.objects.filter(hub=hub, sku=sku).values_list("held", flat=True))
        told = all(isinstance(outcome, Taken) for outcome in outcomes.values())
        return unless(told and held == [0, 1], f"held {held}")

    first, second = given_order({sku: 1}), given_order({sku: 1})
    return Scenario({"ann": lambda: buy(first), "bob": lambda: buy(second)}, settle)


ALL: Mapping[str, Callable[[], Scenario]] = {
    scenario.__name__: scenario
    for scenario in (
        two_pickers_at_the_last_unit,
        two_allocators,
        allocator_against_a_count,
        allocator_against_a_short_pick,
        picker_against_a_release,
        packed_twice,
        two_packers_at_one_tote,
        the_last_two_items_of_a_tote,
        packed_while_the_cart_still_walks,
        cancelled_on_the_way_out,
        the_same_order_through_three_doors,
        two_orders_that_wait_for_the_answer,
    )
}
