"""Completing: orders that waited for customs data or for a carrier go on as soon as nothing is missing any more."""

from django.db import transaction

from fulfillment.locks import lock_orders
from fulfillment.models import Order
from fulfillment.services.holding import let_go_on
from fulfillment.services.screening import concerns, outlook_of
from warehouses.models import Hub

_WAITS = (Order.Hold.CUSTOMS, Order.Hold.UNSERVED)
_PAGE = 500


def let_completed_go(*, hub: Hub) -> int:
    """Looks again at every order of the hub that waits for data or a carrier; returns how many went on.

    What is complete goes back into the queue in its old place; what has another concern by now is held for that.
    """
    gone, last = 0, 0
    waiting = Order.objects.filter(hub=hub, state=Order.State.ON_HOLD, hold__in=_WAITS).order_by("pk")
    while page := list(waiting.filter(pk__gt=last).values_list("pk", flat=True)[:_PAGE]):
        gone += _look_again(hub, page)
        last = page[-1]
    return gone


@transaction.atomic
def _look_again(hub: Hub, page: list[int]) -> int:
    rows = Order.objects.filter(pk__in=page, state=Order.State.ON_HOLD, hold__in=_WAITS)
    orders = lock_orders(rows.select_related("hub", "seller", "ship_to"))
    found = concerns(orders, outlook=outlook_of(hub), asks_address=False)
    for order in orders:
        let_go_on(order, concern=found.get(order.pk))
    return sum(order.pk not in found for order in orders)
