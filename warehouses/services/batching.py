"""Batching: the tasks of a wave become carts with totes and walks. The optimiser runs outside any transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from foundation.sql import update_many
from warehouses.locks import lock_unlisted_tasks
from warehouses.models import CartTote, CartType, Hub, PickList, PickTask, Sku
from warehouses.planning.batches.batching import CartPlan, Progress, WavePlan, plan_wave
from warehouses.planning.batches.loads import Cart, LoadPart, Tote, split_load
from warehouses.planning.running.singles import Flows
from warehouses.planning.walks.rules import s_shape
from warehouses.services.floorplan import layout_of, spot_of
from warehouses.services.flows import flows_of


@dataclass(frozen=True, slots=True)
class CartsPlanned:
    """What the planner achieved for a wave: lengths in millimetres over all its carts, stops, seconds.

    `bound_mm` is for these carts as they are filled, `least_mm` for any plan of the same orders (shared totes as they
    are filled), proven as `proof` says (see `WavePlan.bound_kind`).
    """

    carts: int
    picks: int
    walk_mm: int
    s_shape_mm: int
    bound_mm: int
    least_mm: int
    proof: str
    seconds: float
    method: str


def plan_carts(
    *,
    hub: Hub,
    work_ref: str,
    seed: int,
    time_limit_s: float,
    progress: Callable[[Progress], None] | None = None,
) -> CartsPlanned | None:
    """Plans carts and walks for all tasks of `work_ref` that have no pick list yet, and writes the lists.

    Safe to run twice: the plan is written only if all its tasks still wait for one. None when there was nothing
    to plan, or the tasks changed meanwhile (ask again). Raises `Invalid` from the planner (`unit_too_large`,
    `spot_unreachable`).
    """
    tasks = _unlisted(work_ref)
    if not tasks:
        return None
    cart_type = hub.cart_types.order_by("code")[:1].get()
    layout = layout_of(hub)
    cart = Cart(
        totes=cart_type.totes,
        volume_mm3=cart_type.totes * cart_type.tote_volume_mm3,
        weight_g=cart_type.totes * cart_type.tote_weight_g,
    )
    tote = Tote(cart_type.tote_volume_mm3, cart_type.tote_weight_g)
    flows = flows_of(hub, tasks, cart=cart, tote=tote)
    parts = _loads(flows, cart, tote)
    loads = [part.load for part in parts.values()]
    plan = plan_wave(layout, loads, cart, seed=seed, time_limit_s=time_limit_s, progress=progress)
    by_rule = [s_shape(layout, cart_plan.spots).length_mm for cart_plan in plan.carts]
    if not _write(
        hub=hub,
        work_ref=work_ref,
        cart_type=cart_type,
        tasks=tasks,
        plan=plan,
        parts=parts,
        shared={part.load.key for part in flows.singles},
        by_rule=by_rule,
    ):
        return None
    return CartsPlanned(
        carts=len(plan.carts),
        picks=len({task.bin_id for task in tasks}),
        walk_mm=plan.length_mm,
        s_shape_mm=plan.s_shape_mm,
        bound_mm=sum(c.walk.bound_mm for c in plan.carts),
        least_mm=plan.bound_mm,
        proof=plan.bound_kind,
        seconds=plan.seconds,
        method=plan.method,
    )


def too_large_for_totes(*, hub: Hub, sku_ids: Collection[int]) -> set[int]:
    """Those of the SKUs of which one unit goes into no tote of the hub's carts, by volume or weight."""
    cart_type = hub.cart_types.order_by("code")[:1].get()
    large = Q(volume_mm3__gt=cart_type.tote_volume_mm3) | Q(weight_g__gt=cart_type.tote_weight_g)
    return set(Sku.objects.filter(large, pk__in=sku_ids).values_list("pk", flat=True))


def _unlisted(work_ref: str) -> list[PickTask]:
    return list(
        PickTask.objects.filter(work_ref=work_ref, pick_list=None, closed_at=None)
        .select_related("bin", "sku", "reservation")
        .order_by("reservation__priority", "reservation__placed_at", "reservation__demand_group", "id")
    )


def _loads(flows: Flows, cart: Cart, tote: Tote) -> dict[str, LoadPart]:
    parts = {part.load.key: part for part in flows.singles}
    for group, lines in flows.others.items():
        for part in split_load(group, lines, tote=tote, cart=cart):
            parts[part.load.key] = part
    return parts


@transaction.atomic
def _write(
    *,
    hub: Hub,
    work_ref: str,
    cart_type: CartType,
    tasks: Sequence[PickTask],
    plan: WavePlan,
    parts: Mapping[str, LoadPart],
    shared: Collection[str],
    by_rule: Sequence[int],
) -> bool:
    if lock_unlisted_tasks([task.pk for task in tasks]) != len(tasks):
        return False  # somebody else wrote a plan, or called tasks off, while this one was thinking
    by_id = {str(task.pk): task for task in tasks}
    lists = PickList.objects.bulk_create(
        [
            PickList(
                hub=hub,
                work_ref=work_ref,
                cart_type=cart_type,
                walk_mm=cart.walk.length_mm,
                s_shape_mm=rule_mm,
                bound_mm=cart.walk.bound_mm,
                method=cart.walk.method,
            )
            for cart, rule_mm in zip(plan.carts, by_rule, strict=True)
        ]
    )
    changed: list[PickTask] = []
    added: list[PickTask] = []
    for pick_list, cart in zip(lists, plan.carts, strict=True):
        _fill(pick_list, cart, parts, shared, by_id, changed, added)
    update_many(PickTask, changed, ["pick_list", "cart_tote", "sequence", "quantity"])
    PickTask.objects.bulk_create(added, batch_size=2_000)
    return True


def _fill(
    pick_list: PickList,
    cart: CartPlan,
    parts: Mapping[str, LoadPart],
    shared: Collection[str],
    by_id: dict[str, PickTask],
    changed: list[PickTask],
    added: list[PickTask],
) -> None:
    """Puts the cart's loads into totes and its tasks into walking order. A task over two totes becomes two."""
    rank = {cart.spots[index]: place for place, index in enumerate(cart.walk.order, start=1)}
    contents = [tote for key in cart.loads for tote in parts[key].totes]
    groups = [
        "" if key in shared else by_id[tote[0][0]].reservation.demand_group
        for key in cart.loads
        for tote in parts[key].totes
    ]
    totes = CartTote.objects.bulk_create(
        [CartTote(pick_list=pick_list, slot=slot, demand_group=group) for slot, group in enumerate(groups, start=1)]
    )
    for cart_tote, tote in zip(totes, contents, strict=True):
        for task_key, quantity in tote:
            task = by_id[task_key]
            if task.pick_list is not None:
                task = PickTask(
                    work_ref=task.work_ref,
                    reservation=task.reservation,
                    bin=task.bin,
                    sku=task.sku,
                    lot_id=task.lot_id,
                )
                added.append(task)
            else:
                changed.append(task)
            task.pick_list, task.cart_tote, task.quantity = pick_list, cart_tote, quantity
            task.sequence = rank[spot_of(task.bin)]
