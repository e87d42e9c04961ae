"""Sendcloud, API v3: announces a parcel with whichever carrier its shipping option stands for.

Contract: https://sendcloud.dev (Shipments, Parcel documents, Parcel tracking), JSON with the key pair as basic log-in.
`external_reference_id` is unique over the account and a second announcement under it is answered 409 with the first,
so a purchase may be repeated. `LabelOrder.service` is a `shipping_option_code`. Webhooks are signed with an
HMAC-SHA256 of the raw body without a moment, so they can be replayed: the scans are deduplicated, not the calls.

Left open by the public contract: whether the fields of a tracking event never change their names, the full list of
statuses (fetch it from the statuses endpoint with an account), and until when a shipment can be cancelled.
"""

import re
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
    CONTENT_TYPES,
    HttpCarrier,
    already_moving,
    dig,
    euro_cents,
    field_in,
    kilograms,
    label_of,
    listed,
    private_texts,
    segment,
    street_of,
    text_of,
    unpacked,
    webhook_json,
)
from shipping.carriers.codes import SENDCLOUD_IDS
from shipping.carriers.http import Answer, Refusal

_FIELDS = {
    "to_address.postal_code": "ship_to.postcode",
    "to_address.city": "ship_to.city",
    "to_address.address_line_1": "ship_to.line1",
    "to_address.country_code": "ship_to.country",
    "weight": "parcel.weight_g",
    "dimensions": "parcel",
    "shipping_option_code": "service",
    "customs_information": "customs",
}
_GONE = {"CANCELLED", "CANCELLED_UPSTREAM", "CANCELLATION_REQUESTED", "SUBMITTING_CANCELLATION_REQUEST"}
_MOVING_CODES = {"shipment_not_cancellable", "cancellation_not_allowed", "already_in_transit"}


class Sendcloud(HttpCarrier):
    """One integration. `credentials`: `public_key` and `secret_key`. Threads may share an instance."""

    adapter = "sendcloud"
    needs = ("public_key", "secret_key")
    capabilities = Capabilities(label_formats=("pdf", "zpl"), dedupes_reference=True, settle_s=60, pushes=True)

    def __init__(self, connection: Connection) -> None:
        keys = connection.credentials
        super().__init__(connection, login=(str(keys.get("public_key", "")), str(keys.get("secret_key", ""))))

    def buy(self, order: LabelOrder) -> Label:
        """Announces one parcel and waits for its label; the same reference again gives the first label."""
        answer = self._http.call(
            "POST", "/shipments/announce", json=_announcement(order), expected=(409,), private=private_texts(order)
        )
        shipment = _shipment(answer.json())
        if not dig(shipment, "parcels", 0, "tracking_number") and (errors := listed(shipment, "errors")):
            # announced to Sendcloud, refused by the carrier behind it
            raise self._http.refused(_refusal(errors[0]), private_texts(order))
        return self._label(shipment, order)

    def find(self, order: LabelOrder) -> list[Label]:
        """The live shipment under the reference, if there is one."""
        answer = self._http.call("GET", "/shipments", params={"external_reference_id": order.reference})
        shipments = [each for each in listed(answer.json(), "data") if _is_live(each)]
        return [self._label(each, order) for each in shipments]

    def void(self, carrier_ref: str) -> None:
        """Cancels a shipment. Sendcloud may only queue it: what its carrier says comes as a scan."""
        try:
            self._http.call("POST", f"/shipments/{segment(carrier_ref)}/cancel", expected=(410,))
        except CarrierRefused as refusal:
            if refusal.code in _MOVING_CODES:
                raise already_moving() from refusal
            raise

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """The parcel's events, in Sendcloud's own words for every carrier."""
        answer = self._http.call("GET", f"/parcels/tracking/{segment(tracking_no)}", expected=(404,))
        if answer.status == 404:
            return []
        try:
            return [_event(each, tracking_no) for each in listed(answer.json(), "data", "events")]
        except WebhookMalformed as fault:
            raise CarrierFault(fault.message) from fault

    def read_refusal(self, answer: Answer) -> Refusal:
        """The first of its errors."""
        errors = listed(answer.json(), "errors")
        return _refusal(errors[0]) if errors else Refusal("refused", "")

    def _label(self, shipment: Mapping[str, Any], order: LabelOrder) -> Label:
        """A shipment's only parcel, its label fetched when it did not come along."""
        parcel = dig(shipment, "parcels", 0)
        packed = dig(parcel, "label_file")
        content = unpacked(packed) if packed else self._document(dig(parcel, "id"), order)
        return label_of(
            order,
            carrier_ref=text_of(dig(shipment, "id"), 80),
            tracking_no=dig(parcel, "tracking_number"),
            content=content,
            price_cents=euro_cents(dig(shipment, "price", "value"), dig(shipment, "price", "currency")),
        )

    def _document(self, parcel_id: object, order: LabelOrder) -> bytes:
        """The label from its own endpoint; a link in an answer is never followed."""
        parcel = text_of(parcel_id, 40)
        if not re.fullmatch(r"[0-9A-Za-z-]{1,40}", parcel):
            raise CarrierFault("The carrier's booking has no parcel.")
        path = f"/parcels/{parcel}/documents/label"
        return self.fetched_label(self._http, path, CONTENT_TYPES[order.label_format])


class SendcloudWebhooks:
    """Reads `parcel_status_changed`: `Sendcloud-Signature` is the hex HMAC of the raw body."""

    def is_signed(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now_s: float) -> bool:
        """True when a live secret signed this body; when that was is not signed."""
        del now_s
        return signing.is_plain(header=headers.get("sendcloud-signature", ""), body=body, secrets=secrets)

    def parse(self, body: bytes) -> list[ScanEvent]:
        """The one status of a webhook; other kinds of webhook hold no scan."""
        payload = webhook_json(body)
        action = dig(payload, "action")
        if not isinstance(action, str):
            raise WebhookMalformed("The webhook names no action.")
        if action != "parcel_status_changed":
            return []
        number, status = text_of(dig(payload, "parcel", "tracking_number"), 40), dig(payload, "parcel", "status", "id")
        if not number or isinstance(status, bool) or not isinstance(status, int):
            raise WebhookMalformed("An event names no parcel or no status.")
        changed_ms = dig(payload, "carrier_status_change_timestamp") or dig(payload, "timestamp")
        return [
            ScanEvent(
                tracking_no=number,
                code=SENDCLOUD_IDS.get(status, f"ID_{status}")[:60],
                occurred_at=moments.unix_ms(changed_ms),
                raw={"status": status, "timestamp": changed_ms},
            )
        ]


def _announcement(order: LabelOrder) -> dict[str, Any]:
    """The order in Sendcloud's words: kilograms and centimetres as decimal texts."""
    size, customs = order.parcel, order.customs
    sides = {"length": size.length_mm, "width": size.width_mm, "height": size.height_mm}
    information = declarations.sendcloud(customs, number=order.shipment_number) if customs else None
    return {
        "external_reference_id": order.reference,
        "order_number": order.shipment_number,
        "label_details": {"mime_type": CONTENT_TYPES[order.label_format], "dpi": 203},
        "from_address": _address(order.ship_from),
        "to_address": _address(order.ship_to),
        "ship_with": {"type": "shipping_option_code", "properties": {"shipping_option_code": order.service}},
        "parcels": [
            {
                "dimensions": {**{name: f"{mm / 10:.1f}" for name, mm in sides.items()}, "unit": "cm"},
                "weight": {"value": kilograms(size.weight_g), "unit": "kg"},
                **({"parcel_items": declarations.sendcloud_items(customs)} if customs else {}),
            }
        ],
        **({"customs_information": information} if information else {}),
    }


def _address(place: Place) -> dict[str, str]:
    street, number, addition = street_of(place)
    return {
        "name": place.name[:75],
        "company_name": place.company[:50],
        "address_line_1": street[:75],
        "house_number": f"{number} {addition}".strip()[:20],
        "address_line_2": place.line2[:75],
        "postal_code": place.postcode[:12],
        "city": place.city[:30],
        "state_province_code": place.region[:30],
        "country_code": place.country,
        "phone_number": place.phone[:20],
        "email": place.email[:320],
    }


def _shipment(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The shipment in an answer. Raises `CarrierFault`."""
    shipment = dig(body, "data")
    if not isinstance(shipment, dict):
        raise CarrierFault("The carrier's answer holds no shipment.")
    return shipment


def _is_live(shipment: Any) -> bool:
    code = text_of(dig(shipment, "parcels", 0, "status", "code"), 60)
    return bool(dig(shipment, "parcels", 0, "tracking_number")) and _code(code) not in _GONE


def _refusal(error: Any) -> Refusal:
    """One JSON:API error: its pointer leads to our field."""
    pointer = text_of(dig(error, "source", "pointer"), 200).strip("/").replace("/", ".")
    code, detail = text_of(dig(error, "code"), 60), text_of(dig(error, "detail"), 300)
    return Refusal(code or "refused", detail, field_in(pointer, _FIELDS))


def _event(row: Any, tracking_no: str) -> ScanEvent:
    """One tracking event; its standardised status is the code. Raises `WebhookMalformed`."""
    code = _code(text_of(dig(row, "parent_status") or dig(row, "status_code"), 60))
    if not code:
        raise WebhookMalformed("An event names no status.")
    at, assumed = moments.iso(dig(row, "timestamp"))
    return ScanEvent(
        tracking_no=tracking_no,
        code=code,
        occurred_at=at,
        event_id=text_of(dig(row, "event_id"), 90),
        location=text_of(dig(row, "location"), 100),
        tz_assumed=assumed,
        raw={"status": code},
    )


def _code(status: str) -> str:
    """A status's name as our table has it, however it is spelled."""
    return re.sub(r"[^A-Z0-9]+", "_", status.upper()).strip("_")
