"""Why an order is not moving: a code, who must act, and what to do next. In the API, the admin and the portal."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from fulfillment.models import LeftBehind, Order, Wave
from shipping.models import Shipment
from warehouses.models import PickList, PickTask


@dataclass(frozen=True, slots=True)
class Why:
    """`code` is stable; `owner` is hub, seller, carrier or system; `next_step` is one sentence for that owner."""

    code: str
    owner: str
    next_step: str


_BY_HOLD = {
    Order.Hold.ADDRESS: Why("address_unclear", "seller", "Correct the address: then the order goes on by itself."),
    Order.Hold.ASKED: Why("seller_asked", "seller", "Resume the order when it may leave."),
    Order.Hold.SHORT: Why("short_pick", "hub", "Count the bin, send what there is, or wait for stock."),
    Order.Hold.EXPIRED: Why("stock_expired", "hub", "Count the lot or wait for fresh stock, then resume the order."),
    Order.Hold.TOO_LARGE: Why("too_large", "hub", "Correct the item's measures or cancel: no tote of a cart holds it."),
    Order.Hold.RECALLED: Why(
        "lot_recalled", "hub", "Set its units or its parcel aside: it goes on when the lot is released."
    ),
    Order.Hold.CUSTOMS: Why(
        "customs_data_missing", "seller", "Complete what customs ask for: then the order goes on by itself."
    ),
    Order.Hold.UNSERVED: Why("no_service", "hub", "Find a carrier that goes there, correct the address, or cancel."),
    Order.Hold.SANCTIONED: Why("destination_sanctioned", "hub", "Nothing may be sent there: cancel the order."),
    Order.Hold.CARRIER: Why("carrier_refused", "hub", "Mend what the carrier refused, then buy the label again."),
}
_BY_STATE = {
    Order.State.RECEIVED: Why("not_allocated_yet", "system", "The allocator looks at it within a minute."),
    Order.State.BACKORDERED: Why("no_stock", "seller", "Send stock: it is promised as soon as it is put away."),
    Order.State.ALLOCATED: Why("waits_for_wave", "hub", "Plan a wave and release it."),
    Order.State.PICKED: Why("waits_for_packing", "hub", "Pack it at a bench."),
    Order.State.PACKED: Why("waits_for_dispatch", "hub", "Hand the manifest to the carrier."),
}
_LEFT_BEHIND = Why("left_behind", "hub", "It missed its departure: see why, and load it first onto the next.")
_ON_A_LIST = Why("waits_for_picker", "hub", "Start the pick list.")
_ON_A_CART = Why("being_picked", "hub", "Finish the pick list.")
_IN_TROUBLE = {
    Shipment.State.EXCEPTION: Why("delivery_exception", "hub", "Ask the carrier what is wrong with the parcel."),
    Shipment.State.LOST: Why("parcel_lost", "hub", "Claim the parcel at the carrier, and tell the seller."),
}

IN_TROUBLE = frozenset(_IN_TROUBLE)
"""States of a shipment that need somebody, although the order has left."""

_ON_THE_FLOOR = frozenset({Order.State.RELEASED, Order.State.PICKING})


def with_reasons(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with all that `why_waiting` looks at, in the query that reads them."""
    return orders.select_related("wave", "shipment").annotate(
        is_walked=Exists(_walked_tasks()), is_left_behind=Exists(LeftBehind.objects.filter(order=OuterRef("pk")))
    )


def why_waiting(order: Order) -> Why | None:
    """Why this order, read through `with_reasons`, needs somebody. No query.

    None once it has left without trouble, or was called off.
    """
    state = Order.State(order.state)
    if state == Order.State.SHIPPED:
        return _IN_TROUBLE.get(Shipment.State(order.shipment.state)) if order.shipment else None
    if order.hold and state not in {Order.State.DELIVERED, Order.State.RETURNED, Order.State.CANCELLED}:
        return _BY_HOLD[Order.Hold(order.hold)]
    if state == Order.State.PACKED and vars(order)["is_left_behind"]:
        return _LEFT_BEHIND
    return _on_the_floor(order) if state in _ON_THE_FLOOR else _BY_STATE.get(state)


def _on_the_floor(order: Order) -> Why:
    if order.wave and order.wave.state == Wave.State.PLANNED:
        # Picking, and in a wave that is only planned: it was short, and its missing units have come in.
        rest = ": it fetches the units that were missing" if order.state == Order.State.PICKING else ""
        return Why("waits_for_release", "hub", f"Release the wave {order.wave.number}{rest}.")
    return _ON_A_CART if vars(order)["is_walked"] else _ON_A_LIST


def _walked_tasks() -> QuerySet[PickTask]:
    """What somebody is out to fetch for the order of the query around it."""
    tasks = PickTask.objects.filter(closed_at=None, pick_list__state=PickList.State.PICKING)
    return tasks.filter(reservation__order_line__order=OuterRef("pk"))
