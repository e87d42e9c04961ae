"""Webhooks signed with a carrier's own key: which keys are believed, which signatures hold, and how keys are learnt."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from shipping.carriers.public_keys import is_near, is_signed_by, key_set
from shipping.models import Carrier, CarrierAccount
from shipping.services.accounts import forget_doors, refresh_webhook_keys, webhook_door
from shipping.services.credentials import sealer
from tests.shipping.contract.fake import Reply, serving
from tests.shipping.contract.fake_shipstation import FakeShipStation, jwk

NOW_S = 1_800_000_000.0


def ids(known: str) -> list[str]:
    return [row["kid"] for row in json.loads(known)]


def test_a_set_is_the_same_text_in_whatever_order_it_comes() -> None:
    there, back = key_set({"keys": [jwk("a"), jwk("b")]}), key_set({"keys": [jwk("b"), jwk("a")]})

    assert there == back
    assert ids(there) == ["a", "b"]


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "EC"},
        {"use": "enc"},
        {"alg": "RS512"},
        {"alg": "none"},
        {"kid": ""},
        {"kid": 7},
        {"kid": "x" * 201},
        {"n": "AQAB"},
        {"n": 12},
        {"n": "***"},
        {"e": "AQ"},
    ],
)
def test_a_key_that_is_not_to_be_trusted_is_left_out(changes: dict[str, Any]) -> None:
    assert ids(key_set({"keys": [{**jwk("odd"), **changes}, jwk("good")]})) == ["good"]


@pytest.mark.parametrize("document", [None, [], {}, {"keys": None}, {"keys": {}}, {"keys": ["x", None, {}]}])
def test_a_document_that_is_no_set_holds_no_key(document: Any) -> None:
    assert key_set(document) == ""


def test_a_short_key_proves_nothing() -> None:
    assert key_set({"keys": [jwk("short", 1_024)]}) == ""


def test_a_signature_holds_for_its_key_its_body_and_its_moment_alone() -> None:
    fake = FakeShipStation()
    body, known = b'{"a": 1}', fake.secret("now")
    headers = fake.sign(body, known, NOW_S)
    said = {
        "key_id": headers["x-shipengine-rsa-sha256-key-id"],
        "signature": headers["x-shipengine-rsa-sha256-signature"],
        "told": f"{headers['x-shipengine-timestamp']}.".encode() + body,
        "sets": ["no set", "7", fake.secret("other"), known],
    }

    assert is_signed_by(**said)
    for change in (
        {"key_id": "other"},
        {"key_id": ""},
        {"told": said["told"] + b" "},
        {"signature": said["signature"][:-4]},
        {"signature": "not base64!"},
        {"signature": ""},
        {"sets": [fake.secret("other")]},
        {"sets": [json.dumps(["x"]), json.dumps([{"kid": "now"}])]},
    ):
        assert not is_signed_by(**{**said, **change})


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        ("2027-01-15T08:00:00Z", True),
        ("2027-01-15T09:04:59+01:00", True),
        ("1800000299", True),
        ("1800000301", False),
        ("2027-01-15T07:54:59Z", False),
        ("", False),
        ("soon", False),
        ("9" * 400, False),
        ("٣", False),
    ],
)
def test_a_moment_is_near_or_nothing(moment: str, holds: bool) -> None:
    assert is_near(moment, now_s=NOW_S) is holds


# --- learning them ----------------------------------------------------------------------------------------


def account_at(fake: FakeShipStation) -> CarrierAccount:
    carrier = Carrier.objects.create(code="shipstation", name="ShipStation", adapter="shipstation")
    return CarrierAccount.objects.create(
        carrier=carrier, site="AMS1", base_url=fake.url, sealed_credentials=sealer().seal(json.dumps(fake.credentials))
    )


def live() -> list[list[str]]:
    """The ids of the keys of each live set, the newest first."""
    forget_doors()
    door = webhook_door("shipstation")
    assert door is not None
    return [ids(known) for known in door.live_secrets(timezone.now() + timedelta(hours=1))]


@pytest.mark.django_db(transaction=True)
def test_keys_are_learnt_followed_and_kept_while_the_carrier_is_away() -> None:
    with serving(FakeShipStation()) as fake:
        assert isinstance(fake, FakeShipStation)
        account_at(fake)

        assert (refresh_webhook_keys(), live()) == (1, [["now"]])
        assert (refresh_webhook_keys(), live()) == (0, [["now"]])
        fake.keys = [jwk("next"), jwk("now")]
        assert (refresh_webhook_keys(), live()) == (1, [["next", "now"], ["now"]])
        fake.keys = []
        assert (refresh_webhook_keys(), live()) == (0, [["next", "now"], ["now"]])
        fake.accidents.rude = [Reply(503)] * 4
        assert (refresh_webhook_keys(), live()) == (0, [["next", "now"], ["now"]])
    assert (refresh_webhook_keys(), live()) == (0, [["next", "now"], ["now"]])
