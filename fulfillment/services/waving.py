"""Waving: orders due together get their bins, and the optimiser turns them into carts with walks."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from foundation import clock
from foundation.errors import Conflict, NotFound
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
from warehouses.services.scheduling import schedule_carts


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
    if not take_orders(wave, chosen):
        wave.delete()
        return None
    return wave


def take_orders(wave: Wave, chosen: Sequence[Order]) -> list[Order]:
    """Puts those of the `chosen` orders into the wave that still can go; their units get bins. Returns these orders."""
    lines = OrderLine.objects.filter(order__in=[order.pk for order in chosen])
    too_large = _too_large(wave.hub, lines)
    owner = dict(lines.exclude(order__in=too_large).values_list("reservation_id", "order_id"))
    failed = {owner[pk] for pk in assign(hub=wave.hub, reservation_ids=list(owner), work_ref=wave.number)}
    locked = _lock_ready(wave.hub, chosen)
    unassign(reservation_ids=[pk for pk, order in owner.items() if order in failed or order not in locked])
    _put_on_hold([locked[pk] for pk in failed if pk in locked], Order.Hold.EXPIRED)
    _put_on_hold([locked[pk] for pk in too_large if pk in locked], Order.Hold.TOO_LARGE)
    going = [order for pk, order in locked.items() if pk not in failed | too_large]
    fresh = [order for order in going if order.state == Order.State.ALLOCATED]
    fire_many(_rows(fresh), "release", released_at=clock.now(), wave=wave, hold=Order.Hold.NONE)
    _rows([order for order in going if order.state != Order.State.ALLOCATED]).update(wave=wave, hold=Order.Hold.NONE)
    announce_orders("order.released", going, data={"wave": wave.number})
    return going


def _ready(hub: Hub) -> QuerySet[Order]:
    """An allocated order whose promise was taken back meanwhile is not: it would be in a wave with nothing to fetch."""
    whole = Q(state=Order.State.ALLOCATED) & ~waits_for_stock()
    resumed = Q(state=Order.State.PICKING, hold=Order.Hold.SHORT, lines__reservation__held__gt=0)
    ready = Order.objects.filter(whole | resumed, hub=hub)
    return Order.objects.filter(pk__in=ready.values("pk"))


def _lock_ready(hub: Hub, chosen: Sequence[Order]) -> dict[int, Order]:
    """Those of the chosen orders that still can go, locked, by id."""
    locked = lock_orders(_rows(chosen))
    ready = set(_ready(hub).values_list("pk", flat=True))
    return {order.pk: order for order in locked if order.pk in ready}


def _choose(hub: Hub, dispatch_at: datetime | None, max_orders: int | None) -> list[Order]:
    orders = _ready(hub)
    if dispatch_at is not None:
        orders = orders.filter(ship_by__lte=dispatch_at)
    return list(orders.order_by("priority", "ship_by", "placed_at", "pk")[:max_orders])


def _rows(orders: Sequence[Order]) -> QuerySet[Order]:
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
    wave = _find(wave_id)
    if wave.state != Wave.State.PLANNED:
        return wave
    planned = _planned(wave, again=False, seed=seed, time_limit_s=time_limit_s, progress=progress)
    wave = _release(wave_id, planned)
    schedule_carts(hub=wave.hub)
    return wave


def replan_wave(
    *,
    wave_id: int,
    seed: int = 0,
    time_limit_s: float = 5.0,
    progress: Callable[[Progress], None] | None = None,
) -> Wave:
    """Plans those carts of a released wave anew that nobody has started, with the orders that came in since.

    Orders join that may go and are due by the wave's departure. Carts under way stay as they are. Those that wait
    may be taken until the new plan is written; what was taken meanwhile is left out of it. Raises `NotFound`
    (`wave_unknown`), `Conflict` (`wave_not_released`), `Invalid` from the planner.
    """
    wave = _join(wave_id)
    planned = _planned(wave, again=True, seed=seed, time_limit_s=time_limit_s, progress=progress)
    if planned is not None:
        with transaction.atomic():
            wave = lock_wave(wave_id)
            _sum_up(wave, planned)
    schedule_carts(hub=wave.hub)
    return wave


def _planned(
    wave: Wave, *, again: bool, seed: int, time_limit_s: float, progress: Callable[[Progress], None] | None
) -> CartsPlanned | None:
    """The wave's tasks on carts; what changed while the optimiser thought is planned anew. None: nothing to plan."""
    planned = None
    while planned is None and (_has_unlisted_tasks(wave) or (again and _waiting_lists(wave).exists())):
        planned = plan_carts(
            hub=wave.hub,
            work_ref=wave.number,
            seed=seed,
            time_limit_s=time_limit_s,
            dues=_dues(wave),
            again=again,
            progress=progress,
        )
    return planned


def left_unlisted() -> list[int]:
    """Ids of released waves with tasks on no pick list: whoever planned them anew did not come to the end."""
    unlisted = PickTask.objects.filter(pick_list=None, closed_at=None).order_by()
    waves = Wave.objects.filter(state=Wave.State.RELEASED, number__in=unlisted.values("work_ref"))
    return list(waves.order_by("pk").values_list("pk", flat=True))


def _find(wave_id: int) -> Wave:
    wave = Wave.objects.select_related("hub").filter(pk=wave_id).first()
    if wave is None:
        raise NotFound("There is no such wave.", code="wave_unknown")
    return wave


@transaction.atomic
def _join(wave_id: int) -> Wave:
    """The orders that came in go into the wave, if it is still running."""
    wave = _find(wave_id)
    if chosen := _choose(wave.hub, wave.dispatch_at, None):
        take_orders(wave, chosen)
    wave = lock_wave(wave_id)
    if wave.state != Wave.State.RELEASED:
        state = wave.get_state_display().lower()
        raise Conflict(f"{wave.number} is {state}: only a released wave is planned anew.", code="wave_not_released")
    return wave


def _dues(wave: Wave) -> dict[str, datetime]:
    """By order, when its goods must be back from the shelves to leave in time; a rush order's at once."""
    packing, now = timedelta(minutes=wave.hub.packing_minutes), clock.now()
    orders = Order.objects.filter(wave=wave).values_list("number", "ship_by", "priority")
    return {number: now if priority <= Order.RUSH else ship_by - packing for number, ship_by, priority in orders}


def _has_unlisted_tasks(wave: Wave) -> bool:
    return PickTask.objects.filter(work_ref=wave.number, pick_list=None, closed_at=None).exists()


def _waiting_lists(wave: Wave) -> QuerySet[PickList]:
    return PickList.objects.filter(work_ref=wave.number, state=PickList.State.PLANNED)


@transaction.atomic
def _release(wave_id: int, planned: CartsPlanned | None) -> Wave:
    wave = lock_wave(wave_id)
    if wave.state != Wave.State.PLANNED:
        return wave
    wave.release()
    wave.released_at = clock.now()
    wave.save(update_fields=["state", "released_at"])
    _sum_up(wave, planned)
    if not PickList.objects.filter(work_ref=wave.number).exists():
        end_waves([wave.pk])
        wave.refresh_from_db()
    return wave


def _sum_up(wave: Wave, planned: CartsPlanned | None) -> None:
    """Writes what is known of the wave's walks. None: the lists were written, but the process ended before this.

    What no plan says of carts that had left (how they would have been filled first come, first served) is taken
    from their own S-shape walks.
    """
    lists = PickList.objects.filter(work_ref=wave.number).exclude(state=PickList.State.CANCELLED)
    kept = lists.exclude(pk__in=planned.list_ids if planned else [])
    sums = lists.aggregate(walk=Sum("walk_mm"), bound=Sum("bound_mm"))
    before = kept.aggregate(walk=Sum("walk_mm"), rule=Sum("s_shape_mm"), n=Count("pk"))
    wave.walk_mm, wave.bound_mm = sums["walk"] or 0, sums["bound"] or 0
    wave.s_shape_mm = before["rule"] or 0
    wave.picks = PickTask.objects.filter(work_ref=wave.number).values("bin").distinct().count()
    if planned is None:
        wave.least_mm, wave.proof, wave.method = 0, "", "taken up again"
    else:
        wave.s_shape_mm += planned.s_shape_mm
        wave.least_mm = planned.least_mm + (before["walk"] or 0)
        wave.proof = Wave.Proof.REST if before["n"] else planned.proof
        wave.plan_ms, wave.method = round(planned.seconds * 1000), planned.method[:80]
    wave.save(update_fields=["walk_mm", "s_shape_mm", "bound_mm", "least_mm", "proof", "picks", "plan_ms", "method"])
