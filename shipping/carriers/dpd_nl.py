"""DPD Netherlands: SOAP services for the log-in, the shipment and the parcel's life.

Contract: https://integrations.dpd.nl (LoginService 2.0, ShipmentService 3.5, ParcelLifeCycleService 2.0). A token is
good for 24 hours and log-ins of a day are counted, hence one token for the process. `LabelOrder.service` is the
product, such as `CL` or `B2C`. There is no look-up by reference: a purchase in doubt is made again once it is settled,
which is sound because a label that is never scanned is not invoiced (and expires after 48 hours). No price is told,
no cancellation taken, and no push is public; moments are Dutch local time without offset, to the minute.

Left open by the public contract: how the life cycle answers a number it does not know (an empty result is taken to
mean it), how it writes a moment (dashes or dots, comma or none: all are read), and its full list of fault codes.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from shipping.carriers import declarations, moments, soap
from shipping.carriers.base import (
    Capabilities,
    CarrierError,
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
    centimetres,
    compact,
    field_in,
    label_of,
    private_texts,
    street_of,
    text_of,
    unpacked,
)
from shipping.carriers.http import Answer, Refusal, credentials_refused
from shipping.carriers.tokens import Token

_TYPES = "http://dpd.com/common/service/types"
_LANGUAGE = "en_EN"
_GOOD_FOR_S = 23 * 3_600
_FORMATS: Mapping[LabelFormat, str] = {"pdf": "PDF", "zpl": "ZPL"}
_MOMENT = "%d-%m-%Y %H:%M"
_FIELDS = {
    "zipcode": "ship_to.postcode",
    "city": "ship_to.city",
    "street": "ship_to.line1",
    "country": "ship_to.country",
    "weight": "parcel.weight_g",
    "product": "service",
    "customs": "customs",
}


class DpdNl(HttpCarrier):
    """One customer. `credentials`: `delis_id`, `password`, `sending_depot`. Threads may share an instance."""

    adapter = "dpd_nl"
    needs = ("delis_id", "password", "sending_depot")
    capabilities = Capabilities(
        label_formats=("pdf", "zpl"),
        dedupes_reference=False,
        settle_s=120,
        pushes=False,
        finds=False,
        voids=False,
        unused_is_free=True,
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, headers={"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml"})
        self._token = Token(self._http.account_key, self._log_in)

    def buy(self, order: LabelOrder) -> Label:
        """Stores one order of one parcel."""
        private = private_texts(order)
        result = self._ask("ShipmentService", "3.5", "storeOrders", self._shipment(order), private=private)
        response = result.find(".//shipmentResponses")
        if response is None:
            raise CarrierFault("The carrier's answer holds no shipment.")
        fault = response.find("faults")
        if fault is not None:
            raise self._http.refused(
                _refusal(soap.text_at(fault, "faultCode"), soap.text_at(fault, "message")), private
            )
        number = soap.text_at(response, "parcelInformation/parcelLabelNumber")
        content = unpacked(soap.text_at(result, ".//output/content"))
        return label_of(order, carrier_ref=number, tracking_no=number, content=content, price_cents=None)

    def find(self, order: LabelOrder) -> list[Label]:
        """Nothing: DPD looks nothing up by reference."""
        del order
        return []

    def void(self, carrier_ref: str) -> None:
        """Leaves the label unused, unless it was scanned already."""
        self.leave_unused(carrier_ref)

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """The statuses the parcel has reached."""
        asked = {"parcelLabelNumber": tracking_no}
        result = self._ask("ParcelLifeCycleService", "2.0", "getTrackingData", asked, repeatable=True)
        reached = [each for each in result.iter("statusInfo") if soap.text_at(each, "statusHasBeenReached") == "true"]
        try:
            return [_event(each, tracking_no) for each in reached]
        except WebhookMalformed as fault:
            raise CarrierFault(fault.message) from fault

    def read_refusal(self, answer: Answer) -> Refusal:
        """A 4xx of the server before the services: they themselves say no in an envelope."""
        return Refusal("refused", f"The carrier answered {answer.status}.")

    def _log_in(self) -> tuple[str, float]:
        fields = {
            "delisId": self.credential("delis_id"),
            "password": self.credential("password"),
            "messageLanguage": _LANGUAGE,
        }
        content = soap.envelope(operation="getAuth", namespace=f"{_TYPES}/LoginService/2.0", fields=fields)
        result = self._post("LoginService", "2.0", content, repeatable=True)
        if result.tag == "Fault":
            raise credentials_refused()
        token = soap.text_at(result, ".//authToken")
        if not token:
            raise CarrierFault("The carrier's log-in gave no token.")
        return token, _GOOD_FOR_S

    def _ask(
        self,
        service: str,
        version: str,
        operation: str,
        fields: Mapping[str, Any],
        *,
        repeatable: bool = False,
        private: Collection[str] = (),
    ) -> ET.Element:
        """The answer of an operation; a token that ran out is fetched anew once, which is before anything happened."""
        for last in (False, True):
            shown = {
                "delisId": self.credential("delis_id"),
                "authToken": self._token.value(),
                "messageLanguage": _LANGUAGE,
            }
            header = ("authentication", f"{_TYPES}/Authentication/2.0", shown)
            namespace = f"{_TYPES}/{service}/{version}"
            content = soap.envelope(operation=operation, namespace=namespace, fields=fields, header=header)
            result = self._post(service, version, content, repeatable=repeatable)
            if result.tag != "Fault":
                return result
            if result.find(".//authenticationFault") is None:
                raise self._trouble(result, private)
            self._token.forget()
            if last:
                break
        raise credentials_refused()

    def _trouble(self, fault: ET.Element, private: Collection[str]) -> CarrierError:
        """A fault with a code of DPD's own is a refusal; one without is an accident, and it may have happened."""
        code = soap.text_at(fault, ".//errorCode") or soap.text_at(fault, ".//faultCode")
        if not code:
            return CarrierFault("The carrier answered 500.")
        return self._http.refused(_refusal(code, soap.text_at(fault, "faultstring")), private)

    def _post(self, service: str, version: str, content: bytes, *, repeatable: bool) -> ET.Element:
        """One envelope there and one back. A fault comes as a 500; a 500 without one is the carrier's trouble."""
        path = f"/{service}/V{version.replace('.', '_')}/"
        answer = self._http.call("POST", path, content=content, expected=(500,), repeatable=repeatable)
        try:
            result = soap.parsed(answer.content)
        except CarrierFault:
            if answer.status == 500:
                raise CarrierFault("The carrier answered 500.") from None
            raise
        if answer.status == 500 and result.tag != "Fault":
            raise CarrierFault("The carrier answered 500.")
        return result

    def _shipment(self, order: LabelOrder) -> dict[str, Any]:
        size = order.parcel
        sides = sorted((size.length_mm, size.width_mm, size.height_mm), reverse=True)
        return {
            "printOptions": {
                "printOption": {"outputFormat": _FORMATS[order.label_format], "paperFormat": "A6"},
            },
            "order": {
                "generalShipmentData": {
                    "mpsCustomerReferenceNumber1": compact(order.reference),
                    "mpsCustomerReferenceNumber2": order.shipment_number[:35],
                    "sendingDepot": self.credential("sending_depot"),
                    "product": order.service,
                    "sender": _party(order.ship_from),
                    "recipient": _party(order.ship_to),
                },
                "parcels": {
                    "customerReferenceNumber1": compact(order.reference),
                    # three times three digits of centimetres, and tens of grams
                    "volume": "".join(f"{centimetres(side):03d}" for side in sides),
                    "weight": str(max(1, -(-size.weight_g // 10))),
                },
                "productAndServiceData": {"orderType": "consignment", **_customs(order)},
            },
        }


def _customs(order: LabelOrder) -> dict[str, Any]:
    return {"international": declarations.dpd_nl(order.customs, number=order.shipment_number)} if order.customs else {}


def _party(place: Place) -> dict[str, str]:
    street, number, addition = street_of(place)
    return {
        "name1": (place.company or place.name)[:35],
        "name2": place.name[:35] if place.company else "",
        "street": street[:35],
        "houseNo": f"{number}{addition}"[:8],
        "street2": place.line2[:35],
        "country": place.country,
        "zipCode": place.postcode.replace(" ", "")[:9],
        "city": place.city[:35],
        "phone": place.phone[:30],
        "email": place.email[:50],
    }


def _refusal(code: str, message: str) -> Refusal:
    """A fault; the sentence names the input in its own words."""
    return Refusal(text_of(code, 60) or "refused", text_of(message, 300), field_in(message.lower(), _FIELDS))


def _event(status: ET.Element, tracking_no: str) -> ScanEvent:
    """One status, its name in capitals without anything between. Raises `WebhookMalformed`."""
    code = re.sub(r"[^A-Z]", "", soap.text_at(status, "status").upper())[:60]
    if not code:
        raise WebhookMalformed("A status has no name.")
    written = soap.text_at(status, "date/content").replace(".", "-").replace(",", "")
    at, assumed = moments.local(written, _MOMENT)
    return ScanEvent(
        tracking_no=tracking_no,
        code=code,
        occurred_at=at,
        location=text_of(soap.text_at(status, "location/content"), 100),
        precision="minute",
        tz_assumed=assumed,
        raw={"status": code},
    )
