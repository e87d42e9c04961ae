"""Targets: how soon the hub means to look into what came in, and to have it for sale; kept or breached."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from foundation import clock
from warehouses.models import Inbound


class Pace(StrEnum):
    """How a clock stands."""

    WAITING = "waiting"
    RUNNING = "running"
    KEPT = "kept"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Target:
    """One clock of an inbound: it starts with the arrival and should have stopped by `due_at`."""

    pace: Pace
    due_at: datetime | None

    @classmethod
    def of(cls, started_at: datetime | None, done_at: datetime | None, hours: int) -> "Target":
        """As it stands now."""
        if started_at is None:
            return cls(Pace.WAITING, None)
        due_at = started_at + timedelta(hours=hours)
        if (done_at or clock.now()) > due_at:
            return cls(Pace.BREACHED, due_at)
        return cls(Pace.KEPT if done_at else Pace.RUNNING, due_at)


def first_scan_target(inbound: Inbound) -> Target:
    """From arrival to the first unit scanned, or to the end of a count that found none."""
    done_at = inbound.first_scan_at or inbound.received_at
    return Target.of(inbound.arrived_at, done_at, inbound.hub.first_scan_hours)


def sellable_target(inbound: Inbound) -> Target:
    """From arrival to the last unit put away."""
    return Target.of(inbound.arrived_at, inbound.sellable_at, inbound.hub.sellable_hours)


def breached() -> Q:
    """Inbounds of which a clock ran, or runs, beyond its target."""
    found = Q()
    for done, hours in (
        (Coalesce("first_scan_at", "received_at"), "hub__first_scan_hours"),
        (F("sellable_at"), "hub__sellable_hours"),
    ):
        due = ExpressionWrapper(F("arrived_at") + F(hours) * Value(timedelta(hours=1)), output_field=DateTimeField())
        found |= Q(GreaterThan(Coalesce(done, Value(clock.now())), due))
    return Q(arrived_at__isnull=False) & found
