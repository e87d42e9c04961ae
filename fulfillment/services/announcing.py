"""Announcing: what happened, written down once, in the seller's words and without a buyer's data."""

import json
from collections.abc import Iterable, Mapping

from django.db import connection

from foundation import clock
from fulfillment.models import Event, Order
from warehouses.models import Inbound


def announce_orders(kind: str, orders: Iterable[Order], *, data: Mapping[str, object] | None = None) -> None:
    """One event of this kind for each order, at the present business time, in one INSERT."""
    now = clock.now()
    told = [(order.pk, order.seller_id) for order in orders]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO fulfillment_event (kind, data, occurred_at, order_id, seller_id)
               SELECT %s, %s::jsonb, %s::timestamptz, o.order_id, o.seller_id
               FROM unnest(%s::bigint[], %s::bigint[]) AS o(order_id, seller_id)""",
            [kind, json.dumps(dict(data or {})), now, [pk for pk, _ in told], [seller_id for _, seller_id in told]],
        )


def announce_inbound(kind: str, inbound: Inbound, *, data: Mapping[str, object] | None = None) -> None:
    """One event about an inbound."""
    Event.objects.create(
        seller_id=inbound.seller_id, kind=kind, inbound=inbound, data=dict(data or {}), occurred_at=clock.now()
    )
