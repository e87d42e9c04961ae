"""A dispatch door for tests: a trailer, labelled parcels, scans."""

import itertools
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from shipping.models import LoadScan, Manifest, Parcel, Shipment, ShipmentChange, TrackingScan, Trailer
from shipping.services.holds import Holds
from shipping.services.loading import Loaded, LoadRequest, load_parcel, open_trailer, unload_parcel
from shipping.services.projecting import project_shipments
from tests.shipping.conftest import NOW, draft_shipment, nothing_held

_numbers = itertools.count(1)


def a_trailer(door: str = "OUT-1", *, carrier: str = "simulator", **more: Any) -> Trailer:
    return open_trailer(
        site="AMS1", carrier_code=carrier, door=door, plate=f"PL-{door}", **{"ship_on": NOW.date(), **more}
    )


def labelled_parcel(*, labelled_at: datetime = NOW, **more: Any) -> Parcel:
    """A parcel as a purchase leaves it, alone in its shipment."""
    return labelled_parcels(1, labelled_at=labelled_at, **more)[0]


def labelled_parcels(count: int, *, labelled_at: datetime = NOW, **more: Any) -> list[Parcel]:
    """The parcels of one shipment, labelled."""
    shipment = draft_shipment(parcels=count, **more)
    for parcel in shipment.parcels.all():
        Parcel.objects.filter(pk=parcel.pk).update(tracking_no=f"LD{next(_numbers):08d}", labelled_at=labelled_at)
    with transaction.atomic():
        project_shipments({shipment.pk: shipment})
    return list(shipment.parcels.order_by("sequence"))


def asked(trailer: Trailer, code: str, scan_id: uuid.UUID | None = None) -> LoadRequest:
    return LoadRequest(trailer_id=trailer.pk, code=code, scan_id=scan_id or uuid.uuid4(), station="OUT-1")


def load(trailer: Trailer, code: str, scan_id: uuid.UUID | None = None, holds: Holds = nothing_held) -> Loaded:
    return load_parcel(request=asked(trailer, code, scan_id), holds=holds)


def unload(trailer: Trailer, code: str, scan_id: uuid.UUID | None = None) -> Loaded:
    return unload_parcel(request=asked(trailer, code, scan_id))


def net(parcel: Parcel) -> list[int]:
    """The trailers onto which the parcel was scanned and not taken off."""
    scans = LoadScan.objects.filter(parcel=parcel, refusal="", undoes=None, undone_by=None)
    return list(scans.values_list("trailer_id", flat=True))


def dock() -> list[Any]:
    """Everything that a refused scan must leave as it is (its own row in the log of scans aside)."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Trailer, Parcel, Manifest, Shipment, ShipmentChange, TrackingScan)
    ] + [list(LoadScan.objects.filter(refusal="").order_by("pk").values())]
