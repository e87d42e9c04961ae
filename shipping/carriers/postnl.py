"""PostNL: a barcode is taken first, then its label is drawn and the parcel announced in one call.

Contract: https://developer.postnl.nl (Barcode 1.1, Labelling 2.2, Shipping status 2); JSON with an `apikey` header.
`LabelOrder.service` is the product code, such as `3085`. A label may be drawn again for the same barcode, so a booking
found by our reference gets its label back. No price is told and no cancellation taken: a barcode that is never sorted
is not invoiced. No push that is public; moments are Dutch local time without offset.

Left open by the public contract: how soon the status service knows a new reference (hence the long settling time),
and whether `OldStatus` is complete.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shipping.carriers import declarations, moments
from shipping.carriers.base import (
    Capabilities,
    CarrierFault,
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
    compact,
    dig,
    field_in,
    label_of,
    listed,
    private_texts,
    segment,
    street_of,
    text_of,
    unpacked,
)
from shipping.carriers.http import Answer, Refusal

_PRINTERS: Mapping[LabelFormat, str] = {"pdf": "GraphicFile|PDF", "zpl": "Zebra|Generic ZPL II 200 dpi"}
_MOMENT = "%d-%m-%Y %H:%M:%S"
_FIELDS = {
    "zipcode": "ship_to.postcode",
    "city": "ship_to.city",
    "street": "ship_to.line1",
    "weight": "parcel.weight_g",
    "customs": "customs",
}


class PostNL(HttpCarrier):
    """One customer. `credentials`: `api_key`, `customer_code`, `customer_number`, `collection_location`."""

    adapter = "postnl"
    needs = ("api_key", "customer_code", "customer_number", "collection_location")
    capabilities = Capabilities(
        label_formats=("pdf", "zpl"),
        dedupes_reference=False,
        settle_s=300,
        pushes=False,
        voids=False,
        unused_is_free=True,
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, headers={"apikey": str(connection.credentials.get("api_key", ""))})

    def buy(self, order: LabelOrder) -> Label:
        """Takes a barcode and announces the parcel under it."""
        asked = {
            "CustomerCode": self.credential("customer_code"),
            "CustomerNumber": self.credential("customer_number"),
            "Type": "3S",
            "Serie": "000000000-999999999",
        }
        barcode = text_of(self._http.call("GET", "/shipment/v1_1/barcode", params=asked).json().get("Barcode"), 40)
        if not barcode:
            raise CarrierFault("The carrier gave no barcode.")
        return self._draw(order, barcode, confirm=True)

    def find(self, order: LabelOrder) -> list[Label]:
        """The parcel announced under our reference, its label drawn again."""
        path = f"/shipment/v2/status/reference/{compact(order.reference)}"
        customer = {
            "customerCode": self.credential("customer_code"),
            "customerNumber": self.credential("customer_number"),
        }
        answer = self._http.call("GET", path, params=customer, expected=(404,))
        if answer.status == 404:
            return []
        shipments = listed(answer.json(), "CurrentStatus", "Shipment")
        barcodes = [text_of(dig(each, "Barcode"), 40) for each in shipments]
        return [self._draw(order, barcode, confirm=False) for barcode in barcodes if barcode]

    def void(self, carrier_ref: str) -> None:
        """Leaves the label unused, unless it was scanned already."""
        self.leave_unused(carrier_ref)

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """The parcel's statuses: the earlier ones and the present one."""
        path = f"/shipment/v2/status/barcode/{segment(tracking_no)}"
        answer = self._http.call("GET", path, params={"detail": "true"}, expected=(404,))
        if answer.status == 404:
            return []
        shipment = dig(answer.json(), "CompleteStatus", "Shipment")
        rows = [*listed(shipment, "OldStatus"), *listed(shipment, "Status")]
        try:
            return [_event(each, tracking_no) for each in rows]
        except WebhookMalformed as fault:
            raise CarrierFault(fault.message) from fault

    def read_refusal(self, answer: Answer) -> Refusal:
        """The first of its errors; the gateway before it says `fault` instead."""
        body = answer.json()
        error = dig(body, "Errors", 0) or dig(body, "ResponseShipments", 0, "Errors", 0)
        if error is None:
            return Refusal("refused", text_of(dig(body, "fault", "faultstring"), 300))
        return _refusal(error)

    def _draw(self, order: LabelOrder, barcode: str, *, confirm: bool) -> Label:
        """The label of a barcode; with `confirm` the parcel is announced too."""
        answer = self._http.call(
            "POST",
            "/shipment/v2_2/label",
            params={"confirm": str(confirm).lower()},
            json=self._message(order, barcode),
            private=private_texts(order),
            repeatable=not confirm,
        )
        shipment = dig(answer.json(), "ResponseShipments", 0)
        if errors := listed(shipment, "Errors"):
            raise self._http.refused(_refusal(errors[0]), private_texts(order))
        content = unpacked(dig(shipment, "Labels", 0, "Content"))
        number = dig(shipment, "Barcode")
        return label_of(order, carrier_ref=number, tracking_no=number, content=content, price_cents=None)

    def _message(self, order: LabelOrder, barcode: str) -> dict[str, Any]:
        size = order.parcel
        return {
            "Customer": {
                "Address": _address(order.ship_from, "02"),
                "CollectionLocation": self.credential("collection_location"),
                "CustomerCode": self.credential("customer_code"),
                "CustomerNumber": self.credential("customer_number"),
            },
            "Message": {
                "MessageID": "1",
                "MessageTimeStamp": datetime.now(moments.AMSTERDAM).strftime(_MOMENT),
                "Printertype": _PRINTERS[order.label_format],
            },
            "Shipments": [
                {
                    "Addresses": [_address(order.ship_to, "01")],
                    "Barcode": barcode,
                    "Contacts": [
                        {"ContactType": "01", "Email": order.ship_to.email[:50], "SMSNr": order.ship_to.phone[:17]}
                    ],
                    "Dimension": {
                        "Weight": str(size.weight_g),
                        "Length": str(size.length_mm),
                        "Width": str(size.width_mm),
                        "Height": str(size.height_mm),
                    },
                    "ProductCodeDelivery": order.service,
                    "Reference": compact(order.reference),
                    "Remark": order.shipment_number[:35],
                    **_customs(order),
                }
            ],
        }


def _customs(order: LabelOrder) -> dict[str, Any]:
    return {"Customs": declarations.postnl(order.customs, number=order.shipment_number)} if order.customs else {}


def _address(place: Place, kind: str) -> dict[str, str]:
    """An address of kind 01 (receiver) or 02 (sender); a Dutch postcode is written without its space."""
    street, number, addition = street_of(place)
    return {
        "AddressType": kind,
        "Name": place.name[:35],
        "CompanyName": place.company[:35],
        "Street": street[:95],
        "HouseNr": number[:35],
        "HouseNrExt": addition[:35],
        "Zipcode": place.postcode.replace(" ", "") if place.country == "NL" else place.postcode[:17],
        "City": place.city[:35],
        "Countrycode": place.country,
    }


def _refusal(error: Any) -> Refusal:
    """One error: `Description` (or the older `ErrorMsg`) names the input in its own words."""
    message = text_of(dig(error, "Description") or dig(error, "ErrorMsg"), 300)
    return Refusal(text_of(dig(error, "Code"), 60) or "refused", message, field_in(message.lower(), _FIELDS))


def _event(row: Any, tracking_no: str) -> ScanEvent:
    """One status: `P<phase>/<status>`. Raises `WebhookMalformed`."""
    phase, status = text_of(dig(row, "PhaseCode"), 4).lstrip("0"), text_of(dig(row, "StatusCode"), 4).lstrip("0")
    if not status:
        raise WebhookMalformed("A status has no code.")
    at, assumed = moments.local(dig(row, "TimeStamp"), _MOMENT)
    return ScanEvent(
        tracking_no=tracking_no,
        code=f"P{phase}/{status}",
        occurred_at=at,
        tz_assumed=assumed,
        raw={"phase": phase, "status": status},
    )
