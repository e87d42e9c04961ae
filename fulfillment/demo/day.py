"""The demo day: yesterday from the first carton to the last van, then this morning up to now.

Three sellers, about 300 items, 400 orders on the day and some fifty this morning. Yesterday runs to its end;
of this morning the hub is left in the middle, with carts under way, for whoever looks next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from foundation import clock
from fulfillment.demo.catalogue import install_sellers
from fulfillment.demo.crew import Crew
from fulfillment.demo.demand import CHANNEL, Wanted, day_orders, morning_orders
from fulfillment.demo.goods import SellerPlan, sellers
from fulfillment.demo.plays import Frame
from fulfillment.demo.prices import install_rates
from fulfillment.demo.schedule import Agenda
from fulfillment.demo.senders import book_door
from fulfillment.demo.shifts import Shifts
from fulfillment.demo.stage import Stage
from fulfillment.demo.supply import SMALL, Delivery, Goods, Stock, deliveries, on_pallets, stock_for, total_of
from fulfillment.models import IntakeRun
from warehouses.models import Hub, Inbound, Seller
from warehouses.services.inbounds import plan_inbound

CREW: Final = Crew(dock=6, pickers=3, benches=3)
WAVES: Final = (time(9, 30), time(11), time(12, 30), time(14), time(15, 15), time(16, 10), time(17, 30))
VANS: Final = (time(14, 45), time(20))
_STEP: Final = timedelta(minutes=30)
_MORNING: Final = timedelta(hours=4)
_BY_PALLET: Final = "NOORD"
"""Its clothes come on pallets; the others send parcels."""
_BY_CARRIER: Final = "STERRE"
"""Its parcels of today are followed from its own door."""
_ON_A_PALLET: Final = 16
_THIN: Final = 0.06
_NEVER: Final = 1


@dataclass
class DemoDay:
    """The demo day of a hub, as seen at `now`: the played day is the one before it."""

    hub: Hub
    seed: int
    now: datetime
    name: str = "demo"
    plans: tuple[SellerPlan, ...] = ()
    runs: dict[str, IntakeRun] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plans = sellers(self.seed)

    @property
    def zone(self) -> ZoneInfo:
        """The hub's own."""
        return ZoneInfo(self.hub.timezone)

    @property
    def today(self) -> date:
        """The day of `now` in the hub."""
        return self.now.astimezone(self.zone).date()

    @property
    def day(self) -> date:
        """The played day."""
        return self.today - timedelta(days=1)

    def moment(self, at: time, day: date | None = None) -> datetime:
        """A time of the played day, in the hub's zone."""
        return datetime.combine(day or self.day, at, tzinfo=self.zone)

    @cached_property
    def morning(self) -> datetime:
        """When this morning's orders begin."""
        return max(self.now - _MORNING, self.moment(time(20, 30)))

    @cached_property
    def frame(self) -> Frame:
        """Yesterday from the evening before, until now."""
        spans = ((self.moment(time(7)), self.moment(time(22))), (self.morning, self.now + timedelta(days=1)))
        begin = self.moment(time(16), self.day - timedelta(days=1))
        return Frame(begin, self.now, (self.day,), Shifts(spans), CREW, seconds_a_wave=0.5, losing=0.12)

    @cached_property
    def wanted(self) -> list[Wanted]:
        """Every order, yesterday's first."""
        yesterday = day_orders(seed=self.seed, plans=self.plans, day=self.day, zone=self.hub.timezone)
        end = self.now - timedelta(minutes=4)
        return yesterday + morning_orders(seed=self.seed, plans=self.plans, start=self.morning, end=end)

    @property
    def orders(self) -> int:
        """How many."""
        return len(self.wanted)

    def prepare(self) -> list[IntakeRun]:
        """Sellers and catalogue, prices, a run per seller, cartons announced the evening before."""
        with clock.playing(self.frame.begin):
            found = install_sellers(plans=self.plans)
            self._announce(found)
            install_rates()
        for code, seller in found.items():
            self.runs[code] = self._run(seller, [each for each in self.wanted if each.seller == code])
        return list(self.runs.values())

    def _run(self, seller: Seller, wanted: Sequence[Wanted]) -> IntakeRun:
        digest = sha256(f"{self.seed}/{self.day}/{self.now.isoformat()}/{seller.code}".encode()).hexdigest()
        run, _ = IntakeRun.objects.get_or_create(
            seller=seller,
            hub=self.hub,
            layout=CHANNEL,
            defaults={
                "file_name": f"demo day {self.day}, seed {self.seed}",
                "file_sha256": digest,
                "started_at": self.now,
                "read": sum(len(each.order.lines) for each in wanted),
            },
        )
        return run

    def _announce(self, found: dict[str, Seller]) -> None:
        for delivery in self._deliveries():
            seller, is_next = found[delivery.seller], "-NEXT-" in delivery.reference
            is_palletised = seller.code == _BY_PALLET and "-PM-" not in delivery.reference
            day = self.day if not is_next else self.today + timedelta(days=is_palletised)
            inbound = plan_inbound(
                seller=seller,
                hub=self.hub,
                reference=delivery.reference,
                cartons=on_pallets(delivery.cartons, each=_ON_A_PALLET) if is_palletised else delivery.cartons,
                expected_on=day,
                freight=Inbound.Freight.PALLET if is_palletised else Inbound.Freight.PARCEL,
            )
            if is_palletised:
                book_door(inbound, door="D1", at=self.moment(time(9) if is_next else time(7), day))

    def _deliveries(self) -> list[Delivery]:
        """Per seller: the stock, what follows in the afternoon, and a little for today."""
        found = []
        for plan in self.plans:
            goods = {
                item.code: Goods(
                    item.code, item.length_mm * item.width_mm * item.height_mm, item.weight_g, item.tracks_lots
                )
                for item in plan.items
            }
            stock = self._stock(plan)
            few = dict(sorted(stock.first.items())[:12])
            for part, units in (("", stock.first), ("-PM", stock.later), ("-NEXT", few)):
                found += deliveries(
                    seed=self.seed,
                    seller=plan.code,
                    reference=f"{plan.code}-{self.day:%y%m%d}{part}",
                    units=units,
                    goods=goods,
                    limits=SMALL,
                    items_each=200,
                    day=self.day,
                )
        return found

    def _stock(self, plan: SellerPlan) -> Stock:
        orders = [each.order for each in self.wanted if each.seller == plan.code]
        demand = total_of((line.sku, line.quantity) for order in orders for line in order.lines)
        every = {item.code: demand[item.code] for item in plan.items}
        return stock_for(seed=self.seed, name=plan.code, demand=every, spare=(1, 6), thin=_THIN, never=_NEVER)

    def _inbounds(self, suffix: str) -> list[Inbound]:
        rows = Inbound.objects.filter(hub=self.hub, seller__in=[run.seller for run in self.runs.values()])
        rows = rows.select_related("seller", "hub")
        return list(rows.filter(reference__regex=rf"-[0-9]{{6}}{suffix}-[0-9]{{2}}$").order_by("pk"))

    def enter(self, stage: Stage, agenda: Agenda) -> None:
        """Yesterday hour by hour, the night, this morning."""
        stage.goods_in_later(self._inbounds(""), self.moment(time(7)))
        stage.goods_in_later(self._inbounds("-PM"), self.moment(time(13)))
        followed = [each for each in self._inbounds("-NEXT") if each.seller.code == _BY_CARRIER]
        agenda.enter(self.moment(time(16)), "goods in", partial(stage.sellers_hand_over, inbounds=followed))
        self._enter_orders(stage, agenda)
        due = self.moment(self.hub.dispatch)
        for at in WAVES:
            agenda.enter(self.moment(at), "waves", partial(stage.wave, dispatch_at=due))
        for at in VANS:
            agenda.enter(self.moment(at), "hand-over", stage.hand_over)
        agenda.enter(self.moment(time(13, 40)), "floor", partial(stage.resume, share=0.5))
        agenda.enter(self.moment(time(13, 5)), "floor", stage.rush)
        agenda.enter(self.moment(time(15, 35)), "waves", stage.replan)
        for at in (time(12, 15), time(17, 45)):
            agenda.enter(self.moment(at), "floor", stage.count)
        agenda.enter(self.moment(time(18, 20)), "floor", partial(stage.decide_shorts, due=due))
        self._enter_jobs(stage, agenda)
        self._enter_morning(stage, agenda)

    def _enter_orders(self, stage: Stage, agenda: Agenda) -> None:
        """The shops are asked for new orders at intervals; each time a seller's orders come in together."""
        for code, run in self.runs.items():
            mine = [each for each in self.wanted if each.seller == code]
            start = self.moment(time(0))
            while start < self.now:
                end = min(start + self._pause(start), self.now)
                part = [each for each in mine if start <= each.order.placed_at < end]
                if part:
                    self._enter_part(stage, agenda, run, part, end)
                start = end

    def _pause(self, at: datetime) -> timedelta:
        """An hour at night, half an hour by day, ten minutes this morning."""
        if at >= self.morning:
            return timedelta(minutes=10)
        return _STEP if at >= self.moment(time(7)) else timedelta(hours=1)

    @staticmethod
    def _enter_part(stage: Stage, agenda: Agenda, run: IntakeRun, part: Sequence[Wanted], end: datetime) -> None:
        orders = [each.order for each in part]
        asked = [each.order.external_ref for each in part if each.asked_to_wait]
        agenda.enter(end, "orders in", partial(stage.take, run, orders))
        if asked:
            agenda.enter(end, "orders in", partial(stage.hold, run, asked))

    def _enter_jobs(self, stage: Stage, agenda: Agenda) -> None:
        at = self.moment(time(7))
        while at < self.now:
            if stage.floor.shifts.next(at) == at:
                agenda.enter(at, "jobs", stage.jobs)
            at += _STEP
        at = self.moment(time(16))
        while at < self.now:
            agenda.enter(at, "carrier", stage.carrier_news)
            at += timedelta(hours=3)
        agenda.enter(self.moment(time(23)), "jobs", stage.learn)

    def _enter_morning(self, stage: Stage, agenda: Agenda) -> None:
        """Two waves, the second so late that it is still being walked; goods are half counted."""
        for before, most in ((150, None), (3, 22)):
            at = self.now - timedelta(minutes=before)
            agenda.enter(at - timedelta(seconds=30), "jobs", stage.jobs)
            agenda.enter(at, "waves", partial(stage.wave, dispatch_at=None, most=most))
        if expected := self._inbounds("-NEXT"):
            agenda.enter(self.now - timedelta(minutes=20), "goods in", partial(_begin_to_receive, stage, expected[0]))

    def leave(self, stage: Stage) -> None:
        """Pickers who are out report what they have; the last news and jobs of the morning."""
        stage.floor.stop(self.now)
        stage.doors.work_off(self.now)
        stage.carrier_news(self.now)


def _begin_to_receive(stage: Stage, inbound: Inbound, at: datetime) -> None:
    """The inbound stands at the dock with its first carton counted; its other cartons are still to come."""
    stage.dock.receive(inbound, at=at, most=1)
