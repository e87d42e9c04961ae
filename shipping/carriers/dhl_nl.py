"""DHL eCommerce Netherlands (My DHL Parcel API): its shipment id is a UUID of ours, so a purchase may be repeated.

Contract: https://api-gw.dhlparcel.nl/docs and the guide on https://developer.dhl.com; JSON, a token for an API key.
`LabelOrder.service` is the parcel type and the options, such as `SMALL:DOOR` or `MEDIUM:DOOR+HANDT`. No price is told
and no cancellation taken: a label that is never scanned is not invoiced. A moment without offset is Dutch local time.
Scans are pushed (Track & Trace pusher) with a key of our choice in the header `X-Api-Key`, which proves the sender
and neither the body nor the moment.

Left open by the public contract: what a second shipment under a known id is answered (409 is taken to mean it), the
body of a push (read as the answer of track-trace, alone or in a list), and a closed list of events: a failed attempt
is known by its category only, and counts as an exception.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from shipping.carriers import declarations, moments, signing
from shipping.carriers.base import (
    Capabilities,
    CarrierFault,
    Connection,
    Label,
    LabelOrder,
    Place,
    ScanEvent,
    WebhookMalformed,
)
from shipping.carriers.client import (
    CONTENT_TYPES,
    HttpCarrier,
    centimetres,
    dig,
    field_in,
    label_of,
    listed,
    private_texts,
    segment,
    street_of,
    text_of,
    webhook_json,
)
from shipping.carriers.http import Answer, Refusal
from shipping.carriers.tokens import Token

OURS = uuid.UUID("5f1d2c0a-7a6e-4c0b-9a57-9f6b5a3a1d10")
"""The namespace of the shipment ids we make."""

_FIELDS = {
    "receiver.address.postalCode": "ship_to.postcode",
    "receiver.address.city": "ship_to.city",
    "receiver.address.street": "ship_to.line1",
    "receiver.address.countryCode": "ship_to.country",
    "weight": "parcel.weight_g",
    "dimensions": "parcel",
    "parcelType": "service",
    "options": "service",
    "customsDeclaration": "customs",
}


_LONGEST_CODE = 60


class DhlNl(HttpCarrier):
    """One account. `credentials`: `user_id`, `api_key`, `account_id`. Threads may share an instance."""

    adapter = "dhl_nl"
    needs = ("user_id", "api_key", "account_id")
    capabilities = Capabilities(
        label_formats=("pdf", "zpl"),
        dedupes_reference=True,
        settle_s=60,
        pushes=True,
        voids=False,
        unused_is_free=True,
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._http.token = Token(self._http.account_key, self._log_in)

    def buy(self, order: LabelOrder) -> Label:
        """Books one parcel; the same reference again gives the first one."""
        body = self._shipment(order)
        answer = self._http.call("POST", "/shipments", json=body, expected=(409,), private=private_texts(order))
        if answer.status == 409:
            found = self.find(order)
            if not found:
                raise CarrierFault("The carrier knows the shipment and shows no label of it.")
            return found[0]
        return self._label(dig(answer.json(), "pieces", 0), order)

    def find(self, order: LabelOrder) -> list[Label]:
        """The labels of the shipment under our id."""
        answer = self._http.call("GET", "/labels", params={"shipmentId": shipment_id(order.reference)}, expected=(404,))
        return [] if answer.status == 404 else [self._label(each, order) for each in answer.rows()]

    def void(self, carrier_ref: str) -> None:
        """Leaves the label unused, unless it was scanned already."""
        self.leave_unused(carrier_ref)

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """The parcel's events."""
        answer = self._http.call("GET", "/track-trace", params={"key": tracking_no}, expected=(404,))
        if answer.status == 404:
            return []
        try:
            return [event for each in answer.rows() for event in _events(each, tracking_no)]
        except WebhookMalformed as fault:
            raise CarrierFault(fault.message) from fault

    def read_refusal(self, answer: Answer) -> Refusal:
        """Its key and message; the details name the input."""
        body = answer.json()
        details = dig(body, "details")
        named = " ".join(details) if isinstance(details, dict) else ""
        key, message = text_of(body.get("key"), 60), text_of(body.get("message"), 300)
        return Refusal(key or "refused", message, field_in(named, _FIELDS))

    def _log_in(self) -> tuple[str, float]:
        keys = {"userId": self.credential("user_id"), "key": self.credential("api_key")}
        body = self._http.send_plain("POST", "/authenticate/api-key", json=keys).json()
        token, until_s = body.get("accessToken"), body.get("accessTokenExpiration")
        if not isinstance(token, str) or not isinstance(until_s, int):
            raise CarrierFault("The carrier's log-in gave no token.")
        return token, until_s - time.time()

    def _shipment(self, order: LabelOrder) -> dict[str, Any]:
        kind, _, options = order.service.partition(":")
        size = order.parcel
        return {
            "shipmentId": shipment_id(order.reference),
            "orderReference": order.shipment_number[:15],
            "accountId": self.credential("account_id"),
            "receiver": _party(order.ship_to),
            "shipper": _party(order.ship_from),
            "options": [{"key": option} for option in options.split("+") if option],
            "returnLabel": False,
            "pieces": [
                {
                    "parcelType": kind,
                    "quantity": 1,
                    "weight": max(1, -(-size.weight_g // 1_000)),
                    "dimensions": {
                        "length": centimetres(size.length_mm),
                        "width": centimetres(size.width_mm),
                        "height": centimetres(size.height_mm),
                    },
                }
            ],
            **_customs(order),
        }

    def _label(self, piece: Any, order: LabelOrder) -> Label:
        """One piece with its label, which has an address of its own."""
        label_id = text_of(dig(piece, "labelId"), 60)
        if not label_id:
            raise CarrierFault("The carrier's booking has no label.")
        content = self.fetched_label(self._http, f"/labels/{segment(label_id)}", CONTENT_TYPES[order.label_format])
        number = dig(piece, "trackerCode")
        return label_of(order, carrier_ref=number, tracking_no=number, content=content, price_cents=None)


class DhlNlWebhooks:
    """Reads the Track & Trace pusher: our own key in `X-Api-Key`, the events of one parcel or of several."""

    def is_signed(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now_s: float) -> bool:
        """True when the header is a live secret of ours."""
        del body, now_s
        return signing.is_shared(header=headers.get("x-api-key", ""), secrets=secrets)

    def parse(self, body: bytes) -> list[ScanEvent]:
        """The events in a body."""
        payload = webhook_json(body)
        parcels = payload if isinstance(payload, list) and payload else [payload]
        return [event for parcel in parcels for event in _events(parcel, "")]


def shipment_id(reference: str) -> str:
    """The UUID that a reference of ours has at this carrier, always the same."""
    return str(uuid.uuid5(OURS, reference))


def _customs(order: LabelOrder) -> dict[str, Any]:
    if order.customs is None:
        return {}
    return {"customsDeclaration": declarations.dhl_nl(order.customs, number=order.shipment_number)}


def _party(place: Place) -> dict[str, Any]:
    """A sender or recipient. The whole name is the last name: where a first name ends is not ours to guess."""
    street, number, addition = street_of(place)
    return {
        "name": {"firstName": "", "lastName": place.name[:60], "companyName": place.company[:60]},
        "address": {
            "countryCode": place.country,
            "postalCode": place.postcode.replace(" ", "")[:10],
            "city": place.city[:50],
            "street": street[:60],
            "number": number,
            "addition": addition,
            "additionalAddressLine": place.line2[:60],
            "isBusiness": bool(place.company),
        },
        "email": place.email[:100],
        "phoneNumber": place.phone[:20],
    }


def _events(parcel: Any, tracking_no: str) -> list[ScanEvent]:
    """The events of one parcel. Raises `WebhookMalformed`."""
    number = tracking_no or text_of(dig(parcel, "barcode"), 40)
    rows = dig(parcel, "events")
    if not number or not isinstance(rows, list):
        raise WebhookMalformed("There is no parcel with a list of events.")
    events = []
    for row in rows:
        category, status = text_of(dig(row, "category"), 60), text_of(dig(row, "status"), 90)
        if not (category or status):
            raise WebhookMalformed("An event names no category and no status.")
        at, assumed = moments.iso(dig(row, "timestamp"))
        events.append(
            ScanEvent(
                tracking_no=number,
                code=_code(category, status),
                occurred_at=at,
                location=text_of(dig(row, "facility") or (listed(row, "location") or [""])[0], 100),
                tz_assumed=assumed,
                raw={"category": category, "status": status},
            )
        )
    return events


def _code(category: str, status: str) -> str:
    """`CATEGORY/STATUS`; the status alone, or at last the category, where that is too long for a code."""
    both = "/".join(filter(None, (category, status)))
    return next((text for text in (both, status, category) if 0 < len(text) <= _LONGEST_CODE), both[:_LONGEST_CODE])
