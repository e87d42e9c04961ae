"""Closing a hand-over with a carrier, and our own scan when its driver has it."""

import secrets
from datetime import datetime

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, NotFound, Unavailable
from shipping.carriers.base import CarrierError, CarrierRefused, ScanEvent
from shipping.carriers.statuses import HUB_HANDED_OVER
from shipping.locks import lock_account, lock_manifest, lock_shipments
from shipping.models import CarrierAccount, LabelPurchase, Manifest, Parcel, Shipment, TrackingScan
from shipping.services.accounts import account_of, open_account, refuse_in_transaction
from shipping.services.tracking import store_scans
from shipping.signals import TrackedChange


def close_manifest(*, site: str, carrier_code: str) -> Manifest | None:
    """Puts every labelled parcel of the hub that waits for this carrier on a manifest and announces it.

    A manifest whose announcement failed is announced again before a new one is made. None when nothing waits.
    Raises `Conflict` (`no_account`; `manifest_refused`: its parcels wait for the next one) and `Unavailable`
    (`carrier_unavailable`: call again). Outside a transaction.
    """
    refuse_in_transaction()
    account = account_of(site=site, carrier_code=carrier_code)
    manifest = _collect(account, clock.now())
    if manifest is None:
        return None
    refs = list(
        LabelPurchase.objects.filter(parcel__manifest=manifest, state=LabelPurchase.State.BOUGHT)
        .order_by("pk")
        .values_list("carrier_ref", flat=True)
    )
    try:
        with open_account(account) as carrier:
            number = carrier.manifest(number=manifest.number, carrier_refs=refs, closed_at=manifest.closed_at)
    except CarrierRefused as refusal:
        _withdraw(manifest.pk)
        message = f"The carrier refused the manifest: {refusal.message}"
        raise Conflict(message, code="manifest_refused", number=manifest.number) from refusal
    except CarrierError as trouble:
        raise Unavailable(trouble.message, code="carrier_unavailable", number=manifest.number) from trouble
    return _announced(manifest.pk, number)


def hand_over_manifest(*, manifest_id: int) -> list[TrackedChange]:
    """Our dispatch scan of every parcel on a closed manifest: the shipments are handed over. Twice is once.

    Raises `NotFound`, and `Conflict` (`manifest_not_closed`) when the carrier has not heard of it yet.
    """
    now = clock.now()
    with transaction.atomic():
        manifest = lock_manifest(manifest_id)
        if manifest is None:
            raise NotFound("There is no such manifest.", code="manifest_unknown")
        if manifest.state == Manifest.State.HANDED_OVER:
            return []
        if manifest.state != Manifest.State.CLOSED:
            message = f"Manifest {manifest.number} is not closed yet."
            raise Conflict(message, code="manifest_not_closed", number=manifest.number)
        manifest.mark_handed_over()
        manifest.handed_over_at = now
        manifest.save(update_fields=["state", "handed_over_at"])
        parcels = Parcel.objects.filter(manifest=manifest, voided_at=None).values_list("tracking_no", flat=True)
        scans = [
            ScanEvent(
                tracking_no=number,
                code=HUB_HANDED_OVER,
                occurred_at=now,
                event_id=f"hub-{manifest.number}",
                location=manifest.site,
            )
            for number in parcels
        ]
        recorded = store_scans(carrier=manifest.carrier, scans=scans, source=TrackingScan.Source.HUB)
    return recorded.changes


def _collect(account: CarrierAccount, now: datetime) -> Manifest | None:
    """The manifest to announce: one left unannounced, or a new one with the parcels that wait."""
    with transaction.atomic():
        lock_account(account.pk)
        mine = Manifest.objects.filter(site=account.site, carrier=account.carrier_id)
        left = mine.filter(state=Manifest.State.CLOSING).first()
        if left is not None:
            return left
        waiting = Parcel.objects.filter(
            shipment__site=account.site,
            shipment__state=Shipment.State.LABEL_CREATED,
            carrier=account.carrier_id,
            labelled_at__isnull=False,
            voided_at=None,
            manifest=None,
        )
        # locked, so that none of them is voided while it goes on the manifest
        lock_shipments(set(waiting.values_list("shipment_id", flat=True)))
        parcels = list(waiting.values_list("pk", flat=True))
        if not parcels:
            return None
        manifest = Manifest.objects.create(
            # not counted through: the carrier must never take a new manifest for an older one of the day
            number=f"{account.site}-{account.carrier.code}-{now:%Y%m%d}-{secrets.token_hex(3)}".upper(),
            site=account.site,
            carrier=account.carrier,
            closed_at=now,
        )
        Parcel.objects.filter(pk__in=parcels).update(manifest=manifest)
        return manifest


def _announced(manifest_id: int, carrier_number: str) -> Manifest:
    """The manifest, closed; when two announced it at once the second finds it so."""
    with transaction.atomic():
        manifest = lock_manifest(manifest_id)
        if manifest is None:
            raise Conflict("The manifest was withdrawn meanwhile.", code="manifest_refused")
        if manifest.state == Manifest.State.CLOSING:
            manifest.mark_closed()
            manifest.carrier_number = carrier_number
            manifest.save(update_fields=["state", "carrier_number"])
        return manifest


def _withdraw(manifest_id: int) -> None:
    """Takes a refused manifest away again, and its parcels off it."""
    with transaction.atomic():
        manifest = lock_manifest(manifest_id)
        if manifest is not None and manifest.state == Manifest.State.CLOSING:
            Parcel.objects.filter(manifest=manifest).update(manifest=None)
            manifest.delete()
