"""Reads across shipping's tables, for whoever shows or prints them."""

from dataclasses import dataclass

from shipping.models import Parcel, Shipment
from shipping.planning.customs import Customs, from_json


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
