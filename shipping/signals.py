"""The doorbell of this floor: a shipment's state changed. Only the top floor's listeners connect to it."""

from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal


@dataclass(frozen=True, slots=True)
class TrackedChange:
    """One shipment that moved from one state to another at `occurred_at` (the scan's own time).

    `first_entry`: it was never in `to_state` before, so a buyer may be told.
    """

    shipment_id: int
    number: str
    reference: str
    site: str
    from_state: str
    to_state: str
    occurred_at: datetime
    first_entry: bool


shipment_tracked = Signal()
"""Sent by services inside the transaction, with `changes`: a list of `TrackedChange`."""
