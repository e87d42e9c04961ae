"""Labelling: labels for packed orders are bought outside any transaction, and orders learn what the carrier said."""

from collections.abc import Sequence

from django.db import transaction

from fulfillment.locks import lock_orders
from fulfillment.models import Order
from fulfillment.services.announcing import announce_orders
from shipping.models import Shipment
from shipping.services.buying import LabelOutcome, buy_labels

PAGE = 40
"""Shipments whose labels are bought together: one conversation with the carrier, and no bench waits long."""

_STOPPED = [Order.Hold.CARRIER, Order.Hold.RECALLED]


def buy_order_labels(*, shipment_ids: Sequence[int]) -> list[LabelOutcome]:
    """Buys what is not bought yet. A refused label marks its order, a bought one clears the mark. Twice is once."""
    outcomes = buy_labels(shipment_ids=shipment_ids)
    refused = {outcome.shipment_id for outcome in outcomes if outcome.status == "refused"}
    bought = {outcome.shipment_id for outcome in outcomes if outcome.status == "bought"} - refused
    _mark(refused, bought)
    return outcomes


def next_unlabelled(*, hub_id: int, after: int = 0) -> list[int]:
    """The next page of packed shipments without a label, by id; what the carrier refused, or is recalled, waits."""
    waiting = Order.objects.filter(hub=hub_id, state=Order.State.PACKED, shipment__state=Shipment.State.DRAFT)
    ids = waiting.exclude(hold__in=_STOPPED).filter(shipment__gt=after).order_by("shipment")
    return list(ids.values_list("shipment_id", flat=True)[:PAGE])


@transaction.atomic
def _mark(refused: set[int], bought: set[int]) -> None:
    packed = Order.objects.filter(state=Order.State.PACKED)
    stuck = lock_orders(packed.filter(shipment__in=refused).exclude(hold__in=_STOPPED))
    freed = lock_orders(packed.filter(shipment__in=bought, hold=Order.Hold.CARRIER))
    Order.objects.filter(pk__in=[order.pk for order in stuck]).update(hold=Order.Hold.CARRIER)
    Order.objects.filter(pk__in=[order.pk for order in freed]).update(hold=Order.Hold.NONE)
    announce_orders("order.label_refused", stuck)
