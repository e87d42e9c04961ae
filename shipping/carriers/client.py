"""What the adapters share: connections that close, labels that are checked, texts that fit, unused labels."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self
from urllib.parse import quote, urlsplit

from shipping.carriers.base import (
    BookedPickup,
    Capabilities,
    CarrierFault,
    CarrierRefused,
    CarrierUnreachable,
    Connection,
    Label,
    LabelFormat,
    LabelOrder,
    Offer,
    PickupOrder,
    Place,
    ScanEvent,
    WebhookMalformed,
)
from shipping.carriers.http import Answer, CarrierHttp, Refusal
from shipping.carriers.statuses import TABLES
from shipping.planning.rating import ParcelSize
from shipping.planning.tracking import State

MAX_LABEL = 5_000_000
"""Bytes. One parcel's label is one page; more than this is something else, and is not stored."""

CONTENT_TYPES: Mapping[LabelFormat, str] = {"pdf": "application/pdf", "zpl": "application/zpl"}

_STREET = re.compile(
    # a street may be named for a year: Plein 1944 12
    r"(?P<street>.*\D(?:(?:18|19)[0-9]{2}(?=\s+[0-9]))?)\s+"
    r"(?P<number>[0-9]{1,6})\s*[-/ ]?\s*(?P<addition>[\w/ -]{0,12})"
)
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_AT_HOME = frozenset({None, State.LABEL_CREATED, State.CANCELLED})


class HttpCarrier:
    """The root of an adapter that speaks HTTP. `adapter` is its name in the registry.

    `needs` names the credentials its account must hold; without one of them no request is sent.
    """

    adapter: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    capabilities: Capabilities

    def __init__(
        self,
        connection: Connection,
        *,
        headers: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self._connection = connection
        self._http = CarrierHttp(
            connection,
            read_refusal=self.read_refusal,
            blocked=self._obstacle(connection),
            headers=headers,
            login=login,
        )

    def _obstacle(self, connection: Connection) -> Refusal | None:
        """Why this account may send nothing: a credential is missing, or would be readable on its way."""
        for name in self.needs:
            if not connection.credentials.get(name):
                message = f"The account lacks a credential: {name}."
                return Refusal("credentials_incomplete", message, f"credentials.{name}")
        url = urlsplit(connection.base_url)
        if url.scheme != "https" and self.adapter != "simulator" and url.hostname not in _THIS_MACHINE:
            message = "The account's address must begin with https, or its credentials could be read on their way."
            return Refusal("base_url_insecure", message, "base_url")
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def read_refusal(self, answer: Answer) -> Refusal:
        """What a 4xx of this carrier says."""
        raise NotImplementedError

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """One parcel's history so far; empty for a number the carrier does not know."""
        raise NotImplementedError

    def quote(self, *, country: str, parcel: ParcelSize) -> list[Offer]:
        """Nothing: this carrier's prices are those of the contract, in our own list."""
        del country, parcel
        return []

    def manifest(self, *, number: str, carrier_refs: Sequence[str], closed_at: datetime) -> str:
        """Nothing to announce: this carrier knows its parcels from their labels."""
        del number, carrier_refs, closed_at
        return ""

    def book_pickup(self, order: PickupOrder) -> BookedPickup:
        """Refused: we know no way to ask this carrier to come that is sure to ask once."""
        del order
        raise CarrierRefused("This carrier can't be asked to come this way.", code="no_pickups")

    def cancel_pickup(self, carrier_ref: str) -> None:
        """Refused for the same reason."""
        del carrier_ref
        raise CarrierRefused("This carrier can't be asked to come this way.", code="no_pickups")

    def webhook_keys(self) -> str:
        """None: this carrier signs with a secret that we agreed on."""
        return ""

    def fetched_label(self, http: CarrierHttp, path: str, accept: str) -> bytes:
        """The label of a parcel that is booked. Whatever keeps it from us is a `CarrierFault`: nothing was refused."""
        try:
            return http.call("GET", path, headers={"Accept": accept}).content
        except (CarrierRefused, CarrierUnreachable) as trouble:
            raise CarrierFault("The parcel is booked, but its label could not be fetched.") from trouble

    def leave_unused(self, tracking_no: str) -> None:
        """A cancellation where the carrier takes none: fine while nobody scanned it, `CarrierRefused` afterwards."""
        table = TABLES[self.adapter]
        if any(table.meaning(scan.code)[1] not in _AT_HOME for scan in self.track(tracking_no)):
            raise already_moving()

    def credential(self, name: str) -> str:
        """One of the account's credentials; empty when it was never entered."""
        return str(self._connection.credentials.get(name, ""))


def already_moving() -> CarrierRefused:
    """The refusal of a cancellation that comes too late."""
    return CarrierRefused("The parcel is already on its way.", code="already_moving")


def label_of(
    order: LabelOrder, *, carrier_ref: object, tracking_no: object, content: bytes, price_cents: int | None
) -> Label:
    """A label from a carrier's answer. Raises `CarrierFault` when a field is unusable or the bytes are no label."""
    for text, longest in ((carrier_ref, 80), (tracking_no, 40)):
        if not (isinstance(text, str) and 1 <= len(text) <= longest and text.isprintable()):
            raise CarrierFault("The carrier's booking has unusable fields.")
    if price_cents is not None and not 0 <= price_cents <= 10_000_000:
        raise CarrierFault("The carrier's booking has an unusable price.")
    if not 0 < len(content) <= MAX_LABEL:
        raise CarrierFault("The carrier's label is empty or too large.")
    if not (content.startswith(b"%PDF-") or b"^XA" in content[:2_000]):
        raise CarrierFault("The carrier's label is neither PDF nor ZPL.")
    return Label(
        carrier_ref=str(carrier_ref),
        reference=order.reference,
        tracking_no=str(tracking_no),
        price_cents=price_cents,
        content=content,
        content_type=CONTENT_TYPES["pdf" if content.startswith(b"%PDF-") else "zpl"],
    )


def unpacked(text: object) -> bytes:
    """The bytes of a base64 text. Raises `CarrierFault`."""
    if not isinstance(text, str):
        raise CarrierFault("The carrier's label is missing.")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise CarrierFault("The carrier's label is no base64.") from fault


def dig(value: Any, *path: str | int) -> Any:
    """What stands in nested JSON under `path`; None where the way ends."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def listed(value: Any, *path: str | int) -> list[Any]:
    """The list under `path`; a lone object there counts as a list of one, nothing as an empty one."""
    found = dig(value, *path)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def text_of(value: object, longest: int) -> str:
    """A short printable text from a carrier, numbers included; cut to `longest`. Anything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return "".join(each for each in str(value) if each.isprintable()).strip()[:longest]


def euro_cents(value: object, currency: object) -> int | None:
    """An amount of euros as cents; None where there is none, or it is in other money."""
    told = text_of(value, 20)
    if currency != "EUR" or not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,4})?", told):
        return None
    return round(float(told) * 100)


def field_in(text: str, fields: Mapping[str, str]) -> str:
    """Our name of the input that a carrier's text is about: the first of `fields` that stands in it, or empty."""
    return next((ours for theirs, ours in fields.items() if theirs in text), "")


def webhook_json(body: bytes) -> Any:
    """A webhook's JSON. Raises `WebhookMalformed`, also for a body nested deeper than anybody would."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise WebhookMalformed("The body is no JSON.") from fault


def segment(text: str) -> str:
    """A text as one step of a URL's path, whatever is in it."""
    return quote(text, safe="")


def compact(reference: str) -> str:
    """Our reference without dashes, for carriers that take 35 characters: a UUID and the number of the try."""
    return reference.replace("-", "")


def private_texts(order: LabelOrder) -> list[str]:
    """What an error about this order may not repeat."""
    place = order.ship_to
    texts = (place.name, place.company, place.line1, place.line2, place.phone, place.email, place.postcode, place.city)
    return [text for text in texts if len(text) > 2]


def street_of(place: Place) -> tuple[str, str, str]:
    """Street, house number and addition of a place; the whole first line and nothing else where it has no number."""
    match = _STREET.fullmatch(place.line1.strip())
    if match is None:
        return place.line1.strip(), "", ""
    return match["street"].strip(), match["number"], match["addition"].strip()


def kilograms(weight_g: int) -> str:
    """Grams as kilograms with three decimals."""
    return f"{weight_g / 1_000:.3f}"


def centimetres(length_mm: int) -> int:
    """Millimetres as whole centimetres, rounded up."""
    return -(-length_mm // 10)
