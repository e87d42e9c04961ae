"""Batching: the tasks of a wave become carts with totes and walks. The optimiser runs outside any transaction."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from warehouses.models import CartType, Hub, PickList, PickTask, Sku
from warehouses.planning.batches.batching import Progress
from warehouses.planning.running.releasing import plan_release
from warehouses.services.fetching import Choices
from warehouses.services.listing import Listing
from warehouses.services.loading import load_tasks
from warehouses.services.scheduling import crew_of

FOR_SHELVES = 0.2
"""Share of the time kept for choosing between shelves, where there is a choice."""

OTHER_SHELVES = "shelves"
"""The proof where carts go to other shelves than those that it is proven for."""


@dataclass(frozen=True, slots=True)
class CartsPlanned:
    """The pick lists that were written, and what is said of them together: lengths in millimetres, seconds.

    `s_shape_mm` is for the same orders first come, first served, walked by the S-shape rule; `least_mm` for any plan
    of the same orders, proven as `proof` says (see `WavePlan.bound_kind`), from the shelves that were chosen first.
    """

    list_ids: tuple[int, ...]
    s_shape_mm: int
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
    dues: Mapping[str, datetime] | None = None,
    again: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> CartsPlanned | None:
    """Plans carts and walks for all tasks of `work_ref` that have no pick list yet, and writes the lists.

    With `again` also for those of its carts that nobody has started: these are cancelled, and what was to go on them
    goes onto the new ones. `dues`: by demand group, when its goods must be back; late groups first, then metres.

    Safe to run twice: the plan is written only if all its tasks still wait for one. None when there was nothing
    to plan, or the tasks changed meanwhile (ask again). Raises `Invalid` from the planner (`unit_too_large`,
    `spot_unreachable`).
    """
    waiting = PickList.objects.filter(hub=hub, work_ref=work_ref, state=PickList.State.PLANNED)
    former = set(waiting.values_list("pk", flat=True)) if again else set[int]()
    tasks = _tasks(work_ref, former)
    if not tasks:
        return None
    cart_type = _cart_type(hub)
    loading = load_tasks(hub=hub, cart_type=cart_type, tasks=tasks, dues=dues or {})
    by_key = {str(task.pk): task for task in tasks}
    choices = Choices(hub, loading, by_key)
    kept_s = FOR_SHELVES * time_limit_s if choices.any else 0.0
    crew = crew_of(hub, besides=work_ref)
    release = plan_release(
        loading.areas,
        loading.cart,
        crew,
        seed=seed,
        time_limit_s=time_limit_s - kept_s,
        apart=loading.apart,
        progress=progress,
    )
    changes = choices.weigh(release, speeds=crew.speeds, seed=seed, time_limit_s=kept_s) if choices.any else {}
    listing = Listing(hub, work_ref, cart_type, loading, release, dues or {}, by_key, crew.speeds, changes)
    lists = listing.write(former)
    if lists is None:
        return None
    plans = release.plans.values()
    return CartsPlanned(
        list_ids=tuple(row.pk for row in lists),
        s_shape_mm=sum(plan.s_shape_mm for plan in plans),
        least_mm=release.least_mm,
        proof=OTHER_SHELVES if listing.changed else release.proof,
        seconds=release.seconds,
        method=", ".join(sorted({plan.method for plan in plans})),
    )


def too_large_for_totes(*, hub: Hub, sku_ids: Collection[int]) -> set[int]:
    """Those of the SKUs of which one unit goes into no tote of the hub's carts, by volume or weight."""
    cart_type = _cart_type(hub)
    large = Q(volume_mm3__gt=cart_type.tote_volume_mm3) | Q(weight_g__gt=cart_type.tote_weight_g)
    return set(Sku.objects.filter(large, pk__in=sku_ids).values_list("pk", flat=True))


def _cart_type(hub: Hub) -> CartType:
    return hub.cart_types.order_by("code")[:1].get()


def _tasks(work_ref: str, former: Collection[int]) -> list[PickTask]:
    """What is to go onto carts, the most urgent first."""
    free = Q(pick_list=None) | Q(pick_list__in=former)
    return list(
        PickTask.objects.filter(free, work_ref=work_ref, closed_at=None)
        .select_related("bin", "sku", "reservation")
        .order_by("reservation__priority", "reservation__placed_at", "reservation__demand_group", "id")
    )
