"""Rushing: an order that can't wait for the next wave is fetched by the next cart that passes, or by one of its own."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from foundation import clock
from foundation.errors import Conflict
from foundation.guard import fire_many
from fulfillment.locks import lock_waves
from fulfillment.models import Order, Wave
from fulfillment.services.announcing import announce_orders
from fulfillment.services.holding import find_locked
from fulfillment.services.waving import release_wave, take_orders
from warehouses.models import PickList, PickTask
from warehouses.services.rushing import OnCart, add_to_cart
from warehouses.services.scheduling import hasten, schedule_carts

THINK_S = 1.0
"""For the carts of an order that goes by itself; most often it is one."""


@dataclass(frozen=True, slots=True)
class Rushed:
    """The list that fetches the order, whether it is out already, and how many mm it walks more for it."""

    pick_list: PickList
    is_out: bool
    added_mm: int


def rush_order(*, order_id: int) -> Rushed:
    """Brings an order to the shelves before all others.

    One that waits for a wave goes onto the cart under way with the shortest way round, else onto a waiting one, else
    onto a cart of its own; the waiting cart that carries it is the next to be taken. An order on a waiting cart makes
    that the next. One that is being picked stays as it is. Raises `NotFound` (`order_unknown`), `Conflict`
    (`order_not_allocated` for one that has no stock yet, is on hold or left the shelves, `stock_unfetchable`).
    """
    order = Order.objects.select_related("hub").filter(pk=order_id).first() or find_locked(order_id)
    if _is_on_list(order):
        return _moved_up(order)
    _check(order)
    on_cart = _joined(order)
    if on_cart is None:
        wave = _own_wave(order)
        release_wave(wave_id=wave.pk, seed=wave.pk, time_limit_s=THINK_S)
    else:
        schedule_carts(hub=order.hub)
    return _found(order, on_cart.added_mm if on_cart else None)


def _is_on_list(order: Order) -> bool:
    tasks = PickTask.objects.filter(reservation__demand_group=order.number, closed_at=None)
    return tasks.exclude(pick_list=None).exists()


def _moved_up(order: Order) -> Rushed:
    """The waiting carts that carry the order become due at once."""
    with transaction.atomic():
        hasten(hub=order.hub, demand_group=order.number)
        _mark(find_locked(order.pk))
    schedule_carts(hub=order.hub)
    return _found(order, 0)


@transaction.atomic
def _joined(order: Order) -> OnCart | None:
    """The order on a cart, if one has room. Stock is locked first and the order after it."""
    lines = order.lines.filter(reservation__isnull=False)
    reservation_ids = [pk for pk in lines.values_list("reservation_id", flat=True) if pk]
    on_cart = add_to_cart(hub=order.hub, reservation_ids=reservation_ids)
    if on_cart is None:
        return None
    order = find_locked(order.pk)
    _check(order)
    _mark(order)
    (wave,) = lock_waves([on_cart.pick_list.work_ref])
    fire_many(Order.objects.filter(pk=order.pk), "release", released_at=clock.now(), wave=wave, hold=Order.Hold.NONE)
    announce_orders("order.released", [order], data={"wave": wave.number})
    _lengthen(wave, on_cart)
    return on_cart


def _check(order: Order) -> None:
    if order.state != Order.State.ALLOCATED:
        state = order.get_state_display().lower()
        raise Conflict(f"{order.number} is {state}: only what has its stock can be rushed.", code="order_not_allocated")


def _mark(order: Order) -> None:
    """Rush orders come first in whatever is planned from now on."""
    order.priority = min(order.priority, Order.RUSH)
    order.save(update_fields=["priority"])


def _lengthen(wave: Wave, on_cart: OnCart) -> None:
    """The wave walks more. What was proven for fewer orders holds for more, but no longer that none is shorter."""
    wave.proof = Wave.Proof.SET_PARTITIONING if wave.proof == Wave.Proof.OPTIMUM else wave.proof
    wave.walk_mm += on_cart.added_mm
    wave.bound_mm += on_cart.bound_added_mm
    wave.s_shape_mm += max(0, on_cart.s_shape_added_mm)
    wave.save(update_fields=["proof", "walk_mm", "bound_mm", "s_shape_mm"])


@transaction.atomic
def _own_wave(order: Order) -> Wave:
    wave = Wave.objects.create(hub=order.hub, dispatch_at=order.ship_by, created_at=clock.now())
    if not (going := take_orders(wave, [order])):
        raise Conflict(f"What {order.number} needs can't be fetched any more.", code="stock_unfetchable")
    _mark(going[0])
    return wave


def _found(order: Order, added_mm: int | None) -> Rushed:
    """The order's cart that is out, else the one that goes next. None: the whole walk is for this order."""
    tasks = PickTask.objects.filter(reservation__demand_group=order.number, closed_at=None)
    lists = PickList.objects.filter(pk__in=tasks.values("pick_list"))
    pick_list = lists.order_by(F("turn").asc(nulls_first=True), "pk")[:1].get()
    is_out = pick_list.state == PickList.State.PICKING
    return Rushed(pick_list, is_out, pick_list.walk_mm if added_mm is None else added_mm)
