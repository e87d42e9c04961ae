"""GLS's side: parcels by reference, errors in headers, a picky eye for forbidden characters."""

import base64
from datetime import datetime
from typing import Any

from shipping.carriers.base import Connection
from shipping.carriers.gls import Gls
from shipping.carriers.moments import AMSTERDAM
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


class FakeGls(FakeCarrier):
    adapter = "gls"
    credentials = {"user": "canary-user", "password": "canary-password", "contact_id": "276a45fkqM"}
    bad_credentials = {**credentials, "password": "canary-wrong"}
    service = "PARCEL"
    moving = ("INPICKUP", State.HANDED_OVER)

    def open(self, connection: Connection) -> Gls:
        return Gls(connection)

    def route(self, request: Request) -> Reply:
        login = base64.b64encode(b"canary-user:canary-password").decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return Reply(401, b"Who are you?")
        match request.path.strip("/").split("/"):
            case ["shipments"]:
                return self._create(request.json())
            case ["shipments", "reprintparcel"]:
                asked = request.json()
                if asked["CreationDate"] != datetime.now(AMSTERDAM).date().isoformat():
                    return _error("NO_DATA_FOUND", "Nothing is known of this day.", "CreationDate")
                found = [
                    each for each in self.parcels if each.reference == asked["ShipmentReference"] and not each.voided
                ]
                if not found:
                    return _error("NO_DATA_FOUND", "Nothing is known of this parcel.", "")
                return said({"CreatedShipment": [_created(each, asked) for each in found]})
            case ["shipments", "cancel", number]:
                return self._cancel(number)
            case ["tracking", "parceldetails"]:
                parcel = self.named(tracking_no=request.json()["TrackID"])
                return said({"UnitDetail": {"History": _history(parcel)}}) if parcel else said({}, 404)
        return said({}, 404)

    def _create(self, asked: dict[str, Any]) -> Reply:
        shipment = asked["Shipment"]
        to = shipment["Consignee"]["Address"]
        if forbidden := set("".join(to.values())) & set("\\\"'{},;[]|"):
            return _error("INVALID_CHARACTER", f"Not allowed: {forbidden}", "Consignee.Address")
        if to["ZIPCode"] == REFUSED_POSTCODE:
            return _error("INVALID_VALUE", f"No route to {to['Name1']}, {to['eMail']}", "Consignee.Address.ZIPCode")
        if float(shipment["ShipmentUnit"][0]["Weight"]) * 1_000 > HEAVIEST_G:
            return _error("INVALID_VALUE", "The parcel is too heavy.", "ShipmentUnit.Weight")
        if to["CountryCode"] in BORDERS and "IncotermCode" not in shipment:
            return _error("MISSING_VALUE", "The incoterm is missing.", "Shipment.IncotermCode")
        return said({"CreatedShipment": _created(self.book(shipment["ShipmentReference"][0], asked), asked)}, 201)

    def _cancel(self, number: str) -> Reply:
        parcel = self.named(tracking_no=number)
        if parcel is None:
            return _error("NO_DATA_FOUND", "Nothing is known of this parcel.", "TrackID")
        parcel.voided = parcel.voided or not parcel.scans
        return said({"TrackID": number, "result": "CANCELLED" if parcel.voided else "SCANNED"})


def _created(parcel: Parcel, asked: dict[str, Any]) -> dict[str, Any]:
    zebra = asked["PrintingOptions"]["ReturnLabels"]["LabelFormat"] == "ZEBRA"
    drawn = base64.b64encode(ZPL if zebra else PDF).decode()
    return {"ParcelData": [{"TrackID": parcel.tracking_no}], "PrintData": [{"Data": drawn}]}


def _history(parcel: Parcel) -> list[dict[str, str]]:
    rows = [{"StatusCode": "PREADVICE", "Date": "2026-03-02T11:00:00", "Location": "Amsterdam"}]
    return rows + [{"StatusCode": code, "Date": "2026-03-02T19:30:00", "Location": "Utrecht"} for code in parcel.scans]


def _error(code: str, message: str, args: str) -> Reply:
    # headers are latin-1: what a name has beyond that is lost on the way, as it is there
    plain = message.encode("latin-1", "replace").decode("latin-1")
    return Reply(400, b"", {"error": code, "message": plain, "args": args})
