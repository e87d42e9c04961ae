"""EasyPost: creates and buys a shipment in one call, with any carrier account that it holds.

Contract: https://docs.easypost.com (shipments, one-call buy, refunds, trackers, events); JSON, the API key as log-in.
`LabelOrder.service` is a carrier account and its service, such as `ca_123:Standard`. Lengths are inches, weights
ounces. A label is fetched from EasyPost's own file hosts, without the key. Webhooks carry an HMAC of the raw body, the
newer kind also of moment, method and path; either holds, but a newer one that is wrong is never saved by an older one.

Left open by the public contract: which shipment a reference stands for when it was used twice (it may be used in place
of an id), the closed list of file hosts, and whether a rejected refund always means that the parcel moves.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

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
    HttpCarrier,
    already_moving,
    dig,
    euro_cents,
    field_in,
    label_of,
    listed,
    private_texts,
    segment,
    text_of,
    webhook_json,
)
from shipping.carriers.http import Answer, CarrierHttp, Refusal

_FILE_HOSTS = frozenset(
    {
        "easypost-files.s3.us-west-2.amazonaws.com",
        "easypost-files.s3-us-west-2.amazonaws.com",
        "amazonaws.easypost.com",
        "assets.easypost.com",
    }
)
_GIVEN_BACK = {"submitted", "refunded"}
_DOOR = "/webhooks/carriers/"
_FIELDS = {
    "zip": "ship_to.postcode",
    "city": "ship_to.city",
    "street1": "ship_to.line1",
    "country": "ship_to.country",
    "weight": "parcel.weight_g",
    "service": "service",
    "customs_info": "customs",
}


class EasyPost(HttpCarrier):
    """One account. `credentials`: `api_key`. Threads may share an instance."""

    adapter = "easypost"
    needs = ("api_key",)
    capabilities = Capabilities(label_formats=("pdf", "zpl"), dedupes_reference=False, settle_s=60, pushes=True)

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, login=(str(connection.credentials.get("api_key", "")), ""))
        self._files = CarrierHttp(replace(connection, credentials={}), read_refusal=self.read_refusal)

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        self._files.close()

    def buy(self, order: LabelOrder) -> Label:
        """Creates and buys one shipment."""
        body = {"shipment": _shipment(order)}
        shipment = self._http.call("POST", "/v2/shipments", json=body, private=private_texts(order)).json()
        return self._label(shipment, order)

    def find(self, order: LabelOrder) -> list[Label]:
        """The bought shipment under our reference, unless it was given back."""
        answer = self._http.call("GET", f"/v2/shipments/{segment(order.reference)}", expected=(404,))
        if answer.status == 404:
            return []
        shipment = answer.json()
        bought = dig(shipment, "tracking_code") and text_of(shipment.get("refund_status"), 20) not in _GIVEN_BACK
        return [self._label(shipment, order)] if bought else []

    def void(self, carrier_ref: str) -> None:
        """Asks for a refund. Where labels are billed by scan there is none to ask for, and it is left unused."""
        answer = self._http.call("POST", f"/v2/shipments/{segment(carrier_ref)}/refund").json()
        status = text_of(answer.get("refund_status"), 20)
        if status in _GIVEN_BACK:
            return
        if status == "not_applicable":
            self.leave_unused(text_of(answer.get("tracking_code"), 40))
            return
        raise already_moving()

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """What its tracker knows."""
        answer = self._http.call("GET", "/v2/trackers", params={"tracking_code": tracking_no}).json()
        try:
            return [event for each in listed(answer, "trackers") for event in _events(each)]
        except WebhookMalformed as fault:
            raise CarrierFault(fault.message) from fault

    def read_refusal(self, answer: Answer) -> Refusal:
        """Its error; the errors in it name the input."""
        error = dig(answer.json(), "error")
        named = " ".join(text_of(dig(each, "field"), 60) for each in listed(error, "errors"))
        code, message = text_of(dig(error, "code"), 60), text_of(dig(error, "message"), 300)
        return Refusal(code or "refused", message, field_in(named, _FIELDS))

    def _label(self, shipment: Mapping[str, Any], order: LabelOrder) -> Label:
        """A bought shipment, its label fetched in the format wanted."""
        postage = dig(shipment, "postage_label")
        url = dig(postage, f"label_{order.label_format}_url") or dig(postage, "label_url")
        return label_of(
            order,
            carrier_ref=dig(shipment, "id"),
            tracking_no=dig(shipment, "tracking_code"),
            content=self._file(url),
            price_cents=euro_cents(dig(shipment, "selected_rate", "rate"), dig(shipment, "selected_rate", "currency")),
        )

    def _file(self, url: object) -> bytes:
        """A file from one of EasyPost's own hosts. Raises `CarrierFault` for an address anywhere else."""
        own, asked = urlsplit(self._connection.base_url), urlsplit(url if isinstance(url, str) else "")
        at_home = (asked.scheme, asked.netloc) == (own.scheme, own.netloc)
        if not (at_home or (asked.scheme == "https" and asked.netloc in _FILE_HOSTS)):
            raise CarrierFault("The carrier's label is at an address we do not fetch from.")
        return self.fetched_label(self._files, asked.geturl(), "*/*")


class EasyPostWebhooks:
    """Reads `tracker.created` and `tracker.updated`."""

    def is_signed(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now_s: float) -> bool:
        """True when a live secret signed this body, and lately where that is signed too."""
        plain = [unicodedata.normalize("NFKD", secret) for secret in secrets if secret]
        newer = headers.get("x-hmac-signature-v2", "")
        if not newer:
            given = headers.get("x-hmac-signature", "").removeprefix("hmac-sha256-hex=")
            return signing.is_plain(header=given, body=body, secrets=plain)
        moment, path = headers.get("x-timestamp", ""), headers.get("x-path", "")
        try:
            at_s = parsedate_to_datetime(moment).timestamp()
        except ValueError:
            return False
        told = f"{moment}POST{path}".encode() + body
        holds = signing.is_plain(header=newer.removeprefix("hmac-sha256-hex="), body=told, secrets=plain)
        return holds and path.startswith(_DOOR) and abs(now_s - at_s) <= signing.WINDOW_S

    def parse(self, body: bytes) -> list[ScanEvent]:
        """The tracker's whole history, as each of its webhooks repeats it; other events hold no scan."""
        payload = webhook_json(body)
        kind = dig(payload, "description")
        if not isinstance(kind, str):
            raise WebhookMalformed("The webhook does not say what it is about.")
        return _events(dig(payload, "result")) if kind.startswith("tracker.") else []


def _shipment(order: LabelOrder) -> dict[str, Any]:
    account, _, service = order.service.partition(":")
    size = order.parcel
    return {
        "reference": order.reference,
        "from_address": _address(order.ship_from),
        "to_address": _address(order.ship_to),
        "parcel": {
            "length": round(size.length_mm / 25.4, 1),
            "width": round(size.width_mm / 25.4, 1),
            "height": round(size.height_mm / 25.4, 1),
            "weight": round(size.weight_g / 28.349523, 1),
        },
        "carrier_accounts": [account],
        "service": service,
        "options": {
            "label_format": order.label_format.upper(),
            "print_custom_1": order.shipment_number,
            **({"incoterm": order.customs.incoterm} if order.customs else {}),
        },
        **_customs(order),
    }


def _customs(order: LabelOrder) -> dict[str, Any]:
    if order.customs is None:
        return {}
    return {
        "customs_info": declarations.easypost(order.customs),
        "tax_identifiers": declarations.easypost_numbers(order.customs),
    }


def _address(place: Place) -> dict[str, str]:
    return {
        "name": place.name,
        "company": place.company,
        "street1": place.line1,
        "street2": place.line2,
        "city": place.city,
        "state": place.region,
        "zip": place.postcode,
        "country": place.country,
        "phone": place.phone,
        "email": place.email,
    }


def _events(tracker: Any) -> list[ScanEvent]:
    """A tracker's details, `status/detail` each. Raises `WebhookMalformed`."""
    number, rows = text_of(dig(tracker, "tracking_code"), 40), dig(tracker, "tracking_details")
    if not number or not isinstance(rows, list):
        raise WebhookMalformed("There is no tracker with details.")
    events = []
    for row in rows:
        status, detail = text_of(dig(row, "status"), 29), text_of(dig(row, "status_detail"), 30)
        if not status:
            raise WebhookMalformed("An event names no status.")
        at, assumed = moments.iso(dig(row, "datetime"))
        events.append(
            ScanEvent(
                tracking_no=number,
                code=f"{status}/{detail}" if detail else status,
                occurred_at=at,
                location=text_of(dig(row, "tracking_location", "city"), 100),
                tz_assumed=assumed,
                raw={"status": status, "detail": detail},
            )
        )
    return events
