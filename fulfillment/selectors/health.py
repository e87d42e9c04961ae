"""What needs a look besides orders: counts, dock differences, carriers, printers; and whether the ledger adds up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Now

from foundation.verdict import Verdict, read_verdict
from fulfillment.reasons import IN_TROUBLE
from fulfillment.selectors.day import HubDay
from labels.models import PrintJob
from shipping.models import Shipment, TrackingAnomaly, WebhookDelivery
from warehouses.models import CartonLine, Case, Count, Hub, HubStop, Inbound, Move
from warehouses.services.targets import breached

PRINTED_BY_NOW: Final = timedelta(minutes=5)
"""A print job still in its queue then waits for its printer."""


@dataclass(frozen=True, slots=True)
class Exceptions:
    """How many of each kind wait for somebody, of this hub where the kind has one."""

    open_counts: int
    shorts: int
    dock_differences: int
    late_inbounds: int
    cases: int
    carrier_trouble: int
    anomalies: int
    parked_webhooks: int
    failed_prints: int
    waiting_prints: int
    stops: int

    @property
    def total(self) -> int:
        """All that wait; `shorts` and `dock_differences` are the day's news, not waiting work."""
        waiting = self.open_counts + self.cases + self.carrier_trouble + self.anomalies + self.parked_webhooks
        waiting += self.late_inbounds
        return waiting + self.failed_prints + self.waiting_prints + self.stops


def exceptions(day: HubDay) -> Exceptions:
    """The day's odd things. Nine small queries."""
    hub = day.hub
    counts = Count.objects.filter(hub=hub)
    closed = CartonLine.objects.filter(
        carton__inbound__hub=hub, carton__received_at__gte=day.start, carton__received_at__lt=day.end
    )
    differences = closed.aggregate(n=Sum(F("missing") + F("surplus") + F("damaged")))["n"] or 0
    return Exceptions(
        open_counts=counts.filter(state=Count.State.OPEN).count(),
        shorts=counts.filter(reason="short pick", opened_at__gte=day.start, opened_at__lt=day.end).count(),
        dock_differences=differences,
        late_inbounds=Inbound.objects.filter(breached(), hub=hub, sellable_at=None).count(),
        cases=Case.objects.filter(inbound__hub=hub, state=Case.State.ANSWERED).count(),
        carrier_trouble=Shipment.objects.filter(site=hub.code, state__in=IN_TROUBLE).count(),
        anomalies=TrackingAnomaly.objects.filter(resolved_at=None).count(),
        parked_webhooks=WebhookDelivery.objects.filter(state=WebhookDelivery.State.PARKED).count(),
        **_prints(hub),
        stops=HubStop.objects.filter(hub=hub, resumed_at=None).count(),
    )


def _prints(hub: Hub) -> dict[str, int]:
    """Print jobs that failed, and those that have waited so long that their printer must be away."""
    states = PrintJob.State
    return PrintJob.objects.filter(printer__site=hub.code, state__in=[states.FAILED, states.QUEUED]).aggregate(
        failed_prints=models.Count("pk", filter=Q(state=states.FAILED)),
        waiting_prints=models.Count("pk", filter=Q(state=states.QUEUED, created_at__lt=Now() - PRINTED_BY_NOW)),
    )


@dataclass(frozen=True, slots=True)
class LedgerHealth:
    """The ledger's last row, and what the last `manage.py verify` found; no verdict when it never ran here."""

    moves: int
    last_move_at: datetime | None
    verdict: Verdict | None


def ledger_health() -> LedgerHealth:
    """One query, and the verdict that `verify` leaves behind."""
    moves, last_at = Move.objects.order_by("-id").values_list("id", "occurred_at").first() or (0, None)
    return LedgerHealth(moves, last_at, read_verdict(Path(settings.VAR_DIR) / "verify.json"))
