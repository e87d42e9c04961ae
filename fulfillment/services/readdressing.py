"""Readdressing: a buyer's address is put right before the parcel is made; an order that waited for that goes on."""

from dataclasses import replace

from django.db import transaction
from django_fsm import can_proceed

from foundation.errors import Conflict, FieldFault, Invalid
from fulfillment.models import Order
from fulfillment.services.announcing import ADDRESS_CORRECTED, announce_orders
from fulfillment.services.holding import find_locked, let_go_on
from fulfillment.services.screening import Concern, address_faults, concern_of, hold_facts
from shipping.carriers.base import Place
from shipping.models import Address
from shipping.services.addresses import FIELDS, add_address, as_place, clean_place
from shipping.services.checking import check_of

CAN_BE_CORRECTED = frozenset(
    {
        *(Order.State.RECEIVED, Order.State.ON_HOLD, Order.State.BACKORDERED, Order.State.ALLOCATED),
        *(Order.State.RELEASED, Order.State.PICKING),
    }
)
"""Until all is in totes: at the bench the address is printed and sold to the carrier."""

_OF_THE_ADDRESS = frozenset({Order.Hold.ADDRESS, Order.Hold.CUSTOMS, Order.Hold.UNSERVED, Order.Hold.SANCTIONED})
"""Holds that another address may answer."""


@transaction.atomic
def correct_address(*, order_id: int, place: Place, is_confirmed: bool = False) -> Order:
    """Sends an order to `place` instead: a new address, an event that names the fields, and on with what waited.

    `is_confirmed` says that the buyer was asked, and the address is right although something seems to be missing.
    The address there is, sent again, is not written twice. Raises `NotFound` (`order_unknown`), `Conflict`
    (`order_picked`) once all is picked, `Invalid` with a fault per field (`address_unclear`, `missing`, `too_long`,
    `country_invalid`; for an order on the floor also what it would else be held for: `destination_sanctioned`,
    `no_service`, `customs_data_missing`); then nothing is changed.
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
    is_waited_for = order.hold in _OF_THE_ADDRESS
    if changed or is_waited_for:
        order.ship_to = address
        order.save(update_fields=["ship_to"])
        announce_orders(ADDRESS_CORRECTED, [order], data={"fields": changed, "is_confirmed": is_confirmed})
    if is_waited_for:
        let_go_on(order, concern=concern_of(order, asks_address=not is_confirmed))
    elif changed and (concern := concern_of(order, asks_address=False)):
        _stop(order, concern)
    return order


@transaction.atomic
def take_proposed_address(*, order_id: int) -> Order:
    """Puts the postcode and city right as they were probably meant.

    Raises as `correct_address`, and `Conflict` (`nothing_proposed`) where the address looks right, or nobody can guess
    how it was meant.
    """
    order = find_locked(order_id)
    proposal = check_of(order.ship_to).proposal
    if not proposal:
        raise Conflict(f"Nothing is proposed for the address of {order.number}.", code="nothing_proposed")
    is_waiting = order.hold == Order.Hold.ADDRESS
    place = replace(as_place(order.ship_to), **proposal)
    return correct_address(order_id=order_id, place=place, is_confirmed=not is_waiting)


def _stop(order: Order, concern: Concern) -> None:
    """Holds an order for where it is to go by now; one on the floor can't wait, so that address is refused."""
    hold, faults = concern
    if order.state == Order.State.ON_HOLD:
        return  # and when it goes on it is looked at again
    if not can_proceed(order.put_on_hold):
        raise Invalid(faults[0].message, code=hold, field=faults[0].where, faults=faults)
    order.put_on_hold()
    order.hold = hold
    order.save(update_fields=["state", "hold"])
    announce_orders("order.on_hold", [order], data=hold_facts(hold, faults))


def _address(order: Order, place: Place) -> Address:
    """A new row: what was printed or asked about so far stays as it was."""
    try:
        return add_address(place=place, tenant_id=order.seller_id)
    except Invalid as error:
        faults = tuple(FieldFault(f.where.removeprefix("place."), f.code, f.message) for f in error.faults)
        raise Invalid(faults[0].message, code=error.code, field=faults[0].where, faults=faults) from error
