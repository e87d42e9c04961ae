"""Scans in: stored once, for ever, whatever their order; then the shipments they are about follow."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC

from django.db import transaction
from django.db.models import Exists, OuterRef

from foundation import clock
from foundation.errors import Conflict, NotFound
from shipping.carriers.base import ScanEvent
from shipping.locks import lock_shipments
from shipping.models import Carrier, Parcel, TrackingAnomaly, TrackingScan
from shipping.planning.tracking import Oddity
from shipping.services.projecting import open_anomalies, project_shipments
from shipping.signals import TrackedChange


@dataclass(slots=True)
class Recorded:
    """What became of a batch of scans: new ones, ones we had, numbers nobody knows, and the states that changed."""

    new: int = 0
    duplicates: int = 0
    conflicting: int = 0
    unknown: int = 0
    changes: list[TrackedChange] = field(default_factory=list)

    def add(self, other: "Recorded") -> None:
        """Adds another batch's counts to these."""
        self.new += other.new
        self.duplicates += other.duplicates
        self.conflicting += other.conflicting
        self.unknown += other.unknown
        self.changes += other.changes


def record_scans(*, carrier_code: str, scans: Sequence[ScanEvent]) -> Recorded:
    """Stores a carrier's scans and moves the shipments concerned; running it again changes nothing.

    A scan of an unknown number is kept and counted when the number turns up. The same event id with another
    story is not stored: it opens an anomaly. Raises `NotFound` for an unknown carrier.
    """
    carrier = Carrier.objects.filter(code=carrier_code).first()
    if carrier is None:
        raise NotFound(f"There is no carrier {carrier_code}.", code="carrier_unknown")
    return store_scans(carrier=carrier, scans=scans, source=TrackingScan.Source.CARRIER)


def store_scans(*, carrier: Carrier, scans: Sequence[ScanEvent], source: str) -> Recorded:
    """`record_scans` for a carrier at hand, or for the hub's own scans."""
    rows = [_row(carrier, scan, source) for scan in scans]
    numbers = {row.tracking_no for row in rows}
    recorded = Recorded()
    with transaction.atomic():
        owners = dict(
            Parcel.objects.filter(carrier=carrier, tracking_no__in=numbers).values_list("tracking_no", "shipment_id")
        )
        shipments = lock_shipments(set(owners.values()))
        fresh, conflicting = _sift(carrier, rows, numbers)
        # sorted, so that two batches never wait for each other's rows crosswise
        TrackingScan.objects.bulk_create(
            sorted(fresh, key=lambda row: (row.tracking_no, row.key)), ignore_conflicts=True, batch_size=1_000
        )
        recorded.new, recorded.conflicting = len(fresh), len(conflicting)
        recorded.duplicates = len(rows) - len(fresh) - len(conflicting)
        unknown = {row.tracking_no for row in fresh} - owners.keys()
        recorded.unknown = len(unknown)
        _open_intake_anomalies(carrier, conflicting, unknown, owners)
        news = {row.tracking_no for row in fresh} & owners.keys()
        Parcel.objects.filter(carrier=carrier, tracking_no__in=news).update(last_news_at=clock.now())
        touched = {owners[number] for number in news}
        recorded.changes = project_shipments({pk: shipments[pk] for pk in sorted(touched)})
    return recorded


def reproject(*, shipment_ids: Sequence[int]) -> list[TrackedChange]:
    """Computes these shipments' states again, after a mapping changed or a quarantine ended."""
    with transaction.atomic():
        return project_shipments(lock_shipments(shipment_ids))


def release_parked(*, limit: int = 1_000) -> list[TrackedChange]:
    """Looks again at what was waiting: scans from the future, and numbers that were unknown and are ours now."""
    waiting = TrackingAnomaly.objects.filter(resolved_at=None).order_by("pk")
    ours = Parcel.objects.filter(carrier=OuterRef("carrier"), tracking_no=OuterRef("tracking_no"))
    found = list(waiting.filter(Exists(ours), kind=TrackingAnomaly.Kind.UNKNOWN_NUMBER)[:limit])
    future = waiting.filter(kind=TrackingAnomaly.Kind.FROM_THE_FUTURE)[:limit].values_list("shipment_id", flat=True)
    with transaction.atomic():
        numbers = {row.tracking_no for row in found}
        owners = Parcel.objects.filter(tracking_no__in=numbers).values_list("shipment_id", flat=True)
        changes = project_shipments(lock_shipments({*owners, *(pk for pk in future if pk is not None)}))
        TrackingAnomaly.objects.filter(pk__in=[row.pk for row in found]).update(resolved_at=clock.now())
    return changes


def may_resolve(anomaly: TrackingAnomaly) -> bool:
    """Whether a person closes this kind; the others follow from scans, and projection opens and closes them."""
    return anomaly.kind not in set(Oddity)


def resolve_anomaly(*, anomaly_id: int) -> TrackingAnomaly:
    """Closes an anomaly somebody has dealt with.

    Raises `NotFound`, and `Conflict` (`follows_from_scans`) for kinds that projection opens and closes itself.
    """
    anomaly = TrackingAnomaly.objects.filter(pk=anomaly_id).first()
    if anomaly is None:
        raise NotFound("There is no such anomaly.", code="anomaly_unknown")
    if not may_resolve(anomaly):
        message = "This follows from the parcel's scans; it closes by itself when they fit."
        raise Conflict(message, code="follows_from_scans")
    if anomaly.resolved_at is None:
        anomaly.resolved_at = clock.now()
        anomaly.save(update_fields=["resolved_at"])
    return anomaly


def _row(carrier: Carrier, scan: ScanEvent, source: str) -> TrackingScan:
    """A scan as stored, with its key and the digest of its story."""
    at = scan.occurred_at.astimezone(UTC)
    story = "\x1f".join((scan.code, at.isoformat(), scan.location, str(scan.correction)))
    digest = hashlib.sha256(story.encode()).hexdigest()
    return TrackingScan(
        carrier=carrier,
        tracking_no=scan.tracking_no,
        key=scan.event_id or digest,
        source=source,
        code=scan.code,
        occurred_at=at,
        precision=scan.precision,
        tz_assumed=scan.tz_assumed,
        correction=scan.correction,
        location=scan.location,
        digest=digest,
        raw=dict(scan.raw),
    )


def _sift(
    carrier: Carrier, rows: Sequence[TrackingScan], numbers: set[str]
) -> tuple[list[TrackingScan], list[TrackingScan]]:
    """The rows not stored yet, once each, and those that tell another story under a key we have."""
    known = {
        (number, key): digest
        for number, key, digest in TrackingScan.objects.filter(carrier=carrier, tracking_no__in=numbers).values_list(
            "tracking_no", "key", "digest"
        )
    }
    fresh, conflicting = [], []
    for row in rows:
        identity = (row.tracking_no, row.key)
        if identity not in known:
            known[identity] = row.digest
            fresh.append(row)
        elif known[identity] != row.digest:
            conflicting.append(row)
    return fresh, conflicting


def _open_intake_anomalies(
    carrier: Carrier, conflicting: Sequence[TrackingScan], unknown: set[str], owners: dict[str, int]
) -> None:
    """Anomalies that are about the telling, not about a parcel's steps."""
    open_anomalies(
        TrackingAnomaly(
            carrier=carrier,
            tracking_no=row.tracking_no,
            key=row.key,
            kind=TrackingAnomaly.Kind.CONFLICTING_EVENT,
            shipment_id=owners.get(row.tracking_no),
            facts={"code": row.code, "at": row.occurred_at.isoformat(), "place": row.location},
        )
        for row in conflicting
    )
    open_anomalies(
        TrackingAnomaly(carrier=carrier, tracking_no=number, kind=TrackingAnomaly.Kind.UNKNOWN_NUMBER)
        for number in sorted(unknown)
    )
