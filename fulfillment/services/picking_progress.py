"""Picking progress: what the pickers' moves mean for the orders. Called by the listener, inside their transaction."""

from collections.abc import Collection

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When

from foundation import clock
from foundation.guard import fire_many
from foundation.sql import update_many
from fulfillment.locks import lock_orders, lock_waves
from fulfillment.models import Order, OrderLine, Wave
from fulfillment.services.allocation import back_order, waits_for_stock
from fulfillment.services.announcing import announce_orders
from warehouses.models import PickTask
from warehouses.services.reserving import release


def note_picks(*, reservation_ids: Collection[int]) -> None:
    """Moves the orders of these reservations on: picking, picked, or short with nothing left to fetch."""
    touched = Order.objects.filter(lines__reservation__in=reservation_ids)
    orders = lock_orders(Order.objects.filter(pk__in=touched.values("pk")))
    begun = [order for order in orders if order.state == Order.State.RELEASED]
    if begun:
        fire_many(_rows(begun), "start_picking")
        announce_orders("order.picking", begun)
    settle(orders)
    end_waves({order.wave_id for order in orders if order.wave_id})


def note_displaced(*, reservation_ids: Collection[int]) -> None:
    """Orders of these reservations lost the bins or the promise of some units.

    One of which nothing is picked is off its cart by now, and back in the queue. One that is half picked goes on
    with what it still gets, and waits for the rest as after a short pick. One in no wave yet is back-ordered.
    """
    touched = Order.objects.filter(lines__reservation__in=reservation_ids)
    orders = lock_orders(Order.objects.filter(pk__in=touched.values("pk")))
    back = list(_rows(orders).filter(state=Order.State.RELEASED).exclude(_has_open_tasks()))
    if back:
        fire_many(_rows(back), "requeue", wave=None, released_at=None, allocated_at=None)
        announce_orders("order.requeued", back)
    back_order(list(_rows(orders).filter(waits_for_stock(), state=Order.State.ALLOCATED)))
    settle([order for order in orders if order.state == Order.State.PICKING])
    end_waves({order.wave_id for order in orders if order.wave_id})


def settle(orders: Collection[Order]) -> None:
    """Moves locked orders on that are being picked and have nothing left to fetch: picked, or short."""
    served = _rows(orders).exclude(_has_open_tasks())
    _finish(list(served.exclude(_lacks_units())))
    _settle_shorts(list(served.filter(_lacks_units())))


def _rows(orders: Collection[Order]) -> QuerySet[Order]:
    return Order.objects.filter(pk__in=[order.pk for order in orders])


def _has_open_tasks() -> Exists:
    return Exists(PickTask.objects.filter(reservation__order_line__order=OuterRef("pk"), closed_at=None))


def _lacks_units() -> Exists:
    """Some line is not picked whole and not cancelled: its units wait for stock, or for the next wave."""
    done = F("reservation__picked") + F("reservation__cancelled")
    return Exists(OrderLine.objects.filter(order=OuterRef("pk"), reservation__wanted__gt=done))


def _finish(orders: list[Order]) -> None:
    if orders:
        recalled = When(hold=Order.Hold.RECALLED, then=Value(Order.Hold.RECALLED))
        hold = Case(recalled, default=Value(Order.Hold.NONE))
        fire_many(_rows(orders), "finish_picking", picked_at=clock.now(), hold=hold)
        announce_orders("order.picked", orders)


def _settle_shorts(orders: list[Order]) -> None:
    waiting = [order for order in orders if order.short_policy == Order.ShortPolicy.WAIT]
    fresh = [order for order in waiting if order.hold not in {Order.Hold.SHORT, Order.Hold.RECALLED}]
    if fresh:
        _rows(fresh).update(hold=Order.Hold.SHORT)
        announce_orders("order.short", fresh)
    for order in orders:
        if order.short_policy == Order.ShortPolicy.SHIP_SHORT:
            give_up_rest(order)


def give_up_rest(order: Order) -> None:
    """Cancels what was not picked of an order with no open tasks; it goes on with what is in the totes.

    With nothing in the totes the order is cancelled. The caller holds the locks.
    """
    lines = list(order.lines.filter(reservation__isnull=False).select_related("reservation").order_by("pk"))
    release(hub_id=order.hub_id, reservation_ids=[line.reservation_id for line in lines if line.reservation_id])
    picked = {line.pk: line.reservation.picked for line in lines if line.reservation}
    for line in lines:
        line.cancelled = line.quantity - picked[line.pk]
    update_many(OrderLine, lines, ["cancelled"])
    gone = sum(line.cancelled for line in lines)
    announce_orders("order.shortened", [order], data={"units": gone})
    if gone == sum(line.quantity for line in lines):
        fire_many(_rows([order]), "cancel", hold=Order.Hold.NONE)
        announce_orders("order.cancelled", [order])
    else:
        _finish([order])


def end_waves(wave_ids: Collection[int]) -> None:
    """Waves of which nothing is left to fetch are picked."""
    running = Wave.objects.filter(pk__in=wave_ids, state=Wave.State.RELEASED)
    numbers = list(running.values_list("number", flat=True))
    # Also those on no cart yet: orders that joined the wave while its last cart was out.
    still_open = PickTask.objects.filter(work_ref__in=numbers, closed_at=None).order_by()
    still = set(still_open.values_list("work_ref", flat=True).distinct())
    done = [wave.pk for wave in lock_waves([number for number in numbers if number not in still])]
    if done:
        fire_many(Wave.objects.filter(pk__in=done), "finish", picked_at=clock.now())
