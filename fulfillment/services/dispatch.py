"""Dispatch: a carrier's van or trailer is at the door; what may go leaves with it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from foundation import clock
from fulfillment.models import Order, PackLine
from fulfillment.services.leaving_behind import note_left_behind
from shipping.models import Carrier, Manifest
from shipping.services.departing import Departed, leave, seal_trailer
from shipping.services.holds import Hold
from shipping.services.loading import Loaded, LoadRequest
from shipping.services.loading import load_parcel as load
from shipping.services.manifesting import Departure, close_manifest, hand_over_manifest
from warehouses.models import Hub

_CANCELLED: Final = Hold("order_cancelled", "The order {number} was called off: its parcel stays here.")
_RECALLED: Final = Hold("lot_recalled", "The parcel of {number} holds a recalled lot: it must not leave.")


def dispatch_hub(*, hub: Hub, carrier_code: str, cut_off: datetime | None = None) -> Manifest | None:
    """Closes the carrier's manifest over every labelled parcel and hands it over; None when there is none.

    With a `cut_off` it is that hand-over of the day: what was labelled by then goes, the rest is listed. What holds a
    recalled lot stays.
    Talks to the carrier, so it runs outside a transaction. The hand-over comes back up through the listener:
    orders are shipped and their units leave the ledger, in one transaction with the parcels' scans.
    """
    today = (cut_off or clock.now()).astimezone(ZoneInfo(hub.timezone)).date()
    departure = Departure(ship_on=today, cut_off=cut_off)
    manifest = close_manifest(site=hub.code, carrier_code=carrier_code, departure=departure, holds=what_stays)
    if manifest is not None:
        hand_over(manifest_id=manifest.pk)
    elif cut_off is not None:
        carrier = Carrier.objects.get(code=carrier_code)
        note_left_behind(hub=hub, carrier=carrier, departure=departure, by_scan=False)
    return manifest


def hand_over(*, manifest_id: int) -> None:
    """The driver has what is on a closed manifest, but for what holds a recalled lot by now; the rest is left behind.

    Raises as `hand_over_manifest`.
    """
    _note(Manifest.objects.filter(pk=manifest_id).first())
    hand_over_manifest(manifest_id=manifest_id, holds=what_stays)
    # what came off only now
    _note(Manifest.objects.get(pk=manifest_id))


def load_parcel(*, request: LoadRequest) -> Loaded:
    """Scans a parcel onto a trailer. Raises as `shipping.services.loading`; also `lot_recalled`, `order_cancelled`."""
    return load(request=request, holds=what_stays)


def depart_trailer(*, trailer_id: int, seal: str = "") -> Departed:
    """Seals a trailer, tells its carrier and hands over all that is on it. Twice is once; a sealed one goes on.

    Orders are shipped and their units leave the ledger with it. Raises as `shipping.services.departing`. Outside a
    transaction.
    """
    _note(seal_trailer(trailer_id=trailer_id, seal=seal, holds=what_stays))
    return leave(trailer_id=trailer_id, holds=what_stays)


def _note(manifest: Manifest | None) -> None:
    """What it leaves here, before it leaves: so that no crash between the two loses the list."""
    if manifest is not None:
        note_left_behind(
            hub=Hub.objects.get(code=manifest.site),
            carrier=manifest.carrier,
            departure=Departure(manifest.ship_on, manifest.cut_off),
            by_scan=manifest.trailer_id is not None,
        )


def what_stays(shipment_ids: Collection[int]) -> Mapping[int, Hold]:
    """Those of the shipments whose order was called off, or that hold a recalled lot whether that is noted or not."""
    recalled = PackLine.objects.filter(parcel__shipment=OuterRef("shipment"), lot__recalled_at__isnull=False)
    orders = Order.objects.filter(shipment__in=shipment_ids).annotate(holds_recalled=Exists(recalled))
    stays = {}
    for pk, number, state, hold, holds_recalled in orders.values_list(
        "shipment_id", "number", "state", "hold", "holds_recalled"
    ):
        is_recalled = holds_recalled or hold == Order.Hold.RECALLED
        why = _CANCELLED if state == Order.State.CANCELLED else _RECALLED if is_recalled else None
        if pk and why:
            stays[pk] = Hold(why.code, why.message.format(number=number))
    return stays
