"""Announcing: what happened, written down once, in the seller's words and without a buyer's data."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from foundation import clock
from foundation.sql import insertion
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


def announce_orders_from(kind: str, source: str, params: Sequence[Any] = ()) -> None:
    """The same for orders out of a query: `source` is what follows FROM, of a relation with order_id and seller_id."""
    given = {"seller": "seller_id", "order": "order_id", "kind": "%s", "occurred_at": "%s"}
    sql, values = insertion(Event, given, source)
    with connection.cursor() as cursor:
        cursor.execute(sql, [kind, clock.now(), *values, *params])


def announce_inbound(kind: str, inbound: Inbound, *, data: Mapping[str, object] | None = None) -> None:
    """One event about an inbound."""
    Event.objects.create(
        seller_id=inbound.seller_id, kind=kind, inbound=inbound, data=dict(data or {}), occurred_at=clock.now()
    )
