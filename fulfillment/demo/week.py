"""A real week: orders from a shop's export, played on their own days with stock sent in for them.

Sunday the goods come in; a few items come too little, and the rest on Wednesday. Orders come in when they
were placed, quantities are what they were. Addresses, sizes and weights are made from the seed.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from foundation import clock
from foundation.errors import Invalid
from fulfillment.channels.online_retail import Reading
from fulfillment.demo.crew import Crew
from fulfillment.demo.plays import Frame
from fulfillment.demo.schedule import Agenda
from fulfillment.demo.shifts import day_shifts
from fulfillment.demo.stage import Stage
from fulfillment.demo.supply import LARGE, Goods, deliveries, on_pallets, stock_for, total_of
from fulfillment.models import IntakeRun
from fulfillment.services.importing import OrderFile, begin_intake, create_items, read_file, sort_out
from fulfillment.services.intake import OrderInput
from fulfillment.services.trading import set_trader_number
from warehouses.models import Hub, Inbound, Seller, Sku
from warehouses.services.inbounds import plan_inbound

CREW: Final = Crew(dock=14, pickers=9, benches=9)
WAVES: Final = (time(9), time(10, 30), time(12), time(13, 30), time(15), time(16, 10), time(18))
VANS: Final = (time(14, 45), time(20))
SELLER: Final = "RETAIL"
_STEP: Final = timedelta(minutes=30)


@dataclass
class RealWeek:
    """The orders of one file, played in a hub."""

    hub: Hub
    file: OrderFile
    reading: Reading
    name: str = "week"
    fresh: list[OrderInput] = field(default_factory=list)
    runs: dict[str, IntakeRun] = field(default_factory=dict)

    @classmethod
    def of(cls, hub: Hub, path: Path, *, layout: str, seed: int) -> "RealWeek":
        """Reads the file. Raises `Invalid` with the row for one that can't be read, `file_empty` without an order."""
        try:
            file = OrderFile(path.name, path.read_bytes(), layout, seed)
        except OSError as error:
            raise Invalid(f"{path}: {error.strerror}.", code="file_unreadable", field="file") from error
        reading = read_file(file)
        if not reading.orders:
            raise Invalid(f"{path.name} has no order to play.", code="file_empty", field="file")
        return cls(hub, file, reading)

    @property
    def zone(self) -> ZoneInfo:
        """The hub's own."""
        return ZoneInfo(self.hub.timezone)

    def moment(self, day: date, at: time) -> datetime:
        """A time of a day, in the hub's zone."""
        return datetime.combine(day, at, tzinfo=self.zone)

    @cached_property
    def frame(self) -> Frame:
        """From the eve of the first order's day to a week after the last one's, when the parcels have arrived."""
        placed = [order.placed_at.astimezone(self.zone).date() for order in self.reading.orders]
        first, last = min(placed), max(placed)
        days = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
        at_work = [first - timedelta(days=1), *days, last + timedelta(days=1)]
        return Frame(
            begin=self.moment(at_work[0], time(6)),
            until=self.moment(last + timedelta(days=8), time(12)),
            days=days,
            shifts=day_shifts(at_work, zone=self.hub.timezone),
            crew=CREW,
            seconds_a_wave=1.0,
            losing=0.03,
        )

    @property
    def orders(self) -> int:
        """How many are still to come in."""
        return len(self.fresh)

    def prepare(self) -> list[IntakeRun]:
        """Seller, items and announced cartons; the run with its refusals."""
        with clock.playing(self.frame.begin), transaction.atomic():
            seller, _ = Seller.objects.get_or_create(
                code=SELLER,
                defaults={"name": "Online Retail", "email": "stock@retail.example", "country": "GB"},
            )
            set_trader_number(seller=seller, kind="eori", area="EU", number="NL123456789")
            set_trader_number(seller=seller, kind="eori", area="GB", number="GB123456789000")
            set_trader_number(seller=seller, kind="vat", area="GB", number="GB980780684")
            create_items(seller=seller, reading=self.reading, seed=self.file.seed)
            self._announce(seller)
            run = self._run(seller)
        self.runs = {seller.code: run}
        return [run]

    def _run(self, seller: Seller) -> IntakeRun:
        mine = IntakeRun.objects.filter(seller=seller, hub=self.hub, file_sha256=self.file.sha256)
        run = mine.filter(layout=self.file.layout).order_by("pk").first()
        if run is None:
            run, found = begin_intake(seller=seller, hub=self.hub, file=self.file, reading=self.reading)
        else:
            found = sort_out(seller=seller, reading=self.reading, seed=self.file.seed, layout=self.file.layout)
        self.fresh = found.fresh
        return run

    def _announce(self, seller: Seller) -> None:
        """Stock for the whole week, from the file alone, so that it is the same whenever it is planned."""
        demand = total_of((line.item, line.quantity) for order in self.reading.orders for line in order.lines)
        skus = Sku.objects.filter(seller=seller, code__in=demand)
        # As declared: what the dock measures meanwhile must not change a plan that is looked at again.
        goods = {sku.code: Goods(sku.code, sku.declared.volume_mm3, sku.declared.weight_g) for sku in skus}
        stock = stock_for(
            seed=self.file.seed,
            name=SELLER,
            demand={code: units for code, units in demand.items() if code in goods},
            spare=(2, 12),
            thin=0.03,
            never=0,
        )
        for part, units, day in (
            ("A", stock.first, self.frame.begin.date()),
            ("B", stock.later, self.frame.days[len(self.frame.days) // 2]),
        ):
            for delivery in deliveries(
                seed=self.file.seed,
                seller=SELLER,
                reference=f"{SELLER}-{day:%y%m%d}{part}",
                units=units,
                goods=goods,
                limits=LARGE,
                items_each=240,
                day=day,
            ):
                plan_inbound(
                    seller=seller,
                    hub=self.hub,
                    reference=delivery.reference,
                    cartons=on_pallets(delivery.cartons, each=1),
                    expected_on=day,
                    freight=Inbound.Freight.PALLET,
                )

    def _inbounds(self, part: str) -> list[Inbound]:
        rows = Inbound.objects.filter(hub=self.hub, seller__code=SELLER, reference__regex=rf"[0-9]{{6}}{part}-")
        return list(rows.order_by("pk"))

    def enter(self, stage: Stage, agenda: Agenda) -> None:
        """The week, day by day; after it only the carrier goes on."""
        days = self.frame.days
        stage.goods_in_later(self._inbounds("A"), self.moment(self.frame.begin.date(), time(7)))
        stage.goods_in_later(self._inbounds("B"), self.moment(days[len(days) // 2], time(7)))
        self._enter_orders(stage, agenda)
        for day in (*days, days[-1] + timedelta(days=1)):
            self._enter_day(stage, agenda, day)
        at = self.moment(days[0], time(22, 30))
        while at < self.frame.until:
            agenda.enter(at, "carrier", stage.carrier_news)
            at += timedelta(hours=12)

    def _enter_orders(self, stage: Stage, agenda: Agenda) -> None:
        run = self.runs[SELLER]
        parts: dict[datetime, list[OrderInput]] = {}
        for order in self.fresh:
            local = order.placed_at.astimezone(self.zone)
            start = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
            parts.setdefault(start + _STEP, []).append(order)
        for end, orders in parts.items():
            agenda.enter(end, "orders in", partial(stage.take, run, tuple(orders)))

    def _enter_day(self, stage: Stage, agenda: Agenda, day: date) -> None:
        due = self.moment(day, self.hub.dispatch)
        start = self.moment(day, time(7))
        for n in range(30):
            agenda.enter(start + n * _STEP, "jobs", stage.jobs)
        for at in WAVES:
            agenda.enter(self.moment(day, at), "waves", partial(stage.wave, dispatch_at=due))
        for at in VANS:
            agenda.enter(self.moment(day, at), "hand-over", stage.hand_over)
        for at in (time(12, 45), time(17, 15)):
            agenda.enter(self.moment(day, at), "floor", stage.count)
        agenda.enter(self.moment(day, time(17, 50)), "floor", partial(stage.decide_shorts, due=due))
        agenda.enter(self.moment(day, time(23)), "jobs", stage.learn)

    def leave(self, stage: Stage) -> None:
        """The last news."""
        stage.carrier_news(self.frame.until)
