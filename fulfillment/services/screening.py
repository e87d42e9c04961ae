"""Screening: orders that may not, cannot or cannot yet go where they are to go are held, with what is missing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from foundation.errors import FieldFault
from foundation.guard import fire_many
from fulfillment.models import Order
from fulfillment.planning.clearing import defects
from fulfillment.planning.screening import Outlook
from fulfillment.services.announcing import announce_orders
from fulfillment.services.declaring import consignments
from shipping.models import Address, Embargo, Service
from shipping.planning.customs import faults_of
from shipping.planning.sanctions import sanction_on
from shipping.planning.territories import territory_of
from warehouses.models import Hub

Concern = tuple[str, tuple[FieldFault, ...]]
"""Why an order is to be held (`Order.Hold`), and what is wrong, by field."""


def outlook_of(hub: Hub) -> Outlook:
    """What the hub's addresses are judged by. Two queries, of what a seller's own request may see."""
    services = Service.objects.filter(active=True, carrier__active=True).values_list("destinations", flat=True)
    return Outlook(
        home=territory_of(hub.country, hub.postcode),
        served=frozenset(country for destinations in services for country in destinations),
        closed=frozenset(Embargo.objects.values_list("country", flat=True)),
    )


def screen_orders(orders: Sequence[Order], *, outlook: Outlook) -> None:
    """Holds those of the orders just received that somebody must look at: held, never refused; nothing is lost."""
    found = concerns(orders, outlook=outlook)
    by_reason: dict[Concern, list[Order]] = defaultdict(list)
    for order in orders:
        if concern := found.get(order.pk):
            by_reason[concern].append(order)
    for (hold, faults), held in by_reason.items():
        fire_many(Order.objects.filter(pk__in=[order.pk for order in held]), "put_on_hold", hold=hold)
        for order in held:
            order.put_on_hold()
            order.hold = hold
        announce_orders("order.on_hold", held, data=hold_facts(hold, faults))


def hold_facts(hold: str, faults: Iterable[FieldFault]) -> dict[str, object]:
    """What the event of a hold says: the reason, and for customs which fields are missing."""
    facts: dict[str, object] = {"reason": hold}
    if hold == Order.Hold.CUSTOMS:
        facts["missing"] = [{"field": fault.where, "code": fault.code} for fault in faults]
    return facts


def concern_of(order: Order, *, asks_address: bool) -> Concern | None:
    """Why this order is to be held, as it stands now; None where it may go on. See `concerns`."""
    return concerns([order], outlook=outlook_of(order.hub), asks_address=asks_address).get(order.pk)


def concerns(orders: Sequence[Order], *, outlook: Outlook, asks_address: bool = True) -> dict[int, Concern]:
    """The orders, by id, that are to be held, each with its first reason: sanctions, the address, no carrier, customs.

    Without `asks_address` an address that lacks something is taken as it is: somebody has confirmed it before. The
    orders are of one hub; the queries do not grow with them.
    """
    found: dict[int, Concern] = {}
    crossing = []
    for order in orders:
        to = order.ship_to
        if concern := _address_concern(to, outlook, asks_address):
            found[order.pk] = concern
        elif outlook.crosses(to.country, to.postcode):
            crossing.append(order)
    for pk, consignment in consignments(crossing).items():
        if faults := faults_of(consignment):
            named = tuple(FieldFault(fault.where, fault.code, fault.message) for fault in faults)
            found[pk] = (Order.Hold.CUSTOMS, named)
    return found


def _address_concern(to: Address, outlook: Outlook, asks_address: bool) -> Concern | None:
    if outlook.is_sanctioned(to.country, to.postcode):
        rule = sanction_on(to.country, to.postcode)
        message = f"Nothing is sent to {rule.name}: {rule.source}." if rule else f"Nothing is sent to {to.country}."
        return Order.Hold.SANCTIONED, (FieldFault("country", "destination_sanctioned", message),)
    if asks_address and (faults := address_faults(to)):
        return Order.Hold.ADDRESS, faults
    if outlook.is_unserved(to.country):
        return Order.Hold.UNSERVED, (FieldFault("country", "no_service", f"No carrier goes to {to.country}."),)
    return None


def address_faults(address: Address) -> tuple[FieldFault, ...]:
    """What is unclear about an address, by field."""
    found = defects(address.line1, address.line2, address.postcode, address.country)
    return tuple(FieldFault(field, "address_unclear", message) for field, message in found)
