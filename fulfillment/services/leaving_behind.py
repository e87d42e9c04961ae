"""Leaving behind: what belongs to a hand-over and does not go with it is listed, each with its reason."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from foundation import clock
from foundation.errors import Invalid, NotFound
from foundation.sql import update_many
from fulfillment.locks import lock_left_behind
from fulfillment.models import LeftBehind, Order, PackLine
from shipping.models import Carrier, LoadScan, Parcel, Service, Shipment, Trailer
from shipping.services.manifesting import Departure
from warehouses.models import Hub

Reason = LeftBehind.Reason

UNPACKED: Final = (
    Order.State.RECEIVED,
    Order.State.ON_HOLD,
    Order.State.BACKORDERED,
    Order.State.ALLOCATED,
    Order.State.RELEASED,
    Order.State.PICKING,
    Order.State.PICKED,
)
_ELSEWHERE: Final = frozenset({"other_carrier", "other_hub", "on_other_trailer"})


class _Found(NamedTuple):
    order_id: int
    parcel_id: int | None
    reason: LeftBehind.Reason


def note_left_behind(*, hub: Hub, carrier: Carrier, departure: Departure, by_scan: bool) -> int:
    """Lists what this hand-over leaves here, over the parcels with the carrier's label or for it. Twice is once.

    To a hand-over belongs what was labelled by its cut-off, and what was promised for its day with a service that ends
    by then; orders not packed belong to the hub's last cut-off of the day. Without a cut-off: what is labelled now.
    While another trailer of the same hand-over loads, nothing is late yet. `by_scan`: it left with what was scanned.
    Returns how many stay. A reason somebody amended is kept.
    """
    same = Trailer.objects.filter(site=hub.code, carrier=carrier, cut_off=departure.cut_off, state=Trailer.State.OPEN)
    if by_scan and same.exists():
        return 0
    now = clock.now()
    with transaction.atomic():
        found = {
            (each.order_id, each.parcel_id): each.reason
            for each in (*_parcels(hub, carrier, departure, now, by_scan), *_unpacked(hub, departure))
        }
        known = LeftBehind.objects.filter(
            carrier=carrier, ship_on=departure.ship_on, cut_off=departure.cut_off, hub=hub
        )
        rows = {(row.order_id, row.parcel_id): row for row in lock_left_behind(known)}
        LeftBehind.objects.bulk_create(
            [
                LeftBehind(
                    order_id=order_id,
                    parcel_id=parcel_id,
                    hub=hub,
                    carrier=carrier,
                    ship_on=departure.ship_on,
                    cut_off=departure.cut_off,
                    found=reason,
                    reason=reason,
                    noted_at=now,
                )
                for (order_id, parcel_id), reason in sorted(found.items(), key=str)
                if (order_id, parcel_id) not in rows
            ],
            ignore_conflicts=True,
        )
        changed = [row for key, row in rows.items() if key in found and found[key] != row.found and not row.amended_at]
        for row in changed:
            row.found = row.reason = found[row.order_id, row.parcel_id]
        update_many(LeftBehind, changed, ["found", "reason"])
    return len(found)


def amend_left_behind(*, left_behind_id: int, reason: str, note: str, worker_id: int | None) -> LeftBehind:
    """Somebody knows better why it stayed. What the books showed stays in `found`.

    Raises `NotFound`, `Invalid` (`reason_unknown`, `note_needed`).
    """
    row = LeftBehind.objects.filter(pk=left_behind_id).first()
    if row is None:
        raise NotFound("There is no such row.", code="left_behind_unknown")
    if reason not in Reason.values:
        raise Invalid("There is no such reason.", code="reason_unknown", field="reason")
    if not note.strip():
        raise Invalid("Say in a few words what happened.", code="note_needed", field="note")
    row.reason, row.note = reason, note.strip()
    row.amended_by_id, row.amended_at = worker_id, clock.now()
    row.save(update_fields=["reason", "note", "amended_by", "amended_at"])
    return row


def _parcels(hub: Hub, carrier: Carrier, departure: Departure, now: datetime, by_scan: bool) -> Iterator[_Found]:
    by = departure.cut_off or now
    belongs = Q(labelled_at__lte=by)
    if departure.cut_off is not None:
        ends_by = Q(shipment__service__cut_off=None) | Q(shipment__service__cut_off__lte=_on_the_wall(hub, by))
        belongs |= ends_by & Q(shipment__order__ship_by__lt=_end_of_day(hub, departure))
    last_scan = LoadScan.objects.filter(parcel=OuterRef("pk")).order_by("-pk")
    recalled = PackLine.objects.filter(parcel__shipment=OuterRef("shipment"), lot__recalled_at__isnull=False)
    parcels = (
        Parcel.objects.filter(
            belongs,
            carrier=carrier,
            manifest=None,
            voided_at=None,
            shipment__site=hub.code,
            shipment__state__in=[Shipment.State.DRAFT, Shipment.State.LABEL_CREATED],
            shipment__order__isnull=False,
        )
        .exclude(trailer__state=Trailer.State.SEALED)
        .annotate(
            order_id=F("shipment__order"),
            hold=F("shipment__order__hold"),
            is_recalled=Exists(recalled),
            refusal=Subquery(last_scan.values("refusal")[:1]),
        )
    )
    for parcel in parcels.order_by():
        yield _Found(vars(parcel)["order_id"], parcel.pk, _reason_of(parcel, by, by_scan))


def _reason_of(parcel: Parcel, by: datetime, by_scan: bool) -> LeftBehind.Reason:
    facts = vars(parcel)
    if facts["is_recalled"] or facts["hold"] not in {Order.Hold.NONE, Order.Hold.CARRIER}:
        return Reason.ON_HOLD
    if parcel.labelled_at is None:
        return Reason.NO_LABEL
    if parcel.trailer_id or facts["refusal"] in _ELSEWHERE:
        return Reason.WRONG_LANE
    return Reason.NOT_SCANNED if by_scan and parcel.labelled_at <= by else Reason.LATE


def _unpacked(hub: Hub, departure: Departure) -> Iterator[_Found]:
    """Orders of the day that are on no bench yet, if no carrier of the hub takes any later."""
    if departure.cut_off is None:
        return
    later = Service.objects.filter(active=True, cut_off__gt=_on_the_wall(hub, departure.cut_off))
    if later.filter(carrier__accounts__site=hub.code, carrier__accounts__active=True).exists():
        return
    due: QuerySet[Order] = Order.objects.filter(
        hub=hub, state__in=UNPACKED, ship_by__lt=_end_of_day(hub, departure)
    ).order_by()
    for pk, state, hold in due.values_list("pk", "state", "hold"):
        yield _Found(pk, None, Reason.ON_HOLD if hold or state == Order.State.ON_HOLD else Reason.NOT_PACKED)


def _on_the_wall(hub: Hub, moment: datetime) -> time:
    return moment.astimezone(ZoneInfo(hub.timezone)).time()


def _end_of_day(hub: Hub, departure: Departure) -> datetime:
    midnight = datetime.combine(departure.ship_on + timedelta(days=1), time.min, tzinfo=ZoneInfo(hub.timezone))
    return midnight.astimezone(UTC)
