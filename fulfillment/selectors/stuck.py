"""Orders that do not move: grouped by the reason, with who must act and what to do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Min, Q, When, Window
from django.db.models.functions import RowNumber

from foundation import clock
from fulfillment.models import Order, Wave
from fulfillment.reasons import Why, why_waiting, with_reasons
from fulfillment.selectors.day import GONE, NEEDS_SOMEBODY, HubDay
from warehouses.models import Hub

SHOWN: Final = 6
"""Orders named for each reason; the rest is one click away."""


@dataclass(frozen=True, slots=True)
class StuckGroup:
    """Orders of one hub that wait for the same reason, the most urgent first. `orders` are some of `count`.

    `overdue` of them have missed their departure; `due_today` may still catch one by the end of the hub's day. `wave`
    is the one that must be released first, where that is the reason.
    """

    why: Why
    state: str
    hold: str
    wave: Wave | None
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
    group = [F("state"), F("hold"), F("unreleased"), F("is_walked"), F("is_left_behind")]
    unreleased = Case(When(wave__state=Wave.State.PLANNED, then=F("wave")))
    rows = (
        with_reasons(Order.objects.filter(NEEDS_SOMEBODY | Q(ship_by__lt=now), hub=hub))
        .annotate(unreleased=unreleased)
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
    found: dict[tuple[object, ...], list[Order]] = {}
    for order in rows:
        facts = vars(order)
        key = order.state, order.hold, facts["unreleased"], facts["is_walked"], facts["is_left_behind"]
        found.setdefault(key, []).append(order)
    groups = [_group(orders) for orders in found.values()]
    return sorted((group for group in groups if group), key=lambda group: (not group.is_late, -group.count))


def _group(orders: list[Order]) -> StuckGroup | None:
    first, why = orders[0], why_waiting(orders[0])
    if why is None:
        return None
    facts = vars(first)
    return StuckGroup(
        why=why,
        state=first.state,
        hold=first.hold,
        wave=first.wave if facts["unreleased"] else None,
        count=facts["count"],
        overdue=facts["overdue"],
        due_today=facts["due_by_midnight"] - facts["overdue"],
        oldest=facts["oldest"],
        orders=tuple(orders),
    )
