"""The driver's list: everything that the paper of one hand-over says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import F

from fulfillment.models import LeftBehind
from shipping.models import Manifest, Parcel
from warehouses.models import Hub


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """One parcel that goes. `marks` are on the box, such as `LQ` and `UN3481`."""

    tracking_no: str
    order_reference: str
    postcode: str
    country: str
    service: str
    weight_g: int
    marks: Sequence[str]

    @property
    def is_lq(self) -> bool:
        """Whether it travels as a limited quantity."""
        return "LQ" in self.marks


@dataclass(frozen=True, slots=True)
class ServiceTotal:
    """What goes by one service; `lq_parcels` of `parcels` bear the LQ mark."""

    service: str
    parcels: int
    weight_g: int
    lq_parcels: int


@dataclass(frozen=True, slots=True)
class LeftRow:
    """What should have gone. `tracking_no` is empty where there is no label yet."""

    order_reference: str
    tracking_no: str
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class HandOverList:
    """One hand-over on paper: its head, its parcels by service, their totals, and what stays. Moments are aware."""

    carrier: str
    hub: str
    number: str
    carrier_number: str
    plate: str
    seal: str
    cut_off: datetime | None
    closed_at: datetime
    rows: tuple[ParcelRow, ...]
    totals: tuple[ServiceTotal, ...]
    left_behind: tuple[LeftRow, ...]


def hand_over_list(*, manifest: Manifest) -> HandOverList:
    """The list of one manifest, closed or handed over. Rows by service and tracking number. Five queries."""
    trailer = manifest.trailer
    rows = _rows(manifest)
    return HandOverList(
        carrier=manifest.carrier.name,
        hub=Hub.objects.values_list("name", flat=True).get(code=manifest.site),
        number=manifest.number,
        carrier_number=manifest.carrier_number,
        plate=trailer.plate if trailer else "",
        seal=trailer.seal if trailer else "",
        cut_off=manifest.cut_off,
        closed_at=manifest.closed_at,
        rows=rows,
        totals=tuple(_total(service, tuple(group)) for service, group in groupby(rows, lambda row: row.service)),
        left_behind=_left(manifest),
    )


def _rows(manifest: Manifest) -> tuple[ParcelRow, ...]:
    parcels = Parcel.objects.filter(manifest=manifest, voided_at=None)
    values = parcels.order_by("shipment__service__name", "tracking_no").values_list(
        "tracking_no",
        "shipment__order__external_ref",
        "shipment__ship_to__postcode",
        "shipment__ship_to__country",
        "shipment__service__name",
        "weight_g",
        "marks",
    )
    return tuple(ParcelRow(*row) for row in values)


def _total(service: str, rows: tuple[ParcelRow, ...]) -> ServiceTotal:
    return ServiceTotal(service, len(rows), sum(row.weight_g for row in rows), sum(row.is_lq for row in rows))


def _left(manifest: Manifest) -> tuple[LeftRow, ...]:
    rows = LeftBehind.objects.filter(
        hub__code=manifest.site, carrier=manifest.carrier, ship_on=manifest.ship_on, cut_off=manifest.cut_off
    )
    named = rows.order_by(F("parcel__tracking_no").asc(nulls_last=True), "order__external_ref").select_related(
        "order", "parcel"
    )
    return tuple(
        LeftRow(
            row.order.external_ref,
            row.parcel.tracking_no if row.parcel else "",
            row.get_reason_display(),
            row.note,
        )
        for row in named
    )
