"""What is done at appointments, demo day or real week: waves, jobs, counts, decisions, hand-overs, the carrier's news.

Each of these may be asked for again: what was done is found in the rows and left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Max, Sum

from foundation import clock
from foundation.errors import Conflict
from fulfillment.demo.dock import Dock
from fulfillment.demo.doors import CARRIER, Doors
from fulfillment.demo.floor import Floor
from fulfillment.demo.schedule import Agenda
from fulfillment.demo.senders import hand_to_carrier, look_for_deliveries
from fulfillment.demo.world import World
from fulfillment.models import IntakeRun, Order, Pack, Wave
from fulfillment.services.dispatch import dispatch_hub
from fulfillment.services.holding import hold_order, resume_order
from fulfillment.services.importing import take_part
from fulfillment.services.intake import OrderInput
from fulfillment.services.resolving import ship_short
from fulfillment.services.rushing import rush_order
from fulfillment.services.waving import plan_wave, release_wave, replan_wave
from labels.printing import print_queued
from shipping.models import Manifest
from warehouses.models import Bin, BinBalance, Condition, Count, Hub, Inbound, Move, PickList
from warehouses.services.counting import record_count
from warehouses.services.speeds import learn_speeds

MEASURED = 8
"""Items of an inbound that go on the scale, before the trolley goes."""


@dataclass
class Stage:
    """One played hub with all that works in it. `seconds_a_wave` bounds the optimiser."""

    hub: Hub
    seed: int
    world: World
    dock: Dock
    floor: Floor
    doors: Doors
    agenda: Agenda
    seconds_a_wave: float
    until: datetime
    played: datetime | None
    webhooks: int = 0
    misses: list[str] = field(default_factory=list)

    def was_played(self, at: datetime) -> bool:
        """Whether this appointment was kept in an earlier run of the same play: something later has happened since."""
        return self.played is not None and at < self.played

    # Goods in

    def goods_in(self, inbounds: Sequence[Inbound], at: datetime) -> None:
        """The dock works through these inbounds from `at`, one after the other: count, then put away."""
        if not inbounds:
            return
        first, rest = inbounds[0], inbounds[1:]
        counted = self.dock.receive(first, at=at)
        self.dock.measure(at=counted, seed=self.seed, most=MEASURED)

        def put_away(then: datetime) -> None:
            first.refresh_from_db()
            done = self.dock.put_away(first, at=then, seed=self.seed)
            self.goods_in_later(rest, done)

        self.agenda.enter(counted, "goods in", put_away)

    def goods_in_later(self, inbounds: Sequence[Inbound], at: datetime) -> None:
        """`goods_in` as an appointment."""
        self.agenda.enter(at, "goods in", lambda then: self.goods_in(inbounds, then))

    def sellers_hand_over(self, at: datetime, inbounds: Sequence[Inbound]) -> None:
        """The carrier's van fetches these from their sellers."""
        hand_to_carrier(inbounds, carrier=CARRIER, at=at)

    # Orders

    def take(self, run: IntakeRun, orders: Sequence[OrderInput], at: datetime) -> None:
        """The shop's orders since last time come in."""
        there = Order.objects.filter(seller=run.seller, external_ref__in=[order.external_ref for order in orders])
        known = set(there.values_list("external_ref", flat=True))
        fresh = [order for order in orders if order.external_ref not in known]
        if fresh:
            with clock.playing(at):
                take_part(run=run, orders=fresh)
            self.agenda.progress.add(len(fresh))

    def hold(self, run: IntakeRun, references: Sequence[str], at: datetime) -> None:
        """The seller asks to wait with these."""
        if self.was_played(at):
            return
        with clock.playing(at):
            for order in Order.objects.filter(seller=run.seller, external_ref__in=references, hold=""):
                try:
                    hold_order(order_id=order.pk)
                except Conflict as refused:
                    self.misses.append(refused.code)

    def resume(self, at: datetime, share: float) -> None:
        """Sellers let a share of the orders that they had held go on."""
        if self.was_played(at):
            return
        held = Order.objects.filter(hub=self.hub, hold=Order.Hold.ASKED).order_by("pk")
        with clock.playing(at):
            for pk in list(held.values_list("pk", flat=True))[: round(held.count() * share)]:
                resume_order(order_id=pk)

    # The floor

    def wave(self, at: datetime, *, dispatch_at: datetime | None, most: int | None = None) -> None:
        """Releases what is allocated and due (at most so many orders), if anything is."""
        wave = Wave.objects.filter(hub=self.hub, created_at=at).first()
        if wave is None and not self.was_played(at):
            with clock.playing(at):
                wave = plan_wave(hub=self.hub, dispatch_at=dispatch_at, max_orders=most)
        if wave is not None and wave.state == Wave.State.PLANNED:
            with clock.playing(at):
                release_wave(wave_id=wave.pk, seed=self.seed, time_limit_s=self.seconds_a_wave)
        self.floor.take_in()

    def replan(self, at: datetime) -> None:
        """What nobody has started of the waves is planned anew, with what came in since."""
        if self.was_played(at):
            return
        waiting = PickList.objects.filter(hub=self.hub, state=PickList.State.PLANNED).order_by()
        waves = Wave.objects.filter(state=Wave.State.RELEASED, number__in=waiting.values("work_ref"))
        with clock.playing(at):
            for pk in waves.order_by("pk").values_list("pk", flat=True):
                replan_wave(wave_id=pk, seed=self.seed, time_limit_s=self.seconds_a_wave)
        self.floor.take_in()

    def rush(self, at: datetime) -> None:
        """The shift lead brings the order that came in last before all others."""
        if self.was_played(at):
            return
        last = Order.objects.filter(hub=self.hub, state=Order.State.ALLOCATED, hold="").order_by("-placed_at", "-pk")
        with clock.playing(at):
            for pk in last.values_list("pk", flat=True)[:1]:
                try:
                    rush_order(order_id=pk)
                except Conflict as refused:
                    self.misses.append(refused.code)
        self.floor.take_in()

    def jobs(self, at: datetime) -> None:
        """The worker empties its queue: stock is promised, labels are bought, printers are fed."""
        if self.was_played(at):
            return
        self.doors.work_off(at)
        with clock.playing(at):
            while print_queued(site=self.hub.code).printed:
                pass

    def learn(self, at: datetime) -> None:
        """The night's job: how fast the pickers were."""
        if self.was_played(at):
            return
        with clock.playing(at):
            learn_speeds(self.hub)

    def count(self, at: datetime) -> None:
        """Somebody looks into every bin that came up short."""
        if self.was_played(at):
            return
        with clock.playing(at):
            for count in (
                Count.objects.filter(hub=self.hub, state=Count.State.OPEN).select_related("sku").order_by("pk")
            ):
                try:
                    record_count(count_id=count.pk, counted=self._really_there(count), worker_id=self.dock.people.lead)
                except Conflict as refused:  # still promised to a cart that is out: looked at again next time
                    self.misses.append(refused.code)

    def _really_there(self, count: Count) -> int:
        rows = BinBalance.objects.filter(bin=count.bin, sku=count.sku, lot=count.lot, condition=Condition.SELLABLE)
        on_books = rows.aggregate(n=Sum("on_hand"))["n"] or 0
        lost = Move.objects.filter(sku=count.sku, to_bin__hub=self.hub, to_bin__kind=Bin.Kind.MISSING)
        known = lost.aggregate(n=Sum("quantity"))["n"] or 0
        return self.world.on_shelf(sku=count.sku.code, on_books=on_books, known_gone=known)

    def decide_shorts(self, at: datetime, due: datetime) -> None:
        """The shift lead sends what there is of orders that leave today and are still short."""
        if self.was_played(at):
            return
        short = Order.objects.filter(hub=self.hub, state=Order.State.PICKING, hold=Order.Hold.SHORT, ship_by__lte=due)
        with clock.playing(at):
            for pk in short.order_by("pk").values_list("pk", flat=True):
                try:
                    ship_short(order_id=pk)
                except Conflict as refused:
                    self.misses.append(refused.code)
        self.floor.note_resolved()

    # The carrier

    def hand_over(self, at: datetime) -> None:
        """The van is at the door: what has a label goes."""
        if self.was_played(at):
            return
        self.jobs(at)
        with clock.playing(at):
            dispatch_hub(hub=self.hub, carrier_code=CARRIER)

    def carrier_news(self, at: datetime) -> None:
        """The carrier's scans up to now come in, every third time badly behaved: twice and out of order."""
        if self.was_played(at) and at < self.until:
            return
        rude = at.hour % 3 == 0
        self.webhooks += self.doors.carrier_goes_on(at, doubled=rude, shuffled=rude)
        look_for_deliveries(at)


def played_until(hub: Hub) -> datetime | None:
    """The last moment of this hub's floor that the rows know of; None for a hub where nothing has happened.

    Goods-in is left out: its steps are found done one by one, and they are written a little ahead.
    """
    lists = PickList.objects.filter(hub=hub).aggregate(a=Max("started_at"), b=Max("finished_at"))
    moments = [
        *lists.values(),
        Order.objects.filter(hub=hub).aggregate(a=Max("placed_at"))["a"],
        Wave.objects.filter(hub=hub).aggregate(a=Max("created_at"))["a"],
        Pack.objects.filter(order__hub=hub).aggregate(a=Max("packed_at"))["a"],
        Manifest.objects.filter(site=hub.code).aggregate(a=Max(F("closed_at")))["a"],
    ]
    return max((moment for moment in moments if moment is not None), default=None)
