"""Listing: a plan becomes pick lists with totes, and tasks in walking order. All of it or nothing."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from foundation.sql import update_many
from warehouses.locks import lock_tasks_to_list, lock_waiting_lists
from warehouses.models import CartTote, CartType, Hub, PickList, PickTask
from warehouses.planning.batches.batching import CartPlan
from warehouses.planning.floor.layout import Spot
from warehouses.planning.floor.speeds import Speeds
from warehouses.planning.running.releasing import Release, job_key
from warehouses.planning.walks.handling import Handling
from warehouses.planning.walks.rules import s_shape_mm
from warehouses.services.fetching import Change, take_over
from warehouses.services.filling import Contents, Filling
from warehouses.services.floorplan import spot_of
from warehouses.services.loading import DEPOT, Loading, handling_of
from warehouses.services.timing import Stop, foresee

PLANNED_ANEW = "planned anew"
"""The method of a list that nobody walked, since another plan took its place."""


@dataclass(slots=True)
class Listing:
    """The plan `release` of what `loading` holds, about to be written. `tasks`: as they were planned, by load line.

    `changes`: carts, by job key, that are quicker over other shelves, if these can still be had when it is written.
    """

    hub: Hub
    work_ref: str
    cart_type: CartType
    loading: Loading
    release: Release
    dues: Mapping[str, datetime]
    tasks: dict[str, PickTask]
    speeds: Speeds
    changes: Mapping[str, Change] = field(default_factory=dict)
    changed: Mapping[str, Change] = field(init=False, default_factory=dict)

    @transaction.atomic
    def write(self, former: Collection[int]) -> list[PickList] | None:
        """Writes the lists in place of the `former` ones of the wave, which nobody has started, and returns them.

        None, and nothing is written, when one of those was started meanwhile, or a task was listed or called off.
        """
        waiting = lock_waiting_lists(self.hub.pk, work_ref=self.work_ref) if former else []
        if {row.pk for row in waiting} != set(former) or not self._is_as_planned(waiting):
            return None
        self.changed = take_over(self.hub, self.changes)
        planned = [(area, cart) for area, plan in self.release.plans.items() for cart in plan.carts]
        carts = [(area, self._walked(area, cart)) for area, cart in planned]
        lists = PickList.objects.bulk_create(
            [
                self._pick_list(area, walked, s_shape_mm(self.loading.areas[area].floor, cart.spots))
                for (area, walked), (_, cart) in zip(carts, planned, strict=True)
            ]
        )
        filling = Filling(self.tasks, self.dues)
        for pick_list, (area, cart) in zip(lists, carts, strict=True):
            shared = self.loading.shared_on(area, cart)
            tasks = filling.put(pick_list, self._totes(area, cart), shared=shared)
            self._in_walking_order(cart, tasks)
            self._in_time(pick_list, area, cart, tasks)
        update_many(PickList, lists, ["planned_s"])
        filling.save()
        _put_away(waiting)
        return lists

    def _is_as_planned(self, waiting: Sequence[PickList]) -> bool:
        locked = lock_tasks_to_list([task.pk for task in self.tasks.values()], lists=waiting)
        return all(task.pk in locked and locked[task.pk].open == task.open for task in self.tasks.values())

    def _walked(self, area: str, cart: CartPlan) -> CartPlan:
        change = self.changed.get(job_key(area, cart))
        return replace(cart, spots=change.found.spots, walk=change.found.walk) if change else cart

    def _totes(self, area: str, cart: CartPlan) -> list[Contents]:
        totes, change = self.loading.totes(area, cart), self.changed.get(job_key(area, cart))
        return change.contents(totes, self.tasks) if change else totes

    def _pick_list(self, area: str, cart: CartPlan, rule_mm: int) -> PickList:
        return PickList(
            hub=self.hub,
            work_ref=self.work_ref,
            cart_type=self.cart_type,
            zone_id=None if area == DEPOT else int(area),
            walk_mm=cart.walk.length_mm,
            s_shape_mm=rule_mm,
            bound_mm=cart.walk.bound_mm,
            method=cart.walk.method,
        )

    def _in_walking_order(self, cart: CartPlan, tasks: Sequence[PickTask]) -> None:
        """Where a walk comes twice, it comes for heavy goods first and for fragile ones at last."""
        visits: dict[Spot, list[int]] = {}
        for place, index in enumerate(cart.walk.order, start=1):
            visits.setdefault(cart.spots[index], []).append(place)
        for task in tasks:
            is_last = handling_of(self.hub, task.sku) is Handling.FRAGILE
            task.sequence = visits[spot_of(task.bin)][-1 if is_last else 0]

    def _in_time(self, pick_list: PickList, area: str, cart: CartPlan, tasks: Sequence[PickTask]) -> None:
        here: dict[int, list[PickTask]] = defaultdict(list)
        for task in tasks:
            here[task.sequence].append(task)
        stops = [Stop(cart.spots[index], here[place]) for place, index in enumerate(cart.walk.order, start=1)]
        foresee(pick_list, stops, floor=self.loading.areas[area].floor, speeds=self.speeds)


def _put_away(former: Sequence[PickList]) -> None:
    """Cancels lists whose tasks are on others now, and takes the places off their carts that nothing is left of."""
    for pick_list in former:
        pick_list.cancel()
        pick_list.method, pick_list.turn = PLANNED_ANEW, None
    update_many(PickList, former, ["state", "method", "turn"])
    CartTote.objects.filter(pick_list__in=former, tasks__isnull=True).delete()
