"""What goes on in a hub: waves and their walks, open pick lists, the clocks of inbounds, parcels for the van."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from foundation import clock
from fulfillment.models import Wave
from fulfillment.selectors.day import HubDay
from shipping.models import Parcel, Shipment
from warehouses.models import Carton, CartTote, Hub, Inbound, PickList
from warehouses.services.targets import Pace, first_scan_target, sellable_target

SHOWN: Final = 8
"""Rows of each list on the control room; the full list is one click away."""


@dataclass(frozen=True, slots=True)
class WaveRow:
    """A wave, its orders, and how many of its carts have come back."""

    wave: Wave
    orders: int
    carts: int
    carts_done: int


def waves_of(day: HubDay) -> list[WaveRow]:
    """The waves for that day's departures, the newest first. Two queries."""
    rows = Wave.objects.filter(hub=day.hub, dispatch_at__gte=day.start, dispatch_at__lt=day.end)
    waves = list(rows.annotate(order_count=Count("orders")).order_by("-id")[:SHOWN])
    lists = PickList.objects.filter(work_ref__in=[wave.number for wave in waves]).order_by()
    carts: dict[str, list[str]] = defaultdict(list)
    for work_ref, state in lists.exclude(state=PickList.State.CANCELLED).values_list("work_ref", "state"):
        carts[work_ref].append(state)
    return [
        WaveRow(
            wave=wave,
            orders=vars(wave)["order_count"],
            carts=len(carts[wave.number]),
            carts_done=carts[wave.number].count(PickList.State.PICKED),
        )
        for wave in waves
    ]


@dataclass(frozen=True, slots=True)
class PickListRow:
    """An open cart: who walks it and how far it is."""

    pick_list: PickList
    tasks: int
    tasks_done: int
    due_at: datetime | None

    @property
    def share(self) -> float:
        """Done, 0 to 1."""
        return self.tasks_done / self.tasks if self.tasks else 0.0

    @property
    def is_late(self) -> bool:
        """Whether it should come back after its first order is due."""
        ends_at = self.pick_list.ends_at
        return self.due_at is not None and ends_at is not None and ends_at > self.due_at


@dataclass(frozen=True, slots=True)
class OpenPickLists:
    """Some of the open carts, those being walked first, and how many there are."""

    rows: tuple[PickListRow, ...]
    planned: int
    picking: int


def open_pick_lists(*, hub: Hub) -> OpenPickLists:
    """The carts that wait or are being walked. Two queries."""
    states = [PickList.State.PLANNED, PickList.State.PICKING]
    lists = PickList.objects.filter(hub=hub, state__in=states)
    counts = dict(lists.order_by().values_list("state").annotate(n=Count("pk")))
    # "picking" sorts before "planned".
    shown = _rows(lists.order_by("state", "turn", "id")[:SHOWN])
    return OpenPickLists(shown, counts.get("planned", 0), counts.get("picking", 0))


def _rows(lists: QuerySet[PickList]) -> tuple[PickListRow, ...]:
    """The carts, each with how many of its tasks are done and when it is due. One query."""
    done = Count("tasks", filter=Q(tasks__closed_at__isnull=False))
    dues = CartTote.objects.filter(pick_list=OuterRef("pk")).order_by("due_at").values("due_at")[:1]
    found = lists.select_related("worker").annotate(all_tasks=Count("tasks"), done_tasks=done, due_at=Subquery(dues))
    return tuple(
        PickListRow(row, vars(row)["all_tasks"], vars(row)["done_tasks"], vars(row)["due_at"]) for row in found
    )


@dataclass(frozen=True, slots=True)
class PickerWork:
    """What a picker has on the cart, what waits for one (some of `planned`), and in which hub."""

    hub: Hub
    own: tuple[PickListRow, ...]
    waiting: tuple[PickListRow, ...]
    planned: int


def work_of(*, user_id: int) -> PickerWork | None:
    """The walks of somebody who works in a hub, and those nobody has begun there; None for others. Four queries."""
    hub = Hub.objects.filter(workers__user=user_id, workers__is_active=True).first()
    if hub is None:
        return None
    lists = PickList.objects.filter(hub=hub)
    planned = lists.filter(state=PickList.State.PLANNED)
    own = lists.filter(state=PickList.State.PICKING, worker=user_id)
    return PickerWork(hub, _rows(own.order_by("id")), _rows(planned.order_by("turn", "id")[:SHOWN]), planned.count())


@dataclass(frozen=True, slots=True)
class InboundClock:
    """An inbound and how long each part took, or has taken so far: at the dock, counting, to the shelf."""

    inbound: Inbound
    cartons: int
    cartons_counted: int
    to_first_scan: timedelta | None
    to_received: timedelta | None
    to_sellable: timedelta | None
    is_running: bool
    is_late: bool

    @property
    def total(self) -> timedelta | None:
        """From the first carton seen to the last unit that can be sold, so far."""
        parts = [part for part in (self.to_first_scan, self.to_received, self.to_sellable) if part is not None]
        return sum(parts, timedelta()) if parts else None

    @property
    def shares(self) -> tuple[float, float, float]:
        """What share of the time so far each part took, 0 to 1."""
        whole = max((self.total or timedelta()).total_seconds(), 1.0)
        first, counting, shelf = (
            (part or timedelta()).total_seconds() / whole
            for part in (self.to_first_scan, self.to_received, self.to_sellable)
        )
        return first, counting, shelf


def inbound_clocks(day: HubDay) -> list[InboundClock]:
    """Inbounds that were worked on that day, or are under way now. One query."""
    until = min(day.end, max(clock.now(), day.start))
    under_way = [Inbound.State.ARRIVED, Inbound.State.RECEIVING, Inbound.State.RECEIVED]
    that_day = Q(sellable_at__gte=day.start, sellable_at__lt=day.end) | Q(
        arrived_at__gte=day.start, arrived_at__lt=day.end
    )
    rows = Inbound.objects.filter(that_day | Q(state__in=under_way, arrived_at__lt=day.end), hub=day.hub)
    counted = Count("cartons", filter=Q(cartons__state=Carton.State.RECEIVED))
    rows = rows.select_related("seller", "hub").annotate(all_cartons=Count("cartons"), counted_cartons=counted)
    return [_clock(row, until) for row in rows.order_by("-arrived_at", "-id")[:SHOWN]]


def _clock(inbound: Inbound, until: datetime) -> InboundClock:
    marks = [inbound.arrived_at, inbound.first_scan_at, inbound.received_at, inbound.sellable_at]
    parts = []
    for start, end in pairwise(marks):
        parts.append(max((end or until) - start, timedelta()) if start else None)
    facts = vars(inbound)
    return InboundClock(
        inbound=inbound,
        cartons=facts["all_cartons"],
        cartons_counted=facts["counted_cartons"],
        to_first_scan=parts[0],
        to_received=parts[1],
        to_sellable=parts[2],
        is_running=inbound.sellable_at is None,
        is_late=Pace.BREACHED in {first_scan_target(inbound).pace, sellable_target(inbound).pace},
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Labelled parcels of one hub that wait for one carrier."""

    site: str
    carrier_code: str
    carrier_name: str
    parcels: int


def parcels_to_hand_over(*, site: str = "") -> list[Waiting]:
    """What stands on the dispatch docks with a label, on no manifest or trailer, of one hub or of all. One query."""
    parcels = Parcel.objects.filter(
        manifest=None,
        trailer=None,
        labelled_at__isnull=False,
        voided_at=None,
        shipment__state=Shipment.State.LABEL_CREATED,
    )
    if site:
        parcels = parcels.filter(shipment__site=site)
    groups = parcels.order_by().values_list("shipment__site", "carrier__code", "carrier__name")
    return [Waiting(*row) for row in groups.annotate(n=Count("pk")).order_by("shipment__site", "carrier__code")]
