"""The adapter: what it understands, and what it calls a refusal, a fault, a time-out or an absence."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shipping.carriers import signing
from shipping.carriers.base import (
    CarrierFault,
    CarrierRefused,
    CarrierTimeout,
    CarrierUnreachable,
    Connection,
    Offer,
)
from shipping.carriers.simulator_client import SimulatorClient
from shipping.carriers.simulator_process import SimulatedCarrier
from shipping.carriers.simulator_world import Refusal, World, draw_label
from shipping.planning.rating import ParcelSize
from tests.shipping.buying_tools import ORDER
from tests.shipping.conftest import BUYER

KNOWN = "cb290683499e424b0c72ea3cb367617e12fdb379e3d3bc57e2f2dceacb1c2aef"
BOOKING = {
    "id": "B1",
    "reference": "ref-1",
    "tracking_no": "T1",
    "price_cents": 560,
    "label": base64.b64encode(b"^XA^XZ").decode(),
    "label_type": "application/zpl",
}


@contextmanager
def answering(status: int, content: bytes, *, cut: bool = False) -> Iterator[SimulatorClient]:
    """A client before a server that says the same to everything, or hangs up after half of it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) + 100 * cut))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the base class names it so

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with SimulatorClient(Connection(f"http://127.0.0.1:{server.server_address[1]}", {"token": "t"})) as client:
            yield client
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def client(simulator: SimulatedCarrier) -> Iterator[SimulatorClient]:
    """A client of the real simulated carrier."""
    with SimulatorClient(Connection(simulator.url, {"token": simulator.token})) as client:
        yield client


def test_quotes_come_with_prices_and_days(client: SimulatorClient) -> None:
    assert client.quote(country="NL", parcel=ParcelSize(300, 200, 100, 800)) == [
        Offer("STANDARD", 560, 1),
        Offer("EXPRESS", 1_190, 0),
    ]
    assert client.quote(country="KP", parcel=ParcelSize(300, 200, 100, 800)) == []


def test_a_purchase_repeated_blindly_would_book_twice(client: SimulatorClient) -> None:
    order = replace(ORDER, reference="blind")
    first, second = client.buy(order), client.buy(order)

    assert first.tracking_no != second.tracking_no
    assert client.find(order) == [first, second]
    client.void(second.carrier_ref)
    client.void(second.carrier_ref)
    assert client.find(order) == [first]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"service": "TELEPORT"}, "service_unknown", "service"),
        ({"ship_to": replace(BUYER, country="KP")}, "country_not_served", "ship_to.country"),
        ({"parcel": ParcelSize(300, 200, 100, 31_501)}, "weight", "parcel.weight_g"),
        ({"parcel": ParcelSize(300, 200, 100, 0)}, "weight", "parcel.weight_g"),
        ({"parcel": ParcelSize(2_000, 200, 100, 500)}, "too_big", "parcel"),
        ({"ship_to": replace(BUYER, city="")}, "malformed", ""),
    ],
)
def test_a_refusal_names_what_is_wrong(client: SimulatorClient, changes: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(CarrierRefused) as refusal:
        client.buy(replace(ORDER, reference="refused", **changes))

    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert client.find(replace(ORDER, reference="refused")) == []


def test_a_day_that_is_none_is_malformed_and_no_day_is_allowed() -> None:
    order = {**asdict(ORDER), "ship_on": "2026-02-30"}
    with pytest.raises(Refusal) as refusal:
        World().book(order)
    assert refusal.value.code == "malformed"

    del order["ship_on"]

    assert draw_label(World().book(order))[0].startswith(b"^XA")


def test_an_unknown_token_and_an_unknown_booking_are_refused(simulator: SimulatedCarrier) -> None:
    stolen = Connection(simulator.url, {"token": "stolen"})
    with SimulatorClient(stolen) as stranger, pytest.raises(CarrierRefused, match="token"):
        stranger.find(ORDER)
    with SimulatorClient(Connection(simulator.url, {"token": simulator.token})) as client:
        with pytest.raises(CarrierRefused):
            client.void("NOPE")
        assert client.track("NOPE") == []


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b"{}"),
        (502, b"<html>bad gateway</html>"),
        (200, b"<html>maintenance</html>"),
        (200, b"[]"),
        (200, b"{}"),
        (200, json.dumps({**BOOKING, "label": "not base64!"}).encode()),
        (200, json.dumps({**BOOKING, "label": ""}).encode()),
        (200, json.dumps({**BOOKING, "price_cents": -1}).encode()),
        (200, json.dumps({**BOOKING, "price_cents": True}).encode()),
        (200, json.dumps({**BOOKING, "tracking_no": "x" * 41}).encode()),
        (200, json.dumps({**BOOKING, "id": None}).encode()),
    ],
)
def test_an_answer_that_is_not_as_agreed_leaves_a_doubt_never_a_label(status: int, content: bytes) -> None:
    with answering(status, content) as client, pytest.raises(CarrierFault):
        client.buy(ORDER)


def test_a_connection_that_breaks_is_a_time_out_and_a_busy_carrier_took_nothing() -> None:
    with answering(200, b"{", cut=True) as client, pytest.raises(CarrierTimeout):
        client.buy(ORDER)
    with answering(429, b"slow down") as client, pytest.raises(CarrierUnreachable):
        client.buy(ORDER)
    nowhere = Connection("http://127.0.0.1:9", {"token": "t"})
    with SimulatorClient(nowhere) as client, pytest.raises(CarrierUnreachable):
        client.buy(ORDER)


def test_an_answer_as_agreed_is_a_label() -> None:
    with answering(200, json.dumps(BOOKING).encode()) as client:
        label = client.buy(ORDER)

    assert (label.carrier_ref, label.tracking_no, label.content) == ("B1", "T1", b"^XA^XZ")


def test_signatures_have_a_known_value_and_may_come_in_pairs() -> None:
    secret, body, at_s = "whsec", b'{"a": 1}', 1_700_000_000
    header = signing.sign_timestamped(secret=secret, body=body, at_s=at_s)
    paired = f"{header.split(',')[0]},v1={'0' * 64},{header.split(',')[1]}"

    # openssl: printf '1700000000.{"a": 1}' | openssl dgst -sha256 -hmac whsec
    assert header == f"t=1700000000,v1={KNOWN}"
    for given in (header, paired):
        assert signing.is_timestamped(header=given, body=body, secrets=["other", secret], now_s=at_s)
    assert not signing.is_timestamped(header=header, body=body + b" ", secrets=[secret], now_s=at_s)
    assert not signing.is_timestamped(header=header, body=body, secrets=[], now_s=at_s)
    assert not signing.is_timestamped(header=header, body=body, secrets=[secret], now_s=at_s + 301)
