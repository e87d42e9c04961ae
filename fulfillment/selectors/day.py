"""A hub's day against its dispatch: what was due, how far it is, hour by hour. Times are the hub's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as calendar_date
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count, DateTimeField, F, Func, Q, QuerySet, Value

from foundation import clock
from fulfillment.models import Order
from warehouses.models import Hub

AT_RISK_BEFORE: Final = timedelta(hours=2)
"""Not packed so shortly before its departure, an order may miss it."""

NEEDS_SOMEBODY: Final = Q(state__in=[Order.State.ON_HOLD, Order.State.BACKORDERED]) | ~Q(hold="")
"""It will not move on by itself: held, without stock, short, or refused by the carrier."""

GONE: Final = [Order.State.SHIPPED, Order.State.DELIVERED, Order.State.RETURNED]
PACKED_OR_GONE: Final = [Order.State.PACKED, *GONE]


@dataclass(frozen=True, slots=True)
class HubDay:
    """One local day of one hub. `is_fallback`: nobody asked for this day; today has nothing due."""

    hub: Hub
    date: calendar_date
    now: datetime
    is_fallback: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The hub's zone."""
        return ZoneInfo(self.hub.timezone)

    @property
    def today(self) -> calendar_date:
        """What the hub's calendar says now."""
        return self.now.astimezone(self.zone).date()

    @property
    def is_today(self) -> bool:
        """The day shown is the present one."""
        return self.date == self.today

    def at(self, moment: time) -> datetime:
        """A local time of this day."""
        return datetime.combine(self.date, moment, tzinfo=self.zone)

    @property
    def start(self) -> datetime:
        """Midnight."""
        return self.at(time.min)

    @property
    def end(self) -> datetime:
        """The next midnight; on two days a year that is 23 or 25 hours later."""
        return datetime.combine(self.date + timedelta(days=1), time.min, tzinfo=self.zone)

    @property
    def cutoff_at(self) -> datetime:
        """The last moment to order for this day."""
        return self.at(self.hub.cutoff)

    @property
    def dispatch_at(self) -> datetime:
        """When the carriers leave."""
        return self.at(self.hub.dispatch)


def find_day(*, hub: Hub, asked: calendar_date | None = None) -> HubDay:
    """The day that was asked for, else the hub's today, else (nothing due today) the latest day with due orders."""
    now = clock.now()
    day = HubDay(hub, asked or now.astimezone(ZoneInfo(hub.timezone)).date(), now)
    if asked or due_orders(day).exists():
        return day
    last = (
        Order.objects.filter(hub=hub)
        .exclude(state=Order.State.CANCELLED)
        .order_by("-ship_by")
        .values_list("ship_by", flat=True)
        .first()
    )
    return HubDay(hub, last.astimezone(day.zone).date(), now, is_fallback=True) if last else day


def due_orders(day: HubDay) -> QuerySet[Order]:
    """The orders that were promised for this day and not called off."""
    due = Order.objects.filter(hub=day.hub, ship_by__gte=day.start, ship_by__lt=day.end)
    return due.exclude(state=Order.State.CANCELLED).order_by()


@dataclass(frozen=True, slots=True)
class Figures:
    """The day in numbers. due = on_time + on_track + at_risk + late; `earlier`: still here from days before."""

    due: int
    on_time: int
    on_track: int
    at_risk: int
    late: int
    shipped: int
    delivered: int
    earlier: int

    @property
    def on_time_share(self) -> float:
        """Of what has left or should have left, the share that left on time."""
        decided = self.on_time + self.late
        return self.on_time / decided if decided else 1.0


def figures(day: HubDay) -> Figures:
    """Counts over the orders due that day. Two queries."""
    here = Q(shipped_at=None) & ~Q(state__in=GONE)
    missed = here & Q(ship_by__lt=day.now)
    soon = Q(ship_by__lt=day.now + AT_RISK_BEFORE) & ~Q(state__in=PACKED_OR_GONE)
    counts = due_orders(day).aggregate(
        due=Count("pk"),
        on_time=Count("pk", filter=Q(shipped_at__lte=F("ship_by"))),
        late=Count("pk", filter=Q(shipped_at__gt=F("ship_by")) | missed),
        at_risk=Count("pk", filter=here & Q(ship_by__gte=day.now) & (NEEDS_SOMEBODY | soon)),
        shipped=Count("pk", filter=~here),
        delivered=Count("pk", filter=Q(delivered_at__isnull=False)),
    )
    on_track = counts["due"] - counts["on_time"] - counts["late"] - counts["at_risk"]
    return Figures(**counts, on_track=on_track, earlier=_open(day.hub).filter(ship_by__lt=day.start).count())


def _open(hub: Hub) -> QuerySet[Order]:
    """Orders that have not left and were not called off."""
    return Order.objects.filter(hub=hub).exclude(state__in=[*GONE, Order.State.CANCELLED]).order_by()


@dataclass(frozen=True, slots=True)
class Step:
    """One state of the funnel and how many of the day's orders stand in it."""

    state: Order.State
    orders: int


def funnel(day: HubDay) -> list[Step]:
    """The day's orders by state, in the order of the flow; the states off the path only when somebody is there."""
    counts = dict(due_orders(day).values_list("state").annotate(n=Count("pk")))
    off_path = {Order.State.ON_HOLD, Order.State.BACKORDERED, Order.State.RETURNED}
    states = [state for state in Order.State if state != Order.State.CANCELLED]
    return [Step(state, counts.get(state, 0)) for state in states if state not in off_path or counts.get(state)]


class Slot(Func):
    """A moment rounded down to its five minutes."""

    function = "date_bin"
    template = "%(function)s('5 minutes', %(expressions)s, TIMESTAMPTZ '2001-01-01 00:00:00Z')"
    output_field = DateTimeField()


@dataclass(frozen=True, slots=True)
class Curve:
    """How many of the day's orders had come so far: (moment, total) in rising order, from the day's start on."""

    name: str
    points: tuple[tuple[datetime, int], ...]

    @property
    def total(self) -> int:
        """How many in the end."""
        return self.points[-1][1] if self.points else 0

    def at(self, moment: datetime) -> int:
        """How many up to a moment."""
        return max((total for when, total in self.points if when <= moment), default=0)


CURVES: Final = (("due", "placed_at"), ("picked", "picked_at"), ("packed", "packed_at"), ("shipped", "shipped_at"))
"""Each is a part of the one before: an order is known, picked, packed, gone."""


def curves(day: HubDay) -> list[Curve]:
    """The day's orders as they became known, were picked, packed and shipped. One query, a row per five minutes."""
    parts = [
        due_orders(day)
        .filter(**{f"{field}__isnull": False})
        .annotate(curve=Value(name), slot=Slot(field))
        .values_list("curve", "slot")
        .annotate(n=Count("pk"))
        for name, field in CURVES
    ]
    rows = list(parts[0].union(*parts[1:], all=True))
    return [_curve(name, [(slot, n) for curve, slot, n in rows if curve == name], day.start) for name, _ in CURVES]


def _curve(name: str, rows: Sequence[tuple[datetime, int]], start: datetime) -> Curve:
    points: list[tuple[datetime, int]] = []
    total = 0
    for slot, n in sorted(rows):
        total += n
        when = max(slot, start)
        if points and points[-1][0] == when:
            points.pop()
        points.append((when, total))
    return Curve(name, tuple(points))
