"""An order's whole way against a model in plain Python, in any order of calls, each of them sent twice.

Orders come in, are promised, called off, walked for, short, packed, handed over, brought back. After every step both
say the same of every order and every item, and the invariants of all floors hold.
"""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play

from config.watching import FLOORS
from foundation.errors import Conflict
from foundation.invariants import check
from fulfillment.models import Order, OrderLine, Pack
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.cancelling import cancel_order
from fulfillment.services.intake import OrderInput, take_order, take_orders
from fulfillment.services.packing import pack_order
from fulfillment.services.waving import plan_wave, release_wave
from shipping.models import Shipment
from shipping.signals import TrackedChange, shipment_tracked
from tests.factories import MONDAY, code_of, make_hub, make_seller, make_sku, make_user, stock
from tests.fulfillment import order_model as model
from tests.fulfillment.building import bench_scans, given_order, on_carts, with_carrier
from tests.nightly import days
from tests.sandbox import undone
from warehouses.models import Balance, Count, PickList, PickTask
from warehouses.services.counting import record_count
from warehouses.services.picking import Pick, PickOutcome, record_picks

ITEMS = 2
SHELVES = ["01-01", "02-01"]
"""One bin an item: what is not found there is nowhere else."""
EVERYTHING = [invariant for listed in FLOORS.values() for invariant in listed]
COLUMNS = ("held", "assigned", "picked", "cancelled")
wants = st.dictionaries(st.integers(0, ITEMS - 1), st.integers(1, 3), min_size=1)
which = st.integers(0, 9)


class Shop(RuleBasedStateMachine):
    """Random days of a small shop at a small hub."""

    def __init__(self) -> None:
        super().__init__()
        self.story = undone()
        self.story.__enter__()
        self.hub, self.seller, self.worker = with_carrier(make_hub(totes=120)), make_seller(), make_user()
        self.skus = [make_sku(self.seller) for _ in range(ITEMS)]
        self.item_of = {sku.pk: n for n, sku in enumerate(self.skus)}
        self.model, self.age = model.Hub(), 0
        self.given: dict[str, OrderInput] = {}

    def teardown(self) -> None:
        self.story.__exit__(None, None, None)

    def order(self, ref: str) -> Order:
        return Order.objects.get(external_ref=ref, seller=self.seller)

    def some(self, n: int, *states: str) -> str:
        """The nth order that stands in one of these states, in any if none is named."""
        refs = [ref for ref, book in self.model.orders.items() if not states or book.state in states]
        return refs[n % len(refs)]

    def any_in(self, *states: str) -> bool:
        return any(book.state in states for book in self.model.orders.values())

    # --- goods and orders ---

    @initialize(units=st.lists(st.integers(1, 9), min_size=ITEMS, max_size=ITEMS), first=st.lists(wants, max_size=3))
    def open(self, units: list[int], first: list[dict[int, int]]) -> None:
        for item, n in enumerate(units):
            self.find_goods(item, n)
        self.take_in(first or [{0: 1}])
        self.allocate()
        self.release_a_wave()

    @rule(item=st.integers(0, ITEMS - 1), n=st.integers(1, 5))
    def find_goods(self, item: int, n: int) -> None:
        stock(self.hub, self.skus[item], n, place=SHELVES[item])
        self.model.come_in(item, n)

    @rule(orders=st.lists(wants, min_size=1, max_size=3))
    def take_in(self, orders: list[dict[int, int]]) -> None:
        given = []
        for contents in orders:
            self.age += 1
            lines = {self.skus[item]: n for item, n in contents.items()}
            placed_at = MONDAY + timedelta(minutes=self.age)
            given.append(given_order(lines, external_ref=f"ref-{self.age}", placed_at=placed_at))

        taken = take_orders(seller=self.seller, hub=self.hub, orders=given)
        again = take_orders(seller=self.seller, hub=self.hub, orders=given)

        assert [(one.order.pk, one.is_new) for one in taken] == [(two.order.pk, True) for two in again]
        assert not any(one.is_new for one in again)
        for order, contents in zip(given, orders, strict=True):
            self.given[order.external_ref] = order
            lines = [model.Line(item, n) for item, n in contents.items()]
            self.model.orders[order.external_ref] = model.Book("received", lines)

    @rule(n=which)
    def hand_in_something_else_under_a_known_number(self, n: int) -> None:
        known = self.given[self.some(n)]
        other = given_order({self.skus[0]: 99}, external_ref=known.external_ref)

        with pytest.raises(Conflict, match="with other contents"):
            take_order(seller=self.seller, hub=self.hub, order=other)

    @rule()
    def allocate(self) -> None:
        allocate_hub(hub_id=self.hub.pk)
        allocate_hub(hub_id=self.hub.pk)
        self.model.allocate()

    @rule(n=which)
    def cancel(self, n: int) -> None:
        ref = self.some(n)
        was_off = self.model.orders[ref].state == "cancelled"
        code = "" if was_off else self.model.cancel(ref)
        for _ in range(2):
            if not code:
                assert cancel_order(order_id=self.order(ref).pk).state == Order.State.CANCELLED
                continue
            with pytest.raises(Conflict) as refused, transaction.atomic():
                cancel_order(order_id=self.order(ref).pk)
            assert refused.value.code == code

    # --- walks ---

    @rule()
    def release_a_wave(self) -> None:
        ready = [book for book in self.model.orders.values() if book.is_ready]

        wave = plan_wave(hub=self.hub)

        assert (wave is None) == (not ready)
        if wave is None:
            return
        released = release_wave(wave_id=wave.pk, seed=1, time_limit_s=0.05)
        assert release_wave(wave_id=wave.pk).released_at == released.released_at
        for book in ready:
            book.release()
        on_carts(wave, self.worker)

    @precondition(lambda self: PickList.objects.filter(state=PickList.State.PICKING).exists())
    @rule(n=which, found=st.lists(st.integers(0, 3), min_size=1, max_size=3))
    def walk(self, n: int, found: list[int]) -> None:
        walks = list(PickList.objects.filter(state=PickList.State.PICKING).order_by("pk"))
        pick_list = walks[n % len(walks)]
        tasks = list(
            PickTask.objects.filter(pick_list=pick_list, closed_at=None)
            .select_related("bin", "sku", "cart_tote__tote", "reservation__order_line__order")
            .order_by("sequence", "pk")
        )
        taken = [min(found[k % len(found)], task.open) for k, task in enumerate(tasks)]
        picks = [
            Pick(
                scan_id=uuid.uuid4(),
                bin_code=task.bin.code,
                item_code=code_of(task.sku),
                tote_code=task.cart_tote.tote.code,
                quantity=quantity,
                short=task.open - quantity,
            )
            for task, quantity in zip(tasks, taken, strict=True)
        ]

        outcome = record_picks(pick_list_id=pick_list.pk, worker_id=self.worker.pk, picks=picks)
        again = record_picks(pick_list_id=pick_list.pk, worker_id=self.worker.pk, picks=picks)

        assert outcome == PickOutcome(sum(taken), sum(pick.short for pick in picks), 0, True)
        assert again == PickOutcome(0, 0, 0, True)
        touched = set()
        for task, pick in zip(tasks, picks, strict=True):
            ref = task.reservation.order_line.order.external_ref
            self.model.fetch(ref, self.item_of[task.sku_id], pick.quantity, pick.short)
            touched.add(ref)
        for ref in touched:
            self._settle(ref)

    def _settle(self, ref: str) -> None:
        """Picked, once nothing is left to fetch and nothing is missing; a cart elsewhere may still walk for it."""
        book = self.model.orders[ref]
        book.state = "picked" if book.is_fetched else "picking"

    @rule()
    def count(self) -> None:
        for row in list(Count.objects.filter(state=Count.State.OPEN)):
            there = self.model.shelf[self.item_of[row.sku_id]]
            record_count(count_id=row.pk, counted=there)
            record_count(count_id=row.pk, counted=there + 1)

    # --- out ---

    @precondition(lambda self: self.any_in("picked"))
    @rule(n=which)
    def pack(self, n: int) -> None:
        ref = self.some(n, "picked")
        order = self.order(ref)
        scans = bench_scans(order)

        record = pack_order(order_id=order.pk, scans=scans, station="B1")

        assert pack_order(order_id=order.pk, scans=scans, station="B2") == record
        assert Pack.objects.filter(order=order).count() == 1
        self.model.orders[ref].state = "packed"

    @precondition(lambda self: self.any_in("received", "allocated", "backordered", "released", "picking"))
    @rule(n=which)
    def pack_too_early(self, n: int) -> None:
        ref = self.some(n, "received", "allocated", "backordered", "released", "picking")

        with pytest.raises(Conflict) as refused, transaction.atomic():
            pack_order(order_id=self.order(ref).pk, scans=[], station="B1")

        assert refused.value.code == "order_not_picked"

    def _tell(self, ref: str, before: str, after: str) -> None:
        order = self.order(ref)
        assert order.shipment is not None
        change = TrackedChange(
            order.shipment.pk, order.shipment.number, order.number, self.hub.code, before, after, MONDAY, True
        )
        for _ in range(2):
            shipment_tracked.send(sender=Shipment, changes=[change])

    @precondition(lambda self: self.any_in("packed"))
    @rule(n=which)
    def ship(self, n: int) -> None:
        ref = self.some(n, "packed")
        self._tell(ref, "label_created", "handed_over")
        self.model.leave(ref)

    @precondition(lambda self: self.any_in("shipped"))
    @rule(n=which)
    def bring_back(self, n: int) -> None:
        ref = self.some(n, "shipped")
        self._tell(ref, "returning", "returned")
        self.model.orders[ref].state = "returned"

    # --- what must be true ---

    @invariant()
    def both_say_the_same_of_orders(self) -> None:
        assert dict(Order.objects.values_list("external_ref", "state")) == {
            ref: book.state for ref, book in self.model.orders.items()
        }
        lines = OrderLine.objects.values_list(
            "order__external_ref", "sku_id", *(f"reservation__{name}" for name in COLUMNS)
        )
        assert {(ref, self.item_of[sku]): tuple(rest) for ref, sku, *rest in lines} == {
            (ref, line.item): tuple(getattr(line, name) for name in COLUMNS)
            for ref, book in self.model.orders.items()
            for line in book.lines
        }

    @invariant()
    def both_say_the_same_of_goods(self) -> None:
        stored = {row.sku_id: (row.on_hand, row.sellable, row.reserved) for row in Balance.objects.all()}
        for sku_id, item in self.item_of.items():
            expected = self.model.building[item], self.model.shelf[item], self.model.held(item)
            assert stored.get(sku_id, (0, 0, 0)) == expected

    @invariant()
    def books_add_up(self) -> None:
        assert [(finding.invariant.name, finding.rows) for finding in check(EVERYTHING) if finding.broken] == []


@pytest.mark.django_db
def test_orders_and_their_model_say_the_same() -> None:
    play(Shop, settings=days(6))
