"""Allocation: the hub's allocator promises stock, and orders learn whether they got it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from foundation import clock
from foundation.guard import fire_many
from fulfillment.locks import lock_orders
from fulfillment.models import Order, OrderLine
from fulfillment.services.announcing import announce_orders
from warehouses.services.reserving import Demand, allocate_page, reserve_now


@dataclass(frozen=True, slots=True)
class Allocated:
    """How many orders are promised whole, and how many wait for stock, since this run; or that the hub is stopped."""

    granted: int
    waiting: int
    is_stopped: bool = False


def allocate_hub(*, hub_id: int) -> Allocated:
    """Goes through the hub's whole queue, page by page, each its own transaction. Safe to run at any time.

    A hub that is stopped (`warehouses.services.stopping`) promises nothing; then no order is told anything.
    """
    after = None
    while True:
        page = allocate_page(hub_id=hub_id, after=after)
        if page.is_stopped:
            return Allocated(0, 0, is_stopped=True)
        after = page.last
        if after is None:
            break
    return _tell_orders(hub_id)


@transaction.atomic
def promise_order(*, order: Order, demands: Sequence[Demand]) -> bool:
    """Tries to promise a new order its stock at once; whether it can go with what it has. `order` changes with its row.

    One that is on hold keeps its stock and its state.
    """
    promises = reserve_now(hub_id=order.hub_id, demands=demands)
    goes_short = order.short_policy == Order.ShortPolicy.SHIP_SHORT and any(promise.held for promise in promises)
    if any(promise.waiting for promise in promises) and not goes_short:
        return False
    if order.state == Order.State.RECEIVED:
        order.allocate()
        order.allocated_at = clock.now()
        order.save(update_fields=["state", "allocated_at"])
        announce_orders("order.allocated", [order])
    return True


@transaction.atomic
def _tell_orders(hub_id: int) -> Allocated:
    queued = Order.objects.filter(hub_id=hub_id, state__in=[Order.State.RECEIVED, Order.State.BACKORDERED])
    granted = lock_orders(queued.exclude(waits_for_stock()).only("seller"))
    told = Order.objects.filter(hub_id=hub_id, state__in=[Order.State.RECEIVED, Order.State.ALLOCATED])
    waiting = lock_orders(told.filter(waits_for_stock()).only("seller"))
    if granted:
        fire_many(_rows(granted), "allocate", allocated_at=clock.now(), hold=Order.Hold.NONE)
        announce_orders("order.allocated", granted)
    back_order(waiting)
    return Allocated(len(granted), len(waiting))


def note_taken_back(*, hub_id: int, sku_ids: Collection[int]) -> None:
    """Allocated orders that no longer have all their units of these SKUs are back-ordered at once.

    Called by the listener, in the transaction that took the promise back: a wave may be planned the next moment.
    """
    told = Order.objects.filter(hub_id=hub_id, state=Order.State.ALLOCATED)
    deprived = told.filter(waits_for_stock(OrderLine.objects.filter(sku__in=sku_ids)))
    back_order(lock_orders(deprived.only("seller")))


def back_order(orders: Collection[Order]) -> None:
    """Locked orders, received or allocated, wait for stock."""
    if orders:
        fire_many(_rows(orders), "backorder")
        announce_orders("order.backordered", orders)


def _rows(orders: Collection[Order]) -> QuerySet[Order]:
    return Order.objects.filter(pk__in=[order.pk for order in orders])


def waits_for_stock(lines: QuerySet[OrderLine] | None = None) -> Q:
    """Some line of the order (of `lines`, if given) still waits for units, and the order waits with it.

    One that sends what there is waits only while it has nothing; what it lacks when its walk ends is cancelled.
    """
    has = F("reservation__held") + F("reservation__picked")
    own = OrderLine.objects.filter(order=OuterRef("pk"))
    among = own if lines is None else lines.filter(order=OuterRef("pk"))
    lacks = Q(Exists(among.filter(reservation__wanted__gt=has + F("reservation__cancelled"))))
    goes_short = Q(short_policy=Order.ShortPolicy.SHIP_SHORT) & Q(Exists(own.annotate(has=has).filter(has__gt=0)))
    return lacks & ~goes_short
