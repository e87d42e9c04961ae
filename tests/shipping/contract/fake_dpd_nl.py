"""DPD NL's side: SOAP envelopes, a token in their header, faults inside an answer of 500 or of 200."""

import base64
import re

from shipping.carriers.base import Connection
from shipping.carriers.dpd_nl import DpdNl
from shipping.planning.tracking import State
from tests.shipping.contract.fake import BORDERS, HEAVIEST_G, PDF, REFUSED_POSTCODE, ZPL, FakeCarrier, Reply, Request


class FakeDpdNl(FakeCarrier):
    adapter = "dpd_nl"
    credentials = {"delis_id": "canary-delis", "password": "canary-password", "sending_depot": "0522"}
    bad_credentials = {"delis_id": "canary-delis", "password": "canary-wrong", "sending_depot": "0522"}
    service = "B2C"
    moving = ("PICKEDUP", State.HANDED_OVER)

    def open(self, connection: Connection) -> DpdNl:
        return DpdNl(connection)

    def is_login(self, request: Request) -> bool:
        return request.path.startswith("/LoginService/")

    def route(self, request: Request) -> Reply:
        asked = request.body.decode()
        if self.is_login(request):
            if _value(asked, "password") != "canary-password":
                return _fault("LOGIN_5", f"The password {_value(asked, 'password')} is wrong.")
            return _soap("<getAuthResponse><return><authToken>canary-token</authToken></return></getAuthResponse>")
        if _value(asked, "authToken") != "canary-token":
            return _fault("LOGIN_6", "The token is not valid.")
        if request.path == "/ShipmentService/V3_5/":
            return self._store(asked)
        return self._life(_value(asked, "parcelLabelNumber"))

    def _store(self, asked: str) -> Reply:
        recipient = asked[asked.index("<recipient>") :]
        fault = ""
        if _value(recipient, "zipCode") == REFUSED_POSTCODE.replace(" ", ""):
            fault = f"Invalid zipCode for {_value(recipient, 'name1')}, {_value(recipient, 'email')}"
        elif int(_value(asked, "weight")) * 10 > HEAVIEST_G:
            fault = "The weight is above the maximum."
        elif _value(recipient, "country") in BORDERS and "<commercialInvoiceLine>" not in asked:
            fault = "The customs data is missing."
        if fault:
            faults = f"<faults><faultCode>COMMON_8</faultCode><message>{fault}</message></faults>"
            return _stored(f"<shipmentResponses>{faults}</shipmentResponses>")
        parcel = self.book(_value(asked, "mpsCustomerReferenceNumber1"), asked)
        drawn = base64.b64encode(ZPL if _value(asked, "outputFormat") == "ZPL" else PDF).decode()
        number = f"<parcelInformation><parcelLabelNumber>{parcel.tracking_no}</parcelLabelNumber></parcelInformation>"
        return _stored(f"<output><content>{drawn}</content></output><shipmentResponses>{number}</shipmentResponses>")

    def _life(self, number: str) -> Reply:
        parcel = self.named(tracking_no=number)
        if parcel is None:
            return _soap("<getTrackingDataResponse><trackingresult/></getTrackingDataResponse>")
        rows = [
            _status("SHIPMENT", "02.03.2026, 11:00"),
            *(_status("PickedUp", "02-03-2026 19:30") for _ in parcel.scans),
        ]
        rows.append(_status("Delivered", "", reached="false"))
        result = "".join(rows)
        return _soap(f"<getTrackingDataResponse><trackingresult>{result}</trackingresult></getTrackingDataResponse>")


def _value(xml: str, name: str) -> str:
    match = re.search(rf"<{name}>([^<]*)</{name}>", xml)
    return match[1] if match else ""


def _status(name: str, at: str, reached: str = "true") -> str:
    date = f"<date><content>{at}</content></date>"
    place = "<location><content>Oirschot</content></location>"
    return (
        f"<statusInfo><status>{name}</status>{date}{place}"
        f"<statusHasBeenReached>{reached}</statusHasBeenReached></statusInfo>"
    )


def _stored(result: str) -> Reply:
    return _soap(f"<storeOrdersResponse><orderResult>{result}</orderResult></storeOrdersResponse>")


def _soap(body: str, status: int = 200) -> Reply:
    envelope = (
        '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )
    return Reply(status, envelope.encode(), {"Content-Type": "text/xml"})


def _fault(code: str, message: str) -> Reply:
    told = f"<errorCode>{code}</errorCode><errorMessage>{message}</errorMessage>"
    detail = f"<authenticationFault>{told}</authenticationFault>"
    return _soap(
        f"<s:Fault><faultcode>x</faultcode><faultstring>{message}</faultstring><detail>{detail}</detail></s:Fault>", 500
    )
