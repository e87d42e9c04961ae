"""UPS: ships, voids, recovers a label by our reference, and is told of scans by Track Alert.

Contract: the OpenAPI files in github.com/UPS-API/api-documentation (OAuth, Shipping v2403, Tracking, Track Alert).
`LabelOrder.service` is the two-digit service code, such as `11`. Labels come as ZPL; PDF would need a conversion.
A scan has local date and time and the same in GMT: GMT is what counts. A status is a type and a code, and the code
decides, for type D covers out for delivery too. Track Alert proves its sender with a credential of ours in a header,
repeats nothing ("incoming events will be lost") and ends after 14 days, so polling stays on.

Left open by the public contract: all codes of a refused cancellation (those known are listed below), whether a label
is recovered by reference at once, and a closed list of status codes.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from shipping.carriers import declarations, moments, signing
from shipping.carriers.base import (
    Capabilities,
    CarrierFault,
    CarrierRefused,
    Connection,
    Label,
    LabelOrder,
    Place,
    ScanEvent,
    WebhookMalformed,
)
from shipping.carriers.client import (
    HttpCarrier,
    already_moving,
    centimetres,
    compact,
    dig,
    euro_cents,
    field_in,
    kilograms,
    label_of,
    listed,
    private_texts,
    segment,
    text_of,
    unpacked,
    webhook_json,
)
from shipping.carriers.http import Answer, Refusal
from shipping.carriers.tokens import Token

_VOIDED_BEFORE = {"190117"}
_TOO_LATE = {"190101", "190102", "190103", "190104"}
_NOTHING = {"300001", "9300004", "9300005"}
_FIELDS = {
    "postal code": "ship_to.postcode",
    "postalcode": "ship_to.postcode",
    "city": "ship_to.city",
    "address line": "ship_to.line1",
    "weight": "parcel.weight_g",
    "dimension": "parcel",
    "service": "service",
    "international forms": "customs",
}


class Ups(HttpCarrier):
    """One shipper. `credentials`: `client_id`, `client_secret`, `account_number`. Threads may share an instance."""

    adapter = "ups"
    needs = ("client_id", "client_secret", "account_number")
    capabilities = Capabilities(label_formats=("zpl",), dedupes_reference=False, settle_s=120, pushes=True)

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._http.token = Token(self._http.account_key, self._log_in)

    def buy(self, order: LabelOrder) -> Label:
        """Ships one package; the invoice's price comes along."""
        private = private_texts(order)
        answer = self._http.call("POST", "/api/shipments/v2403/ship", json=self._shipment(order), private=private)
        results = dig(answer.json(), "ShipmentResponse", "ShipmentResults")
        package = (listed(results, "PackageResults") or [None])[0]
        charges = dig(results, "NegotiatedRateCharges", "TotalCharge") or dig(
            results, "ShipmentCharges", "TotalCharges"
        )
        return label_of(
            order,
            carrier_ref=dig(results, "ShipmentIdentificationNumber"),
            tracking_no=dig(package, "TrackingNumber"),
            content=unpacked(dig(package, "ShippingLabel", "GraphicImage")),
            price_cents=euro_cents(dig(charges, "MonetaryValue"), dig(charges, "CurrencyCode")),
        )

    def find(self, order: LabelOrder) -> list[Label]:
        """The label recovered by our reference and the shipper's number."""
        asked = {
            "LabelRecoveryRequest": {
                "LabelSpecification": {"LabelImageFormat": {"Code": "ZPL"}},
                "ReferenceValues": {
                    "ReferenceNumber": {"Value": compact(order.reference)},
                    "ShipperNumber": self.credential("account_number"),
                },
            }
        }
        try:
            answer = self._http.call("POST", "/api/labels/v1/recovery", json=asked, expected=(404,), repeatable=True)
        except CarrierRefused as refusal:
            if refusal.code in _NOTHING:
                return []
            raise
        response = dig(answer.json(), "LabelRecoveryResponse")
        return [
            label_of(
                order,
                carrier_ref=dig(response, "ShipmentIdentificationNumber"),
                tracking_no=dig(result, "TrackingNumber"),
                content=unpacked(dig(result, "LabelImage", "GraphicImage")),
                price_cents=None,
            )
            for result in listed(response, "LabelResults")
        ]

    def void(self, carrier_ref: str) -> None:
        """Voids a shipment that was not picked up."""
        try:
            self._http.call("DELETE", f"/api/shipments/v2403/void/cancel/{segment(carrier_ref)}")
        except CarrierRefused as refusal:
            if refusal.code in _VOIDED_BEFORE:
                return
            if refusal.code in _TOO_LATE:
                raise already_moving() from refusal
            raise

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """The package's activities."""
        shown = {"transId": uuid.uuid4().hex, "transactionSrc": "pakhuis"}
        path = f"/api/track/v1/details/{segment(tracking_no)}"
        answer = self._http.call("GET", path, headers=shown, expected=(404,))
        if answer.status == 404:
            return []
        packages = [
            package
            for shipment in listed(answer.json(), "trackResponse", "shipment")
            for package in listed(shipment, "package")
        ]
        try:
            return [_activity(each, tracking_no) for package in packages for each in listed(package, "activity")]
        except WebhookMalformed as fault:
            raise CarrierFault(fault.message) from fault

    def read_refusal(self, answer: Answer) -> Refusal:
        """The first of its errors; the sentence names the input in its own words."""
        error = dig(answer.json(), "response", "errors", 0)
        message = text_of(dig(error, "message"), 300)
        return Refusal(text_of(dig(error, "code"), 60) or "refused", message, field_in(message.lower(), _FIELDS))

    def _log_in(self) -> tuple[str, float]:
        body = self._http.send_plain(
            "POST",
            "/security/v1/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(self.credential("client_id"), self.credential("client_secret")),
        ).json()
        token, good_for = body.get("access_token"), text_of(body.get("expires_in"), 10)
        if not isinstance(token, str) or not good_for.isdecimal():
            raise CarrierFault("The carrier's log-in gave no token.")
        return token, float(good_for)

    def _shipment(self, order: LabelOrder) -> dict[str, Any]:
        account = self.credential("account_number")
        size = order.parcel
        return {
            "ShipmentRequest": {
                "Request": {"RequestOption": "nonvalidate"},
                "Shipment": {
                    "Shipper": {**_party(order.ship_from), "ShipperNumber": account},
                    "ShipFrom": _party(order.ship_from),
                    "ShipTo": _party(order.ship_to),
                    "PaymentInformation": {
                        "ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": account}}],
                    },
                    "Service": {"Code": order.service},
                    "ReferenceNumber": [{"Value": compact(order.reference)}],
                    **_customs(order),
                    "Package": [
                        {
                            "Packaging": {"Code": "02"},
                            "Dimensions": {
                                "UnitOfMeasurement": {"Code": "CM"},
                                "Length": str(centimetres(size.length_mm)),
                                "Width": str(centimetres(size.width_mm)),
                                "Height": str(centimetres(size.height_mm)),
                            },
                            "PackageWeight": {
                                "UnitOfMeasurement": {"Code": "KGS"},
                                "Weight": kilograms(size.weight_g),
                            },
                        }
                    ],
                },
                "LabelSpecification": {
                    "LabelImageFormat": {"Code": "ZPL"},
                    "LabelStockSize": {"Height": "6", "Width": "4"},
                },
            }
        }


class UpsWebhooks:
    """Reads Track Alert: our own credential in the header `Credential`, one activity a call."""

    def is_signed(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now_s: float) -> bool:
        """True when the header is a live secret of ours."""
        del body, now_s
        return signing.is_shared(header=headers.get("credential", ""), secrets=secrets)

    def parse(self, body: bytes) -> list[ScanEvent]:
        """The activity of one call."""
        payload = webhook_json(body)
        number = text_of(dig(payload, "trackingNumber"), 40)
        if not number:
            raise WebhookMalformed("The webhook names no parcel.")
        row = {
            "status": dig(payload, "activityStatus"),
            "location": {"address": dig(payload, "activityLocation")},
            "date": dig(payload, "localActivityDate"),
            "time": dig(payload, "localActivityTime"),
            "gmtDate": dig(payload, "gmtActivityDate"),
            "gmtTime": dig(payload, "gmtActivityTime"),
        }
        return [_activity(row, number)]


def _customs(order: LabelOrder) -> dict[str, Any]:
    if order.customs is None:
        return {}
    day = order.ship_on.strftime("%Y%m%d")
    forms = declarations.ups(order.customs, number=order.shipment_number, day=day)
    return {"ShipmentServiceOptions": {"InternationalForms": forms}}


def _party(place: Place) -> dict[str, Any]:
    return {
        "Name": (place.company or place.name)[:35],
        "AttentionName": place.name[:35],
        "Phone": {"Number": re.sub(r"[^0-9]", "", place.phone)[:15]},
        "EMailAddress": place.email[:50],
        "Address": {
            "AddressLine": [line[:35] for line in (place.line1, place.line2) if line],
            "City": place.city[:30],
            "StateProvinceCode": place.region[:5],
            "PostalCode": place.postcode.replace(" ", "")[:9],
            "CountryCode": place.country,
        },
    }


def _activity(row: Any, tracking_no: str) -> ScanEvent:
    """One activity, `TYPE/CODE`; at its GMT moment, or at the local one where GMT is missing."""
    kind, code = text_of(dig(row, "status", "type"), 4).upper(), text_of(dig(row, "status", "code"), 8).upper()
    if not (kind or code):
        raise WebhookMalformed("An event names no type and no code.")
    gmt = _digits(dig(row, "gmtDate")), _digits(dig(row, "gmtTime"))
    if all(gmt):
        at, assumed = moments.local("".join(gmt) + "+0000", "%Y%m%d%H%M%S%z")
    else:
        at, assumed = moments.local(_digits(dig(row, "date")) + _digits(dig(row, "time")), "%Y%m%d%H%M%S")
    return ScanEvent(
        tracking_no=tracking_no,
        code="/".join(filter(None, (kind, code))),
        occurred_at=at,
        location=text_of(dig(row, "location", "address", "city"), 100),
        tz_assumed=assumed,
        raw={"type": kind, "code": code},
    )


def _digits(value: object) -> str:
    """A date or a time without what stands between its digits."""
    return re.sub(r"[^0-9]", "", text_of(value, 20))
