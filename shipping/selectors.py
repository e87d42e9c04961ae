"""Reads across shipping's tables: what waits for a carrier, how far a trailer is, which papers a border asks for."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from shipping.models import Parcel, Shipment, Trailer
from shipping.planning.customs import Customs, from_json


def waiting_parcels(*, site: str, carrier_id: int, cut_off: datetime | None = None) -> QuerySet[Parcel]:
    """Parcels of the hub with this carrier's label (by the cut-off, if there is one), on no manifest yet."""
    parcels = Parcel.objects.filter(
        shipment__site=site,
        shipment__state=Shipment.State.LABEL_CREATED,
        carrier=carrier_id,
        labelled_at__isnull=False,
        voided_at=None,
        manifest=None,
    )
    return parcels if cut_off is None else parcels.filter(labelled_at__lte=cut_off)


@dataclass(frozen=True, slots=True)
class Progress:
    """Parcels on a trailer, and those that should go with it and are on none."""

    loaded: int
    missing: int

    @property
    def expected(self) -> int:
        """How many there will be when all is loaded."""
        return self.loaded + self.missing


def progress_of(trailer: Trailer) -> Progress:
    """How far the trailer is against its cut-off; once it is sealed nothing is missing, but left behind."""
    loaded = trailer.parcels.count()
    if trailer.state != Trailer.State.OPEN:
        return Progress(loaded, missing=0)
    due = waiting_parcels(site=trailer.site, carrier_id=trailer.carrier_id, cut_off=trailer.cut_off)
    return Progress(loaded, missing=due.filter(trailer=None).count())


@dataclass(frozen=True, slots=True)
class ParcelPapers:
    """What is printed for one parcel at a border: `customs.papers` says which, the rest what stands on them."""

    parcel_id: int
    sequence: int
    weight_g: int
    customs: Customs


def customs_papers(shipment: Shipment) -> list[ParcelPapers]:
    """The papers of each parcel of a shipment that crosses a border, in their sequence; empty where none does."""
    rows = Parcel.objects.filter(shipment=shipment, voided_at=None, customs__isnull=False).order_by("sequence")
    return [ParcelPapers(row.pk, row.sequence, row.weight_g, from_json(row.customs)) for row in rows if row.customs]
