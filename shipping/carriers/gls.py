r"""GLS, the group's ShipIT service: a parcel is created under our reference, and its label can be printed again by it.

Contract: the ShipIT REST description of GLS (shipments, reprintparcel, cancel, tracking); JSON with a basic log-in.
The Dutch API on https://api-portal.gls.nl has the same label formats. `LabelOrder.service` is the product, such as
`PARCEL`. A text may hold none of \ " ' { } , ; [ ] |, so these become blanks. No price is told and no push is public;
moments have no offset: Dutch local time is assumed.

Left open by the public contract: the words of a cancellation's result (those known are listed below), which error
means that nothing is found (404, or an error that says so), and the codes of a parcel's history beyond the group's
list of statuses. A look-up needs the day of creation, so a purchase more than a day in doubt is not found any more.
Hosts that ask for an OAuth token in place of the log-in are not spoken with yet.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from shipping.carriers import declarations, moments
from shipping.carriers.base import (
    Capabilities,
    CarrierFault,
    CarrierRefused,
    Connection,
    Label,
    LabelFormat,
    LabelOrder,
    Place,
    ScanEvent,
    WebhookMalformed,
)
from shipping.carriers.client import (
    HttpCarrier,
    already_moving,
    compact,
    dig,
    field_in,
    kilograms,
    label_of,
    listed,
    private_texts,
    segment,
    street_of,
    text_of,
    unpacked,
)
from shipping.carriers.http import Answer, Refusal

_JSON = "application/glsVersion1+json"
_FORMATS: Mapping[LabelFormat, str] = {"pdf": "PDF", "zpl": "ZEBRA"}
_FORBIDDEN = str.maketrans(dict.fromkeys("\\\"'{},;[]|", " "))
_GONE = {"CANCELLED", "CANCELED", "CANCELLATION_PENDING"}
_MOVING = {"SCANNED"}
_NOTHING = {"NO_DATA_FOUND", "E998", "NOT_FOUND"}
_FIELDS = {
    "zipcode": "ship_to.postcode",
    "city": "ship_to.city",
    "street": "ship_to.line1",
    "country": "ship_to.country",
    "weight": "parcel.weight_g",
    "product": "service",
    "incoterm": "customs",
}


class Gls(HttpCarrier):
    """One shipper. `credentials`: `user`, `password`, `contact_id`. Threads may share an instance."""

    adapter = "gls"
    needs = ("user", "password", "contact_id")
    capabilities = Capabilities(label_formats=("pdf", "zpl"), dedupes_reference=False, settle_s=60, pushes=False)

    def __init__(self, connection: Connection) -> None:
        login = str(connection.credentials.get("user", "")), str(connection.credentials.get("password", ""))
        super().__init__(connection, headers={"Accept": _JSON, "Content-Type": _JSON}, login=login)

    def buy(self, order: LabelOrder) -> Label:
        """Creates one parcel with its label."""
        body = {"Shipment": self._shipment(order), "PrintingOptions": _printing(order)}
        answer = self._http.call("POST", "/shipments", json=body, private=private_texts(order))
        return _label(dig(answer.json(), "CreatedShipment"), order)

    def find(self, order: LabelOrder) -> list[Label]:
        """The parcel under our reference, its label printed again; it was created today, or yesterday."""
        today = datetime.now(moments.AMSTERDAM).date()
        return [label for day in (today, today - timedelta(days=1)) for label in self._created_on(day, order)]

    def _created_on(self, day: date, order: LabelOrder) -> list[Label]:
        """The parcel under our reference, if it was created on that day."""
        body = {
            "ShipmentReference": compact(order.reference),
            "CreationDate": day.isoformat(),
            "PrintingOptions": _printing(order),
        }
        try:
            answer = self._http.call("POST", "/shipments/reprintparcel", json=body, expected=(404,), repeatable=True)
        except CarrierRefused as refusal:
            if refusal.code in _NOTHING:
                return []
            raise
        return (
            [] if answer.status == 404 else [_label(each, order) for each in listed(answer.json(), "CreatedShipment")]
        )

    def void(self, carrier_ref: str) -> None:
        """Cancels a parcel nobody scanned."""
        answer = self._http.call("POST", f"/shipments/cancel/{segment(carrier_ref)}").json()
        result = text_of(answer.get("result"), 40).upper()
        if result in _MOVING:
            raise already_moving()
        if result not in _GONE:
            raise CarrierFault(f"The carrier answered the cancellation with {result or 'nothing'}.")

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """The parcel's history."""
        asked = {"TrackID": tracking_no}
        answer = self._http.call("POST", "/tracking/parceldetails", json=asked, expected=(404,), repeatable=True)
        if answer.status == 404:
            return []
        try:
            return [_event(each, tracking_no) for each in listed(answer.json(), "UnitDetail", "History")]
        except WebhookMalformed as fault:
            raise CarrierFault(fault.message) from fault

    def read_refusal(self, answer: Answer) -> Refusal:
        """The `error` and `message` headers, or the same in the body; `args` names the input."""
        told: Mapping[str, Any] = answer.headers
        if "error" not in told:
            told = answer.json()
        message, named = text_of(told.get("message"), 300), text_of(told.get("args"), 100).lower()
        return Refusal(text_of(told.get("error"), 60) or "refused", message, field_in(named, _FIELDS))

    def _shipment(self, order: LabelOrder) -> dict[str, Any]:
        return {
            "ShipmentReference": [compact(order.reference)],
            "ShippingDate": order.ship_on.isoformat(),
            "Product": order.service,
            **({"IncotermCode": declarations.gls(order.customs)} if order.customs else {}),
            "Shipper": {
                "ContactID": self.credential("contact_id"),
                "AlternativeShipperAddress": _address(order.ship_from),
            },
            "Consignee": {"Address": _address(order.ship_to)},
            "ShipmentUnit": [
                {
                    "ShipmentUnitReference": [clean(order.shipment_number, 40)],
                    "Weight": kilograms(order.parcel.weight_g),
                }
            ],
        }


def clean(text: str, longest: int) -> str:
    """A text without the characters GLS forbids, cut to `longest`."""
    return " ".join(text.translate(_FORBIDDEN).split())[:longest].strip()


def _address(place: Place) -> dict[str, str]:
    street, number, addition = street_of(place)
    return {
        "Name1": clean(place.company or place.name, 40),
        "Name2": clean(place.name, 40) if place.company else "",
        "Name3": clean(place.line2, 40),
        "CountryCode": place.country,
        "ZIPCode": clean(place.postcode, 10),
        "City": clean(place.city, 40),
        "Street": clean(street, 40),
        "StreetNumber": clean(f"{number} {addition}", 40),
        "eMail": clean(place.email, 80),
        "MobilePhoneNumber": clean(place.phone, 35),
    }


def _printing(order: LabelOrder) -> dict[str, Any]:
    return {"ReturnLabels": {"TemplateSet": "NONE", "LabelFormat": _FORMATS[order.label_format]}}


def _label(shipment: Any, order: LabelOrder) -> Label:
    """The only parcel of a created shipment; its track id is what it is cancelled and followed by."""
    number = text_of(dig(shipment, "ParcelData", 0, "TrackID"), 40)
    content = unpacked(dig(shipment, "PrintData", 0, "Data"))
    return label_of(order, carrier_ref=number, tracking_no=number, content=content, price_cents=None)


def _event(row: Any, tracking_no: str) -> ScanEvent:
    """One line of the history. Raises `WebhookMalformed`."""
    code = re.sub(r"[^A-Z0-9.]", "", text_of(dig(row, "StatusCode"), 60).upper())
    if not code:
        raise WebhookMalformed("An event names no status.")
    at, assumed = moments.iso(dig(row, "Date"))
    return ScanEvent(
        tracking_no=tracking_no,
        code=code,
        occurred_at=at,
        location=text_of(dig(row, "Location"), 100),
        tz_assumed=assumed,
        raw={"status": code, "place": text_of(dig(row, "LocationCode"), 20)},
    )
