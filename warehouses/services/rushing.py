"""Rushing: an order that can't wait for a wave goes onto a cart that is out already, or one about to leave."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction
from django.db.models import Max

from foundation import clock
from foundation.errors import Conflict
from foundation.sql import update_many
from warehouses.locks import lock_hub_lists
from warehouses.models import CartTote, Hub, PickList, PickTask
from warehouses.planning.batches.batching import CartPlan
from warehouses.planning.batches.loads import LoadPart
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.running.rushing import Running, Rushed, insert_rush
from warehouses.planning.walks.rules import s_shape_mm
from warehouses.planning.walks.walk import Walk
from warehouses.services.assigning import assign
from warehouses.services.filling import Filling
from warehouses.services.floorplan import spot_of
from warehouses.services.loading import DEPOT, group_of, load_tasks
from warehouses.services.speeds import speeds_of
from warehouses.services.timing import Stop, foresee


@dataclass(frozen=True, slots=True)
class OnCart:
    """The cart that took a rush order, and by how much its walk, its bound and its S-shape walk grew, in mm."""

    pick_list: PickList
    added_mm: int
    bound_added_mm: int
    s_shape_added_mm: int


def add_to_cart(*, hub: Hub, reservation_ids: Collection[int]) -> OnCart | None:
    """Gives the promised units of one order bins, and puts them onto the cart that has the shortest way round.

    Carts that are out come first, since they are back first; then those that wait. Stops done stay as they are. The
    order gets slots of its own on the cart, whose totes the picker scans when they are needed (`put_tote`).
    None, and nothing is changed, when no cart has room. Raises `Conflict` (`stock_unfetchable`) when units can't be
    had any more, `Invalid` from the planner.
    """
    with transaction.atomic():
        found = _added(hub, reservation_ids)
        if found is None:
            transaction.set_rollback(True)
        return found


def _added(hub: Hub, reservation_ids: Collection[int]) -> OnCart | None:
    lists = lock_hub_lists(hub.pk)
    if not lists:
        return None
    if assign(hub=hub, reservation_ids=reservation_ids, work_ref=""):
        raise Conflict("Not all of its units can be fetched any more.", code="stock_unfetchable")
    own = PickTask.objects.filter(reservation__in=reservation_ids, closed_at=None)
    tasks = list(own.select_related("bin", "sku", "reservation").order_by("pk"))
    cart_type = hub.cart_types.order_by("code")[:1].get()
    loading = load_tasks(hub=hub, cart_type=cart_type, tasks=tasks, dues={})
    parts = [(area, part) for area, some in loading.parts.items() for part in some.values()]
    if len(parts) != 1:
        return None
    ((area, part),) = parts
    floor = loading.areas[area].floor
    carts = _carts([row for row in lists if row.cart_type_id == cart_type.pk and _area(row) == area])
    for state in (PickList.State.PICKING, PickList.State.PLANNED):
        open_ones = [cart for cart in carts if cart.pick_list.state == state]
        rushed = insert_rush(
            floor, [cart.running(floor) for cart in open_ones], part.load, loading.cart, apart=loading.apart
        )
        if rushed is not None:
            return open_ones[rushed.place].write(floor, rushed, part, tasks)
    return None


def _area(pick_list: PickList) -> str:
    return str(pick_list.zone_id) if pick_list.zone_id else DEPOT


@dataclass(frozen=True, slots=True)
class _Cart:
    """A cart that is out or waits, with its tasks in walking order."""

    pick_list: PickList
    slots: int
    tasks: list[PickTask]

    def stops(self) -> list[list[PickTask]]:
        """The tasks stop by stop."""
        return [list(some) for _, some in groupby(self.tasks, key=lambda task: (task.sequence, spot_of(task.bin)))]

    def done(self) -> int:
        """How many stops from the first on have nothing left to fetch."""
        served = [all(task.closed_at for task in stop) for stop in self.stops()]
        return served.index(False) if False in served else len(served)

    def running(self, floor: AnyFloor) -> Running:
        """The cart as the planner sees it."""
        spots = tuple(spot_of(stop[0].bin) for stop in self.stops())
        units = [(task.quantity - task.cancelled - task.short, task.sku) for task in self.tasks]
        walk = Walk(tuple(range(len(spots))), floor.route_mm(spots), self.pick_list.bound_mm, self.pick_list.method)
        plan = CartPlan(
            loads=(self.pick_list.number,),
            spots=spots,
            walk=walk,
            totes=self.slots,
            volume_mm3=sum(count * sku.volume_mm3 for count, sku in units),
            weight_g=sum(count * sku.weight_g for count, sku in units),
        )
        return Running(plan, self.done(), frozenset(group_of([task.sku]) for task in self.tasks))

    def write(self, floor: AnyFloor, rushed: Rushed, part: LoadPart, tasks: Sequence[PickTask]) -> OnCart:
        """The list with the load on it: places for its totes, and the stops to come in their new order."""
        pick_list, spots, done = self.pick_list, rushed.plan.spots, self.done()
        visited = [spots[index] for index in rushed.plan.walk.order]
        before = self.stops()[:done]
        later = [task for stop in self.stops()[done:] for task in stop]
        group = tasks[0].reservation.demand_group
        filling = Filling({str(task.pk): task for task in tasks}, {group: clock.now()})
        new = filling.put(pick_list, part.totes, first_slot=self.slots + 1)
        to_come: list[list[PickTask]] = [[] for _ in visited[done:]]
        for task in (*later, *new):
            task.sequence = visited.index(spot_of(task.bin), done) + 1
            to_come[task.sequence - done - 1].append(task)
        stops = [Stop(spot, some) for spot, some in zip(visited, [*before, *to_come], strict=True)]
        foresee(pick_list, stops, floor=floor, speeds=speeds_of(pick_list.hub))
        filling.save()
        update_many(PickTask, later, ["sequence", "planned_s"])
        rule_mm = s_shape_mm(floor, spots)
        walk_mm = pick_list.walk_mm + rushed.added_mm
        bound_mm = min(walk_mm, max(pick_list.bound_mm, rushed.plan.walk.bound_mm))
        added = OnCart(pick_list, rushed.added_mm, bound_mm - pick_list.bound_mm, rule_mm - pick_list.s_shape_mm)
        pick_list.walk_mm, pick_list.bound_mm, pick_list.s_shape_mm = walk_mm, bound_mm, rule_mm
        pick_list.method = rushed.plan.walk.method
        pick_list.save(update_fields=["walk_mm", "bound_mm", "s_shape_mm", "method", "planned_s"])
        return added


def _carts(lists: Sequence[PickList]) -> list[_Cart]:
    """The lists with their tasks and places, three queries."""
    tasks: dict[int, list[PickTask]] = defaultdict(list)
    rows = PickTask.objects.filter(pick_list__in=lists).select_related("bin", "sku").order_by("sequence", "pk")
    for task in rows:
        tasks[task.pick_list_id or 0].append(task)
    places = CartTote.objects.filter(pick_list__in=lists).order_by()
    slots = dict(places.values_list("pick_list_id").annotate(last=Max("slot")))
    return [_Cart(row, slots.get(row.pk, 0), tasks[row.pk]) for row in lists]
