"""Buying labels: one per parcel, whoever asks, however often, and however the carrier behaves.

Each purchase is written down before the carrier is called and leased by database time, so a crash leaves a row to look
up and a second packer waits for the first instead of buying too. No transaction is open while a carrier is called.
"""

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Literal, cast

from django.db import IntegrityError, transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.timezone import localdate

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.sql import update_many
from shipping.carriers.base import Carrier, CarrierError, Label, LabelFormat, LabelOrder, Place
from shipping.locks import lock_free_purchases, lock_purchases, lock_shipments
from shipping.models import LabelPurchase, Parcel, Shipment, TrackingAnomaly
from shipping.planning import customs
from shipping.planning.rating import ParcelSize
from shipping.services.accounts import account_of, open_account, refuse_in_transaction
from shipping.services.addresses import as_place
from shipping.services.booking import Booked, book, judged
from shipping.services.projecting import open_anomalies, project_shipments
from shipping.services.quoting import list_price_cents

LEASE = timedelta(seconds=180)
"""How long a purchase belongs to the process that took it; longer than a chunk takes when every call times out."""

_CHUNK = 40
_THREADS = 4
_PATIENCE_S = 30.0
_MAX_UNANSWERED = 3
_SILENCE = {"carrier_timeout", "carrier_silent", "carrier_unreachable"}
_SETTLED = [
    "state",
    "lease_until",
    "carrier_ref",
    "tracking_no",
    "price_cents",
    "label",
    "label_type",
    "label_sha256",
    "error_code",
    "error_field",
    "error_message",
    "settled_at",
]


@dataclass(frozen=True, slots=True)
class LabelOutcome:
    """How one parcel's purchase stands. `refused` names code, field and a sentence; `in_doubt` settles by itself."""

    shipment_id: int
    parcel_id: int
    status: Literal["bought", "refused", "in_doubt"]
    tracking_no: str = ""
    code: str = ""
    field: str = ""
    message: str = ""


def buy_labels(*, shipment_ids: Sequence[int], label_format: LabelFormat = "pdf") -> list[LabelOutcome]:
    """A label for each parcel of these shipments; parcels that have one keep it. One outcome per parcel.

    Safe to call again and at the same time: a purchase another process is busy with is waited for. A refused
    parcel may be asked for again once its address or size was put right. Raises `NotFound` for an unknown
    shipment, `Conflict` (`shipment_cancelled`); call it outside a transaction.
    """
    refuse_in_transaction()
    if label_format not in ("pdf", "zpl"):
        raise Invalid("A label is pdf or zpl.", code="label_format", field="label_format")
    ids = sorted(set(shipment_ids))
    _write_intents(ids, label_format)
    _take_and_buy(LabelPurchase.objects.filter(parcel__shipment__in=ids))
    _wait_for_others(ids)
    return _outcomes(ids)


def lacks_labels(shipment: Shipment) -> bool:
    """Whether `buy_labels` would do something: a parcel has no label yet, or one that is in doubt."""
    if shipment.state == Shipment.State.CANCELLED:
        return False
    parcels = Parcel.objects.filter(shipment=shipment, voided_at=None)
    return parcels.exclude(purchases__state=LabelPurchase.State.BOUGHT).exists()


def settle_purchases(*, limit: int = 100) -> list[LabelOutcome]:
    """Finds out about purchases left in doubt by a time-out or a crash, and buys those that never happened."""
    refuse_in_transaction()
    open_ones = LabelPurchase.objects.filter(Q(lease_until=None) | Q(lease_until__lt=Now()), state="intended")
    ids = set(open_ones.order_by("pk").values_list("parcel__shipment_id", flat=True)[:limit])
    _take_and_buy(open_ones.filter(parcel__shipment__in=ids))
    return _outcomes(sorted(ids))


def _write_intents(ids: Sequence[int], label_format: LabelFormat) -> None:
    """An intended purchase for each parcel without a live one."""
    with transaction.atomic():
        shipments = lock_shipments(ids)
        missing = set(ids) - shipments.keys()
        if missing:
            raise NotFound(f"There is no shipment {min(missing)}.", code="shipment_unknown")
        for shipment in shipments.values():
            if shipment.state == Shipment.State.CANCELLED:
                message = f"Shipment {shipment.number} was cancelled."
                raise Conflict(message, code="shipment_cancelled", number=shipment.number)
        alive = Count("purchases", filter=Q(purchases__state__in=["intended", "bought"]))
        parcels = (
            Parcel.objects.filter(shipment__in=ids, voided_at=None)
            .annotate(alive=alive, tries=Count("purchases"))
            .filter(alive=0)
        )
        LabelPurchase.objects.bulk_create(
            [
                LabelPurchase(
                    parcel=parcel,
                    reference=f"{parcel.reference}-{parcel.tries + 1}",
                    label_format=label_format,
                    intended_at=clock.now(),
                )
                for parcel in parcels
            ],
            batch_size=500,
        )


def _take_and_buy(purchases: QuerySet[LabelPurchase]) -> None:
    """Takes what is free of `purchases`, a chunk at a time, until nothing is left or a carrier stays silent."""
    mine = purchases.filter(state=LabelPurchase.State.INTENDED)
    tried, silent = list[int](), False
    while not silent:
        with transaction.atomic():
            taken = [row.pk for row in lock_free_purchases(mine.exclude(pk__in=tried), limit=_CHUNK)]
            LabelPurchase.objects.filter(pk__in=taken).update(lease_until=Now() + LEASE, attempts=F("attempts") + 1)
        if not taken:
            return
        tried += taken
        silent = _buy_taken(taken)


def _buy_taken(taken: Sequence[int]) -> bool:
    """Calls the carriers for the purchases we hold a lease on, and stores how each ended; True: one stays silent."""
    rows = (
        LabelPurchase.objects.filter(pk__in=taken)
        .select_related("parcel__shipment__ship_to", "parcel__shipment__service", "parcel__carrier")
        .annotate(
            parcel_count=Count("parcel__shipment__parcels"),
            doubt_age=ExpressionWrapper(Now() - F("in_doubt_since"), output_field=DurationField()),
        )
        .order_by("parcel__carrier__code", "parcel__shipment__site", "pk")
    )
    silent = False
    for (code, site), group in groupby(rows, lambda row: (row.parcel.carrier.code, row.parcel.shipment.site)):
        batch = list(group)
        try:
            account = account_of(site=site, carrier_code=code)
        except Conflict:
            _store(batch, [Booked(trouble="no_account") for _row in batch])
            continue
        with open_account(account) as carrier:
            ends = _book_all(carrier, batch)
            surplus = _store(batch, ends)
            _void_surplus(carrier, surplus)
        silent = silent or sum(end.trouble in _SILENCE for end in ends) >= _MAX_UNANSWERED
    return silent


def _book_all(carrier: Carrier, batch: Sequence[LabelPurchase]) -> list[Booked]:
    """How each purchase of one account ended, a few at a time. When several go unanswered the rest are not sent."""
    orders = [_order(row, carrier.capabilities.label_formats) for row in batch]
    settle = timedelta(seconds=carrier.capabilities.settle_s)
    unanswered = 0

    def one(place: int) -> Booked:
        nonlocal unanswered
        if unanswered >= _MAX_UNANSWERED:
            return Booked(trouble="carrier_silent")
        row = batch[place]
        doubt_age: timedelta | None = row.doubt_age  # type: ignore[attr-defined] # annotated by the query
        settling = doubt_age is not None and doubt_age < settle
        end = judged(book(carrier, orders[place], look_first=row.attempts > 1, settling=settling))
        unanswered += end.trouble in _SILENCE
        return end

    with ThreadPoolExecutor(max_workers=_THREADS) as threads:
        return list(threads.map(one, range(len(batch))))


def _order(row: LabelPurchase, formats: Sequence[LabelFormat]) -> LabelOrder:
    """The purchase in the carrier's words; where it does not draw the format wanted, in one that it does."""
    parcel, shipment = row.parcel, row.parcel.shipment
    return LabelOrder(
        reference=row.reference,
        service=shipment.service.code,
        ship_from=Place(**shipment.ship_from),
        ship_to=as_place(shipment.ship_to),
        parcel=ParcelSize(parcel.length_mm, parcel.width_mm, parcel.height_mm, parcel.weight_g),
        shipment_number=shipment.number,
        sequence=parcel.sequence,
        parcel_count=row.parcel_count,  # type: ignore[attr-defined] # annotated by the query
        label_format=cast(LabelFormat, row.label_format) if row.label_format in formats else formats[0],
        ship_on=localdate(max(row.intended_at, shipment.ship_by or row.intended_at)),
        customs=customs.from_json(parcel.customs) if parcel.customs else None,
        marks=tuple(parcel.marks),
    )


def _store(batch: Sequence[LabelPurchase], ends: Sequence[Booked]) -> list[Label]:
    """Writes down how the purchases ended; answers the labels we must not keep."""
    try:
        return _store_together(batch, ends)
    except IntegrityError:
        if len(batch) == 1:
            # the carrier gave a tracking number that another parcel has: theirs to explain, ours to show
            return _store_together(batch, [Booked(trouble="tracking_number_taken")])
        return [label for row, end in zip(batch, ends, strict=True) for label in _store([row], [end])]


def _store_together(batch: Sequence[LabelPurchase], ends: Sequence[Booked]) -> list[Label]:
    """`_store` in one transaction. Raises `IntegrityError` when a tracking number is taken."""
    surplus: list[Label] = []
    parcels: list[Parcel] = []
    with transaction.atomic():
        shipments = lock_shipments({row.parcel.shipment_id for row in batch})
        rows = lock_purchases([row.pk for row in batch])
        for stale, end in zip(batch, ends, strict=True):
            row = rows[stale.pk]
            surplus += end.surplus
            if row.state != LabelPurchase.State.INTENDED:
                # our lease ran out and somebody else finished it; a second booking of ours must go
                if end.label is not None and end.label.carrier_ref != row.carrier_ref:
                    surplus.append(end.label)
                continue
            _settle(row, end, list_price_cents=list_price_cents(stale.parcel) if _unpriced(end) else 0)
            if end.label is not None:
                parcel = stale.parcel
                parcel.tracking_no, parcel.labelled_at = end.label.tracking_no, clock.now()
                parcels.append(parcel)
        update_many(LabelPurchase, rows.values(), _SETTLED)
        doubtful = [stale.pk for stale, end in zip(batch, ends, strict=True) if _leaves_doubt(rows[stale.pk], end)]
        LabelPurchase.objects.filter(pk__in=doubtful).update(in_doubt_since=Now())
        update_many(Parcel, parcels, ["tracking_no", "labelled_at"])
        open_anomalies(
            _duplicate(stale, end) for stale, end in zip(batch, ends, strict=True) if end.surplus and end.label
        )
        project_shipments({pk: shipments[pk] for pk in sorted({parcel.shipment_id for parcel in parcels})})
    return surplus


def _unpriced(end: Booked) -> bool:
    """Whether there is a label whose carrier told no price."""
    return end.label is not None and end.label.price_cents is None


def _settle(row: LabelPurchase, end: Booked, *, list_price_cents: int) -> None:
    """One locked purchase, in memory, as it ended."""
    row.lease_until = None
    row.error_code, row.error_field, row.error_message = end.trouble, "", ""
    if end.label is not None:
        label = end.label
        row.mark_bought()
        row.carrier_ref, row.tracking_no = label.carrier_ref, label.tracking_no
        row.price_cents = list_price_cents if label.price_cents is None else label.price_cents
        row.label, row.label_type = label.content, label.content_type
        row.label_sha256 = hashlib.sha256(label.content).hexdigest()
    elif end.refusal is not None:
        row.mark_failed()
        refusal = end.refusal
        row.error_code, row.error_field, row.error_message = refusal.code, refusal.field, refusal.message
    if row.state != LabelPurchase.State.INTENDED:
        row.settled_at = clock.now()


def _leaves_doubt(row: LabelPurchase, end: Booked) -> bool:
    """Whether the carrier may have booked it although nobody heard."""
    return row.state == LabelPurchase.State.INTENDED and end.unanswered and end.trouble != "settling"


def _duplicate(row: LabelPurchase, end: Booked) -> TrackingAnomaly:
    """The anomaly of a carrier that made more than one label under one reference."""
    return TrackingAnomaly(
        kind=TrackingAnomaly.Kind.DUPLICATE_LABEL,
        carrier=row.parcel.carrier,
        tracking_no=end.surplus[0].tracking_no,
        key=row.reference,
        shipment_id=row.parcel.shipment_id,
        facts={"surplus": [label.carrier_ref for label in end.surplus]},
    )


def _void_surplus(carrier: Carrier, surplus: Sequence[Label]) -> None:
    """Gives labels back that the carrier made too many; one it will not take back stays an open anomaly."""
    for label in surplus:
        with suppress(CarrierError):
            carrier.void(label.carrier_ref)


def _wait_for_others(ids: Sequence[int]) -> None:
    """Waits until nobody else is busy buying for these shipments, for as long as a carrier may take to answer."""
    busy = LabelPurchase.objects.filter(
        parcel__shipment__in=ids, state=LabelPurchase.State.INTENDED, lease_until__gt=Now()
    )
    give_up, pause_s = time.monotonic() + _PATIENCE_S, 0.05
    while busy.exists() and time.monotonic() < give_up:
        time.sleep(pause_s)
        pause_s = min(0.5, pause_s * 1.5)


def _outcomes(ids: Sequence[int]) -> list[LabelOutcome]:
    """How each parcel's newest purchase stands."""
    purchases = (
        LabelPurchase.objects.filter(parcel__shipment__in=ids)
        .order_by("parcel__shipment_id", "parcel__sequence", "-pk")
        .distinct("parcel__shipment_id", "parcel__sequence")
        .select_related("parcel")
        .defer("label")
    )
    statuses: dict[str, Literal["bought", "refused", "in_doubt"]] = {
        LabelPurchase.State.INTENDED: "in_doubt",
        LabelPurchase.State.BOUGHT: "bought",
        LabelPurchase.State.FAILED: "refused",
        LabelPurchase.State.VOIDED: "refused",
    }
    return [
        LabelOutcome(
            shipment_id=row.parcel.shipment_id,
            parcel_id=row.parcel_id,
            status=statuses[row.state],
            tracking_no=row.tracking_no if row.state == LabelPurchase.State.BOUGHT else "",
            code=row.error_code,
            field=row.error_field,
            message=row.error_message,
        )
        for row in purchases
    ]
