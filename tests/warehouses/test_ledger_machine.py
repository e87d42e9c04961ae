"""The whole floor against a model in plain Python: whatever is done in whatever order, both say the same.

The model keeps units per bin and promises per line, and knows the rules (whole groups, oldest first; a short
looks for another shelf that nobody doubts). It reads from the database only what the services are free to
choose: which bin a task goes to. After every step the books are compared and all invariants are checked.
"""

import uuid
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from foundation.errors import Conflict
from foundation.invariants import check
from tests.factories import (
    MONDAY,
    announced,
    code_of,
    count_in,
    demand,
    make_hub,
    make_seller,
    make_sku,
    make_user,
    stock,
    unit_scan,
)
from tests.nightly import days
from tests.sandbox import undone
from tests.warehouses.ledger_model import Line, Model
from warehouses.invariants import INVARIANTS
from warehouses.models import Balance, BinBalance, Condition, Count, PickList, PickTask, Reservation
from warehouses.services.assigning import assign, unassign
from warehouses.services.batching import plan_carts
from warehouses.services.counting import record_count
from warehouses.services.picking import Pick, record_picks, start_pick_list
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.reserving import allocate_page, release, reserve

ITEMS, TOTES = 3, 60
EXAMPLES = 12
"""Days that are played, some fifteen steps each; `--hypothesis-profile nightly` plays thousands."""
SHELVES = ["01-01", "01-02", "02-01"]
units = st.integers(min_value=1, max_value=6)
items = st.integers(min_value=0, max_value=ITEMS - 1)
wishes = st.lists(st.tuples(items, units), min_size=1, max_size=3)


class Floor(RuleBasedStateMachine):
    """Random days on the floor of a small hub. It opens with goods, orders and a cart already under way."""

    def __init__(self) -> None:
        super().__init__()
        self.story = undone()
        self.story.__enter__()
        self.hub, seller, self.worker = make_hub(aisles=2, bays=2, totes=TOTES), make_seller(), make_user()
        self.skus = [make_sku(seller) for _ in range(ITEMS)]
        self.item_of = {sku.pk: n for n, sku in enumerate(self.skus)}
        self.model, self.age, self.waves, self.totes = Model(), 0, 0, 0
        self.lists: list[int] = []
        self.walks: list[int] = []
        self.last: tuple[int, list[Pick]] | None = None

    def teardown(self) -> None:
        self.story.__exit__(None, None, None)

    # --- goods ---

    @initialize(amounts=st.lists(units, min_size=2 * ITEMS, max_size=2 * ITEMS), wants=st.lists(wishes, max_size=4))
    def open(self, amounts: list[int], wants: list[list[tuple[int, int]]]) -> None:
        for n, amount in enumerate(amounts):
            self.find_goods(n % ITEMS, amount, SHELVES[n % len(SHELVES) if n < ITEMS else (n + 1) % len(SHELVES)])
        for wish in wants:
            self.order(wish)
        self.allocate(3)
        self.plan_wave(keep=True)
        self.start()

    @rule(item=items, n=units, place=st.sampled_from(SHELVES))
    def find_goods(self, item: int, n: int, place: str) -> None:
        stock(self.hub, self.skus[item], n, place=place)
        self.model.shelf[place, item] += n

    @rule(item=items, good=units, damaged=st.integers(0, 2), missing=st.integers(0, 2))
    def receive(self, item: int, good: int, damaged: int, missing: int) -> None:
        (carton,) = announced(self.hub, [{self.skus[item]: good + damaged + missing}])
        scans = [unit_scan(self.skus[item], good)]
        if damaged:
            scans.append(unit_scan(self.skus[item], damaged, Condition.DAMAGED))
        count_in(carton, scans)
        tasks = propose_putaway(inbound_id=carton.inbound_id)
        scanned = [PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks]
        assert confirm_putaway(scans=scanned) == good + damaged
        assert confirm_putaway(scans=scanned) == 0
        for task in tasks:
            where = self.model.shelf if task.condition == Condition.SELLABLE else self.model.elsewhere
            where[task.to_bin.code, item] += task.quantity

    # --- promises ---

    @rule(wants=wishes)
    def order(self, wants: list[tuple[int, int]]) -> None:
        self.age += 1
        demands = [
            demand(self.skus[item], n, group=f"order-{self.age}", placed_at=MONDAY + timedelta(minutes=self.age))
            for item, n in wants
        ]
        ids = reserve(hub_id=self.hub.pk, demands=demands)
        assert reserve(hub_id=self.hub.pk, demands=demands) == ids
        for each, (item, n) in zip(demands, wants, strict=True):
            self.model.lines[ids[each.ref]] = Line(item, each.group, self.age, n)

    @rule(page=st.integers(1, 5))
    def allocate(self, page: int) -> None:
        after = None
        while True:
            result = allocate_page(hub_id=self.hub.pk, after=after, groups=page)
            after = result.last
            if after is None:
                break
        self.model.allocate()

    @precondition(lambda self: self.model.lines)
    @rule(which=st.integers(0, 9))
    def cancel(self, which: int) -> None:
        groups = sorted({line.group for line in self.model.lines.values()})
        group = groups[which % len(groups)]
        mine = {pk: line for pk, line in self.model.lines.items() if line.group == group}
        open_tasks = list(PickTask.objects.filter(reservation__in=mine, closed_at=None).select_related("bin"))

        given_up = release(hub_id=self.hub.pk, reservation_ids=list(mine))

        assert given_up == sum(line.held + line.waiting for line in mine.values())
        assert release(hub_id=self.hub.pk, reservation_ids=list(mine)) == 0
        for task in open_tasks:
            self.model.fetched[task.bin.code, self.item_of[task.sku_id]] -= task.open
        for line in mine.values():
            line.cancelled, line.held, line.assigned = line.wanted - line.picked, 0, 0

    # --- walks ---

    @precondition(lambda self: any(line.held > line.assigned for line in self.model.lines.values()))
    @rule(keep=st.booleans())
    def plan_wave(self, keep: bool) -> None:
        self.waves += 1
        work_ref = f"wave-{self.waves}"
        ready = [pk for pk, line in self.model.lines.items() if line.held > line.assigned]

        left = assign(hub=self.hub, reservation_ids=ready, work_ref=work_ref)

        assert left == []
        if not keep:
            unassign(reservation_ids=ready)
            unassign(reservation_ids=ready)
            assert not PickTask.objects.filter(reservation__in=ready, closed_at=None).exists()
            self._forget_tasks(ready)
            return
        plan_carts(hub=self.hub, work_ref=work_ref, seed=1, time_limit_s=0.05)
        to_fetch: Counter[int] = Counter()
        for task in PickTask.objects.filter(work_ref=work_ref).select_related("bin"):
            self.model.fetched[task.bin.code, self.item_of[task.sku_id]] += task.quantity
            to_fetch[task.reservation_id] += task.quantity
        for pk in ready:
            line = self.model.lines[pk]
            assert to_fetch[pk] == line.held - line.assigned
            line.assigned = line.held
        self.lists += PickList.objects.filter(work_ref=work_ref).order_by("pk").values_list("pk", flat=True)

    def _forget_tasks(self, reservation_ids: list[int]) -> None:
        """Unassigning calls off every open task of these lines, older waves' too: read what is left."""
        for pk in reservation_ids:
            self.model.lines[pk].assigned = 0
        self.model.fetched = Counter()
        for task in PickTask.objects.filter(closed_at=None).select_related("bin"):
            self.model.fetched[task.bin.code, self.item_of[task.sku_id]] += task.open

    @precondition(lambda self: self.lists)
    @rule()
    def start(self) -> None:
        for pick_list_id in self.lists:
            row = PickList.objects.get(pk=pick_list_id)
            slots = list(row.totes.values_list("slot", flat=True))
            if row.state == PickList.State.CANCELLED or self.totes + len(slots) > TOTES:
                continue
            codes = {slot: f"t{self.totes + n}" for n, slot in enumerate(slots, start=1)}
            self.totes += len(slots)
            start_pick_list(pick_list_id=pick_list_id, worker_id=self.worker.pk, totes=codes)
            self.walks.append(pick_list_id)
        self.lists = []

    @precondition(lambda self: self.walks)
    @rule(walk=st.integers(0, 9), found=st.lists(st.integers(0, 6), min_size=1, max_size=4), some=st.integers(1, 4))
    def pick(self, walk: int, found: list[int], some: int) -> None:
        pick_list_id = self.walks[walk % len(self.walks)]
        open_tasks = PickTask.objects.filter(pick_list=pick_list_id, closed_at=None)
        tasks = list(open_tasks.select_related("bin", "sku", "cart_tote__tote").order_by("sequence", "pk")[:some])
        picks, spots = [], set()
        for n, task in enumerate(tasks):
            spot = (task.bin_id, task.sku_id, task.cart_tote_id)
            if spot in spots:
                continue  # a pick serves every task of its spot: the next scan would find them served
            spots.add(spot)
            quantity = min(found[n % len(found)], task.open)
            short = task.open - quantity
            picks.append(
                Pick(
                    scan_id=uuid.uuid4(),
                    bin_code=task.bin.code,
                    item_code=code_of(task.sku),
                    tote_code=task.cart_tote.tote.code,
                    quantity=quantity,
                    short=short,
                )
            )
        if not picks:
            self.walks.remove(pick_list_id)
            return
        before = {task.pk: task for task in open_tasks.select_related("bin", "cart_tote__tote")}

        outcome = record_picks(pick_list_id=pick_list_id, worker_id=self.worker.pk, picks=picks)

        self.last = (pick_list_id, picks)
        assert outcome.picked == sum(pick.quantity for pick in picks)
        assert outcome.short == sum(pick.short for pick in picks)
        assert outcome.replaced == self._follow(pick_list_id, before)
        assert outcome.is_done == (PickList.objects.get(pk=pick_list_id).state == PickList.State.PICKED)

    def _follow(self, pick_list_id: int, before: dict[int, PickTask]) -> int:
        """Books what the tasks say was picked and missed, predicts the replacements, and returns their units."""
        shorted = set()
        for task in PickTask.objects.filter(pk__in=before).select_related("bin", "cart_tote__tote"):
            item, line = self.item_of[task.sku_id], self.model.lines[task.reservation_id]
            picked, short = task.picked - before[task.pk].picked, task.short - before[task.pk].short
            self.model.shelf[task.bin.code, item] -= picked + short
            self.model.fetched[task.bin.code, item] -= picked + short
            self.model.elsewhere[task.cart_tote.tote.code, item] += picked
            self.model.elsewhere["LOST", item] += short
            line.held, line.assigned = line.held - picked - short, line.assigned - picked - short
            line.picked += picked
            if short:
                self.model.doubted.add((task.bin.code, item))
                shorted.add(task.reservation_id)
        replaced = 0
        room = {item: min(self.model.free(item), self.model.undoubted(item)) for item in range(ITEMS)}
        for pk in sorted(shorted, key=lambda pk: (self.model.lines[pk].age, pk)):
            line = self.model.lines[pk]
            if 0 < line.waiting <= room[line.item]:
                room[line.item] -= line.waiting
                replaced += line.waiting
                line.held, line.assigned = line.held + line.waiting, line.assigned + line.waiting
        extra = PickTask.objects.filter(pick_list=pick_list_id).exclude(pk__in=before).filter(closed_at=None)
        for task in extra.select_related("bin"):
            key = task.bin.code, self.item_of[task.sku_id]
            assert key not in self.model.doubted
            self.model.fetched[key] += task.quantity
        return replaced

    @precondition(lambda self: self.last)
    @rule()
    def send_the_last_picks_again(self) -> None:
        pick_list_id, picks = self.last or (0, [])
        outcome = record_picks(pick_list_id=pick_list_id, worker_id=self.worker.pk, picks=picks)
        assert replace(outcome, is_done=False) == replace(outcome, picked=0, short=0, replaced=0, is_done=False)

    # --- counts ---

    @precondition(lambda self: self.model.doubted)
    @rule(found=st.integers(0, 8), which=st.integers(0, 9))
    def count(self, found: int, which: int) -> None:
        open_counts = list(Count.objects.filter(state=Count.State.OPEN).select_related("bin").order_by("pk"))
        count = open_counts[which % len(open_counts)]
        key = count.bin.code, self.item_of[count.sku_id]
        if found < self.model.fetched[key]:
            with pytest.raises(Conflict, match="promised to pick lists"):
                record_count(count_id=count.pk, counted=found)
            return
        record_count(count_id=count.pk, counted=found)
        record_count(count_id=count.pk, counted=found + 1)

        difference = found - self.model.shelf[key]
        self.model.doubted.discard(key)
        self.model.shelf[key] = found
        back = min(difference, self.model.elsewhere["LOST", key[1]])
        self.model.elsewhere["LOST", key[1]] -= back
        if self.model.free(key[1]) < 0:
            self.model.take_back(key[1], -self.model.free(key[1]))

    # --- what must be true ---

    @invariant()
    def both_say_the_same(self) -> None:
        stored = {row.sku_id: (row.on_hand, row.sellable, row.reserved) for row in Balance.objects.all()}
        for sku_id, item in self.item_of.items():
            expected = self.model.on_hand(item), self.model.sellable(item), self.model.reserved(item)
            assert stored.get(sku_id, (0, 0, 0)) == expected
        names = ("wanted", "held", "assigned", "picked", "cancelled")
        lines = {pk: tuple(getattr(line, name) for name in names) for pk, line in self.model.lines.items()}
        assert {row[0]: row[1:] for row in Reservation.objects.values_list("pk", *names)} == lines
        shelves = BinBalance.objects.filter(bin__kind="storage").exclude(on_hand=0, reserved=0)
        assert {
            (code, self.item_of[sku_id]): (on_hand, reserved)
            for code, sku_id, on_hand, reserved in shelves.values_list("bin__code", "sku_id", "on_hand", "reserved")
        } == {key: (n, self.model.fetched[key]) for key, n in self.model.shelf.items() if n}

    @invariant()
    def books_add_up(self) -> None:
        assert [(finding.invariant.name, finding.rows) for finding in check(INVARIANTS) if finding.broken] == []


@pytest.mark.django_db
def test_the_floor_and_its_model_say_the_same() -> None:
    run_state_machine_as_test(Floor, settings=days(EXAMPLES))
