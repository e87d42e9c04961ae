"""PostNL's side: barcodes, labels drawn as often as asked, announced when confirmed, statuses in local time."""

import base64

from shipping.carriers.base import Connection
from shipping.carriers.postnl import PostNL
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


class FakePostNL(FakeCarrier):
    adapter = "postnl"
    credentials = {
        "api_key": "canary-key",
        "customer_code": "DEVC",
        "customer_number": "11223344",
        "collection_location": "1234506",
    }
    bad_credentials = {**credentials, "api_key": "canary-wrong"}
    service = "3085"
    moving = ("P1/2", State.HANDED_OVER)

    def __init__(self) -> None:
        super().__init__()
        self.barcodes = 0

    def open(self, connection: Connection) -> PostNL:
        return PostNL(connection)

    def route(self, request: Request) -> Reply:
        if request.headers.get("apikey") != "canary-key":
            return said({"fault": {"faultstring": f"Invalid ApiKey {request.headers.get('apikey')}"}}, 401)
        match (request.method, *request.path.strip("/").split("/")):
            case ("GET", "shipment", "v1_1", "barcode"):
                self.barcodes += 1
                return said({"Barcode": f"3S{request.query['CustomerCode']}{self.barcodes:09d}"})
            case ("POST", "shipment", "v2_2", "label"):
                return self._label(request)
            case ("GET", "shipment", "v2", "status", "reference", reference):
                parcel = self.named(reference=reference)
                if parcel is None:
                    return said({"Warnings": [{"Code": "2", "Description": "No shipment found"}]})
                return said({"CurrentStatus": {"Shipment": {"Barcode": parcel.tracking_no}}})
            case ("GET", "shipment", "v2", "status", "barcode", barcode):
                parcel = self.named(tracking_no=barcode)
                if parcel is None:
                    return said({"Warnings": [{"Code": "2", "Description": "No shipment found"}]})
                return said({"CompleteStatus": {"Shipment": _statuses(parcel)}})
        return said({}, 404)

    def _label(self, request: Request) -> Reply:
        body = request.json()
        shipment = body["Shipments"][0]
        address = shipment["Addresses"][0]
        if address["Zipcode"] == REFUSED_POSTCODE.replace(" ", ""):
            told = f"Zipcode does not exist for {address['Name']}, {shipment['Contacts'][0]['Email']}"
            return said({"Errors": [{"Code": "1203", "Description": told}]}, 400)
        if int(shipment["Dimension"]["Weight"]) > HEAVIEST_G:
            errors = [{"Code": "41", "Description": "Weight is above the maximum of the product."}]
            return said({"ResponseShipments": [{"Errors": errors}]})
        if address["Countrycode"] in BORDERS and not shipment.get("Customs", {}).get("Content"):
            return said({"Errors": [{"Code": "1301", "Description": "Customs data is missing."}]}, 400)
        if request.query["confirm"] == "true":
            self.book(shipment["Reference"], body, tracking_no=shipment["Barcode"])
        drawn = PDF if "PDF" in body["Message"]["Printertype"] else ZPL
        labels = [{"Content": base64.b64encode(drawn).decode(), "Labeltype": "Label"}]
        return said({"ResponseShipments": [{"Barcode": shipment["Barcode"], "Labels": labels, "Errors": []}]})


def _statuses(parcel: Parcel) -> dict[str, object]:
    announced = {"PhaseCode": "1", "StatusCode": "1", "TimeStamp": "02-03-2026 11:00:00"}
    if not parcel.scans:
        return {"Status": announced}
    return {
        "OldStatus": [announced],
        "Status": {"PhaseCode": "01", "StatusCode": "02", "TimeStamp": "02-03-2026 19:30:00"},
    }
