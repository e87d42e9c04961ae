"""UPS's side: a token for client credentials, packages, labels recovered by reference, activities with GMT."""

import base64
import json

from shipping.carriers.base import Connection
from shipping.carriers.ups import Ups, UpsWebhooks
from shipping.planning.tracking import State
from tests.shipping.contract.fake import (
    BORDERS,
    HEAVIEST_G,
    REFUSED_POSTCODE,
    ZPL,
    FakeCarrier,
    Parcel,
    Reply,
    Request,
    said,
)


class FakeUps(FakeCarrier):
    adapter = "ups"
    credentials = {"client_id": "canary-client", "client_secret": "canary-secret", "account_number": "1A2B3C"}
    bad_credentials = {**credentials, "client_secret": "canary-wrong"}
    service = "11"
    moving = ("I/OR", State.HANDED_OVER)
    reader = UpsWebhooks()

    def open(self, connection: Connection) -> Ups:
        return Ups(connection)

    def is_login(self, request: Request) -> bool:
        return request.path == "/security/v1/oauth/token"

    def route(self, request: Request) -> Reply:
        shown = request.headers.get("authorization", "")
        if self.is_login(request):
            if shown != "Basic " + base64.b64encode(b"canary-client:canary-secret").decode():
                return _error(401, "10401", f"ClientId is invalid: {shown}")
            return said({"access_token": "canary-token", "expires_in": "14399"})
        if shown != "Bearer canary-token":
            return _error(401, "250002", "Invalid Authentication Information.")
        match (request.method, *request.path.strip("/").split("/")):
            case ("POST", "api", "shipments", "v2403", "ship"):
                return self._ship(request)
            case ("POST", "api", "labels", "v1", "recovery"):
                asked = request.json()["LabelRecoveryRequest"]["ReferenceValues"]
                parcel = self.named(reference=asked["ReferenceNumber"]["Value"])
                if parcel is None or parcel.voided or asked["ShipperNumber"] != "1A2B3C":
                    return _error(400, "300001", "No shipment was found for the reference.")
                result = {"TrackingNumber": parcel.tracking_no, "LabelImage": {"GraphicImage": _drawn()}}
                response = {"ShipmentIdentificationNumber": parcel.id, "LabelResults": result}
                return said({"LabelRecoveryResponse": response})
            case ("DELETE", "api", "shipments", "v2403", "void", "cancel", id_):
                return self._void(id_)
            case ("GET", "api", "track", "v1", "details", number):
                parcel = self.named(tracking_no=number)
                if parcel is None or not request.headers.get("transid"):
                    return _error(404, "TW0001", "Tracking information is not found.")
                package = {"trackingNumber": number, "activity": _activities(parcel)}
                return said({"trackResponse": {"shipment": [{"package": [package]}]}})
        return _error(404, "404", "Not found.")

    def _ship(self, request: Request) -> Reply:
        shipment = request.json()["ShipmentRequest"]["Shipment"]
        to = shipment["ShipTo"]
        if to["Address"]["PostalCode"] == REFUSED_POSTCODE.replace(" ", ""):
            told = f"Missing or invalid ship to postal code for {to['Name']}, {to['EMailAddress']}"
            return _error(400, "120206", told)
        if float(shipment["Package"][0]["PackageWeight"]["Weight"]) * 1_000 > HEAVIEST_G:
            return _error(400, "120314", "The package weight exceeds the maximum.")
        forms = shipment.get("ShipmentServiceOptions", {}).get("InternationalForms", {})
        if to["Address"]["CountryCode"] in BORDERS and not forms.get("Product"):
            return _error(400, "120500", "International Forms are required for this shipment.")
        parcel = self.book(shipment["ReferenceNumber"][0]["Value"], shipment)
        package = {"TrackingNumber": parcel.tracking_no, "ShippingLabel": {"GraphicImage": _drawn()}}
        total = {"CurrencyCode": "EUR", "MonetaryValue": "7.85"}
        results = {"ShipmentIdentificationNumber": parcel.id, "PackageResults": [package]}
        return said({"ShipmentResponse": {"ShipmentResults": {**results, "ShipmentCharges": {"TotalCharges": total}}}})

    def _void(self, id_: str) -> Reply:
        parcel = self.named(id=id_)
        if parcel is None or parcel.scans:
            return _error(400, "190102", "No shipment found within the allowed void period.")
        if parcel.voided:
            return _error(400, "190117", "The shipment has already been voided.")
        parcel.voided = True
        return said({"VoidShipmentResponse": {"SummaryResult": {"Status": {"Code": "1"}}}})

    def webhook(self, tracking_no: str) -> bytes:
        body = {
            "trackingNumber": tracking_no,
            "activityStatus": {"type": "I", "code": "OR", "description": "Origin scan"},
            "activityLocation": {"city": "EINDHOVEN", "country": "NL"},
            "localActivityDate": "20260302",
            "localActivityTime": "193000",
            "gmtActivityDate": "20260302",
            "gmtActivityTime": "183000",
        }
        return json.dumps(body).encode()

    def sign(self, body: bytes, secret: str, now_s: float) -> dict[str, str]:
        return {"credential": secret}


def _drawn() -> str:
    return base64.b64encode(ZPL).decode()


def _activities(parcel: Parcel) -> list[dict[str, object]]:
    announced = {"status": {"type": "M", "code": "MP"}, "date": "20260302", "time": "110000"}
    scanned = {"status": {"type": "I", "code": "OR"}, "gmtDate": "20260302", "gmtTime": "18:30:00"}
    return [announced, *([scanned] if parcel.scans else [])]


def _error(status: int, code: str, message: str) -> Reply:
    return said({"response": {"errors": [{"code": code, "message": message}]}}, status)
