"""Readdressing: a buyer's address is put right before the parcel is made; an order that waited for that goes on."""

from django.db import transaction

from foundation.errors import Conflict, FieldFault, Invalid
from fulfillment.models import Order
from fulfillment.services.announcing import ADDRESS_CORRECTED, announce_orders
from fulfillment.services.holding import address_faults, find_locked, let_go_on
from shipping.carriers.base import Place
from shipping.models import Address
from shipping.services.addresses import FIELDS, add_address, clean_place

CAN_BE_CORRECTED = frozenset(
    {
        *(Order.State.RECEIVED, Order.State.ON_HOLD, Order.State.BACKORDERED, Order.State.ALLOCATED),
        *(Order.State.RELEASED, Order.State.PICKING),
    }
)
"""Until all is in totes: at the bench the address is printed and sold to the carrier."""


@transaction.atomic
def correct_address(*, order_id: int, place: Place, is_confirmed: bool = False) -> Order:
    """Sends an order to `place` instead: a new address, an event that names the fields, and on with what waited.

    `is_confirmed` says that the buyer was asked, and the address is right although something seems to be missing.
    The address there is, sent again, is not written twice. Raises `NotFound` (`order_unknown`), `Conflict`
    (`order_picked`) once all is picked, `Invalid` with a fault per field (`address_unclear`, `missing`, `too_long`,
    `country_invalid`); then nothing is changed.
    """
    order = find_locked(order_id)
    if order.state not in CAN_BE_CORRECTED:
        state = order.get_state_display().lower()
        raise Conflict(f"{order.number} is {state}: its address can't be changed any more.", code="order_picked")
    values = clean_place(place)
    changed = [field for field in FIELDS if values[field] != getattr(order.ship_to, field)]
    address = _address(order, place) if changed else order.ship_to
    if not is_confirmed and (faults := address_faults(address)):
        raise Invalid(faults[0].message, code="address_unclear", field=faults[0].where, faults=faults)
    is_waited_for = order.hold == Order.Hold.ADDRESS
    if changed or is_waited_for:
        order.ship_to = address
        order.save(update_fields=["ship_to"])
        announce_orders(ADDRESS_CORRECTED, [order], data={"fields": changed, "is_confirmed": is_confirmed})
    if is_waited_for:
        let_go_on(order)
    return order


def _address(order: Order, place: Place) -> Address:
    """A new row: what was printed or asked about so far stays as it was."""
    try:
        return add_address(place=place, tenant_id=order.seller_id)
    except Invalid as error:
        faults = tuple(FieldFault(f.where.removeprefix("place."), f.code, f.message) for f in error.faults)
        raise Invalid(faults[0].message, code=error.code, field=faults[0].where, faults=faults) from error
