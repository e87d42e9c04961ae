"""Loading: a trailer at a dispatch door, and every parcel scanned onto it or off it again."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from foundation import clock
from foundation.errors import Conflict, DomainError, Invalid, NotFound
from labels.scanning import parse_scan
from shipping.locks import lock_shipments, lock_trailer, lock_trailer_shared
from shipping.models import LoadScan, Parcel, Shipment, Trailer
from shipping.planning.parcel_codes import numbers_in
from shipping.services.accounts import account_of
from shipping.services.holds import Holds


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """One scan at a trailer. The station draws `scan_id`: sent twice, it is one scan. `code` is what was read."""

    trailer_id: int
    code: str
    scan_id: uuid.UUID
    station: str
    worker_id: int | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The parcel is on the trailer (after `unload_parcel`: off it). Not `is_new`: it was before; `message` says so."""

    parcel_id: int
    tracking_no: str
    is_new: bool
    message: str


def open_trailer(
    *, site: str, carrier_code: str, door: str, plate: str, ship_on: date, cut_off: datetime | None = None
) -> Trailer:
    """A vehicle of the carrier stands at the door. The same vehicle there, still open, is answered again.

    Raises `Invalid` (`plate_needed`, `door_needed`), `Conflict` (`no_account`; `door_taken`).
    """
    door, plate = door.strip().upper(), plate.strip().upper()
    for field, value in (("door", door), ("plate", plate)):
        if not value:
            raise Invalid(f"Say the trailer's {field}.", code=f"{field}_needed", field=field)
    account = account_of(site=site, carrier_code=carrier_code)
    try:
        with transaction.atomic():
            return Trailer.objects.create(
                site=site,
                carrier=account.carrier,
                door=door,
                plate=plate,
                ship_on=ship_on,
                cut_off=cut_off,
                opened_at=clock.now(),
            )
    except IntegrityError as taken:
        there = Trailer.objects.filter(site=site, door=door, state__in=["open", "sealed"]).first()
        if there is None:
            raise
        if (there.plate, there.carrier_id, there.state) == (plate, account.carrier_id, Trailer.State.OPEN):
            return there
        message = f"{there.plate} of {there.carrier} stands at door {door}."
        raise Conflict(message, code="door_taken", field="door", door=door) from taken


def cancel_trailer(*, trailer_id: int) -> Trailer:
    """Takes a trailer back that was opened by mistake. Cancelled already, it stays so.

    Raises `NotFound`, `Conflict` (`trailer_not_open`, `trailer_loaded`: take its parcels off first).
    """
    with transaction.atomic():
        trailer = _known(lock_trailer(trailer_id))
        if trailer.state == Trailer.State.CANCELLED:
            return trailer
        _refuse_unless(trailer, Trailer.State.OPEN)
        if trailer.parcels.exists():
            raise Conflict(f"There are parcels on {trailer}: take them off first.", code="trailer_loaded")
        trailer.cancel()
        trailer.save(update_fields=["state"])
        return trailer


def load_parcel(*, request: LoadRequest, holds: Holds) -> Loaded:
    """Puts the parcel with this code onto an open trailer. Scanned again it stays there, and the answer says so.

    A refused scan of a parcel we know is kept with its reason. Raises `Invalid` (an unreadable scan), `NotFound`
    (`trailer_unknown`, `parcel_unknown`) and `Conflict`: `scan_label` (several parcels have this code),
    `trailer_not_open`, `other_hub`, `other_carrier`, `parcel_voided`, `not_labelled`, `already_left`, `on_manifest`,
    `on_other_trailer`, `scan_id_used`, or what `holds` says. Not inside a transaction that a refusal undoes.
    """
    with transaction.atomic():
        trailer = _known(lock_trailer_shared(request.trailer_id))
        shipment, parcel = _lock_parcel(request.code)
        before = _earlier(request, parcel)
        refusal = _why_not(trailer, shipment, parcel, holds)
        if refusal is None and parcel.trailer_id == trailer.pk:
            is_new = before is not None
            return _told(parcel, is_new, f"Loaded on {trailer}." if is_new else f"It was on {trailer} already.")
        if before is None:
            _keep(request, parcel, refusal=refusal.code if refusal else "")
        elif refusal is None or refusal.code != before.refusal:
            raise _known_otherwise()
        if refusal is None:
            Parcel.objects.filter(pk=parcel.pk).update(trailer=trailer)
    if refusal is not None:
        raise refusal
    return _told(parcel, True, f"Loaded on {trailer}.")


def unload_parcel(*, request: LoadRequest) -> Loaded:
    """Takes a parcel off a trailer that has not left, by a scan against the one that put it on. Both stay.

    A sealed trailer's parcel comes off its manifest too. Raises as `load_parcel`, and `Conflict`
    (`not_on_this_trailer`, `trailer_gone`).
    """
    with transaction.atomic():
        trailer = _known(lock_trailer(request.trailer_id))
        _, parcel = _lock_parcel(request.code)
        if before := _earlier(request, parcel):
            if before.undoes_id is None or parcel.trailer_id is not None:
                raise _known_otherwise()
            return _told(parcel, True, f"Taken off {trailer}.")
        if trailer.state == Trailer.State.DEPARTED:
            raise Conflict(f"{trailer} has left.", code="trailer_gone")
        if parcel.trailer_id != trailer.pk:
            message = f"Parcel {parcel.tracking_no} is not on {trailer}."
            raise Conflict(message, code="not_on_this_trailer", field="code")
        loaded = LoadScan.objects.filter(parcel=parcel, trailer=trailer, refusal="", undoes=None, undone_by=None)
        _keep(request, parcel, undoes=loaded.get())
        Parcel.objects.filter(pk=parcel.pk).update(trailer=None, manifest=None)
    return _told(parcel, True, f"Taken off {trailer}.")


def why_not_leave(trailer: Trailer, shipment: Shipment, parcel: Parcel) -> DomainError | None:
    """What this floor knows against the parcel's leaving on that trailer; None if nothing does."""
    name = f"Parcel {parcel.tracking_no or parcel.sequence}"
    if shipment.site != trailer.site:
        return Conflict(f"{name} is {shipment.site}'s, not {trailer.site}'s.", code="other_hub", field="code")
    if parcel.carrier_id != trailer.carrier_id:
        message = f"{name} goes with {parcel.carrier}, not with {trailer.carrier}."
        return Conflict(message, code="other_carrier", field="code")
    if parcel.voided_at or shipment.state == Shipment.State.CANCELLED:
        return Conflict(f"{name}'s label was given back: it must not leave.", code="parcel_voided", field="code")
    if parcel.labelled_at is None:
        return Conflict(f"{name} has no label yet.", code="not_labelled", field="code")
    return None


def _why_not(trailer: Trailer, shipment: Shipment, parcel: Parcel, holds: Holds) -> DomainError | None:
    if trailer.state != Trailer.State.OPEN:
        return _not_open(trailer)
    if refusal := why_not_leave(trailer, shipment, parcel):
        return refusal
    if shipment.handed_over_at or (parcel.manifest and parcel.manifest.handed_over_at):
        return Conflict(f"Parcel {parcel.tracking_no} has left already.", code="already_left", field="code")
    if parcel.manifest_id:
        message = f"Parcel {parcel.tracking_no} is on manifest {parcel.manifest}."
        return Conflict(message, code="on_manifest", field="code")
    if parcel.trailer_id not in (None, trailer.pk):
        message = f"Parcel {parcel.tracking_no} is on {parcel.trailer}: take it off there first."
        return Conflict(message, code="on_other_trailer", field="code")
    if hold := holds([shipment.pk]).get(shipment.pk):
        return Conflict(hold.message, code=hold.code, field="code")
    return None


def _lock_parcel(code: str) -> tuple[Shipment, Parcel]:
    """The parcel with this code and its shipment, locked: it is neither voided nor loaded elsewhere meanwhile."""
    scan = parse_scan(code)
    numbers = numbers_in(scan.text)
    by_number = {each.tracking_no: each for each in Parcel.objects.filter(tracking_no__in=numbers)}
    known = [by_number[number] for number in numbers if number in by_number]
    if not known:
        known = list(Parcel.objects.filter(shipment__number__in=numbers, voided_at=None).order_by("sequence")[:2])
        if len(known) > 1:
            message = "This shipment has several parcels: scan the carrier's label of this one."
            raise Conflict(message, code="scan_label", field="code")
    if not known:
        raise NotFound("No parcel of ours has this code.", code="parcel_unknown", field="code")
    shipment = lock_shipments([known[0].shipment_id])[known[0].shipment_id]
    return shipment, Parcel.objects.select_related("carrier", "manifest", "trailer").get(pk=known[0].pk)


def _earlier(request: LoadRequest, parcel: Parcel) -> LoadScan | None:
    """This very scan, if it is kept. Raises `Conflict` (`scan_id_used`) if it was another parcel's or trailer's."""
    before = LoadScan.objects.filter(scan_id=request.scan_id).first()
    if before and (before.parcel_id, before.trailer_id) != (parcel.pk, request.trailer_id):
        raise _known_otherwise()
    return before


def _known_otherwise() -> Conflict:
    return Conflict("This scan is known with another end: scan again.", code="scan_id_used", field="scan_id")


def _keep(request: LoadRequest, parcel: Parcel, *, refusal: str = "", undoes: LoadScan | None = None) -> None:
    LoadScan.objects.create(
        trailer_id=request.trailer_id,
        parcel=parcel,
        undoes=undoes,
        refusal=refusal,
        worker_id=request.worker_id,
        station=request.station,
        scan_id=request.scan_id,
        at=clock.now(),
    )


def _known(trailer: Trailer | None) -> Trailer:
    if trailer is None:
        raise NotFound("There is no such trailer.", code="trailer_unknown")
    return trailer


def _refuse_unless(trailer: Trailer, state: str) -> None:
    if trailer.state != state:
        raise _not_open(trailer)


def _not_open(trailer: Trailer) -> Conflict:
    state = trailer.get_state_display().lower()
    return Conflict(f"{trailer} is {state}: nothing more goes in.", code="trailer_not_open")


def _told(parcel: Parcel, is_new: bool, message: str) -> Loaded:
    return Loaded(parcel.pk, parcel.tracking_no, is_new, message)
