"""The sellers' side of goods in: pallets are booked for a door, parcels are handed to the carrier who brings them."""

from collections.abc import Sequence
from datetime import datetime

from foundation import clock
from fulfillment.services.following import follow_inbounds
from shipping.carriers.base import Carrier, Label, LabelOrder, Place
from shipping.planning.rating import ParcelSize
from shipping.services.accounts import account_of, open_account
from warehouses.models import Carton, Hub, Inbound
from warehouses.services.arriving import send_inbound
from warehouses.services.dock_slots import load_of
from warehouses.services.docking import book_appointment


def book_door(inbound: Inbound, *, door: str, at: datetime) -> None:
    """The seller books the door from `at` on, and says that the pallets are under way."""
    if inbound.state == Inbound.State.PLANNED and load_of(inbound):
        book_appointment(inbound_id=inbound.pk, door=door, starts_at=at)
        send_inbound(inbound_id=inbound.pk, parcels=[])


def hand_to_carrier(inbounds: Sequence[Inbound], *, carrier: str, at: datetime) -> None:
    """The sellers book a parcel for each carton with the carrier, and its van takes them at `at`."""
    with clock.playing(at):
        for inbound in inbounds:
            if inbound.state != Inbound.State.PLANNED:
                continue
            with open_account(account_of(site=inbound.hub.code, carrier_code=carrier)) as adapter:
                labels = [_booked(adapter, inbound, carton, at) for carton in inbound.cartons.order_by("number")]
                refs = [label.carrier_ref for label in labels]
                adapter.manifest(number=f"{inbound.number}-van", carrier_refs=refs, closed_at=at)
            send_inbound(inbound_id=inbound.pk, parcels=[(carrier, label.tracking_no) for label in labels])


def _booked(adapter: Carrier, inbound: Inbound, carton: Carton, at: datetime) -> Label:
    """The parcel of a carton; the one there is, if the play was broken off after it was booked."""
    order = LabelOrder(
        reference=f"{inbound.number}-{carton.number}",
        service="STANDARD",
        ship_from=_sender(inbound),
        ship_to=_hub_itself(inbound.hub),
        parcel=_size(carton),
        shipment_number=inbound.number,
        sequence=carton.number,
        parcel_count=inbound.cartons.count(),
        label_format="pdf",
        ship_on=at.date(),
    )
    return next(iter(adapter.find(order)), None) or adapter.buy(order)


def _size(carton: Carton) -> ParcelSize:
    """As its seller declared it, which every carton of the demo is."""
    return ParcelSize(
        weight_g=carton.weight_g or 0,
        length_mm=carton.length_mm or 0,
        width_mm=carton.width_mm or 0,
        height_mm=carton.height_mm or 0,
    )


def _sender(inbound: Inbound) -> Place:
    return Place(name=inbound.seller.name, line1="Sloterweg 20", postcode="1171 CJ", city="Badhoevedorp", country="NL")


def _hub_itself(hub: Hub) -> Place:
    return Place(name=hub.company, line1=hub.street, postcode=hub.postcode, city=hub.city, country=hub.country)


def look_for_deliveries(at: datetime) -> None:
    """The job of each minute: inbounds arrive that the carrier has delivered."""
    with clock.playing(at):
        follow_inbounds()
