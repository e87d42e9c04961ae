"""The simulated carrier's own memory: its bookings, manifests and scans, with a journal that survives a restart.

It is deliberately a harsh carrier: booking twice under one reference makes two labels. Safe for threads. The journal
is the carrier's book, so it holds the addresses it was given.
"""

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

from labels.documents import shipping_label
from labels.documents.address import PostalAddress
from shipping.carriers import simulator_terms
from shipping.carriers.simulator_journeys import Event, journey
from shipping.planning.rating import ParcelSize
from shipping.planning.territories import customs_needed, territory_of

CARRIER_NAME = "Simulated Post"


class Refusal(Exception):
    """The carrier says no: an HTTP status, a stable code, the field it is about, and a sentence."""

    def __init__(self, code: str, message: str, *, field: str = "", status: int = 422) -> None:
        super().__init__(message)
        self.code, self.message, self.field, self.status = code, message, field, status


@dataclass(frozen=True, slots=True)
class Booking:
    """One label the carrier made."""

    id: str
    ordinal: int
    tracking_no: str
    price_cents: int
    order: Mapping[str, Any]
    voided: bool = False
    closed_at: datetime | None = None

    @property
    def reference(self) -> str:
        """The customer's reference."""
        return self.order["reference"]

    @property
    def country(self) -> str:
        """Where it goes."""
        return self.order["ship_to"]["country"]


class World:
    """Everything the carrier knows. `seed` and `speed` shape the parcels' journeys."""

    def __init__(self, *, state: Path | None = None, seed: str = "1", speed: float = 1.0) -> None:
        self._seed, self._speed = seed, speed
        self._lock = threading.RLock()
        self._bookings: dict[str, Booking] = {}
        self._by_reference: dict[str, list[str]] = {}
        self._by_number: dict[str, str] = {}
        self._manifests: dict[str, tuple[str, list[str]]] = {}
        self._journeys: dict[str, tuple[Event, ...]] = {}
        self._sent: set[str] = set()
        self._until = datetime.min.replace(tzinfo=UTC)
        self._journal: TextIO | None = None
        if state is not None:
            state.parent.mkdir(parents=True, exist_ok=True)
            if state.exists():
                self._restore(state)
            self._journal = state.open("a", encoding="utf-8")
            state.chmod(0o600)

    def book(self, order: Mapping[str, Any], *, refused_postcodes: Iterable[str] = ()) -> Booking:
        """One new label. Raises `Refusal`."""
        price_cents = check_order(order, refused_postcodes)
        with self._lock:
            ordinal = len(self._bookings) + 1
            booking = Booking(
                id=f"SIM{ordinal:08d}",
                ordinal=ordinal,
                tracking_no=self._new_number(order["reference"]),
                price_cents=price_cents,
                order=order,
            )
            self._write({"do": "book", "tracking_no": booking.tracking_no, "order": order})
            self._add(booking)
        return booking

    def find(self, reference: str) -> list[Booking]:
        """The live bookings under a reference, oldest first."""
        with self._lock:
            rows = [self._bookings[each] for each in self._by_reference.get(reference, ())]
        return [row for row in rows if not row.voided]

    def void(self, booking_id: str) -> None:
        """Cancels a booking. Raises `Refusal` for an unknown one, and for one on a manifest."""
        with self._lock:
            booking = self._bookings.get(booking_id)
            if booking is None:
                raise Refusal("unknown_shipment", "There is no such shipment.", status=404)
            if booking.closed_at is not None:
                raise Refusal("already_moving", "The parcel is already on its way.", status=409)
            if not booking.voided:
                self._write({"do": "void", "id": booking_id})
                self._bookings[booking_id] = replace(booking, voided=True)

    def manifest(self, number: str, booking_ids: Sequence[str], closed_at: datetime) -> str:
        """Takes a hand-over in; the same number again changes nothing and answers the same."""
        with self._lock:
            if number in self._manifests:
                carrier_number, ids = self._manifests[number]
                if ids != list(booking_ids):
                    raise Refusal("manifest_exists", "This number has other parcels.", field="number", status=409)
                return carrier_number
            missing = [each for each in booking_ids if each not in self._bookings]
            if missing or not booking_ids:
                raise Refusal("unknown_shipment", f"There is no shipment {(missing or ['at all'])[0]}.")
            # with the speed: parcels that are on their way go on as they began, however time passes after a restart
            row = {
                "do": "manifest",
                "number": number,
                "ids": list(booking_ids),
                "at": closed_at.isoformat(),
                "speed": self._speed,
            }
            self._write(row)
            return self._close(row)

    def history(self, tracking_no: str) -> list[Event]:
        """The scans of one parcel made so far. Raises `Refusal` for an unknown number."""
        with self._lock:
            if tracking_no not in self._by_number:
                raise Refusal("unknown_number", "There is no such parcel.", status=404)
            events = self._journeys.get(self._by_number[tracking_no], ())
            return [each for each in events if each.at <= self._until]

    def due(self, until: datetime) -> list[Event]:
        """The clock goes to `until` (never back): the scans made by then that nobody was told of, oldest first."""
        with self._lock:
            self._until = max(self._until, until)
            events = [
                event
                for scans in self._journeys.values()
                for event in scans
                if event.at <= self._until and event.id not in self._sent
            ]
        return sorted(events, key=lambda event: (event.at, event.id))

    def mark_sent(self, events: Sequence[Event]) -> None:
        """These scans have been told, and will not be due again."""
        with self._lock:
            ids = [event.id for event in events]
            self._sent.update(ids)
            self._write({"do": "sent", "ids": ids, "until": self._until.isoformat()})

    def stats(self) -> dict[str, Any]:
        """Counts for tests and for the curious: bookings, live ones, and references booked more than once."""
        with self._lock:
            live = [row for row in self._bookings.values() if not row.voided]
            doubled = {ref: len(ids) for ref, ids in self._by_reference.items() if len(ids) > 1}
            return {
                "bookings": len(self._bookings),
                "live": len(live),
                "doubled": doubled,
                "manifests": len(self._manifests),
                "told": len(self._sent),
            }

    def close(self) -> None:
        """Closes the journal."""
        if self._journal is not None:
            self._journal.close()

    def _add(self, booking: Booking) -> None:
        self._bookings[booking.id] = booking
        self._by_reference.setdefault(booking.reference, []).append(booking.id)
        self._by_number[booking.tracking_no] = booking.id

    def _close(self, row: Mapping[str, Any]) -> str:
        at = datetime.fromisoformat(row["at"])
        for booking_id in row["ids"]:
            booking = self._bookings[booking_id] = replace(self._bookings[booking_id], closed_at=at)
            if not booking.voided:
                self._journeys[booking_id] = journey(
                    tracking_no=booking.tracking_no,
                    country=booking.country,
                    closed_at=at,
                    seed=f"{self._seed}/{booking.ordinal}",
                    speed=row.get("speed", 1.0),
                )
        carrier_number = f"SPM{len(self._manifests) + 1:06d}"
        self._manifests[row["number"]] = carrier_number, row["ids"]
        return carrier_number

    def _new_number(self, reference: str) -> str:
        """A tracking number that no other booking has, even when the journal was thrown away in between."""
        for again in range(len(self._bookings) + 1):
            digest = hashlib.sha256(
                f"{reference}/{len(self._by_reference.get(reference, ()))}/{again}".encode()
            ).digest()
            number = f"SP{int.from_bytes(digest[:8]) % 10**12:012d}NL"
            if number not in self._by_number:
                return number
        raise AssertionError("more numbers than bookings were tried")

    def _write(self, row: Mapping[str, Any]) -> None:
        if self._journal is not None:
            self._journal.write(json.dumps(row, separators=(",", ":")) + "\n")
            self._journal.flush()

    def _restore(self, state: Path) -> None:
        """Reads the journal; a last line cut by a crash is ignored, for nobody was answered on it."""
        whole = state.read_text(encoding="utf-8").rpartition("\n")[0]
        state.write_text(whole + "\n" if whole else "", encoding="utf-8")
        for line in whole.splitlines():
            row = json.loads(line)
            match row["do"]:
                case "book":
                    ordinal = len(self._bookings) + 1
                    price_cents = check_order(row["order"], ())
                    self._add(Booking(f"SIM{ordinal:08d}", ordinal, row["tracking_no"], price_cents, row["order"]))
                case "void":
                    self._bookings[row["id"]] = replace(self._bookings[row["id"]], voided=True)
                case "manifest":
                    self._close(row)
                case "sent":
                    self._sent.update(row["ids"])
                    self._until = max(self._until, datetime.fromisoformat(row["until"]))


def check_order(order: Mapping[str, Any], refused_postcodes: Iterable[str]) -> int:
    """The price of an order in cents. Raises `Refusal` for what this carrier does not take."""
    try:
        terms = simulator_terms.BY_CODE.get(order["service"])
        parcel = ParcelSize(**order["parcel"])
        ship_to = order["ship_to"]
        texts = [order["reference"], order["shipment_number"], ship_to["name"], ship_to["line1"], ship_to["city"]]
        country, postcode = ship_to["country"], ship_to["postcode"]
        PostalAddress(**_postal(order["ship_from"]))
        _ship_on(order)
    except (KeyError, TypeError, ValueError) as fault:
        raise Refusal("malformed", "The order lacks a field, or one is wrong.", status=400) from fault
    if not all(isinstance(text, str) and text for text in texts):
        raise Refusal("malformed", "Reference, number, name, street and city are needed.", status=400)
    if terms is None:
        raise Refusal("service_unknown", "There is no such service.", field="service")
    if country not in terms.destinations:
        raise Refusal("country_not_served", f"{terms.name} does not go to {country}.", field="ship_to.country")
    if postcode in refused_postcodes:
        raise Refusal("address_not_found", "This postcode does not exist.", field="ship_to.postcode")
    if not order.get("customs") and _crosses_border(order):
        raise Refusal("customs_missing", "A parcel over this border needs its customs data.", field="customs")
    if not terms.has_room_for(parcel):
        raise Refusal("too_big", f"The parcel is too big for {terms.name}.", field="parcel")
    price = terms.price_cents(parcel)
    if price is None:
        raise Refusal("weight", f"{terms.name} takes up to {terms.max_weight_g} g.", field="parcel.weight_g")
    return price


def _crosses_border(order: Mapping[str, Any]) -> bool:
    ends = [territory_of(place["country"], place["postcode"]) for place in (order["ship_from"], order["ship_to"])]
    return customs_needed(*ends)


def draw_label(booking: Booking) -> tuple[bytes, str]:
    """The label's bytes and content type; the same booking always gives the same bytes."""
    order, ship_to = booking.order, booking.order["ship_to"]
    label = shipping_label.ShippingLabel(
        carrier=CARRIER_NAME,
        service=simulator_terms.BY_CODE[order["service"]].name,
        tracking_no=booking.tracking_no,
        sender=PostalAddress(**_postal(order["ship_from"])),
        recipient=PostalAddress(**_postal(ship_to)),
        routing=f"{booking.country} {ship_to['postcode'][:4]}".strip(),
        reference=order["shipment_number"],
        weight_g=order["parcel"]["weight_g"],
        parcel_no=order["sequence"],
        parcel_count=order["parcel_count"],
        shipped_on=_ship_on(order),
        notices=tuple(order.get("marks", ())),
    )
    if order["label_format"] == "zpl":
        return shipping_label.render_zpl(label), "application/zpl"
    return shipping_label.render_pdf(label), "application/pdf"


def _ship_on(order: Mapping[str, Any]) -> date | None:
    """The day the customer says; None for one who says none."""
    return date.fromisoformat(order["ship_on"]) if "ship_on" in order else None


def _postal(place: Mapping[str, Any]) -> dict[str, Any]:
    """A place of our protocol in the words of the label's address."""
    return {
        "name": place["name"],
        "company": place["company"],
        "lines": tuple(line for line in (place["line1"], place["line2"]) if line),
        "postcode": place["postcode"],
        "city": place["city"],
        "region": place["region"],
        "country": place["country"],
        "phone": place["phone"],
    }
