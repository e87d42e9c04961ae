"""Orders that do not move: grouped by the reason, with who must act and what to do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Min, Q, Window
from django.db.models.functions import RowNumber

from foundation import clock
from fulfillment.models import Order
from fulfillment.reasons import Why, why_waiting
from fulfillment.selectors.day import GONE, NEEDS_SOMEBODY, HubDay
from warehouses.models import Hub

SHOWN: Final = 6
"""Orders named for each reason; the rest is one click away."""


@dataclass(frozen=True, slots=True)
class StuckGroup:
    """Orders of one hub that wait for the same reason, the most urgent first. `orders` are some of `count`.

    `overdue` of them have missed their departure; `due_today` may still catch one by the end of the hub's day.
    """

    why: Why
    state: str
    hold: str
    count: int
    overdue: int
    due_today: int
    oldest: datetime
    orders: tuple[Order, ...]

    @property
    def is_late(self) -> bool:
        """Somebody's promise is broken already."""
        return self.overdue > 0

    @property
    def later(self) -> int:
        """Those that leave on another day."""
        return self.count - self.overdue - self.due_today


def stuck_groups(*, hub: Hub) -> list[StuckGroup]:
    """What needs somebody, or has missed its departure; late groups first, then the larger. One query."""
    now = clock.now()
    midnight = HubDay(hub, now.astimezone(ZoneInfo(hub.timezone)).date(), now).end
    group = [F("state"), F("hold")]
    rows = (
        Order.objects.filter(NEEDS_SOMEBODY | Q(ship_by__lt=now), hub=hub)
        .exclude(state__in=[*GONE, Order.State.CANCELLED])
        .annotate(
            rank=Window(RowNumber(), partition_by=group, order_by=[F("ship_by").asc(), F("pk").asc()]),
            count=Window(Count("pk"), partition_by=group),
            overdue=Window(Count("pk", filter=Q(ship_by__lt=now)), partition_by=group),
            due_by_midnight=Window(Count("pk", filter=Q(ship_by__lt=midnight)), partition_by=group),
            oldest=Window(Min("ship_by"), partition_by=group),
        )
        .filter(rank__lte=SHOWN)
        .select_related("seller")
        .order_by("ship_by", "pk")
    )
    found: dict[tuple[str, str], list[Order]] = {}
    for order in rows:
        found.setdefault((order.state, order.hold), []).append(order)
    groups = [_group(state, hold, orders) for (state, hold), orders in found.items()]
    return sorted((group for group in groups if group), key=lambda group: (not group.is_late, -group.count))


def _group(state: str, hold: str, orders: list[Order]) -> StuckGroup | None:
    why = why_waiting(orders[0])
    if why is None:
        return None
    first = vars(orders[0])
    return StuckGroup(
        why=why,
        state=state,
        hold=hold,
        count=first["count"],
        overdue=first["overdue"],
        due_today=first["due_by_midnight"] - first["overdue"],
        oldest=first["oldest"],
        orders=tuple(orders),
    )
