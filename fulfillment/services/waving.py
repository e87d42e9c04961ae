"""Waving: orders due together get their bins, and the optimiser turns them into carts with walks."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from foundation import clock
from foundation.errors import NotFound
from foundation.guard import fire_many
from fulfillment.locks import lock_orders, lock_wave
from fulfillment.models import Order, OrderLine, Wave
from fulfillment.services.allocation import waits_for_stock
from fulfillment.services.announcing import announce_orders
from fulfillment.services.picking_progress import end_waves
from warehouses.models import Hub, PickList, PickTask
from warehouses.planning.batches.batching import Progress
from warehouses.services.assigning import assign, unassign
from warehouses.services.batching import CartsPlanned, plan_carts, too_large_for_totes


@transaction.atomic
def plan_wave(*, hub: Hub, dispatch_at: datetime | None = None, max_orders: int | None = None) -> Wave | None:
    """Chooses the allocated orders due by `dispatch_at` (all, if not given), most urgent first, and their bins.

    Orders short at an earlier picking whose missing units have come in join again. An order whose promised
    units can't be fetched any more (expired), or go into no tote, is put on hold. None when there is nothing to do.
    """
    chosen = _choose(hub, dispatch_at, max_orders)
    if not chosen:
        return None
    last = max(order.ship_by for order in chosen)
    wave = Wave.objects.create(hub=hub, dispatch_at=dispatch_at or last, created_at=clock.now())
    lines = OrderLine.objects.filter(order__in=[order.pk for order in chosen])
    too_large = _too_large(hub, lines)
    owner = dict(lines.exclude(order__in=too_large).values_list("reservation_id", "order_id"))
    failed = {owner[pk] for pk in assign(hub=hub, reservation_ids=list(owner), work_ref=wave.number)}
    locked = _lock_ready(hub, chosen)
    unassign(reservation_ids=[pk for pk, order in owner.items() if order in failed or order not in locked])
    _put_on_hold([locked[pk] for pk in failed if pk in locked], Order.Hold.EXPIRED)
    _put_on_hold([locked[pk] for pk in too_large if pk in locked], Order.Hold.TOO_LARGE)
    going = [order for pk, order in locked.items() if pk not in failed | too_large]
    if not going:
        wave.delete()
        return None
    fresh = [order for order in going if order.state == Order.State.ALLOCATED]
    fire_many(_rows(fresh), "release", released_at=clock.now(), wave=wave, hold=Order.Hold.NONE)
    _rows([order for order in going if order.state != Order.State.ALLOCATED]).update(wave=wave, hold=Order.Hold.NONE)
    announce_orders("order.released", going, data={"wave": wave.number})
    return wave


def _ready(hub: Hub) -> QuerySet[Order]:
    """An allocated order whose promise was taken back meanwhile is not: it would be in a wave with nothing to fetch."""
    whole = Q(state=Order.State.ALLOCATED) & ~waits_for_stock()
    resumed = Q(state=Order.State.PICKING, hold=Order.Hold.SHORT, lines__reservation__held__gt=0)
    ready = Order.objects.filter(whole | resumed, hub=hub)
    return Order.objects.filter(pk__in=ready.values("pk"))


def _lock_ready(hub: Hub, chosen: list[Order]) -> dict[int, Order]:
    """Those of the chosen orders that still can go, locked, by id."""
    locked = lock_orders(_rows(chosen))
    ready = set(_ready(hub).values_list("pk", flat=True))
    return {order.pk: order for order in locked if order.pk in ready}


def _choose(hub: Hub, dispatch_at: datetime | None, max_orders: int | None) -> list[Order]:
    orders = _ready(hub)
    if dispatch_at is not None:
        orders = orders.filter(ship_by__lte=dispatch_at)
    return list(orders.order_by("priority", "ship_by", "placed_at", "pk")[:max_orders])


def _rows(orders: list[Order]) -> QuerySet[Order]:
    return Order.objects.filter(pk__in=[order.pk for order in orders])


def _too_large(hub: Hub, lines: QuerySet[OrderLine]) -> set[int]:
    """The orders that nobody can pick into a tote. One of them must not keep a whole wave in the office."""
    skus = too_large_for_totes(hub=hub, sku_ids=set(lines.values_list("sku_id", flat=True)))
    return set(lines.filter(sku__in=skus).values_list("order_id", flat=True)) if skus else set()


def _put_on_hold(orders: list[Order], reason: Order.Hold) -> None:
    """Stops those that are allocated; an order short at picking goes on waiting as it is."""
    waiting = [order for order in orders if order.state == Order.State.ALLOCATED]
    if waiting:
        fire_many(_rows(waiting), "put_on_hold", hold=reason)
        announce_orders("order.on_hold", waiting, data={"reason": reason})


def release_wave(
    *,
    wave_id: int,
    seed: int = 0,
    time_limit_s: float = 5.0,
    progress: Callable[[Progress], None] | None = None,
) -> Wave:
    """Runs the optimiser for a planned wave and gives its carts to the pickers. A released wave stays as it is.

    The optimiser thinks outside any transaction, for at most `time_limit_s` seconds; the same seed over the
    same orders gives the same plan when it ends by itself. Raises `NotFound` (`wave_unknown`), `Invalid` from
    the planner.
    """
    wave = Wave.objects.select_related("hub").filter(pk=wave_id).first()
    if wave is None:
        raise NotFound("There is no such wave.", code="wave_unknown")
    if wave.state != Wave.State.PLANNED:
        return wave
    planned = None
    while planned is None and _has_unlisted_tasks(wave):  # what changed while it thought is planned anew
        planned = plan_carts(
            hub=wave.hub, work_ref=wave.number, seed=seed, time_limit_s=time_limit_s, progress=progress
        )
    return _release(wave_id, planned or _planned_before(wave))


def _has_unlisted_tasks(wave: Wave) -> bool:
    return PickTask.objects.filter(work_ref=wave.number, pick_list=None, closed_at=None).exists()


def _planned_before(wave: Wave) -> CartsPlanned:
    """The lists were written, but the process ended before the wave was released: sum them up again."""
    lists = PickList.objects.filter(work_ref=wave.number)
    sums = lists.aggregate(walk=Sum("walk_mm"), rule=Sum("s_shape_mm"), bound=Sum("bound_mm"))
    return CartsPlanned(
        carts=lists.count(),
        picks=PickTask.objects.filter(work_ref=wave.number).values("bin").distinct().count(),
        walk_mm=sums["walk"] or 0,
        s_shape_mm=sums["rule"] or 0,
        bound_mm=sums["bound"] or 0,
        least_mm=0,
        proof="",
        seconds=0.0,
        method="taken up again",
    )


@transaction.atomic
def _release(wave_id: int, planned: CartsPlanned) -> Wave:
    wave = lock_wave(wave_id)
    if wave.state != Wave.State.PLANNED:
        return wave
    wave.release()
    wave.released_at = clock.now()
    wave.walk_mm, wave.s_shape_mm, wave.bound_mm = planned.walk_mm, planned.s_shape_mm, planned.bound_mm
    wave.least_mm, wave.proof = planned.least_mm, planned.proof
    wave.picks, wave.plan_ms, wave.method = planned.picks, round(planned.seconds * 1000), planned.method[:80]
    planned_fields = ["walk_mm", "s_shape_mm", "bound_mm", "least_mm", "proof", "picks", "plan_ms", "method"]
    wave.save(update_fields=["state", "released_at", *planned_fields])
    if not planned.carts:
        end_waves([wave.pk])
        wave.refresh_from_db()
    return wave
