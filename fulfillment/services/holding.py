"""Holding: somebody must decide before an order may go on. Its stock stays promised meanwhile."""

from django.db import transaction
from django_fsm import can_proceed

from foundation.errors import Conflict, NotFound
from foundation.jobs import enqueue
from fulfillment.locks import lock_order
from fulfillment.models import Order
from fulfillment.services.announcing import announce_orders
from fulfillment.services.screening import Concern, concern_of, hold_facts


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
    return can_proceed(order.resume) and not _still_stands(order, _concern_now(order))


@transaction.atomic
def resume_order(*, order_id: int) -> Order:
    """Puts a held order back into the queue, in its old place. An order that is not held stays as it is.

    One that waited for something else, and has another concern by now, is held for that instead.

    Raises `NotFound` (`order_unknown`), `Conflict` (`address_unclear`, `customs_data_missing`, `no_service`,
    `destination_sanctioned`, with a fault per field) while that is what it was held for.
    """
    order = find_locked(order_id)
    if order.state != Order.State.ON_HOLD:
        return order
    concern = _concern_now(order)
    if concern and _still_stands(order, concern):
        faults = concern[1]
        missing = " ".join(fault.message for fault in faults)
        hint = " Correct it, or confirm that it is right as it is." if order.hold == Order.Hold.ADDRESS else ""
        raise Conflict(f"{missing}{hint}", code=order.hold, field=faults[0].where, faults=faults)
    let_go_on(order, concern=concern)
    return order


def _concern_now(order: Order) -> Concern | None:
    """What speaks against going on; the address only where it was asked about, else it was confirmed or is clear."""
    return concern_of(order, asks_address=order.hold == Order.Hold.ADDRESS)


def _still_stands(order: Order, concern: Concern | None) -> bool:
    """Whether the order is held for this very concern."""
    return concern is not None and concern[0] == order.hold


def let_go_on(order: Order, *, concern: Concern | None) -> None:
    """Puts a locked, held order back into the queue and wakes the allocator; with a `concern` it is held for that."""
    if concern is not None:
        hold, faults = concern
        if order.hold != hold:
            order.hold = hold
            order.save(update_fields=["hold"])
            announce_orders("order.on_hold", [order], data=hold_facts(hold, faults))
        return
    order.resume()
    order.hold = Order.Hold.NONE
    order.save(update_fields=["state", "hold"])
    announce_orders("order.resumed", [order])
    enqueue("fulfillment.allocate", once=f"allocate:{order.hub_id}", hub_id=order.hub_id)
