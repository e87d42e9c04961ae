"""What Pakhuis asks of any carrier: quote, buy, look up, void, manifest, track, read a webhook.

For the services, which know no carrier by name, and for whoever writes the next adapter. Values are
frozen and plain: millimetres, grams, cents, aware datetimes. An adapter talks HTTP with time-outs and
never touches the database; it raises only the errors below, each of which says what is known about
the outcome.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol, Self

from shipping.planning.customs import Customs
from shipping.planning.rating import ParcelSize

LabelFormat = Literal["pdf", "zpl"]
Precision = Literal["second", "minute", "day"]


@dataclass(frozen=True, slots=True)
class Place:
    """A sender or a recipient; `country` is ISO 3166-1 alpha-2. Personal data: never log one."""

    name: str
    line1: str
    postcode: str
    city: str
    country: str
    company: str = ""
    line2: str = ""
    region: str = ""
    phone: str = ""
    email: str = ""

    def __repr__(self) -> str:
        return f"Place({self.country})"


@dataclass(frozen=True, slots=True)
class Offer:
    """A carrier's own price for one parcel to one country, before anything is bought."""

    service: str
    price_cents: int
    transit_days: int


@dataclass(frozen=True, slots=True)
class LabelOrder:
    """One parcel to be booked. `reference` is ours, unique per purchase, and finds the booking again.

    `ship_on` is the day on which the carrier gets it. `customs` is what its papers say, None where it crosses no
    border; `marks` are the hazard marks on it, such as `LQ` and `UN3481`.
    """

    reference: str
    service: str
    ship_from: Place
    ship_to: Place
    parcel: ParcelSize
    shipment_number: str
    sequence: int
    parcel_count: int
    label_format: LabelFormat
    ship_on: date
    customs: Customs | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A booked parcel: the carrier's id and tracking number, its price, its label's bytes as they came.

    `price_cents` is None when the carrier tells no price before its invoice.
    """

    carrier_ref: str
    reference: str
    tracking_no: str
    price_cents: int | None
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class PickupOrder:
    """A visit to be made: where, from when until when, for about how much. `reference` is ours, one per visit."""

    reference: str
    place: Place
    ready_at: datetime
    close_at: datetime
    parcels: int
    weight_g: int


@dataclass(frozen=True, slots=True)
class BookedPickup:
    """A visit the carrier will make, and its own id of it."""

    reference: str
    carrier_ref: str


@dataclass(frozen=True, slots=True)
class ScanEvent:
    """One scan as a carrier tells it. `event_id` is the carrier's own, or empty; `code` is still theirs."""

    tracking_no: str
    code: str
    occurred_at: datetime
    event_id: str = ""
    location: str = ""
    precision: Precision = "second"
    tz_assumed: bool = False
    correction: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a carrier can do, so that services need not guess.

    `dedupes_reference`: a second purchase under one reference answers the first label, and books no other.
    `settle_s`: how long after a time-out a booking may still appear on the carrier's side.
    `pushes`: scans arrive by webhook; polling then only closes gaps.
    `finds`: a booking can be looked up by our reference. Without that a purchase in doubt is made again once it is
    settled, which is sound only where `unused_is_free`: a label that is never scanned costs nothing.
    `voids`: the carrier takes a cancellation; without that an unused label is simply left unused.
    `own_keys`: it signs its webhooks with a key of its own and publishes the other half, instead of a secret of ours.
    `quotes`: it tells its prices. `manifests`: it takes an announcement of the hand-over. `pickups`: it can be
    asked to come, and asked again under one reference it comes once.
    """

    label_formats: tuple[LabelFormat, ...]
    dedupes_reference: bool
    settle_s: int
    pushes: bool
    finds: bool = True
    voids: bool = True
    unused_is_free: bool = False
    own_keys: bool = False
    quotes: bool = False
    manifests: bool = False
    pickups: bool = False


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one account: base URL, credentials as the adapter defines them, time-outs in seconds."""

    base_url: str
    credentials: Mapping[str, Any] = field(default_factory=dict, repr=False)
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 10.0


class CarrierError(Exception):
    """Root of an adapter's refusals. `message` is for a person and holds no personal data."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CarrierUnreachable(CarrierError):
    """The request never left: nothing happened at the carrier, asking again is safe."""


class CarrierBusy(CarrierUnreachable):
    """The carrier turned the request away unread, and takes none for another `retry_after_s`."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class CarrierTimeout(CarrierError):
    """The request left and no answer came: it may have happened, or still may. Look up first."""


class CarrierFault(CarrierError):
    """The carrier answered that it failed (5xx, or nonsense): it may have happened. Look up first."""


class CarrierRefused(CarrierError):
    """The carrier understood and said no: nothing happened. `field` is the input it is about."""

    def __init__(self, message: str, *, code: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class WebhookMalformed(CarrierError):
    """A webhook with a true signature whose body is not what the carrier's contract says."""


class Carrier(Protocol):
    """One account at one carrier, as a context manager: leaving closes its connections. Thread-safe."""

    capabilities: Capabilities

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def quote(self, *, country: str, parcel: ParcelSize) -> list[Offer]:
        """The services this carrier offers for such a parcel, with its own prices; empty when it tells none."""
        ...

    def buy(self, order: LabelOrder) -> Label:
        """Books one parcel. Never repeats itself: after a time-out or a fault the caller looks up first."""
        ...

    def find(self, order: LabelOrder) -> list[Label]:
        """Every live booking under the order's reference, oldest first; empty when there is none.

        The whole order is given, because some carriers know the booking but draw its label anew.
        """
        ...

    def void(self, carrier_ref: str) -> None:
        """Cancels a booking; one already cancelled is fine. `CarrierRefused` (`already_moving`) when it moves."""
        ...

    def manifest(self, *, number: str, carrier_refs: Sequence[str], closed_at: datetime) -> str:
        """Announces the parcels of one hand-over under our manifest number (repeatable); answers theirs."""
        ...

    def book_pickup(self, order: PickupOrder) -> BookedPickup:
        """Asks for a visit; the same reference again answers the same visit. `CarrierRefused` for a bad window."""
        ...

    def cancel_pickup(self, carrier_ref: str) -> None:
        """Calls a visit off; one called off already is fine."""
        ...

    def track(self, tracking_no: str) -> list[ScanEvent]:
        """The full history of one parcel; empty when the carrier knows none."""
        ...

    def webhook_keys(self) -> str:
        """The public keys that sign its webhooks now, as one live secret; empty where a secret of ours signs them."""
        ...


class WebhookReader(Protocol):
    """The two pure halves of a carrier's webhook: is it theirs, and what does it say."""

    def is_signed(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now_s: float) -> bool:
        """True when one of the live secrets signed this very body. Header names are lower case."""
        ...

    def parse(self, body: bytes) -> list[ScanEvent]:
        """The scans in a body whose signature holds. Raises `WebhookMalformed`."""
        ...
