"""Sendcloud's side: shipments, their labels behind a document endpoint, one tracking timeline per parcel."""

import base64
import hashlib
import hmac
import json

from shipping.carriers.base import Connection
from shipping.carriers.sendcloud import Sendcloud, SendcloudWebhooks
from shipping.planning.tracking import State
from tests.shipping.contract.fake import (
    BORDERS,
    HEAVIEST_G,
    PDF,
    REFUSED_POSTCODE,
    SCANNED_AT,
    ZPL,
    FakeCarrier,
    Parcel,
    Reply,
    Request,
    said,
)


class FakeSendcloud(FakeCarrier):
    adapter = "sendcloud"
    credentials = {"public_key": "canary-public", "secret_key": "canary-secret"}
    bad_credentials = {"public_key": "canary-public", "secret_key": "canary-wrong"}
    service = "postnl:standard"
    moving = ("SHIPMENT_PICKED_UP_BY_DRIVER", State.HANDED_OVER)
    reader = SendcloudWebhooks()

    def open(self, connection: Connection) -> Sendcloud:
        return Sendcloud(connection)

    def route(self, request: Request) -> Reply:
        login = base64.b64encode(b"canary-public:canary-secret").decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return _errors(401, "authentication_failed", f"Bad key {request.headers.get('authorization')}", "")
        match (request.method, *request.path.strip("/").split("/")):
            case ("POST", "shipments", "announce"):
                return self._announce(request)
            case ("GET", "shipments"):
                found = [each for each in self.parcels if each.reference == request.query["external_reference_id"]]
                return said({"data": [self._shipment(each) for each in found]})
            case ("POST", "shipments", id_, "cancel"):
                return self._cancel(id_)
            case ("GET", "parcels", id_, "documents", "label"):
                zpl = request.headers["accept"] == "application/zpl"
                return Reply(200, ZPL if zpl else PDF) if self.named(id=id_) else Reply(404)
            case ("GET", "parcels", "tracking", number):
                parcel = self.named(tracking_no=number)
                return said({"data": {"events": _events(parcel)}}) if parcel else said({"errors": []}, 404)
        return said({"errors": []}, 404)

    def _announce(self, request: Request) -> Reply:
        body = request.json()
        if known := self.named(reference=body["external_reference_id"]):
            return said({"data": self._shipment(known)}, 409)
        to, parcel = body["to_address"], body["parcels"][0]
        if to["postal_code"] == REFUSED_POSTCODE:
            detail = f"No carrier goes to {to['name']}, {to['address_line_1']}: the postal code is not known."
            return _errors(400, "invalid", detail, "/to_address/postal_code")
        if float(parcel["weight"]["value"]) * 1_000 > HEAVIEST_G:
            return _errors(400, "invalid", "The parcel is too heavy for this option.", "/parcels/0/weight/value")
        if to["country_code"] in BORDERS and not (body.get("customs_information") and parcel.get("parcel_items")):
            return _errors(400, "required", "Customs information is required.", "/customs_information")
        return said({"data": self._shipment(self.book(body["external_reference_id"], body))}, 201)

    def _cancel(self, id_: str) -> Reply:
        parcel = self.named(id=id_)
        if parcel is None:
            return _errors(404, "not_found", "There is no such shipment.", "")
        if parcel.scans:
            return _errors(409, "shipment_not_cancellable", "The shipment is under way.", "")
        if parcel.voided:
            return said({"data": {"status": "cancelled"}}, 410)
        parcel.voided = True
        return said({"data": {"status": "queued"}}, 202)

    def _shipment(self, parcel: Parcel) -> dict[str, object]:
        status = "CANCELLED" if parcel.voided else "READY_TO_SEND"
        return {
            "id": parcel.id,
            "external_reference_id": parcel.reference,
            "parcels": [{"id": parcel.id, "tracking_number": parcel.tracking_no, "status": {"code": status}}],
        }

    def webhook(self, tracking_no: str) -> bytes:
        at_ms = int(SCANNED_AT.timestamp() * 1_000)
        parcel = {"id": 7, "tracking_number": tracking_no, "status": {"id": 22, "message": "picked up"}}
        return json.dumps({"action": "parcel_status_changed", "timestamp": at_ms, "parcel": parcel}).encode()

    def sign(self, body: bytes, secret: str, now_s: float) -> dict[str, str]:
        return {"sendcloud-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def _events(parcel: Parcel) -> list[dict[str, str]]:
    rows = [{"event_id": "1", "parent_status": "Ready to send", "timestamp": "2026-03-02T10:00:00Z"}]
    scans = enumerate(parcel.scans, start=2)
    at = SCANNED_AT.isoformat()
    return rows + [{"event_id": str(n), "parent_status": code, "timestamp": at} for n, code in scans]


def _errors(status: int, code: str, detail: str, pointer: str) -> Reply:
    error = {"status": str(status), "code": code, "detail": detail, "source": {"pointer": pointer}}
    return said({"errors": [error]}, status)
