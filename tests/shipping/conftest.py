"""A hub's shipping desk for tests: a real simulated carrier over HTTP, a price list, and shipments to send."""

import itertools
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from foundation import clock
from shipping.carriers.base import Place
from shipping.carriers.signing import sign_timestamped
from shipping.carriers.simulator_process import SimulatedCarrier, running
from shipping.models import CarrierAccount, Manifest, Parcel, Service, Shipment
from shipping.services.addresses import add_address
from shipping.services.holds import Hold
from shipping.services.manifesting import Departure, close_manifest
from shipping.services.projecting import project_shipments
from shipping.services.setting_up import install_boxes, install_simulated_carrier
from shipping.services.shipments import CustomsInput, ParcelInput, ShipmentInput, create_shipment

SECRET = "a-webhook-secret-of-this-length"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HUB = Place(name="Pakhuis AMS1", line1="Oostelijke Handelskade 12", postcode="1019 BN", city="Amsterdam", country="NL")
BUYER = Place(
    name="Zofia Wiśniewska-Canary",
    line1="Kerkstraat 7",
    postcode="1017 GA",
    city="Amsterdam",
    country="NL",
    phone="+31 6 1234 5678",
    email="zofia@example.org",
)

_references = itertools.count(1)


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatedCarrier]:
    """One simulated carrier for the whole run, without webhooks."""
    with running() as carrier:
        yield carrier


@pytest.fixture
def simulator(simulator_process: SimulatedCarrier) -> Iterator[SimulatedCarrier]:
    """The simulated carrier, well-behaved again when the test is over."""
    simulator_process.set_faults()
    yield simulator_process
    simulator_process.set_faults()


@pytest.fixture
def account(transactional_db: None, simulator: SimulatedCarrier) -> CarrierAccount:
    """AMS1's account at the simulated carrier. Rows are really committed."""
    return open_desk(simulator.url)


def open_desk(url: str) -> CarrierAccount:
    """Boxes, prices, and AMS1's account at the carrier under `url`."""
    install_boxes()
    install_simulated_carrier(site="AMS1", base_url=url, webhook_secret=SECRET)
    return CarrierAccount.objects.select_related("carrier").get()


def nothing_held(shipment_ids: Collection[int]) -> dict[int, Hold]:
    """No floor above knows a reason against anything's leaving."""
    return {}


def close(carrier_code: str = "simulator", **departure: Any) -> Manifest | None:
    """AMS1's manifest with the carrier, over what waits today."""
    today = Departure(**{"ship_on": NOW.date(), **departure})
    return close_manifest(site="AMS1", carrier_code=carrier_code, departure=today, holds=nothing_held)


MakeShipment = Callable[..., Shipment]


def draft_shipment(
    *,
    parcels: int = 1,
    service: str = "STANDARD",
    to: Place = BUYER,
    reference: str = "",
    weight_g: int = 800,
    customs: CustomsInput | None = None,
) -> Shipment:
    """A draft of so many equal parcels, to a buyer like `to`, by a service."""
    return create_shipment(
        shipment=ShipmentInput(
            reference=reference or f"order-{next(_references)}",
            site="AMS1",
            ship_to_id=add_address(place=to).pk,
            ship_from=HUB,
            service_id=Service.objects.get(code=service).pk,
            parcels=(ParcelInput(300, 200, 100, weight_g, "B1", customs=customs),) * parcels,
        )
    )


@pytest.fixture
def make_shipment() -> MakeShipment:
    """`draft_shipment`, for tests that take their tools as fixtures."""
    return draft_shipment


@pytest.fixture
def played_day() -> Iterator[datetime]:
    """The business clock stands at ten on a Monday morning."""
    with clock.playing(NOW):
        yield NOW


@pytest.fixture
def shipment(db: None, make_shipment: MakeShipment) -> Shipment:
    """A labelled shipment whose parcel has the number T1."""
    open_desk("http://127.0.0.1:9")
    with clock.playing(NOW):
        shipment = make_shipment()
        Parcel.objects.filter(shipment=shipment).update(tracking_no="T1", labelled_at=NOW)
        project_shipments({shipment.pk: shipment})
    return shipment


@pytest.fixture
def post(client: Client) -> Callable[..., Any]:
    """Posts a body as the carrier would, signed now with the account's secret unless told otherwise."""

    def send(body: bytes, *, secret: str = SECRET, at_s: float | None = None, header: str | None = None) -> Any:
        signed = sign_timestamped(secret=secret, body=body, at_s=int(time.time() if at_s is None else at_s))
        signature = signed if header is None else header
        return client.post(
            "/webhooks/carriers/simulator/",
            data=body,
            content_type="application/json",
            headers={"Simulator-Signature": signature},
        )

    return send
