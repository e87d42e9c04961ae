"""EasyPost's side: one-call purchases, a reference in place of an id, labels as files, trackers, signed events."""

import base64
import hashlib
import hmac
import json
import unicodedata
from datetime import UTC, datetime
from email.utils import format_datetime

from shipping.carriers.base import Connection
from shipping.carriers.easypost import EasyPost, EasyPostWebhooks
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


class FakeEasyPost(FakeCarrier):
    adapter = "easypost"
    credentials = {"api_key": "canary-api-key"}
    bad_credentials = {"api_key": "canary-wrong-key"}
    service = "ca_1:Standard"
    moving = ("in_transit/received_at_origin_facility", State.HANDED_OVER)
    reader = EasyPostWebhooks()

    def open(self, connection: Connection) -> EasyPost:
        return EasyPost(connection)

    def route(self, request: Request) -> Reply:
        if request.path.startswith("/files/"):
            # a file needs no key, and must not be shown it
            assert "authorization" not in request.headers
            return Reply(200, ZPL if request.path.endswith(".zpl") else PDF)
        login = base64.b64encode(b"canary-api-key:").decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return _error(401, "APIKEY.INACTIVE", f"No such key: {request.headers.get('authorization')}", "")
        match (request.method, *request.path.strip("/").split("/")):
            case ("POST", "v2", "shipments"):
                return self._buy(request)
            case ("GET", "v2", "shipments", wanted):
                parcel = self.named(id=wanted) or self.named(reference=wanted)
                return said(self._shipment(parcel)) if parcel else _error(404, "NOT_FOUND", "There is no such id.", "")
            case ("POST", "v2", "shipments", id_, "refund"):
                parcel = self.named(id=id_)
                if parcel is None:
                    return _error(404, "NOT_FOUND", "There is no such id.", "")
                parcel.voided = parcel.voided or not parcel.scans
                return said({**self._shipment(parcel), "refund_status": "submitted" if parcel.voided else "rejected"})
            case ("GET", "v2", "trackers"):
                parcel = self.named(tracking_no=request.query["tracking_code"])
                return said({"trackers": [_tracker(parcel.tracking_no, parcel.scans)] if parcel else []})
        return _error(404, "NOT_FOUND", "Not found.", "")

    def _buy(self, request: Request) -> Reply:
        shipment = request.json()["shipment"]
        to = shipment["to_address"]
        if to["zip"] == REFUSED_POSTCODE:
            told = f"Unable to verify {to['name']}, {to['street1']}, {to['email']}"
            return _error(422, "ADDRESS.VERIFY.FAILURE", told, "zip")
        if shipment["parcel"]["weight"] * 28.35 > HEAVIEST_G:
            return _error(422, "SHIPMENT.POSTAGE.FAILURE", "The parcel is too heavy.", "weight")
        if to["country"] in BORDERS and not shipment.get("customs_info", {}).get("customs_items"):
            return _error(422, "SHIPMENT.POSTAGE.FAILURE", "Customs info is required.", "customs_info")
        return said(self._shipment(self.book(shipment["reference"], shipment)), 201)

    def _shipment(self, parcel: Parcel) -> dict[str, object]:
        files = f"{self.url}/files/{parcel.id}"
        return {
            "id": parcel.id,
            "reference": parcel.reference,
            "tracking_code": parcel.tracking_no,
            "refund_status": "submitted" if parcel.voided else None,
            "selected_rate": {"rate": "6.45", "currency": "EUR"},
            "postage_label": {"label_pdf_url": f"{files}.pdf", "label_zpl_url": f"{files}.zpl"},
        }

    def webhook(self, tracking_no: str) -> bytes:
        tracker = _tracker(tracking_no, ["once"])
        tracker["tracking_details"] = tracker["tracking_details"][1:]
        return json.dumps({"description": "tracker.updated", "result": tracker}).encode()

    def sign(self, body: bytes, secret: str, now_s: float) -> dict[str, str]:
        at, path = format_datetime(datetime.fromtimestamp(now_s, UTC)), "/webhooks/carriers/easypost/"
        key = unicodedata.normalize("NFKD", secret).encode()
        digest = hmac.new(key, f"{at}POST{path}".encode() + body, hashlib.sha256).hexdigest()
        return {"x-timestamp": at, "x-path": path, "x-hmac-signature-v2": f"hmac-sha256-hex={digest}"}


def _tracker(number: str, scans: list[str]) -> dict[str, list[dict[str, str]]]:
    announced = {"status": "pre_transit", "status_detail": "label_created", "datetime": "2026-03-02T10:00:00Z"}
    scanned = {
        "status": "in_transit",
        "status_detail": "received_at_origin_facility",
        "datetime": "2026-03-02T18:30:00Z",
    }
    return {"tracking_code": number, "tracking_details": [announced, *([scanned] if scans else [])]}  # type: ignore[dict-item]


def _error(status: int, code: str, message: str, field: str) -> Reply:
    errors = [{"field": field, "message": "invalid"}] if field else []
    return said({"error": {"code": code, "message": message, "errors": errors}}, status)
