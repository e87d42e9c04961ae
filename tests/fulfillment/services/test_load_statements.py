"""A scan at a trailer costs the same however much waits on the dock."""

import uuid

import pytest

from foundation import clock
from fulfillment.services.dispatch import load_parcel
from shipping.models import Parcel, Shipment, Trailer
from shipping.services.loading import LoadRequest, open_trailer, unload_parcel
from tests.factories import MONDAY, make_hub
from tests.fulfillment.building import with_carrier
from tests.shipping.conftest import draft_shipment

pytestmark = pytest.mark.django_db


def waiting(count: int) -> tuple[Trailer, list[str]]:
    """A trailer, and so many labelled parcels for it."""
    hub = with_carrier(make_hub())
    first = draft_shipment()
    Shipment.objects.filter(pk=first.pk).update(site=hub.code)
    row = Shipment.objects.values().get(pk=first.pk)
    copies = [Shipment(**{**row, "id": None, "number": f"C{n:09d}", "reference": f"c{n}"}) for n in range(count)]
    Shipment.objects.bulk_create(copies)
    box = Parcel.objects.values().get(shipment=first)
    numbers = [f"ST{n:010d}" for n in range(count)]
    Parcel.objects.bulk_create(
        Parcel(
            **{
                **box,
                "id": None,
                "reference": uuid.uuid4(),
                "shipment_id": copy.pk,
                "tracking_no": number,
                "labelled_at": MONDAY,
            }
        )
        for copy, number in zip(copies, numbers, strict=True)
    )
    Shipment.objects.filter(pk__in=[copy.pk for copy in copies]).update(state="label_created")
    trailer = open_trailer(site=hub.code, carrier_code="simulator", door="OUT-1", plate="P", ship_on=MONDAY.date())
    return trailer, numbers


def scan(trailer: Trailer, number: str) -> LoadRequest:
    return LoadRequest(trailer.pk, number, uuid.uuid4(), "OUT-1")


@pytest.mark.parametrize("n", [2, 50])
def test_loading_and_taking_off(n: int, django_assert_num_queries) -> None:
    with clock.playing(MONDAY):
        trailer, numbers = waiting(n)

        with django_assert_num_queries(10):
            load_parcel(request=scan(trailer, numbers[0]))
        with django_assert_num_queries(10):
            unload_parcel(request=scan(trailer, numbers[0]))
