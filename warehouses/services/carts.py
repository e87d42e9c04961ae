"""Carts: a walk ends when nothing is left to fetch on it, and the totes that stayed empty are free again."""

from collections.abc import Collection, Mapping, Sequence

from django.db.models import Exists, Max, OuterRef, QuerySet

from foundation import clock
from warehouses.locks import lock_shared_totes
from warehouses.models import BinBalance, CartTote, PickList, PickTask


def end_empty_walks(lists: Collection[PickList]) -> list[PickList]:
    """Ends those of the locked `lists` that have no open task: picked if somebody walks it, else cancelled.

    Returns the lists that ended now.
    """
    running = [row for row in lists if row.state in {PickList.State.PLANNED, PickList.State.PICKING}]
    still_open = PickTask.objects.filter(pick_list__in=running, closed_at=None)
    busy = set(still_open.values_list("pick_list_id", flat=True))
    ended = [row for row in running if row.pk not in busy]
    for pick_list in ended:
        if pick_list.state == PickList.State.PLANNED:
            pick_list.cancel()
        else:
            pick_list.finish()
            pick_list.finished_at = clock.now()
        pick_list.save(update_fields=["state", "finished_at"])
    if ended:  # a tote into which nothing went never comes to a bench, where the others are freed
        free_empty_totes(CartTote.objects.filter(pick_list__in=ended))
    return ended


def free_empty_totes(places: QuerySet[CartTote]) -> None:
    """Those of the totes are free for another cart that nothing is in, and nothing will be put into.

    The last step of its caller: it takes the last locks there are.
    """
    riding = places.filter(tote__isnull=False, freed_at=None)
    lock_shared_totes(riding)
    holds_goods = Exists(BinBalance.objects.filter(bin=OuterRef("tote"), on_hand__gt=0))
    walked = riding.filter(pick_list__state__in=[PickList.State.PLANNED, PickList.State.PICKING])
    riding.exclude(holds_goods).exclude(pk__in=walked.values("pk")).update(freed_at=clock.now())


def extend_walks(extra: Sequence[PickTask], instead_of: Mapping[int, PickTask]) -> None:
    """Saves the tasks `extra`, each at the end of the walk and for the tote of the one it replaces.

    `instead_of` has the replaced task by reservation id. Where that was on no pick list yet, nor is the new one.
    """
    lists = {task.pick_list_id for task in instead_of.values() if task.pick_list_id}
    ends = PickTask.objects.filter(pick_list__in=lists).order_by().values_list("pick_list")
    last = dict(ends.annotate(n=Max("sequence"))) if lists else {}
    for task in extra:
        former = instead_of[task.reservation_id]
        task.pick_list_id, task.cart_tote_id = former.pick_list_id, former.cart_tote_id
        if task.pick_list_id:
            last[task.pick_list_id] += 1
            task.sequence = last[task.pick_list_id]
    PickTask.objects.bulk_create(extra, batch_size=5_000)
