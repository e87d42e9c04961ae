"""What every carrier's webhook must do at our door, whoever signs it."""

import json
import time

import pytest
from django.test import Client

from shipping.carriers.base import WebhookMalformed
from shipping.carriers.statuses import TABLES
from shipping.models import Carrier, CarrierAccount, Parcel, Shipment, TrackingScan, WebhookDelivery
from shipping.services.credentials import sealer
from shipping.services.inbox import process_deliveries
from shipping.webhooks import MAX_BODY
from tests.shipping.contract.conftest import FAKES
from tests.shipping.contract.fake import SCANNED_AT, FakeCarrier

NEW, OLD = "the-new-secret-of-this-length", "the-old-secret-of-this-length"
NOW_S = 1_800_000_000.0
PUSHING = [fake for fake in FAKES if fake.reader is not None]


@pytest.fixture(params=PUSHING, ids=lambda fake: fake.adapter)
def sender(request: pytest.FixtureRequest) -> FakeCarrier:
    """A carrier that pushes. No server: the carrier calls us."""
    fake: FakeCarrier = request.param()
    return fake


def test_either_live_secret_signs_and_no_other_does(sender: FakeCarrier) -> None:
    body = sender.webhook("T1")
    assert sender.reader is not None
    is_signed = sender.reader.is_signed
    new, old, nobodys = (sender.secret(name) for name in (NEW, OLD, "a-secret-nobody-ever-heard-of"))

    for secret in (new, old):
        assert is_signed(headers=sender.sign(body, secret, NOW_S), body=body, secrets=[new, old], now_s=NOW_S)
    foreign = sender.sign(body, nobodys, NOW_S)
    assert not is_signed(headers=foreign, body=body, secrets=[new, old], now_s=NOW_S)
    assert not is_signed(headers=sender.sign(body, new, NOW_S), body=body, secrets=[], now_s=NOW_S)
    assert not is_signed(headers={}, body=body, secrets=[new, old], now_s=NOW_S)
    assert not is_signed(headers=sender.sign(body, "", NOW_S), body=body, secrets=[new], now_s=NOW_S)
    odd = {name: "é" * len(value) for name, value in sender.sign(body, new, NOW_S).items()}
    assert not is_signed(headers=odd, body=body, secrets=[new], now_s=NOW_S)


def test_the_scans_are_read_the_same_each_time(sender: FakeCarrier) -> None:
    assert sender.reader is not None
    (scan,) = sender.reader.parse(sender.webhook("T1"))

    assert (scan.tracking_no, scan.code, scan.occurred_at) == ("T1", sender.moving[0], SCANNED_AT)
    assert TABLES[sender.adapter].meaning(scan.code) == (True, sender.moving[1])
    assert sender.reader.parse(sender.webhook("T1")) == [scan]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"[]",
        b"null",
        b"{}",
        b'"text"',
        b"\xff\xfe",
        json.dumps({"events": "none", "parcel": 7, "result": [], "trackingNumber": {}}).encode(),
    ],
)
def test_a_body_that_is_not_as_agreed_is_malformed_and_nothing_else(sender: FakeCarrier, body: bytes) -> None:
    assert sender.reader is not None
    with pytest.raises(WebhookMalformed):
        sender.reader.parse(body)


def test_at_the_door_a_replay_is_stored_once_and_its_scan_too(sender: FakeCarrier, client: Client, db: None) -> None:
    carrier = Carrier.objects.create(code=sender.adapter, name="A carrier", adapter=sender.adapter)
    new = sender.secret(NEW)
    live = [{"secret": sealer().seal(new), "until": None}]
    CarrierAccount.objects.create(carrier=carrier, site="AMS1", base_url="https://example.org", webhook_secrets=live)
    body, url = sender.webhook("T1"), f"/webhooks/carriers/{sender.adapter}/"
    signed = sender.sign(body, new, time.time())
    forged = sender.sign(body, sender.secret("a-secret-nobody-ever-heard-of"), time.time())

    def post(content: bytes, headers: dict[str, str]) -> int:
        return client.post(url, data=content, content_type="application/json", headers=headers).status_code

    assert post(body, forged) == 401
    assert WebhookDelivery.objects.count() == 0
    assert [post(body, signed), post(body, signed)] == [202, 202]
    assert post(b" " * (MAX_BODY + 1), signed) == 413
    assert (WebhookDelivery.objects.get().copies, Parcel.objects.count(), Shipment.objects.count()) == (2, 0, 0)

    process_deliveries()
    WebhookDelivery.objects.update(state="waiting")
    process_deliveries()

    # nobody knows the number yet: the scan waits, once
    assert TrackingScan.objects.filter(tracking_no="T1", code=sender.moving[0]).count() == 1
