"""The adapter for the simulated carrier: its HTTP interface in the words of `carriers.base`.

What its contract says: JSON over HTTP with a bearer token; a purchase repeated under one reference books a second
label (so it must be looked up first); a booking may still appear after a time-out for as long as one request may
take; webhooks are signed `t=<unix>,v1=<hex>`, may come twice, late and in any order, and may repeat the full history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from shipping.carriers import signing
from shipping.carriers.base import (
    BookedPickup,
    Capabilities,
    CarrierFault,
    CarrierRefused,
    Connection,
    Label,
    LabelOrder,
    Offer,
    PickupOrder,
    ScanEvent,
    WebhookMalformed,
)
from shipping.carriers.client import HttpCarrier, label_of, private_texts, unpacked, webhook_json
from shipping.carriers.http import Answer, Refusal
from shipping.planning.rating import ParcelSize

_PRECISIONS = ("second", "minute", "day")
_EVENT_TEXTS = {"id": 90, "tracking_no": 40, "code": 60, "at": 40, "place": 100}
_YEARS = range(1990, 2200)


class SimulatorClient(HttpCarrier):
    """One account at the simulated carrier. `credentials` holds its `token`. Threads may share an instance."""

    adapter = "simulator"
    needs = ("token",)
    capabilities = Capabilities(
        label_formats=("pdf", "zpl"),
        dedupes_reference=False,
        settle_s=30,
        pushes=True,
        quotes=True,
        manifests=True,
        pickups=True,
    )

    def __init__(self, connection: Connection) -> None:
        token = connection.credentials.get("token", "")
        super().__init__(connection, headers={"Authorization": f"Bearer {token}"})

    def read_refusal(self, answer: Answer) -> Refusal:
        """Its refusals are in our own words already."""
        body = answer.json()
        texts = {name: str(body.get(name, "")) for name in ("code", "message", "field")}
        return Refusal(texts["code"] or "refused", texts["message"], texts["field"])

    def quote(self, *, country: str, parcel: ParcelSize) -> list[Offer]:
        """The carrier's own prices for such a parcel."""
        answer = self._call("POST", "/quotes", json={"country": country, "parcel": asdict(parcel)})
        return [
            Offer(each["service"], each["price_cents"], each["transit_days"])
            for each in _rows(answer, "quotes", {"service": str, "price_cents": int, "transit_days": int})
        ]

    def buy(self, order: LabelOrder) -> Label:
        """Books one parcel; never looks up or repeats by itself."""
        body = {**asdict(order), "ship_on": order.ship_on.isoformat()}
        return _label(self._call("POST", "/shipments", private=private_texts(order), json=body), order)

    def find(self, order: LabelOrder) -> list[Label]:
        """The live bookings under a reference, oldest first."""
        answer = self._call("GET", "/shipments", params={"reference": order.reference})
        return [_label(each, order) for each in _rows(answer, "shipments", {})]

    def void(self, carrier_ref: str) -> None:
        """Cancels a booking that has not moved."""
        self._call("POST", f"/shipments/{carrier_ref}/void")

    def manifest(self, *, number: str, carrier_refs: Sequence[str], closed_at: datetime) -> str:
        """Announces a hand-over; the same number again answers the same manifest."""
        body = {"number": number, "shipments": list(carrier_refs), "closed_at": closed_at.isoformat()}
        answer = self._call("POST", "/manifests", json=body)
        return str(answer.get("manifest", ""))

    def book_pickup(self, order: PickupOrder) -> BookedPickup:
        """Asks for a visit; the same reference again is the same visit."""
        window = {"ready_at": order.ready_at.isoformat(), "close_at": order.close_at.isoformat()}
        answer = self._call("POST", "/pickups", json={**asdict(order), **window})
        if not (carrier_ref := str(answer.get("id", ""))):
            raise CarrierFault("The carrier's pick-up has no number.")
        return BookedPickup(order.reference, carrier_ref)

    def cancel_pickup(self, carrier_ref: str) -> None:
        """Calls a visit off."""
        self._call("POST", f"/pickups/{carrier_ref}/cancel")

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """One parcel's history so far; empty for a number the carrier does not know."""
        try:
            answer = self._call("GET", f"/tracking/{tracking_no}")
        except CarrierRefused as refusal:
            if refusal.code == "unknown_number":
                return []
            raise
        try:
            return _events(answer)
        except WebhookMalformed as fault:
            raise CarrierFault(fault.message) from fault

    def _call(self, method: str, path: str, **request: Any) -> Mapping[str, Any]:
        """One request, its answer as a JSON object, or the error that says what is known of the outcome."""
        return self._http.call(method, path, **request).json()


class SimulatorWebhooks:
    """Reads the simulated carrier's webhooks: a timestamped HMAC in `Simulator-Signature`, and a list of events."""

    def is_signed(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now_s: float) -> bool:
        """True when a live secret signed this body within five minutes of `now_s`."""
        header = headers.get("simulator-signature", "")
        return signing.is_timestamped(header=header, body=body, secrets=secrets, now_s=now_s)

    def parse(self, body: bytes) -> list[ScanEvent]:
        """The events of one webhook."""
        return _events(webhook_json(body))


def _events(payload: Any) -> list[ScanEvent]:
    """The events of a webhook or a tracking answer. Raises `WebhookMalformed`."""
    rows = payload.get("events") if isinstance(payload, dict) else None
    if not isinstance(rows, list):
        raise WebhookMalformed("There is no list of events.")
    return [_event(row) for row in rows]


def _event(row: Any) -> ScanEvent:
    """One event. Raises `WebhookMalformed`."""
    if not isinstance(row, dict):
        raise WebhookMalformed("An event is no object.")
    texts = {name: row.get(name, "") for name in _EVENT_TEXTS}
    for name, limit in _EVENT_TEXTS.items():
        text = texts[name]
        if not (isinstance(text, str) and len(text) <= limit and text.isprintable()):
            raise WebhookMalformed("An event's fields are not short printable texts.")
    if not (texts["tracking_no"] and texts["code"]):
        raise WebhookMalformed("An event names no parcel or no code.")
    try:
        at = datetime.fromisoformat(texts["at"])
    except ValueError as fault:
        raise WebhookMalformed("An event's moment is no ISO date.") from fault
    if at.tzinfo is None or at.year not in _YEARS:
        raise WebhookMalformed("An event's moment has no offset, or is of no sensible year.")
    precision = row.get("precision", "second")
    if precision not in _PRECISIONS:
        raise WebhookMalformed("An event's precision is unknown.")
    return ScanEvent(
        tracking_no=texts["tracking_no"],
        code=texts["code"],
        occurred_at=at.astimezone(UTC),
        event_id=texts["id"],
        location=texts["place"],
        precision=precision,
        correction=row.get("correction") is True,
        raw=texts,
    )


def _rows(answer: Mapping[str, Any], name: str, types: Mapping[str, type]) -> list[Mapping[str, Any]]:
    """The list `name` of an answer, each row checked for its fields' types. Raises `CarrierFault`."""
    rows = answer.get(name)
    if not isinstance(rows, list):
        raise CarrierFault(f"The carrier's answer has no list of {name}.")
    for row in rows:
        if not isinstance(row, dict) or any(type(row.get(key)) is not kind for key, kind in types.items()):
            raise CarrierFault(f"The carrier's {name} are not as agreed.")
    return rows


def _label(row: Mapping[str, Any], order: LabelOrder) -> Label:
    """One booking. Raises `CarrierFault` when it is not as the contract says."""
    price_cents = row.get("price_cents")
    if type(price_cents) is not int or row.get("reference") != order.reference:
        raise CarrierFault("The carrier's booking is not as agreed.")
    return label_of(
        order,
        carrier_ref=row.get("id"),
        tracking_no=row.get("tracking_no"),
        content=unpacked(row.get("label")),
        price_cents=price_cents,
    )
