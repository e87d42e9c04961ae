"""Holding: somebody must decide before an order may go on. Its stock stays promised meanwhile."""

from django.db import transaction
from django_fsm import can_proceed

from foundation.errors import Conflict, FieldFault, NotFound
from foundation.jobs import enqueue
from fulfillment.locks import lock_order
from fulfillment.models import Order
from fulfillment.planning.clearing import defects
from fulfillment.services.announcing import announce_orders
from shipping.models import Address


def find_locked(order_id: int) -> Order:
    """The order, locked. Raises `NotFound` (`order_unknown`)."""
    try:
        return lock_order(order_id)
    except Order.DoesNotExist:
        raise NotFound("There is no such order.", code="order_unknown") from None


@transaction.atomic
def hold_order(*, order_id: int, reason: str = Order.Hold.ASKED) -> Order:
    """Stops an order that is not in a wave yet; held already, it keeps its first reason.

    Raises `Conflict` (`order_on_floor`) once it is released.
    """
    order = find_locked(order_id)
    if order.state == Order.State.ON_HOLD:
        return order
    if not can_proceed(order.put_on_hold):
        raise Conflict(
            f"{order.number} is {order.get_state_display().lower()}: too late to hold.", code="order_on_floor"
        )
    order.put_on_hold()
    order.hold = reason
    order.save(update_fields=["state", "hold"])
    announce_orders("order.on_hold", [order], data={"reason": reason})
    return order


def may_resume(order: Order) -> bool:
    """Whether `resume_order` would let this order go on as it is."""
    if order.hold == Order.Hold.ADDRESS and address_faults(order.ship_to):
        return False
    return can_proceed(order.resume)


@transaction.atomic
def resume_order(*, order_id: int) -> Order:
    """Puts a held order back into the queue, in its old place. An order that is not held stays as it is.

    Raises `NotFound` (`order_unknown`), `Conflict` (`address_unclear`) while that is what it was held for.
    """
    order = find_locked(order_id)
    if order.state != Order.State.ON_HOLD:
        return order
    if order.hold == Order.Hold.ADDRESS and (faults := address_faults(order.ship_to)):
        missing = " ".join(fault.message for fault in faults)
        raise Conflict(
            f"{missing} Correct it, or confirm that it is right as it is.",
            code="address_unclear",
            field=faults[0].where,
            faults=faults,
        )
    let_go_on(order)
    return order


def address_faults(address: Address) -> tuple[FieldFault, ...]:
    """What is unclear about an address, by field."""
    found = defects(address.line1, address.line2, address.postcode, address.country)
    return tuple(FieldFault(field, "address_unclear", message) for field, message in found)


def let_go_on(order: Order) -> None:
    """Puts a locked, held order back into the queue and wakes the allocator."""
    order.resume()
    order.hold = Order.Hold.NONE
    order.save(update_fields=["state", "hold"])
    announce_orders("order.resumed", [order])
    enqueue("fulfillment.allocate", once=f"allocate:{order.hub_id}", hub_id=order.hub_id)
