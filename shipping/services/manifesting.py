"""Closing a hand-over with a carrier, and our own scan when its driver has it."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, NotFound, Unavailable
from shipping.carriers.base import CarrierError, CarrierRefused, ScanEvent
from shipping.carriers.statuses import HUB_HANDED_OVER
from shipping.locks import lock_account, lock_manifest, lock_shipments, lock_trailer
from shipping.models import CarrierAccount, LabelPurchase, Manifest, Parcel, TrackingScan, Trailer
from shipping.selectors import waiting_parcels
from shipping.services.accounts import account_of, open_account, refuse_in_transaction
from shipping.services.holds import Holds
from shipping.services.tracking import store_scans
from shipping.signals import TrackedChange


@dataclass(frozen=True, slots=True)
class Departure:
    """Which hand-over it is: the hub's own calendar day, and the services' cut-off; None: whatever waits now."""

    ship_on: date
    cut_off: datetime | None = None


def close_manifest(*, site: str, carrier_code: str, departure: Departure, holds: Holds) -> Manifest | None:
    """Puts what waits for this carrier on a manifest and announces it; what is held stays.

    That is every labelled parcel of the hub; with a cut-off those labelled by then, and closing it again answers the
    same manifest: what comes later waits for the next. A manifest whose announcement failed is announced again before
    a new one is made. None when nothing waits. Raises `Conflict` (`no_account`; `load_scans_required`: this carrier's
    parcels leave by trailer; `manifest_refused`: its parcels wait for the next one) and `Unavailable`
    (`carrier_unavailable`: call again). Outside a transaction.
    """
    refuse_in_transaction()
    account = account_of(site=site, carrier_code=carrier_code)
    if account.load_scans_required:
        message = f"Parcels with {account.carrier} are scanned onto a trailer here: they leave with it."
        raise Conflict(message, code="load_scans_required")
    manifest = _collect(account, departure, holds)
    return manifest and announce(account, manifest)


def announce(account: CarrierAccount, manifest: Manifest) -> Manifest:
    """Tells the carrier of a manifest it may not have heard of. Raises as `close_manifest`. Outside a transaction."""
    if manifest.state != Manifest.State.CLOSING:
        return manifest
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


def hand_over_manifest(*, manifest_id: int, holds: Holds) -> list[TrackedChange]:
    """Our dispatch scan of every parcel on a closed manifest: the shipments are handed over. Twice is once.

    What is held by now comes off the manifest and stays. Raises `NotFound`, and `Conflict`: `manifest_not_closed` when
    the carrier has not heard of it yet, `leaves_with_trailer` when its trailer has not departed.
    """
    with transaction.atomic():
        manifest = lock_manifest(manifest_id)
        if manifest is None:
            raise NotFound("There is no such manifest.", code="manifest_unknown")
        if manifest.state == Manifest.State.HANDED_OVER:
            return []
        if manifest.trailer_id:
            message = f"Manifest {manifest.number} leaves with its trailer: let that depart."
            raise Conflict(message, code="leaves_with_trailer", number=manifest.number)
        shipments = set(manifest.parcels.values_list("shipment_id", flat=True))
        lock_shipments(shipments)
        held = holds(shipments)
        Parcel.objects.filter(manifest=manifest, shipment__in=held).update(manifest=None)
        return scan_out(manifest)


def scan_out(manifest: Manifest) -> list[TrackedChange]:
    """Every parcel of a closed manifest, locked, gets our scan, in the caller's transaction. Raises as above."""
    if manifest.state != Manifest.State.CLOSED:
        message = f"Manifest {manifest.number} is not closed yet."
        raise Conflict(message, code="manifest_not_closed", number=manifest.number)
    now = clock.now()
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
    return store_scans(carrier=manifest.carrier, scans=scans, source=TrackingScan.Source.HUB).changes


def new_manifest(account: CarrierAccount, departure: Departure, trailer: Trailer | None = None) -> Manifest:
    """An empty manifest, in the caller's transaction."""
    now = clock.now()
    return Manifest.objects.create(
        # not counted through: the carrier must never take a new manifest for an older one of the day
        number=f"{account.site}-{account.carrier.code}-{now:%Y%m%d}-{secrets.token_hex(3)}".upper(),
        site=account.site,
        carrier=account.carrier,
        trailer=trailer,
        ship_on=departure.ship_on,
        cut_off=departure.cut_off,
        load_scans_required=account.load_scans_required,
        closed_at=now,
    )


def _collect(account: CarrierAccount, departure: Departure, holds: Holds) -> Manifest | None:
    """The manifest to announce: one left unannounced, this cut-off's own, or a new one with the parcels that wait."""
    with transaction.atomic():
        lock_account(account.pk)
        mine = Manifest.objects.filter(site=account.site, carrier=account.carrier_id, trailer=None)
        left = mine.filter(state=Manifest.State.CLOSING).first()
        if left is None and departure.cut_off is not None:
            left = mine.filter(cut_off=departure.cut_off).first()
        if left is not None:
            return left
        due = waiting_parcels(site=account.site, carrier_id=account.carrier_id, cut_off=departure.cut_off)
        waiting = due.filter(trailer=None)
        # locked, so that none of them is voided or loaded while it goes on the manifest
        shipments = lock_shipments(set(waiting.values_list("shipment_id", flat=True)))
        parcels = list(waiting.exclude(shipment__in=holds(shipments.keys())).values_list("pk", flat=True))
        if not parcels:
            return None
        manifest = new_manifest(account, departure)
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
    """Takes a refused manifest away again, and its parcels off it; a trailer it was for is open again."""
    with transaction.atomic():
        trailer_id = Manifest.objects.filter(pk=manifest_id).values_list("trailer_id", flat=True).first()
        trailer = lock_trailer(trailer_id) if trailer_id else None
        manifest = lock_manifest(manifest_id)
        if manifest is None or manifest.state != Manifest.State.CLOSING:
            return
        Parcel.objects.filter(manifest=manifest).update(manifest=None)
        manifest.delete()
        if trailer is not None:
            trailer.reopen()
            trailer.save(update_fields=["state"])
