"""The floor in played time: free pickers take waiting carts, free packers take full totes, whoever comes first.

The floor's memory is the database: what is under way is read back from it, so a play that was broken off goes on
where it was. In between it keeps queues of what waits and what ends when.
"""

import heapq
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from fulfillment.demo.benches import Benches, last_closed
from fulfillment.demo.codes import ItemCodes
from fulfillment.demo.crew import People
from fulfillment.demo.schedule import Progress
from fulfillment.demo.shifts import Shifts
from fulfillment.demo.walks import Walks, last_return
from fulfillment.demo.world import World
from fulfillment.models import Order, Wave
from warehouses.models import Hub, PickList, PickTask

Due = tuple[datetime, int]
"""(when, id): heaps of these are served in order of time, then of id."""


@dataclass
class Floor:
    """Pickers and packers of one hub. `tick` says when something happens next, `step` makes it happen."""

    hub: Hub
    people: People
    shifts: Shifts
    walks: Walks
    benches: Benches
    progress: Progress
    picker_free: dict[int, datetime] = field(default_factory=dict)
    bench_free: dict[str, datetime] = field(default_factory=dict)
    waiting: list[Due] = field(default_factory=list)
    walking: list[Due] = field(default_factory=list)
    full: list[Due] = field(default_factory=list)
    picked: dict[int, Order] = field(default_factory=dict)
    packing: list[tuple[datetime, int, str]] = field(default_factory=list)
    queued: set[int] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        hub: Hub,
        people: People,
        shifts: Shifts,
        world: World,
        codes: ItemCodes,
        progress: Progress,
        *,
        since: datetime,
    ) -> "Floor":
        """The floor as the database knows it; nobody is free before `since`."""
        floor = cls(hub, people, shifts, Walks(hub, world, codes), Benches(hub, world, codes), progress)
        back, closed = last_return(hub), last_closed(hub)
        floor.picker_free = {worker: max(since, back.get(worker, since)) for worker in people.pickers}
        stations = [f"BENCH-{n}" for n in range(1, len(people.packers) + 1)]
        floor.bench_free = {station: max(since, closed.get(station, since)) for station in stations}
        for walk in PickList.objects.filter(hub=hub, state=PickList.State.PICKING).order_by("pk"):
            assert walk.started_at is not None, "a list that is walked was started"
            floor._set_off(walk, floor.walks.ends_at(walk, started_at=walk.started_at))
        floor.take_in()
        floor._queue_full(Order.objects.all())
        return floor

    def take_in(self) -> None:
        """Carts that were released meanwhile may be taken from then on."""
        known = {pk for _, pk in self.waiting}
        planned = PickList.objects.filter(hub=self.hub, state=PickList.State.PLANNED)
        rows = dict(planned.exclude(pk__in=known).values_list("pk", "work_ref"))
        waves = Wave.objects.filter(number__in=set(rows.values()), released_at__isnull=False)
        released = dict(waves.values_list("number", "released_at"))
        for pk, number in rows.items():
            if number in released:
                heapq.heappush(self.waiting, (released[number], pk))

    def tick(self) -> datetime | None:
        """When the next thing happens on the floor; None when nothing is under way."""
        return min((at for at, _ in self._coming()), default=None)

    def step(self) -> str:
        """Makes the next thing happen: somebody comes back, sets off, closes a box or opens a tote. Says which part."""
        _, what = min(self._coming())
        (self._come_back, self._close_box, self._start_walk, self._open_tote)[what]()
        return ("picking", "packing", "picking", "packing")[what]

    def _coming(self) -> list[tuple[datetime, int]]:
        """What may happen next, by kind: a return, a box closed, a cart taken, a tote opened."""
        coming = []
        if self.walking:
            coming.append((self.walking[0][0], 0))
        if self.packing:
            coming.append((self.packing[0][0], 1))
        if self.waiting and (at := self.shifts.next(max(self.waiting[0][0], min(self.picker_free.values())))):
            coming.append((at, 2))
        if self.full and (at := self.shifts.next(max(self.full[0][0], min(self.bench_free.values())))):
            coming.append((at, 3))
        return coming

    def _start_walk(self) -> None:
        worker = min(self.picker_free, key=lambda each: (self.picker_free[each], each))
        at = self.shifts.next(max(self.waiting[0][0], self.picker_free[worker]))
        walk = self._next_walk(at) if at is not None else None
        if at is None or walk is None:
            heapq.heappop(self.waiting)
            return
        ends_at = self.walks.start(walk, worker_id=worker, at=at)
        walk.refresh_from_db()
        self._set_off(walk, ends_at)

    def _next_walk(self, at: datetime) -> PickList | None:
        """The waiting cart whose turn it is at that moment; it and those that were called off no longer wait."""
        ready = [pk for since, pk in self.waiting if since <= at]
        turns = PickList.objects.filter(pk__in=ready, state=PickList.State.PLANNED).order_by("turn", "pk")
        walks = list(turns)
        gone = set(ready) - {walk.pk for walk in walks[1:]}
        if walks:
            self.waiting = [due for due in self.waiting if due[1] not in gone]
            heapq.heapify(self.waiting)
        return walks[0] if walks else None

    def _set_off(self, walk: PickList, ends_at: datetime) -> None:
        assert walk.worker_id is not None, "a list that is walked has a picker"
        self.picker_free[walk.worker_id] = ends_at
        heapq.heappush(self.walking, (ends_at, walk.pk))

    def _come_back(self) -> None:
        at, pk = heapq.heappop(self.walking)
        walk = PickList.objects.get(pk=pk)
        if walk.state == PickList.State.PICKING and not self.walks.finish(walk, at=at).is_done:
            self._set_off(walk, self.walks.ends_at(walk, started_at=at))
        tasks = PickTask.objects.filter(pick_list=walk)
        self._queue_full(Order.objects.filter(lines__reservation__in=tasks.values("reservation_id")).distinct())

    def _queue_full(self, among: QuerySet[Order]) -> None:
        """Orders that are picked whole wait for a bench, in the order of their picking."""
        for order in among.filter(hub=self.hub, state=Order.State.PICKED):
            if order.picked_at is not None and order.pk not in self.queued:
                self.queued.add(order.pk)
                self.picked[order.pk] = order
                heapq.heappush(self.full, (order.picked_at, order.pk))

    def _open_tote(self) -> None:
        picked_at, pk = heapq.heappop(self.full)
        station = min(self.bench_free, key=lambda each: (self.bench_free[each], each))
        at = self.shifts.next(max(picked_at, self.bench_free[station]))
        if at is None:
            return
        ends_at = self.benches.ends_at(self.picked[pk], at=at)
        self.bench_free[station] = ends_at
        heapq.heappush(self.packing, (ends_at, pk, station))

    def _close_box(self) -> None:
        at, pk, station = heapq.heappop(self.packing)
        worker_id = self.people.packers[int(station.removeprefix("BENCH-")) - 1]
        self.benches.pack(self.picked.pop(pk), station=station, worker_id=worker_id, at=at)
        self.progress.add(1)

    def note_resolved(self) -> None:
        """Orders that somebody decided to send short may be packed now."""
        self._queue_full(Order.objects.all())

    def stop(self, at: datetime) -> None:
        """The present has come: pickers who are on their way have reported what they have so far."""
        for _, pk in self.walking:
            walk = PickList.objects.get(pk=pk)
            if walk.started_at is not None and not walk.tasks.filter(closed_at__isnull=False).exists():
                self.walks.report_part(walk, started_at=walk.started_at, at=at)
