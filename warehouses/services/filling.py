"""Filling: tasks go into totes, and totes onto the places of a cart. For whoever writes pick lists."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from foundation.sql import update_many
from warehouses.models import CartTote, PickList, PickTask

WRITTEN = ("pick_list", "cart_tote", "work_ref", "bin", "lot", "sequence", "quantity", "planned_s")
"""What a task that was there already gets."""

Contents = Sequence[tuple[str, int]]
"""What one tote holds: the key of a task, and how many of its units."""


@dataclass(slots=True)
class Filling:
    """Tasks by key, locked or not saved yet, about to be put into totes. A task over two totes becomes two."""

    tasks: Mapping[str, PickTask]
    dues: Mapping[str, datetime]
    _changed: list[PickTask] = field(default_factory=list)
    _added: list[PickTask] = field(default_factory=list)
    _placed: set[str] = field(default_factory=set)

    def put(
        self, pick_list: PickList, totes: Sequence[Contents], *, shared: Collection[int] = (), first_slot: int = 1
    ) -> list[PickTask]:
        """Gives the list places for these totes, and returns the tasks in them; the caller says in which order.

        `shared`: which of the totes, from 0, hold single-item orders together.
        """
        places = CartTote.objects.bulk_create(
            [
                self._place(pick_list, first_slot + number, contents, is_shared=number in shared)
                for number, contents in enumerate(totes)
            ]
        )
        placed = []
        for place, contents in zip(places, totes, strict=True):
            for key, units in contents:
                task = self._task(key, units)
                task.pick_list, task.cart_tote, task.work_ref = pick_list, place, pick_list.work_ref
                placed.append(task)
        return placed

    def _place(self, pick_list: PickList, slot: int, contents: Contents, *, is_shared: bool) -> CartTote:
        groups = [self.tasks[key].reservation.demand_group for key, _ in contents]
        dues = [self.dues[group] for group in groups if group in self.dues]
        return CartTote(
            pick_list=pick_list, slot=slot, demand_group="" if is_shared else groups[0], due_at=min(dues, default=None)
        )

    def _task(self, key: str, units: int) -> PickTask:
        """The task with so many open units; for its second tote a new one."""
        task = self.tasks[key]
        if key not in self._placed:
            self._placed.add(key)
            task.quantity += units - task.open
            (self._changed if task.pk else self._added).append(task)
            return task
        more = PickTask(reservation=task.reservation, bin=task.bin, sku=task.sku, lot_id=task.lot_id, quantity=units)
        self._added.append(more)
        return more

    def save(self) -> None:
        """Writes the tasks, two statements for any number."""
        update_many(PickTask, self._changed, WRITTEN)
        PickTask.objects.bulk_create(self._added, batch_size=2_000)
