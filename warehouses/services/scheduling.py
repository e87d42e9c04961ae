"""Scheduling: which of a hub's waiting carts is taken next, so that as few orders as possible come back late."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from foundation import clock
from foundation.sql import update_many
from warehouses.locks import lock_waiting_lists
from warehouses.models import CartTote, Hub, PickList
from warehouses.planning.running.releasing import Crew
from warehouses.planning.running.scheduling import Job, schedule
from warehouses.services.speeds import speeds_of


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of a hub's waiting carts if all goes as planned: how many orders would be back late, and the end."""

    late_orders: int
    ends_at: datetime | None


@transaction.atomic
def schedule_carts(*, hub: Hub) -> Outlook:
    """Gives every waiting cart of the hub its turn, and says when it would be taken and be back.

    Late orders first, then how late, then how soon all is done. Twice is once, as long as the clock stands still.
    """
    lists = lock_waiting_lists(hub.pk)
    if not lists:
        return Outlook(0, None)
    now = clock.now()
    plan = schedule(_jobs(lists, now), free_at_s=_free_at_s(hub, now))
    by_key = {str(row.pk): row for row in lists}
    for number, turn in enumerate(plan.turns, start=1):
        row = by_key[turn.key]
        row.turn = number
        row.starts_at, row.ends_at = now + timedelta(seconds=turn.start_s), now + timedelta(seconds=turn.end_s)
    update_many(PickList, lists, ["turn", "starts_at", "ends_at"])
    return Outlook(plan.late_orders, now + timedelta(seconds=plan.end_s))


@transaction.atomic
def hasten(*, hub: Hub, demand_group: str) -> None:
    """What is to be fetched for this group, by carts that nobody has taken yet, is due now. Then `schedule_carts`."""
    waiting = lock_waiting_lists(hub.pk)
    places = CartTote.objects.filter(pick_list__in=waiting, tasks__reservation__demand_group=demand_group)
    CartTote.objects.filter(pk__in=places.values("pk")).update(due_at=clock.now())


def crew_of(hub: Hub, *, besides: str) -> Crew:
    """Who will walk the carts of the wave `besides`: the hub's pickers, with what else waits for them or is walked."""
    now = clock.now()
    waiting = _waiting(hub).exclude(work_ref=besides)
    return Crew(
        free_at_s=_free_at_s(hub, now),
        speeds=speeds_of(hub),
        waiting=tuple(_jobs(waiting, now)),
        narrow=frozenset(hub.floor_plan.narrow_aisles),
    )


def hubs_with_waiting_carts() -> QuerySet[Hub]:
    """The hubs in which carts wait for pickers."""
    waiting = PickList.objects.filter(state=PickList.State.PLANNED).order_by()
    return Hub.objects.filter(pk__in=waiting.values("hub")).order_by("pk")


def _waiting(hub: Hub) -> QuerySet[PickList]:
    return PickList.objects.filter(hub=hub, state=PickList.State.PLANNED).order_by("pk")


def _free_at_s(hub: Hub, now: datetime) -> tuple[float, ...]:
    """Per picker, seconds until free: those who walk when their cart should be back, the others at once."""
    walked = PickList.objects.filter(hub=hub, state=PickList.State.PICKING).order_by("pk")
    back = [(row.started_at or now) + timedelta(seconds=row.planned_s or 0) for row in walked]
    busy = [max(0.0, (at - now).total_seconds()) for at in back]
    return tuple(sorted(busy + [0.0] * max(0, hub.pickers - len(busy))))


def _jobs(lists: Iterable[PickList], now: datetime) -> list[Job]:
    rows = list(lists)
    dues: dict[int, dict[str, int]] = defaultdict(dict)
    for tote in CartTote.objects.filter(pick_list__in=rows).order_by("pk"):
        if tote.due_at is not None:
            dues[tote.pick_list_id][tote.demand_group or str(tote.pk)] = round((tote.due_at - now).total_seconds())
    return [Job(str(row.pk), float(row.planned_s or 0), tuple(dues[row.pk].values())) for row in rows]
