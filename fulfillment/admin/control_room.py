"""The admin's first page: will everything due leave in time, what is stuck and why, and one click to the fix."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest
from django.utils.safestring import SafeString

from foundation.admin.links import list_url, may_see
from foundation.admin.presentation import Look, Tone, look_of
from fulfillment.admin.day_chart import HourRow, day_chart, day_table
from fulfillment.admin.fixes import Fix, fix_for, open_lists_url, orders_url
from fulfillment.models import Order, Wave
from fulfillment.selectors import day as days
from fulfillment.selectors import floor, health
from fulfillment.selectors.stuck import StuckGroup, stuck_groups
from labels.models import PrintJob
from shipping.models import Shipment, TrackingAnomaly, WebhookDelivery
from warehouses.models import CartonLine, Case, Count, Hub, HubStop, Inbound, PickList

PERMISSION: Final = "fulfillment.view_order"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the day, with what it says and where it leads."""

    name: str
    number: int
    words: str
    look: Look
    url: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One state of the funnel; `share` of the day's orders, 0 to 1."""

    name: str
    orders: int
    share: float
    look: Look
    url: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """A reason, its orders and the way to the fix."""

    group: StuckGroup
    fix: Fix
    url: str
    look: Look

    @property
    def words(self) -> str:
        """The reason's code as one reads it."""
        return self.group.why.code.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Oddity:
    """One kind of exception: how many, in words, and where to look."""

    number: int
    words: str
    url: str
    look: Look


@dataclass(frozen=True, slots=True)
class Room:
    """Everything the page shows of one hub and one day."""

    hubs: Sequence[Hub]
    day: days.HubDay
    figures: days.Figures
    tiles: Sequence[Tile]
    chart: SafeString
    curves: Sequence[days.Curve]
    hours: Sequence[HourRow]
    funnel: Sequence[Bar]
    stuck: Sequence[Stuck]
    waves: Sequence[floor.WaveRow]
    pick_lists: floor.OpenPickLists
    clocks: Sequence[floor.InboundClock]
    waiting: Sequence[floor.Waiting]
    oddities: Sequence[Oddity]
    is_stopped: bool
    ledger: health.LedgerHealth
    urls: dict[str, str]

    @property
    def before(self) -> date:
        """The day before."""
        return self.day.date - timedelta(days=1)

    @property
    def after(self) -> date:
        """The day after."""
        return self.day.date + timedelta(days=1)

    @property
    def headline(self) -> tuple[str, Look]:
        """The answer to the one question everybody comes with."""
        f = self.figures
        if self.is_stopped:
            return "Allocation is stopped: the books differ", Look(Tone.BAD, "pan_tool")
        if f.late and f.earlier:
            words = f"{f.late} of {f.due} missed the departure, and {f.earlier} of days before are still here"
            return words, Look(Tone.BAD, "error")
        if f.late:
            return f"{f.late} of {f.due} missed the departure", Look(Tone.BAD, "error")
        if f.earlier:
            return f"{f.earlier} late from days before, {f.due} due", Look(Tone.BAD, "error")
        if not f.due:
            return "Nothing is due", Look(Tone.QUIET, "bedtime")
        if f.at_risk:
            return f"{f.at_risk} of {f.due} may miss the departure", Look(Tone.WARN, "warning")
        if f.shipped == f.due:
            return f"All {f.due} left in time", Look(Tone.GOOD, "task_alt")
        return f"All {f.due} on course", Look(Tone.GOOD, "check_circle")


def show_control_room(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The theme's dashboard callback: the `room` for whoever may see orders, their `work` for pickers."""
    if not request.user.has_perm(PERMISSION):
        context["title"] = "Your work"
        if may_see(request.user, PickList):
            context["work"] = floor.work_of(user_id=request.user.pk or 0)
            context["lists_url"] = list_url(PickList, state__exact=PickList.State.PLANNED)
        return context
    context["title"] = "Control room"
    hubs = list(Hub.objects.all())
    context["hubs"] = hubs
    if hubs:
        wanted = request.GET.get("hub")
        hub = next((row for row in hubs if row.code == wanted), hubs[0])
        context["room"] = _room(hubs, days.find_day(hub=hub, asked=_asked_day(request)))
    return context


def _asked_day(request: HttpRequest) -> date | None:
    text = request.GET.get("day", "")
    try:
        asked = date.fromisoformat(text) if text else None
    except ValueError:
        asked = None
    if text and asked is None:
        messages.warning(request, "That is no day of the calendar: write it like 2026-03-14.")
    return asked


def _room(hubs: Sequence[Hub], day: days.HubDay) -> Room:
    figures, curves, odd = days.figures(day), days.curves(day), health.exceptions(day)
    return Room(
        hubs=hubs,
        day=day,
        figures=figures,
        tiles=_tiles(day, figures),
        chart=day_chart(day, curves),
        curves=curves,
        hours=day_table(day, curves),
        funnel=_funnel(day, figures),
        stuck=[_stuck(group, day.hub) for group in stuck_groups(hub=day.hub)],
        waves=floor.waves_of(day),
        pick_lists=floor.open_pick_lists(hub=day.hub),
        clocks=floor.inbound_clocks(day),
        waiting=floor.parcels_to_hand_over(site=day.hub.code),
        oddities=_oddities(day, odd),
        is_stopped=bool(odd.stops),
        ledger=health.ledger_health(),
        urls={
            "waves": list_url(Wave, hub__id__exact=day.hub.pk),
            "pick_lists": open_lists_url(day.hub),
            "inbounds": list_url(Inbound, hub__id__exact=day.hub.pk),
        },
    )


def _due_url(day: days.HubDay, **more: object) -> str:
    start, end = day.start.isoformat(), day.end.isoformat()
    return list_url(Order, hub__id__exact=day.hub.pk, ship_by__gte=start, ship_by__lt=end, **more)


def _tiles(day: days.HubDay, f: days.Figures) -> list[Tile]:
    def when(number: int, tone: Tone, icon: str) -> Look:
        return Look(tone if number else Tone.QUIET, icon)

    decided = f.on_time + f.late
    share = f"{f.on_time_share:.0%} of those decided" if decided else "none has left yet"
    late = f.late + f.earlier
    missed = f"{f.late} of this day, {f.earlier} from days before" if f.earlier else "missed the departure"
    return [
        Tile("Due", f.due, "promised for this day", Look(Tone.ACTIVE, "event"), _due_url(day)),
        Tile(
            "On time",
            f.on_time,
            share,
            when(f.on_time, Tone.GOOD, "check_circle"),
            _due_url(day, shipped_at__isnull=False),
        ),
        Tile("At risk", f.at_risk, f"{f.on_track} on course", when(f.at_risk, Tone.WARN, "warning"), "#stuck"),
        Tile("Late", late, missed, when(late, Tone.BAD, "error"), _late_url(day)),
        Tile(
            "Shipped",
            f.shipped,
            "with the carrier",
            when(f.shipped, Tone.ACTIVE, "local_shipping"),
            _due_url(day, state__in="shipped,delivered,returned"),
        ),
        Tile(
            "Delivered",
            f.delivered,
            "at the buyer's door",
            when(f.delivered, Tone.GOOD, "task_alt"),
            _due_url(day, delivered_at__isnull=False),
        ),
    ]


def _late_url(day: days.HubDay) -> str:
    """What is still here of that day and of days before, although it should have left."""
    missed: datetime = min(day.now, day.end)
    here = ",".join(state for state in Order.State if state not in days.GONE and state != Order.State.CANCELLED)
    return list_url(Order, hub__id__exact=day.hub.pk, ship_by__lt=missed.isoformat(), state__in=here)


def _funnel(day: days.HubDay, f: days.Figures) -> list[Bar]:
    return [
        Bar(
            name=str(step.state.label),
            orders=step.orders,
            share=step.orders / f.due if f.due else 0.0,
            look=look_of(Order, "state", step.state),
            url=_due_url(day, state__exact=step.state.value),
        )
        for step in days.funnel(day)
    ]


def _stuck(group: StuckGroup, hub: Hub) -> Stuck:
    field, value = ("hold", group.hold) if group.hold else ("state", group.state)
    look = look_of(Order, field, value)
    return Stuck(
        group, fix_for(group, hub), orders_url(hub, group), look._replace(tone=Tone.BAD) if group.is_late else look
    )


def _oddities(day: days.HubDay, odd: health.Exceptions) -> list[Oddity]:
    hub = day.hub

    def row(number: int, words: str, tone: Tone, icon: str, url: str) -> Oddity:
        return Oddity(number, words, url, Look(tone if number else Tone.QUIET, icon))

    found = [
        row(
            odd.stops,
            "allocation stopped: the books differ",
            Tone.BAD,
            "pan_tool",
            list_url(HubStop, hub__id__exact=hub.pk, resumed_at__isnull=True),
        ),
        row(
            odd.open_counts,
            "bins to count",
            Tone.WARN,
            "pin",
            list_url(Count, hub__id__exact=hub.pk, state__exact="open"),
        ),
        row(odd.shorts, "shorts at picking that day", Tone.WARN, "search_off", list_url(Count, hub__id__exact=hub.pk)),
        row(
            odd.dock_differences,
            "units damaged, missing or too many at the dock",
            Tone.WARN,
            "broken_image",
            list_url(CartonLine, is_closed__exact=1),
        ),
        row(
            odd.late_inbounds,
            "inbounds beyond their target",
            Tone.BAD,
            "alarm",
            list_url(Inbound, hub__id__exact=hub.pk, target="breached", sellable_at__isnull=True),
        ),
        row(
            odd.cases,
            "cases to settle",
            Tone.WARN,
            "front_hand",
            list_url(Case, inbound__hub__id__exact=hub.pk, state__exact="answered"),
        ),
        row(
            odd.carrier_trouble,
            "shipments in trouble at a carrier",
            Tone.BAD,
            "local_shipping",
            list_url(Shipment, site__exact=hub.code, state__in="exception,lost"),
        ),
        row(
            odd.anomalies,
            "scans that make no sense",
            Tone.WARN,
            "question_mark",
            list_url(TrackingAnomaly, resolved_at__isnull=True),
        ),
        row(
            odd.parked_webhooks, "webhooks parked", Tone.BAD, "report", list_url(WebhookDelivery, state__exact="parked")
        ),
        row(odd.failed_prints, "prints failed", Tone.BAD, "print_disabled", list_url(PrintJob, state__exact="failed")),
        row(
            odd.waiting_prints,
            "prints waiting for a printer that is away",
            Tone.BAD,
            "print_error",
            list_url(PrintJob, state__exact="queued"),
        ),
    ]
    return sorted(found, key=lambda oddity: not oddity.number)
