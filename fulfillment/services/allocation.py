"""Allocation: the hub's allocator promises stock, and orders learn whether they got it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from foundation import clock
from foundation.guard import fire_many
from fulfillment.locks import lock_orders
from fulfillment.models import Order, OrderLine
from fulfillment.services.announcing import announce_orders
from warehouses.services.reserving import allocate_page


@dataclass(frozen=True, slots=True)
class Allocated:
    """How many orders are promised whole, and how many wait for stock, since this run."""

    granted: int
    waiting: int


def allocate_hub(*, hub_id: int) -> Allocated:
    """Goes through the hub's whole queue, page by page, each its own transaction. Safe to run at any time."""
    after = None
    while True:
        page = allocate_page(hub_id=hub_id, after=after)
        after = page.last
        if after is None:
            break
    return _tell_orders(hub_id)


@transaction.atomic
def _tell_orders(hub_id: int) -> Allocated:
    queued = Order.objects.filter(hub_id=hub_id, state__in=[Order.State.RECEIVED, Order.State.BACKORDERED])
    granted = lock_orders(queued.exclude(waits_for_stock()))
    told = Order.objects.filter(hub_id=hub_id, state__in=[Order.State.RECEIVED, Order.State.ALLOCATED])
    waiting = lock_orders(told.filter(waits_for_stock()))
    if granted:
        fire_many(_rows(granted), "allocate", allocated_at=clock.now(), hold=Order.Hold.NONE)
        announce_orders("order.allocated", granted)
    _backorder(waiting)
    return Allocated(len(granted), len(waiting))


def note_taken_back(*, hub_id: int, sku_ids: Collection[int]) -> None:
    """Allocated orders that no longer have all their units of these SKUs are back-ordered at once.

    Called by the listener, in the transaction that took the promise back: a wave may be planned the next moment.
    """
    told = Order.objects.filter(hub_id=hub_id, state=Order.State.ALLOCATED)
    deprived = told.filter(waits_for_stock(OrderLine.objects.filter(sku__in=sku_ids)))
    _backorder(lock_orders(deprived.only("seller")))


def _backorder(orders: list[Order]) -> None:
    if orders:
        fire_many(_rows(orders), "backorder")
        announce_orders("order.backordered", orders)


def _rows(orders: list[Order]) -> QuerySet[Order]:
    return Order.objects.filter(pk__in=[order.pk for order in orders])


def waits_for_stock(lines: QuerySet[OrderLine] | None = None) -> Exists:
    """Some line of the order (of `lines`, if given) still waits for units."""
    held = F("reservation__held") + F("reservation__picked") + F("reservation__cancelled")
    among = OrderLine.objects.all() if lines is None else lines
    return Exists(among.filter(order=OuterRef("pk"), reservation__wanted__gt=held))
