"""Departing: a loaded trailer is sealed, its carrier told what is in it, and all of that is handed over."""

from dataclasses import dataclass

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.quantities import counted
from shipping.locks import lock_manifest, lock_shipments, lock_trailer
from shipping.models import Manifest, Parcel, Trailer
from shipping.services.accounts import account_of, refuse_in_transaction
from shipping.services.holds import Holds
from shipping.services.loading import why_not_leave
from shipping.services.manifesting import Departure, announce, new_manifest, scan_out
from shipping.signals import TrackedChange

_NAMED = 5
"""Parcels named in a refusal; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Departed:
    """A trailer that has left: its manifest, and the shipments that changed by it (none when it had left before)."""

    trailer: Trailer
    manifest: Manifest
    changes: list[TrackedChange]


def seal_trailer(*, trailer_id: int, seal: str, holds: Holds) -> Manifest:
    """Shuts the trailer: its parcels go on a manifest, which is announced to the carrier. Twice is once.

    Raises `NotFound`, `Invalid` (`seal_needed`), `Conflict` (`trailer_empty`; `must_come_off`: what was voided or is
    held since it was loaded; `trailer_not_open`; `no_account`; `manifest_refused`: it is open again) and `Unavailable`
    (`carrier_unavailable`: the trailer is sealed, call again). Outside a transaction.
    """
    refuse_in_transaction()
    manifest = _close(trailer_id, seal.strip().upper(), holds)
    return announce(account_of(site=manifest.site, carrier_code=manifest.carrier.code), manifest)


def leave(*, trailer_id: int, holds: Holds) -> Departed:
    """Hands over what is on a sealed trailer whose carrier knows: it has departed. Twice is once.

    Raises `NotFound`, `Conflict` (`trailer_not_sealed`, `manifest_not_closed`, `must_come_off`).
    """
    with transaction.atomic():
        trailer = _find(trailer_id)
        manifest_id = Manifest.objects.filter(trailer=trailer).values_list("pk", flat=True).first()
        manifest = lock_manifest(manifest_id) if manifest_id else None
        if manifest is None:
            raise Conflict(f"{trailer} is not sealed yet.", code="trailer_not_sealed")
        if trailer.state == Trailer.State.DEPARTED:
            return Departed(trailer, manifest, [])
        _refuse_unfit(trailer, holds)
        changes = scan_out(manifest)
        trailer.mark_departed()
        trailer.departed_at = clock.now()
        trailer.save(update_fields=["state", "departed_at"])
        return Departed(trailer, manifest, changes)


def _close(trailer_id: int, seal: str, holds: Holds) -> Manifest:
    with transaction.atomic():
        trailer = _find(trailer_id)
        if trailer.state in {Trailer.State.SEALED, Trailer.State.DEPARTED}:
            return Manifest.objects.select_related("carrier").get(trailer=trailer)
        if not seal:
            raise Invalid("Say the number on the seal.", code="seal_needed", field="seal")
        if trailer.state != Trailer.State.OPEN:
            raise Conflict(f"{trailer} was cancelled.", code="trailer_not_open")
        if not trailer.parcels.exists():
            raise Conflict(f"Nothing is on {trailer}: cancel it instead.", code="trailer_empty")
        _refuse_unfit(trailer, holds)
        account = account_of(site=trailer.site, carrier_code=trailer.carrier.code)
        manifest = new_manifest(account, Departure(trailer.ship_on, trailer.cut_off), trailer)
        trailer.parcels.update(manifest=manifest)
        trailer.mark_sealed()
        trailer.seal = seal
        trailer.save(update_fields=["state", "seal"])
        return manifest


def _refuse_unfit(trailer: Trailer, holds: Holds) -> None:
    """Raises `must_come_off` if something was loaded that must not leave (any more). Locks the shipments."""
    shipments = lock_shipments(set(trailer.parcels.values_list("shipment_id", flat=True)))
    held = holds(shipments.keys())
    unfit = [
        parcel.tracking_no
        for parcel in Parcel.objects.filter(trailer=trailer).select_related("carrier").order_by("pk")
        if parcel.shipment_id in held or why_not_leave(trailer, shipments[parcel.shipment_id], parcel)
    ]
    if unfit:
        more = f" and {len(unfit) - _NAMED} more" if len(unfit) > _NAMED else ""
        message = f"{counted(len(unfit), 'parcel')} must come off {trailer}: {', '.join(unfit[:_NAMED])}{more}."
        raise Conflict(message, code="must_come_off", tracking_numbers=unfit)


def _find(trailer_id: int) -> Trailer:
    trailer = lock_trailer(trailer_id)
    if trailer is None:
        raise NotFound("There is no such trailer.", code="trailer_unknown")
    return trailer
