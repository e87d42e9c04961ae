"""Announcing: what happened, written down once, in the seller's words and without a buyer's data."""

from collections.abc import Iterable, Mapping

from foundation import clock
from fulfillment.models import Event, Order
from warehouses.models import Inbound


def announce_orders(kind: str, orders: Iterable[Order], *, data: Mapping[str, object] | None = None) -> None:
    """One event of this kind for each order, at the present business time, in one INSERT."""
    now = clock.now()
    Event.objects.bulk_create(
        [
            Event(seller_id=order.seller_id, kind=kind, order=order, data=dict(data or {}), occurred_at=now)
            for order in orders
        ],
        batch_size=2_000,
    )


def announce_inbound(kind: str, inbound: Inbound, *, data: Mapping[str, object] | None = None) -> None:
    """One event about an inbound."""
    Event.objects.create(
        seller_id=inbound.seller_id, kind=kind, inbound=inbound, data=dict(data or {}), occurred_at=clock.now()
    )
