"""DHL eCommerce NL's side: a token first, shipments under our UUID, labels at an address of their own."""

import json
import time

from shipping.carriers.base import Connection
from shipping.carriers.dhl_nl import DhlNl, DhlNlWebhooks, shipment_id
from shipping.planning.tracking import State
from tests.shipping.contract.fake import BORDERS, PDF, REFUSED_POSTCODE, ZPL, FakeCarrier, Parcel, Reply, Request, said


class FakeDhlNl(FakeCarrier):
    adapter = "dhl_nl"
    credentials = {"user_id": "canary-user", "api_key": "canary-key", "account_id": "08500001"}
    bad_credentials = {"user_id": "canary-user", "api_key": "canary-wrong", "account_id": "08500001"}
    service = "SMALL:DOOR"
    moving = ("UNDERWAY/SHIPMENT_ACCEPTANCE", State.HANDED_OVER)
    reader = DhlNlWebhooks()

    def open(self, connection: Connection) -> DhlNl:
        return DhlNl(connection)

    def is_login(self, request: Request) -> bool:
        return request.path == "/authenticate/api-key"

    def route(self, request: Request) -> Reply:
        if self.is_login(request):
            asked = request.json()
            if asked != {"userId": "canary-user", "key": "canary-key"}:
                return said({"key": "unauthorized", "message": f"Unknown {asked}"}, 401)
            return said({"accessToken": "canary-token", "accessTokenExpiration": int(time.time()) + 900})
        match (request.method, *request.path.strip("/").split("/")):
            case ("GET", "track-trace"):
                parcel = self.named(tracking_no=request.query["key"])
                return said([{"barcode": parcel.tracking_no, "events": _events(parcel)}]) if parcel else said([], 404)
        if request.headers.get("authorization") != "Bearer canary-token":
            return said({"key": "unauthorized"}, 401)
        match (request.method, *request.path.strip("/").split("/")):
            case ("POST", "shipments"):
                return self._ship(request)
            case ("GET", "labels"):
                found = [each for each in self.parcels if each.reference == request.query["shipmentId"]]
                return said([_piece(each) for each in found])
            case ("GET", "labels", label_id):
                zpl = request.headers["accept"] == "application/zpl"
                return Reply(200, ZPL if zpl else PDF) if self.named(id=label_id) else Reply(404)
        return said({}, 404)

    def _ship(self, request: Request) -> Reply:
        body = request.json()
        if self.named(reference=body["shipmentId"]):
            return said({"key": "conflict", "message": "This shipment exists."}, 409)
        receiver = body["receiver"]
        if receiver["address"]["postalCode"] == REFUSED_POSTCODE.replace(" ", ""):
            message = f"Not served: {receiver['name']['lastName']} at {receiver['email']}, no such postal code."
            details = {"receiver.address.postalCode": ["unknown"]}
            return said({"key": "validation_error", "message": message, "details": details}, 400)
        if body["pieces"][0]["weight"] > 31:
            details = {"pieces[0].weight": ["above 31"]}
            return said({"key": "validation_error", "message": "The piece is too heavy.", "details": details}, 400)
        declared = body.get("customsDeclaration", {})
        if receiver["address"]["countryCode"] in BORDERS and not declared.get("customsGoods"):
            details = {"customsDeclaration": ["missing"]}
            return said({"key": "validation_error", "message": "A declaration is needed.", "details": details}, 400)
        parcel = self.book(body["shipmentId"], body)
        return said({"shipmentId": body["shipmentId"], "pieces": [_piece(parcel)]}, 201)

    def names(self, reference: str) -> set[str]:
        return {shipment_id(reference)}

    def webhook(self, tracking_no: str) -> bytes:
        return json.dumps({"barcode": tracking_no, "events": [_scan(self.moving[0])]}).encode()

    def sign(self, body: bytes, secret: str, now_s: float) -> dict[str, str]:
        return {"x-api-key": secret}


def _piece(parcel: Parcel) -> dict[str, str]:
    return {"labelId": parcel.id, "trackerCode": parcel.tracking_no}


def _scan(code: str) -> dict[str, str]:
    category, status = code.split("/")
    # half past six in the evening, summer time not yet begun
    return {"category": category, "status": status, "timestamp": "2026-03-02T19:30:00"}


def _events(parcel: Parcel) -> list[dict[str, str]]:
    return [_scan("DATA_RECEIVED/PRENOTIFICATION_RECEIVED"), *map(_scan, parcel.scans)]
