"""ShipStation API v2 (formerly ShipEngine): buys labels of any carrier account it holds.

Contract: https://docs.shipstation.com (labels, voids, tracking, webhooks and their validation); JSON, an `API-Key`
header. `LabelOrder.service` is a carrier's id there and its service code, such as `se-123:postnl_standard`. A label is
fetched from the address in the answer, which must be ShipStation's own. Webhooks (`API_TRACK`) carry a parcel's whole
story and are signed with RSA-SHA256 over `<moment>.<body>`; the public keys stand at `/jwks`, and a job fetches them.

Left open by the public contract: whether a second purchase under one `external_shipment_id` is refused or answers the
first (we look up before we repeat), in which currency the account pays, and the full list of status details. Moments
are `occurred_at`; the carrier's own, beside it, may be local time marked as UTC, so it is not read.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from shipping.carriers import declarations, moments, public_keys
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
    HttpCarrier,
    already_moving,
    dig,
    euro_cents,
    field_in,
    label_of,
    private_texts,
    segment,
    text_of,
    webhook_json,
)
from shipping.carriers.http import Answer, Refusal

_FIELDS = {
    "postal_code": "ship_to.postcode",
    "city_locality": "ship_to.city",
    "address_line1": "ship_to.line1",
    "country_code": "ship_to.country",
    "weight": "parcel.weight_g",
    "service_code": "service",
    "customs": "customs",
}


class ShipStation(HttpCarrier):
    """One account. `credentials`: `api_key`. Threads may share an instance."""

    adapter = "shipstation"
    needs = ("api_key",)
    capabilities = Capabilities(
        label_formats=("pdf", "zpl"), dedupes_reference=False, settle_s=60, pushes=True, own_keys=True
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, headers={"API-Key": str(connection.credentials.get("api_key", ""))})

    def buy(self, order: LabelOrder) -> Label:
        """Creates a shipment and its label."""
        answer = self._http.call("POST", "/v2/labels", json=_purchase(order), private=private_texts(order))
        return self._label(answer.json(), order)

    def find(self, order: LabelOrder) -> list[Label]:
        """The label under our reference, unless it was voided or never came to be."""
        path = f"/v2/labels/external_shipment_id/{segment(order.reference)}"
        answer = self._http.call("GET", path, expected=(404,))
        if answer.status == 404:
            return []
        label = answer.json()
        lives = dig(label, "status") == "completed" and dig(label, "voided") is not True
        return [self._label(label, order)] if lives else []

    def void(self, carrier_ref: str) -> None:
        """Voids a label. A void that is not approved means that it has been used."""
        answer = self._http.call("PUT", f"/v2/labels/{segment(carrier_ref)}/void").json()
        if dig(answer, "approved") is not True and not self._is_voided(carrier_ref):
            raise already_moving()

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """What is known of the parcel whose label has this number."""
        found = self._http.call("GET", "/v2/labels", params={"tracking_number": tracking_no}).json()
        label_id = dig(found, "labels", 0, "label_id")
        if not isinstance(label_id, str):
            return []
        story = self._http.call("GET", f"/v2/labels/{segment(label_id)}/track").json()
        try:
            return _events(tracking_no, dig(story, "events"))
        except WebhookMalformed as fault:
            raise CarrierFault(fault.message) from fault

    def webhook_keys(self) -> str:
        """The public keys that its webhooks are signed with now, as a live secret."""
        return public_keys.key_set(self._http.call("GET", "/jwks").json())

    def read_refusal(self, answer: Answer) -> Refusal:
        """The first of its errors; its words name the input."""
        first = dig(answer.json(), "errors", 0)
        code, message = text_of(dig(first, "error_code"), 60), text_of(dig(first, "message"), 300)
        named = f"{text_of(dig(first, 'field_name'), 80)} {message}"
        return Refusal(code or "refused", message, field_in(named, _FIELDS))

    def _is_voided(self, label_id: str) -> bool:
        return dig(self._http.call("GET", f"/v2/labels/{segment(label_id)}").json(), "voided") is True

    def _label(self, label: Mapping[str, Any], order: LabelOrder) -> Label:
        """A bought label, its bytes fetched in the format wanted."""
        cost = dig(label, "shipment_cost")
        currency = text_of(dig(cost, "currency"), 3).upper()
        return label_of(
            order,
            carrier_ref=dig(label, "label_id"),
            tracking_no=dig(label, "tracking_number"),
            content=self._file(dig(label, "label_download", order.label_format)),
            price_cents=euro_cents(_plain(dig(cost, "amount")), currency),
        )

    def _file(self, url: object) -> bytes:
        """The label, from ShipStation's own host. Raises `CarrierFault` for an address anywhere else."""
        own, asked = urlsplit(self._connection.base_url), urlsplit(url if isinstance(url, str) else "")
        if (asked.scheme, asked.netloc) != (own.scheme, own.netloc):
            raise CarrierFault("The carrier's label is at an address we do not fetch from.")
        return self.fetched_label(self._http, f"{asked.path}?{asked.query}" if asked.query else asked.path, "*/*")


class ShipStationWebhooks:
    """Reads `API_TRACK`."""

    def is_signed(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now_s: float) -> bool:
        """True when a key of a live set signed this body and its moment, which is near."""
        moment = headers.get("x-shipengine-timestamp", "")
        return public_keys.is_near(moment, now_s=now_s) and public_keys.is_signed_by(
            key_id=headers.get("x-shipengine-rsa-sha256-key-id", ""),
            signature=headers.get("x-shipengine-rsa-sha256-signature", ""),
            told=f"{moment}.".encode() + body,
            sets=secrets,
        )

    def parse(self, body: bytes) -> list[ScanEvent]:
        """The parcel's whole history, as each of its webhooks repeats it; other resources hold no scan."""
        payload = webhook_json(body)
        kind = dig(payload, "resource_type")
        if not isinstance(kind, str):
            raise WebhookMalformed("The webhook does not say what it is about.")
        if kind != "API_TRACK":
            return []
        return _events(text_of(dig(payload, "data", "tracking_number"), 40), dig(payload, "data", "events"))


def _purchase(order: LabelOrder) -> dict[str, Any]:
    carrier, _, service = order.service.partition(":")
    size = order.parcel
    return {
        "label_format": order.label_format,
        "label_layout": "4x6",
        "shipment": {
            "carrier_id": carrier,
            "service_code": service,
            "external_shipment_id": order.reference,
            "shipment_number": order.shipment_number,
            "ship_date": order.ship_on.isoformat(),
            "ship_from": _address(order.ship_from),
            "ship_to": _address(order.ship_to),
            "packages": [
                {
                    "weight": {"value": size.weight_g, "unit": "gram"},
                    "dimensions": {
                        "unit": "centimeter",
                        "length": size.length_mm / 10,
                        "width": size.width_mm / 10,
                        "height": size.height_mm / 10,
                    },
                }
            ],
            **(declarations.shipstation(order.customs) if order.customs else {}),
        },
    }


def _address(place: Place) -> dict[str, str]:
    return {
        "name": place.name,
        "company_name": place.company,
        "address_line1": place.line1,
        "address_line2": place.line2,
        "city_locality": place.city,
        "state_province": place.region,
        "postal_code": place.postcode,
        "country_code": place.country,
        "phone": place.phone,
        "email": place.email,
    }


def _plain(amount: object) -> object:
    """An amount that came as a JSON number, as text with its cents."""
    return f"{amount:.2f}" if isinstance(amount, int | float) and not isinstance(amount, bool) else amount


def _events(number: str, rows: object) -> list[ScanEvent]:
    """A parcel's events, `status/detail` each. Raises `WebhookMalformed`."""
    if not number or not isinstance(rows, list):
        raise WebhookMalformed("There is no parcel with events.")
    events = []
    for row in rows:
        status, detail = text_of(dig(row, "status_code"), 10), text_of(dig(row, "status_detail_code"), 45)
        if not status:
            raise WebhookMalformed("An event names no status.")
        at, assumed = moments.iso(dig(row, "occurred_at"))
        events.append(
            ScanEvent(
                tracking_no=number,
                code=f"{status}/{detail}" if detail else status,
                occurred_at=at,
                location=text_of(dig(row, "city_locality"), 100),
                tz_assumed=assumed,
                raw={"status": status, "detail": detail, "event": text_of(dig(row, "event_code"), 40)},
            )
        )
    return events
