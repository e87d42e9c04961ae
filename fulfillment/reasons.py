"""Why an order is not moving: a code, who must act, and what to do next. In the API, the admin and the portal."""

from dataclasses import dataclass

from fulfillment.models import Order


@dataclass(frozen=True, slots=True)
class Why:
    """`code` is stable; `owner` is hub, seller, carrier or system; `next_step` is one sentence for that owner."""

    code: str
    owner: str
    next_step: str


_BY_HOLD = {
    Order.Hold.ADDRESS: Why("address_unclear", "seller", "Correct the address, then resume the order."),
    Order.Hold.ASKED: Why("seller_asked", "seller", "Resume the order when it may leave."),
    Order.Hold.SHORT: Why("short_pick", "hub", "Count the bin, send what there is, or wait for stock."),
    Order.Hold.EXPIRED: Why("stock_expired", "hub", "Count the lot or wait for fresh stock, then resume the order."),
    Order.Hold.TOO_LARGE: Why("too_large", "hub", "Correct the item's measures or cancel: no tote of a cart holds it."),
    Order.Hold.RECALLED: Why(
        "lot_recalled", "hub", "Set the tote or the parcel aside: it goes on when the lot is released."
    ),
    Order.Hold.CARRIER: Why("carrier_refused", "hub", "Mend what the carrier refused, then buy the label again."),
}
_BY_STATE = {
    Order.State.RECEIVED: Why("not_allocated_yet", "system", "The allocator looks at it within a minute."),
    Order.State.BACKORDERED: Why("no_stock", "seller", "Send stock: it is promised as soon as it is put away."),
    Order.State.ALLOCATED: Why("waits_for_wave", "hub", "Release a wave."),
    Order.State.RELEASED: Why("waits_for_picker", "hub", "Start the pick list."),
    Order.State.PICKING: Why("being_picked", "hub", "Finish the pick list."),
    Order.State.PICKED: Why("waits_for_packing", "hub", "Pack it at a bench."),
    Order.State.PACKED: Why("waits_for_dispatch", "hub", "Hand the manifest to the carrier."),
}


def why_waiting(order: Order) -> Why | None:
    """Why this order has not left yet; None once it has, or was called off. No query."""
    if order.state not in _BY_STATE and order.state != Order.State.ON_HOLD:
        return None
    return _BY_HOLD.get(Order.Hold(order.hold)) or _BY_STATE[Order.State(order.state)]
