"""The first floor's one bell: rung inside the transaction, with lists, when stock has moved or an inbound got on."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.dispatch import Signal

from warehouses.models import Case, Inbound, Sku

stock_moved = Signal()
"""`moves`: a list of `warehouses.services.moving.Moved`, all of one hub; with them `displaced`, `recalls`,
`is_open_again` and `news`, as `ring` there says. Only `fulfillment.listeners` connects."""


class What(StrEnum):
    """What can be told of an inbound, or of an item."""

    MEASURED = "measured"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ARRIVED = "arrived"
    CARTON_RECEIVED = "carton_received"
    RECEIVED = "received"
    SELLABLE = "sellable"
    ISSUE_OPENED = "issue_opened"
    ISSUE_ANSWERED = "issue_answered"
    ISSUE_CLOSED = "issue_closed"
    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_MISSED = "appointment_missed"


@dataclass(frozen=True, slots=True)
class News:
    """Something a seller should hear of an inbound, or of an item; `data` holds plain values in the seller's words.

    `case` is the one it is about, as it is now: for whoever goes on from there.
    """

    what: What
    inbound: Inbound | None
    data: dict[str, Any] = field(default_factory=dict)
    case: Case | None = None
    sku: Sku | None = None

    @property
    def seller_id(self) -> int:
        """Whose inbound or item it is."""
        about = self.inbound or self.sku
        assert about is not None, "news is of an inbound or of an item"
        return about.seller_id
