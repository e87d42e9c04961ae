"""Arriving: what a seller handed to a carrier, and what the carrier delivered. The inbound's clock starts then."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.sql import update_many
from warehouses.locks import lock_inbound
from warehouses.models import Inbound, InboundParcel
from warehouses.services.docking import lacks_appointment, note_arrived
from warehouses.services.moving import ring
from warehouses.signals import News, What

MOST_PARCELS = 500
Number = tuple[str, str]
"""A carrier's code and its tracking number."""


@transaction.atomic
def send_inbound(*, inbound_id: int, parcels: Sequence[Number]) -> Inbound:
    """The seller handed the cartons over: it is in transit, and its parcels are followed. Twice is once.

    More parcels may be added until it arrives; none need be. Raises `NotFound` (`inbound_unknown`), `Invalid`
    (`tracking_invalid` naming the row, `too_many_parcels`), `Conflict` (`inbound_not_open`; `appointment_needed` for
    pallets, where the hub has doors for them and none is booked).
    """
    try:
        inbound = lock_inbound(inbound_id)
    except Inbound.DoesNotExist:
        raise NotFound("There is no such inbound.", code="inbound_unknown") from None
    rows = [_parcel(inbound, row, carrier, number) for row, (carrier, number) in enumerate(parcels, start=1)]
    known = set(inbound.parcels.values_list("carrier", "tracking_no"))
    fresh = {(row.carrier, row.tracking_no): row for row in rows if (row.carrier, row.tracking_no) not in known}
    if len(known) + len(fresh) > MOST_PARCELS:
        text = f"An inbound has at most {MOST_PARCELS} parcels."
        raise Invalid(text, code="too_many_parcels", field="parcels")
    if inbound.state not in Inbound.COMING:
        if not fresh:
            return inbound
        raise Conflict(f"{inbound.number} is {inbound.get_state_display().lower()}.", code="inbound_not_open")
    if inbound.state == Inbound.State.PLANNED and lacks_appointment(inbound):
        text = f"{inbound.number} comes on pallets: book a slot at a door before it leaves."
        raise Conflict(text, code="appointment_needed")
    InboundParcel.objects.bulk_create(fresh.values())
    if inbound.state == Inbound.State.PLANNED:
        inbound.depart()
        inbound.save(update_fields=["state"])
    return inbound


def _parcel(inbound: Inbound, row: int, carrier: str, number: str) -> InboundParcel:
    code, tracking_no = carrier.strip().lower(), "".join(number.split()).upper()
    for field, text in (("carrier", code), ("tracking_no", tracking_no)):
        if not text or len(text) > 40 or not text.isascii() or not text.isprintable():
            raise Invalid(
                f"Parcel {row} needs a carrier's code and a tracking number of at most 40 letters and digits.",
                code="tracking_invalid",
                field=f"parcels[{row - 1}].{field}",
                row=row,
            )
    return InboundParcel(inbound=inbound, carrier=code, tracking_no=tracking_no)


def awaited(*, limit: int = 2_000) -> list[Number]:
    """Parcels that no carrier has delivered yet, of inbounds that are not counted, the oldest first."""
    waiting = [*Inbound.COMING, Inbound.State.ARRIVED, Inbound.State.RECEIVING]
    rows = InboundParcel.objects.filter(delivered_at=None, inbound__state__in=waiting).order_by("pk")
    return list(rows.values_list("carrier", "tracking_no")[:limit])


@transaction.atomic
def note_deliveries(deliveries: Mapping[Number, datetime]) -> list[Inbound]:
    """The carriers delivered these parcels then; returns the inbounds that have arrived by it. Twice is once.

    An inbound arrives with its first parcel, though nobody scanned a carton yet. Where one was scanned before the
    carrier's word came in, the earlier of the two moments counts.
    """
    rows = InboundParcel.objects.filter(tracking_no__in={number for _, number in deliveries}, delivered_at=None)
    by_inbound: dict[int, list[InboundParcel]] = defaultdict(list)
    for row in rows.order_by("inbound_id", "pk"):
        if (row.carrier, row.tracking_no) in deliveries:
            by_inbound[row.inbound_id].append(row)
    arrived = []
    for inbound_id, parcels in by_inbound.items():
        inbound = lock_inbound(inbound_id)
        for parcel in parcels:
            parcel.delivered_at = deliveries[parcel.carrier, parcel.tracking_no]
        if _arrives(inbound, min(parcel.delivered_at for parcel in parcels if parcel.delivered_at)):
            arrived.append(inbound)
    update_many(InboundParcel, [row for parcels in by_inbound.values() for row in parcels], ["delivered_at"])
    for inbound in arrived:
        ring(inbound.hub_id, [], news=[News(What.ARRIVED, inbound, {"by": "carrier"})])
    return arrived


def _arrives(inbound: Inbound, at: datetime) -> bool:
    """Whether the inbound arrives now that a parcel of it is known to have been delivered `at`."""
    at = min(at, clock.now())
    if inbound.state in Inbound.COMING:
        inbound.arrive()
        inbound.arrived_at = at
        inbound.save(update_fields=["state", "arrived_at"])
        note_arrived(inbound)
        return True
    if inbound.arrived_at and at < inbound.arrived_at:
        inbound.arrived_at = at
        inbound.save(update_fields=["arrived_at"])
    return False
