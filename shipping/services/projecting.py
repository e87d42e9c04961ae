"""Bringing shipments' states in line with their scans, and ringing the bell. For the services of this floor.

The only place that fires a shipment's transitions. Everything here works on sets, inside the caller's transaction and
on shipments the caller has locked.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from foundation import clock
from foundation.sql import update_many
from shipping.carriers.statuses import TABLES
from shipping.models import Carrier, Parcel, Shipment, ShipmentChange, TrackingAnomaly, TrackingScan
from shipping.planning import tracking
from shipping.planning.tracking import State, Track
from shipping.signals import TrackedChange, shipment_tracked

_PRECISION_S = {"second": 1, "minute": 60, "day": 86_400}
_PROJECTED_KINDS = [oddity.value for oddity in tracking.Oddity]
_MOMENTS = ["handed_over_at", "delivered_at", "cancelled_at"]

_FIRE: Mapping[State, Callable[[Shipment], None]] = {
    State.HANDED_OVER: Shipment.mark_handed_over,
    State.IN_TRANSIT: Shipment.mark_in_transit,
    State.CUSTOMS: Shipment.mark_at_customs,
    State.OUT_FOR_DELIVERY: Shipment.mark_out_for_delivery,
    State.ATTEMPTED: Shipment.mark_attempted,
    State.AT_PICKUP_POINT: Shipment.mark_at_pickup_point,
    State.EXCEPTION: Shipment.mark_exception,
    State.DELIVERED: Shipment.mark_delivered,
    State.RETURNING: Shipment.mark_returning,
    State.RETURNED: Shipment.mark_returned,
    State.LOST: Shipment.mark_lost,
    State.CANCELLED: Shipment.mark_cancelled,
}


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one shipment's scans say: its state, since when, and the moments that are kept with it."""

    state: State
    since: datetime
    handed_over_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None


def project_shipments(shipments: Mapping[int, Shipment]) -> list[TrackedChange]:
    """Computes each locked shipment's state from all its scans, moves those that differ, and tells the listeners.

    Also opens an anomaly for each scan that does not count, and resolves those that count by now.
    """
    now = clock.now()
    parcels = list(Parcel.objects.filter(shipment__in=list(shipments)).order_by("shipment_id", "sequence"))
    tracks = _tracks(parcels, now)
    by_shipment: dict[int, list[Track]] = defaultdict(list)
    for parcel, track in zip(parcels, tracks, strict=True):
        by_shipment[parcel.shipment_id].append(track)
    _keep_anomalies(parcels, tracks, now)

    verdicts = {pk: _verdict(by_shipment[pk], now) for pk in shipments}
    # a scan may be here before the label's own transaction: a draft is labelled first, then moves on
    labelled = [
        (shipments[pk], _Verdict(State.LABEL_CREATED, now))
        for pk, verdict in verdicts.items()
        if shipments[pk].state == State.DRAFT and verdict.state not in {State.DRAFT, State.CANCELLED}
    ]
    changes = _move(labelled)
    changes += _move([(shipments[pk], v) for pk, v in verdicts.items() if shipments[pk].state != v.state])
    # a late, older scan may move a moment without moving the state
    shifted = [shipments[pk] for pk, verdict in verdicts.items() if _set_moments(shipments[pk], verdict)]
    update_many(Shipment, shifted, _MOMENTS)
    if changes:
        shipment_tracked.send(sender=Shipment, changes=changes)
    return changes


def _tracks(parcels: Sequence[Parcel], now: datetime) -> list[Track]:
    """Each parcel's projection, from its stored scans in one query."""
    numbers = [parcel.tracking_no for parcel in parcels if parcel.tracking_no]
    carriers = {parcel.carrier_id for parcel in parcels}
    tables = {
        pk: TABLES[adapter] for pk, adapter in Carrier.objects.filter(pk__in=carriers).values_list("pk", "adapter")
    }
    scans: dict[tuple[int, str], list[tracking.Scan]] = defaultdict(list)
    rows = TrackingScan.objects.filter(carrier__in=carriers, tracking_no__in=numbers)
    for carrier_id, number, key, code, at, precision, correction in rows.values_list(
        "carrier_id", "tracking_no", "key", "code", "occurred_at", "precision", "correction"
    ):
        known, state = tables[carrier_id].meaning(code)
        scans[carrier_id, number].append(
            tracking.Scan(
                key=key,
                occurred_at=at,
                state=state,
                known=known,
                correction=correction,
                precision_s=_PRECISION_S[precision],
            )
        )
    return [
        tracking.project(
            scans[parcel.carrier_id, parcel.tracking_no] if parcel.tracking_no else (),
            labelled_at=parcel.labelled_at,
            voided_at=parcel.voided_at,
            now=now,
        )
        for parcel in parcels
    ]


def _verdict(tracks: Sequence[Track], now: datetime) -> _Verdict:
    """The shipment's state from its parcels' projections."""
    state, since = tracking.combine(tracks)
    return _Verdict(
        state=state,
        since=since or now,
        handed_over_at=tracking.handed_over_at(tracks),
        delivered_at=tracking.delivered_at(tracks),
        cancelled_at=since if state == State.CANCELLED else None,
    )


def _move(steps: Sequence[tuple[Shipment, _Verdict]]) -> list[TrackedChange]:
    """Fires one transition per shipment, saves them all, writes the changes down."""
    if not steps:
        return []
    shipments = [shipment for shipment, _verdict in steps]
    entered = set(ShipmentChange.objects.filter(shipment__in=shipments).values_list("shipment_id", "to_state"))
    changes = []
    for shipment, verdict in steps:
        before = shipment.state
        _fire(shipment, verdict)
        _set_moments(shipment, verdict)
        changes.append(
            TrackedChange(
                shipment_id=shipment.pk,
                number=shipment.number,
                reference=shipment.reference,
                site=shipment.site,
                from_state=before,
                to_state=shipment.state,
                occurred_at=verdict.since,
                first_entry=(shipment.pk, shipment.state) not in entered,
            )
        )
    update_many(Shipment, shipments, ["state", *_MOMENTS])
    ShipmentChange.objects.bulk_create(
        [
            ShipmentChange(
                shipment_id=change.shipment_id,
                from_state=change.from_state,
                to_state=change.to_state,
                occurred_at=change.occurred_at,
                first_entry=change.first_entry,
            )
            for change in changes
        ],
        batch_size=1_000,
    )
    return changes


def _fire(shipment: Shipment, verdict: _Verdict) -> None:
    """One transition in memory."""
    if verdict.state == State.LABEL_CREATED:
        fire = Shipment.mark_labelled if shipment.state == State.DRAFT else Shipment.mark_not_moved
        fire(shipment)
    else:
        _FIRE[verdict.state](shipment)


def _set_moments(shipment: Shipment, verdict: _Verdict) -> bool:
    """Sets the moments kept with a shipment, in memory; True when one differs from before."""
    before = [getattr(shipment, name) for name in _MOMENTS]
    after = [getattr(verdict, name) for name in _MOMENTS]
    for name, moment in zip(_MOMENTS, after, strict=True):
        setattr(shipment, name, moment)
    return before != after


def _keep_anomalies(parcels: Sequence[Parcel], tracks: Sequence[Track], now: datetime) -> None:
    """Opens an anomaly for each oddity that has none, and resolves the open ones that are odd no more."""
    wanted = {
        (parcel.carrier_id, parcel.tracking_no, key, oddity.value): parcel.shipment_id
        for parcel, track in zip(parcels, tracks, strict=True)
        for key, oddity in track.oddities
    }
    open_rows = TrackingAnomaly.objects.filter(
        shipment__in={parcel.shipment_id for parcel in parcels},
        kind__in=_PROJECTED_KINDS,
        resolved_at=None,
    )
    there = {
        (carrier_id, number, key, kind): pk
        for pk, carrier_id, number, key, kind in open_rows.values_list("pk", "carrier_id", "tracking_no", "key", "kind")
    }
    over = [pk for identity, pk in there.items() if identity not in wanted]
    if over:
        TrackingAnomaly.objects.filter(pk__in=over).update(resolved_at=now)
    open_anomalies(
        TrackingAnomaly(carrier_id=carrier_id, tracking_no=number, key=key, kind=kind, shipment_id=shipment_id)
        for (carrier_id, number, key, kind), shipment_id in wanted.items()
        if (carrier_id, number, key, kind) not in there
    )


def open_anomalies(anomalies: Iterable[TrackingAnomaly]) -> None:
    """Writes anomalies down; one that is open already stays the one it is."""
    TrackingAnomaly.objects.bulk_create(list(anomalies), ignore_conflicts=True, batch_size=1_000)
