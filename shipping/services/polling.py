"""Asking carriers for news of parcels they were silent about. For half of them it is the only way."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest

from foundation import clock
from foundation.errors import Conflict
from shipping.carriers.base import Carrier, CarrierError, ScanEvent
from shipping.models import Parcel, Shipment
from shipping.services.accounts import account_of, open_account, refuse_in_transaction
from shipping.services.tracking import Recorded, record_scans

GIVE_UP = timedelta(days=60)
"""No carrier has news of a parcel labelled longer ago than this."""

_THREADS = 4
_BUCKETS = (
    # silent for less than this: ask again after that
    (timedelta(days=1), timedelta(hours=2)),
    (timedelta(days=4), timedelta(hours=6)),
    (GIVE_UP, timedelta(hours=24)),
)
_MOVING = [
    Shipment.State.HANDED_OVER,
    Shipment.State.IN_TRANSIT,
    Shipment.State.CUSTOMS,
    Shipment.State.OUT_FOR_DELIVERY,
    Shipment.State.ATTEMPTED,
    Shipment.State.AT_PICKUP_POINT,
    Shipment.State.EXCEPTION,
    Shipment.State.RETURNING,
]


def poll_tracking(*, limit: int = 200) -> Recorded:
    """Asks for up to `limit` parcels that are due by their age bucket, the longest unasked first, and records.

    A carrier that does not answer is asked again next time. Outside a transaction.
    """
    refuse_in_transaction()
    now = clock.now()
    recorded = Recorded()
    groups: dict[tuple[str, str], list[Parcel]] = defaultdict(list)
    for parcel in _due(now, limit):
        groups[parcel.carrier.code, parcel.shipment.site].append(parcel)
    for (code, site), parcels in sorted(groups.items()):
        try:
            account = account_of(site=site, carrier_code=code)
        except Conflict:
            continue
        with open_account(account) as carrier:
            answers = _ask(carrier, parcels)
        asked = [parcel.pk for parcel, scans in zip(parcels, answers, strict=True) if scans is not None]
        Parcel.objects.filter(pk__in=asked).update(polled_at=now)
        scans = [scan for answer in answers if answer for scan in answer]
        recorded.add(record_scans(carrier_code=code, scans=scans))
    return recorded


def _due(now: datetime, limit: int) -> list[Parcel]:
    """The parcels on their way whose silence is longer than their bucket allows."""
    due = Q()
    younger = timedelta(0)
    for older, pause in _BUCKETS:
        due |= Q(heard_at__lte=now - younger, heard_at__gt=now - older, asked_at__lte=now - pause)
        younger = older
    return list(
        Parcel.objects.filter(
            shipment__state__in=_MOVING, labelled_at__gt=now - GIVE_UP, voided_at=None, carrier__active=True
        )
        .annotate(heard_at=Coalesce("last_news_at", "labelled_at"))
        .annotate(asked_at=Greatest("heard_at", "polled_at"))
        .filter(due)
        .select_related("carrier", "shipment")
        .order_by("asked_at", "pk")[:limit]
    )


def _ask(carrier: Carrier, parcels: Sequence[Parcel]) -> list[list[ScanEvent] | None]:
    """Each parcel's history, or None where the carrier did not answer."""

    def one(number: str) -> list[ScanEvent] | None:
        try:
            return carrier.track(number)
        except CarrierError:
            return None

    with ThreadPoolExecutor(max_workers=_THREADS) as threads:
        return list(threads.map(one, [parcel.tracking_no for parcel in parcels]))
