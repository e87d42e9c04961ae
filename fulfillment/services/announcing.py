"""Announcing: what happened, written down once, in the seller's words and without a buyer's data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection

from foundation import clock
from foundation.sql import insertion
from fulfillment.models import Event, Order
from warehouses.models import Inbound
from warehouses.signals import News, What

ADDRESS_CORRECTED: Final = "order.address_corrected"
"""An order with such an event goes elsewhere than it was sent in with: sent again, it is compared without it."""

KINDS: Final = {
    What.MEASURED: "sku.measured",
    What.CANCELLED: "inbound.cancelled",
    What.EXPIRED: "inbound.expired",
    What.ARRIVED: "inbound.arrived",
    What.CARTON_RECEIVED: "inbound.carton_received",
    What.RECEIVED: "inbound.received",
    What.SELLABLE: "stock.sellable",
    What.ISSUE_OPENED: "inbound.issue_opened",
    What.ISSUE_ANSWERED: "inbound.issue_answered",
    What.ISSUE_CLOSED: "inbound.issue_closed",
    What.APPOINTMENT_BOOKED: "appointment.booked",
    What.APPOINTMENT_MOVED: "appointment.moved",
    What.APPOINTMENT_CANCELLED: "appointment.cancelled",
    What.APPOINTMENT_MISSED: "appointment.missed",
}
"""What news of an inbound or an item are called among the events."""


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


def announce_news(news: Iterable[News]) -> None:
    """One event for each piece of news, in one INSERT."""
    now = clock.now()
    Event.objects.bulk_create(
        Event(
            seller_id=each.seller_id,
            kind=KINDS[each.what],
            inbound=each.inbound,
            data=each.data,
            occurred_at=now,
        )
        for each in news
    )
