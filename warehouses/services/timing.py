"""Timing: when the picker of a cart is thought to be done with each task, and when to be back."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from warehouses.models import PickList, PickTask
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.floor.layout import Spot
from warehouses.planning.floor.speeds import Speeds, StopWork, times_of


class Stop(NamedTuple):
    """One stop of a walk and what is fetched there."""

    spot: Spot
    tasks: Sequence[PickTask]


def foresee(pick_list: PickList, stops: Sequence[Stop], *, floor: AnyFloor, speeds: Speeds) -> None:
    """Says so on the list and its tasks, seconds from the cart's start; the caller saves them.

    `stops` in walking order. Where the hub's floor has other rules by now than when the cart left, by the rules of now.
    """
    times = times_of(floor, _works(stops), speeds)
    for stop, time in zip(stops, times.stops, strict=True):
        for task in stop.tasks:
            task.planned_s = round(time.done_s)
    pick_list.planned_s = round(times.back_s)


def _works(stops: Sequence[Stop]) -> list[StopWork]:
    """What is done at each stop; a tote is another one unless it was filled last."""
    works, last = [], None
    for spot, tasks in stops:
        totes = [task.cart_tote_id for task in tasks]
        changes = sum(one != other for one, other in pairwise(totes if last is None else [last, *totes]))
        further = sum(max(0, task.quantity - task.cancelled - task.short - 1) for task in tasks)
        works.append(StopWork(spot, len(totes), further, changes))
        last = totes[-1] if totes else last
    return works
