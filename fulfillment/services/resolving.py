"""Resolving: a supervisor's answer to an order that came up short at picking."""

from django.db import transaction

from foundation.errors import Conflict
from fulfillment.models import Order, OrderLine
from fulfillment.services.holding import find_locked
from fulfillment.services.picking_progress import give_up_rest
from warehouses.locks import lock_reservations
from warehouses.models import PickTask


def waits_for_missing(order: Order) -> bool:
    """Whether the order is short and nobody is fetching its units: somebody must decide."""
    if order.state != Order.State.PICKING or order.hold != Order.Hold.SHORT:
        return False
    return not PickTask.objects.filter(reservation__order_line__order=order, closed_at=None).exists()


@transaction.atomic
def ship_short(*, order_id: int) -> Order:
    """Sends what was picked of a short order and cancels the rest; with nothing picked the order is cancelled.

    Raises `NotFound` (`order_unknown`), `Conflict` (`order_not_short`) when it is not short or its units are
    being fetched after all.
    """
    reservations = OrderLine.objects.filter(order_id=order_id).values_list("reservation_id", flat=True)
    lock_reservations([pk for pk in reservations if pk])
    order = find_locked(order_id)
    if not waits_for_missing(order):
        raise Conflict(f"{order.number} is not waiting for missing units.", code="order_not_short")
    give_up_rest(order)
    order.refresh_from_db()
    return order
