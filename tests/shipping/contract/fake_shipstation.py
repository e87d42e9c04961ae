"""ShipStation's side: labels by an external id, voids with an approval, tracking, webhooks signed with its own key."""

import base64
import json
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from shipping.carriers.base import Connection
from shipping.carriers.public_keys import key_set
from shipping.carriers.shipstation import ShipStation, ShipStationWebhooks
from shipping.planning.tracking import State
from tests.shipping.contract.fake import (
    BORDERS,
    HEAVIEST_G,
    PDF,
    REFUSED_POSTCODE,
    ZPL,
    FakeCarrier,
    Parcel,
    Reply,
    Request,
    said,
)


@cache
def pair(name: str, bits: int) -> rsa.RSAPrivateKey:
    """The key pair of that name, for the whole run."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def jwk(name: str, bits: int = 2_048) -> dict[str, str]:
    """Its public half, as the carrier publishes it."""
    numbers = pair(name, bits).public_key().public_numbers()
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name, "n": _text(numbers.n), "e": _text(numbers.e)}


def _text(number: int) -> str:
    plain = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


class FakeShipStation(FakeCarrier):
    adapter = "shipstation"
    credentials = {"api_key": "canary-api-key"}
    bad_credentials = {"api_key": "canary-wrong-key"}
    service = "se-1:standard"
    moving = ("AC/COLLECTION_MADE", State.HANDED_OVER)
    reader = ShipStationWebhooks()

    def __init__(self) -> None:
        super().__init__()
        self.keys = [jwk("now")]

    def open(self, connection: Connection) -> ShipStation:
        return ShipStation(connection)

    def secret(self, name: str) -> str:
        return key_set({"keys": [jwk(name)]})

    def route(self, request: Request) -> Reply:
        if request.path == "/jwks":
            return said({"keys": self.keys})
        if request.headers.get("api-key") != "canary-api-key":
            return _error(401, "unauthorized", f"No such key: {request.headers.get('api-key')}", "")
        match (request.method, *request.path.strip("/").split("/")):
            case ("GET", "downloads", name):
                return Reply(200, ZPL if name.endswith(".zpl") else PDF)
            case ("POST", "v2", "labels"):
                return self._buy(request)
            case ("GET", "v2", "labels", "external_shipment_id", wanted):
                return self._told(self.named(reference=wanted))
            case ("GET", "v2", "labels", id_, "track"):
                parcel = self.named(id=id_)
                return said({"events": _events(parcel.scans)}) if parcel else _error(404, "not_found", "No label.", "")
            case ("GET", "v2", "labels", id_):
                return self._told(self.named(id=id_))
            case ("GET", "v2", "labels"):
                parcel = self.named(tracking_no=request.query["tracking_number"])
                return said({"labels": [self._label(parcel)] if parcel else []})
            case ("PUT", "v2", "labels", id_, "void"):
                parcel = self.named(id=id_)
                if parcel is None:
                    return _error(404, "not_found", "There is no such label.", "")
                approved = not parcel.scans and not parcel.voided
                parcel.voided = parcel.voided or approved
                return said({"approved": approved, "message": "as told"})
        return _error(404, "not_found", "Not found.", "")

    def _buy(self, request: Request) -> Reply:
        shipment = request.json()["shipment"]
        to = shipment["ship_to"]
        if to["postal_code"] == REFUSED_POSTCODE:
            told = f"No carrier goes to {to['name']}, {to['address_line1']}, {to['email']}"
            return _error(400, "invalid_address", told, "ship_to.postal_code")
        if shipment["packages"][0]["weight"]["value"] > HEAVIEST_G:
            return _error(400, "invalid_field_value", "The parcel is too heavy.", "packages[0].weight")
        if to["country_code"] in BORDERS and not shipment.get("customs", {}).get("customs_items"):
            return _error(400, "field_value_required", "Customs items are missing.", "customs")
        return said(self._label(self.book(shipment["external_shipment_id"], shipment)))

    def _told(self, parcel: Parcel | None) -> Reply:
        return said(self._label(parcel)) if parcel else _error(404, "not_found", "There is no such label.", "")

    def _label(self, parcel: Parcel) -> dict[str, object]:
        files = f"{self.url}/downloads/{parcel.id}"
        return {
            "label_id": parcel.id,
            "status": "completed",
            "external_shipment_id": parcel.reference,
            "tracking_number": parcel.tracking_no,
            "voided": parcel.voided,
            "shipment_cost": {"currency": "eur", "amount": 7.1},
            "label_download": {"pdf": f"{files}.pdf", "zpl": f"{files}.zpl", "href": f"{files}.pdf"},
        }

    def webhook(self, tracking_no: str) -> bytes:
        data = {"tracking_number": tracking_no, "status_code": "AC", "events": _events(["once"])[1:]}
        return json.dumps({"resource_type": "API_TRACK", "resource_url": "https://x", "data": data}).encode()

    def sign(self, body: bytes, secret: str, now_s: float) -> dict[str, str]:
        at = datetime.fromtimestamp(now_s, UTC).isoformat().replace("+00:00", "Z")
        known = json.loads(secret)[0]["kid"] if secret.startswith("[") else secret or "nobody"
        signature = pair(known, 2_048).sign(f"{at}.".encode() + body, padding.PKCS1v15(), SHA256())
        return {
            "x-shipengine-rsa-sha256-key-id": known,
            "x-shipengine-rsa-sha256-signature": base64.b64encode(signature).decode(),
            "x-shipengine-timestamp": at,
        }


def _events(scans: list[str]) -> list[dict[str, str]]:
    announced = {"status_code": "NY", "occurred_at": "2026-03-02T10:00:00Z", "city_locality": ""}
    scanned = {
        "status_code": "AC",
        "status_detail_code": "COLLECTION_MADE",
        "occurred_at": "2026-03-02T18:30:00Z",
        "carrier_occurred_at": "2026-03-02T19:30:00Z",  # local time, marked as what it is not
        "city_locality": "Utrecht",
    }
    return [announced, *([scanned] if scans else [])]


def _error(status: int, code: str, message: str, field: str) -> Reply:
    return said({"errors": [{"error_code": code, "message": message, "field_name": field}]}, status)
