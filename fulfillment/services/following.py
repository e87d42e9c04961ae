"""Following inbounds: a carrier says that it delivered a seller's parcel, and the inbound's clock starts."""

from shipping.services.following import delivered_at, expect
from warehouses.models import Inbound
from warehouses.services.arriving import awaited, note_deliveries


def follow_inbounds() -> list[Inbound]:
    """Looks through the carriers' scans for parcels of inbounds; returns the inbounds that have arrived by them.

    It reads what the carriers' webhooks left, whatever came first, scan or tracking number. Twice is once.
    """
    numbers = awaited()
    if not numbers:
        return []
    expect(numbers)
    return note_deliveries(delivered_at(numbers))
