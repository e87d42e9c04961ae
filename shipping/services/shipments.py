"""Making shipments: parcels to one address for one reference, idempotent by that reference."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, FieldFault, Invalid
from shipping.carriers.base import Place
from shipping.models import Address, Box, Parcel, Service, Shipment
from shipping.planning.customs import Consignment, Line, as_json, declare
from shipping.planning.rating import ParcelSize

MAX_PARCELS = 999
"""More parcels than this for one reference is a fault upstairs, not a shipment."""


@dataclass(frozen=True, slots=True)
class CustomsInput:
    """What crosses a border in one parcel: the whole consignment, without `faults_of`, and the parcel's own lines."""

    consignment: Consignment
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ParcelInput:
    """One packed parcel: outside millimetres and gross grams, and the box it is in when it is one of ours.

    `customs` where it crosses a border; `marks` are the hazard marks that are on it.
    """

    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    box_code: str = ""
    customs: CustomsInput | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShipmentInput:
    """What to ship: `reference` is the caller's and opaque; `ship_to_id` an `Address`; `ship_from` the hub."""

    reference: str
    site: str
    ship_to_id: int
    ship_from: Place
    service_id: int
    parcels: tuple[ParcelInput, ...]
    ship_by: datetime | None = None


def create_shipment(*, shipment: ShipmentInput) -> Shipment:
    """One shipment in draft. See `create_shipments`."""
    return create_shipments(shipments=[shipment])[0]


def create_shipments(*, shipments: Sequence[ShipmentInput]) -> list[Shipment]:
    """Shipments in draft with their parcels, in the order given, in a handful of statements.

    Asking again with the same reference and content answers the shipment already there. Raises `Invalid`
    (`shipment_invalid`, with a fault per bad field) and `Conflict` (`reference_in_use`) when a reference has
    a live shipment with other content; nothing is made then.
    """
    by_reference = {each.reference: each for each in shipments}
    services = Service.objects.in_bulk({each.service_id for each in shipments})
    boxes = Box.objects.in_bulk({p.box_code for each in shipments for p in each.parcels}, field_name="code")
    _refuse_faulty(shipments, services, boxes)
    with transaction.atomic():
        # a second caller with one of these references waits at the unique index until this one is through
        fresh = Shipment.objects.bulk_create(
            [_row(each) for each in by_reference.values()],
            ignore_conflicts=True,
            batch_size=500,
        )
        numbers = {row.number for row in fresh}
        found = _live(list(by_reference))
        Parcel.objects.bulk_create(
            [
                parcel
                for each in by_reference.values()
                if found[each.reference].number in numbers
                for parcel in _parcels(found[each.reference], each, services, boxes)
            ],
            batch_size=500,
        )
        asked_before = [
            each
            for each in shipments
            if found[each.reference].number not in numbers or each is not by_reference[each.reference]
        ]
        if asked_before:
            _refuse_other_content(asked_before, found)
    return [found[each.reference] for each in shipments]


def _row(each: ShipmentInput) -> Shipment:
    """The shipment's row, not saved."""
    return Shipment(
        reference=each.reference,
        site=each.site,
        ship_to_id=each.ship_to_id,
        ship_from=asdict(each.ship_from),
        service_id=each.service_id,
        ship_by=each.ship_by,
        created_at=clock.now(),
    )


def _parcels(
    shipment: Shipment, each: ShipmentInput, services: dict[int, Service], boxes: dict[str, Box]
) -> list[Parcel]:
    """The parcels' rows of one new shipment, not saved."""
    return [
        Parcel(
            shipment=shipment,
            sequence=sequence,
            carrier_id=services[each.service_id].carrier_id,
            box=boxes[parcel.box_code] if parcel.box_code else None,
            length_mm=parcel.length_mm,
            width_mm=parcel.width_mm,
            height_mm=parcel.height_mm,
            weight_g=parcel.weight_g,
            customs=_papers(parcel, services[each.service_id]),
            marks=list(parcel.marks),
        )
        for sequence, parcel in enumerate(each.parcels, start=1)
    ]


def _papers(parcel: ParcelInput, service: Service) -> dict[str, Any] | None:
    """What the parcel's papers say, as it is kept; None where it needs none."""
    if parcel.customs is None:
        return None
    given = parcel.customs
    return as_json(declare(given.consignment, lines=given.lines, weight_g=parcel.weight_g, postal=service.is_postal))


def _live(references: Sequence[str]) -> dict[str, Shipment]:
    """The shipments under these references that are not cancelled, by reference."""
    rows = Shipment.objects.exclude(state=Shipment.State.CANCELLED).filter(reference__in=references)
    return {row.reference: row for row in rows}


def _refuse_other_content(shipments: Sequence[ShipmentInput], found: dict[str, Shipment]) -> None:
    """Raises `Conflict` when a reference names a shipment that is not what is asked for now."""
    sizes: dict[int, list[tuple[int, ...]]] = {row.pk: [] for row in found.values()}
    rows = Parcel.objects.filter(shipment__in=list(sizes)).order_by("shipment_id", "sequence")
    for pk, *size in rows.values_list("shipment_id", "length_mm", "width_mm", "height_mm", "weight_g"):
        sizes[pk].append(tuple(size))
    for each in shipments:
        row = found[each.reference]
        wanted = [(p.length_mm, p.width_mm, p.height_mm, p.weight_g) for p in each.parcels]
        same = (row.site, row.ship_to_id, row.service_id) == (each.site, each.ship_to_id, each.service_id)
        if not (same and sizes[row.pk] == wanted):
            raise Conflict(
                f"Shipment {row.number} already stands for this reference, with other parcels or another address.",
                code="reference_in_use",
                number=row.number,
            )


def _refuse_faulty(shipments: Sequence[ShipmentInput], services: dict[int, Service], boxes: dict[str, Box]) -> None:
    """Raises `Invalid` with every fault of the input."""
    addresses = dict(
        Address.objects.filter(pk__in={each.ship_to_id for each in shipments}).values_list("pk", "erased_at")
    )
    faults: list[FieldFault] = []
    for index, each in enumerate(shipments):
        where = f"shipments[{index}]"
        if not each.reference or len(each.reference) > 80:
            faults.append(FieldFault(f"{where}.reference", "reference_invalid", "1 to 80 characters."))
        if addresses.get(each.ship_to_id, "absent") is not None:
            faults.append(FieldFault(f"{where}.ship_to", "address_unknown", "No such address, or it was erased."))
        if each.service_id not in services:
            faults.append(FieldFault(f"{where}.service", "service_unknown", "No such service."))
            continue
        if not 1 <= len(each.parcels) <= MAX_PARCELS:
            message = f"A shipment has 1 to {MAX_PARCELS} parcels."
            faults.append(FieldFault(f"{where}.parcels", "parcel_count", message))
        for number, parcel in enumerate(each.parcels):
            faults += _parcel_faults(parcel, services[each.service_id], boxes, f"{where}.parcels[{number}]")
    if faults:
        raise Invalid(faults[0].message, code="shipment_invalid", field=faults[0].where, faults=tuple(faults))


def _parcel_faults(parcel: ParcelInput, service: Service, boxes: dict[str, Box], where: str) -> list[FieldFault]:
    """What is wrong with one parcel for this service: measures, weight, box."""
    faults = []
    if min(parcel.length_mm, parcel.width_mm, parcel.height_mm) < 1:
        faults.append(FieldFault(where, "size_invalid", "A parcel measures at least 1 mm on each side."))
    if not 1 <= parcel.weight_g <= service.max_weight_g:
        message = f"A parcel by {service.name} weighs from 1 g to {service.max_weight_g:,} g."
        faults.append(FieldFault(f"{where}.weight_g", "weight_invalid", message))
    size = ParcelSize(parcel.length_mm, parcel.width_mm, parcel.height_mm, parcel.weight_g)
    if (
        size.longest_mm > service.max_length_mm
        or size.thickness_mm > service.max_thickness_mm
        or size.girth_mm > service.max_girth_mm
    ):
        faults.append(FieldFault(where, "size_too_big", f"Too big for {service.name}."))
    if parcel.box_code and parcel.box_code not in boxes:
        faults.append(FieldFault(f"{where}.box_code", "box_unknown", "No such box."))
    return faults
