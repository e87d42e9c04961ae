"""Cancelling: an order is called off, and its stock is free for others at once."""

from django.db import transaction
from django.db.models import F, Sum

from foundation.errors import Conflict
from foundation.jobs import enqueue
from foundation.quantities import counted
from fulfillment.models import Order, OrderLine
from fulfillment.services.announcing import announce_orders
from fulfillment.services.holding import find_locked
from fulfillment.services.picking_progress import end_waves
from warehouses.services.reserving import release


@transaction.atomic
def cancel_order(*, order_id: int) -> Order:
    """Calls an order off while nothing of it is picked. Cancelled already, it stays so.

    The stock is released first and the order locked after it (see `locks`); a refusal undoes both. Raises
    `NotFound` (`order_unknown`), `Conflict` (`order_on_cart` once a unit is in a tote, `order_left`
    once it is packed or gone).
    """
    lines = OrderLine.objects.filter(order_id=order_id)
    hub_id = Order.objects.filter(pk=order_id).values_list("hub_id", flat=True).first()
    release(hub_id=hub_id or 0, reservation_ids=list(lines.values_list("reservation_id", flat=True)))
    order = find_locked(order_id)
    if order.state == Order.State.CANCELLED:
        return order
    if refusal := why_too_late(order):
        raise refusal
    lines.update(cancelled=F("quantity"))
    order.cancel()
    order.hold = Order.Hold.NONE
    order.save(update_fields=["state", "hold"])
    announce_orders("order.cancelled", [order])
    end_waves([order.wave_id] if order.wave_id else [])
    enqueue("fulfillment.allocate", once=f"allocate:{order.hub_id}", hub_id=order.hub_id)
    return order


def why_too_late(order: Order) -> Conflict | None:
    """Why this order can't be called off any more, as `cancel_order` says it; None if it can."""
    if order.state in {Order.State.PACKED, Order.State.SHIPPED, Order.State.DELIVERED, Order.State.RETURNED}:
        state = order.get_state_display().lower()
        return Conflict(f"{order.number} is {state}: it can't be called off.", code="order_left")
    picked = order.lines.aggregate(n=Sum("reservation__picked"))["n"] or 0
    if picked:
        return Conflict(f"A cart has {counted(picked, 'unit')} of {order.number} already.", code="order_on_cart")
    return None
