"""A first plan of a wave: join the two trips whose union saves most, again and again.

Clarke and Wright 1964 in the batching variant C&W(ii) of de Koster, van der Poort and Wolters 1999: the
savings of a joined trip are worked out anew, here with the exact walk.
"""

import heapq

from warehouses.planning.deadline import Deadline
from warehouses.planning.trips import Trip, Trips

EVERY_PAIR = 150
"""Up to so many loads every pair is tried; beyond, each load tries those that lie most alike."""

NEAR = 60
"""How many that is."""


def first_come(trips: Trips) -> list[Trip]:
    """The loads as they came, each cart filled until the next load does not fit."""
    groups: list[list[int]] = []
    room = (0, 0, 0)
    for load, size in enumerate(trips.sizes):
        if not groups or not trips.fits(room, size):
            groups.append([])
            room = (0, 0, 0)
        groups[-1].append(load)
        room = (room[0] + size[0], room[1] + size[1], room[2] + size[2])
    return trips.made(frozenset(group) for group in groups)


def savings(trips: Trips, deadline: Deadline) -> list[Trip]:
    """Trips joined by savings until none fits another. When the time is up, the rest is joined unpriced."""
    count = len(trips)
    joining = _Joining(trips, trips.neighbours(count if count <= EVERY_PAIR else NEAR))
    for name in range(count):
        if deadline.over():
            break
        joining.offer(name, later_only=True)
    while joining.queue and not deadline.over():
        joining.join_best()
    while not deadline.over() and joining.offer_rest():
        while joining.queue and not deadline.over():
            joining.join_best()
    return joining.finished()


class _Joining:
    """The trips still alive, by a running name, and the queue of what each pair would save."""

    def __init__(self, trips: Trips, near: list[list[int]]) -> None:
        self.trips, self.near = trips, near
        self.alive: dict[int, Trip] = dict(enumerate(trips.alone))
        self.owner = list(range(len(trips)))
        self.queue: list[tuple[int, int, int]] = []
        self.next_name = len(trips)

    def offer(self, name: int, *, later_only: bool = False) -> None:
        """Queue the savings of one trip with those near it."""
        trip = self.alive[name]
        others = {self.owner[load] for member in trip.members for load in self.near[member]} - {name}
        if later_only:
            others = {other for other in others if other > name or name not in self.near[other]}
        self._queue(name, sorted(others))

    def offer_rest(self) -> bool:
        """Queue every pair left that fits, near or not; whether there was any."""
        names = sorted(self.alive)
        for place, name in enumerate(names):
            self._queue(name, names[place + 1 :])
        return bool(self.queue)

    def finished(self) -> list[Trip]:
        """The trips, after joining what still fits with the nearest, unpriced: nothing to do unless cut short."""
        trips, groups = self.trips, [(set(trip.members), trip.size) for trip in self.alive.values()]
        of_load = {load: place for place, (members, _) in enumerate(groups) for load in members}
        for place, (members, size) in enumerate(groups):
            for load in [other for member in sorted(members) for other in self.near[member]]:
                into = of_load[load]
                if into != place and trips.fits(size, groups[into][1]):
                    host, room = groups[into]
                    groups[into] = (host | members, (room[0] + size[0], room[1] + size[1], room[2] + size[2]))
                    of_load.update(dict.fromkeys(members, into))
                    groups[place] = (set(), (0, 0, 0))
                    break
        return trips.made(frozenset(members) for members, _ in groups if members)

    def _queue(self, name: int, others: list[int]) -> None:
        trip, fits = self.alive[name], self.trips.fits
        fitting = [other for other in others if fits(trip.size, self.alive[other].size)]
        lengths = self.trips.union_lengths([(trip, self.alive[other]) for other in fitting])
        for other, length in zip(fitting, lengths, strict=True):
            saved = trip.length_mm + self.alive[other].length_mm - length
            heapq.heappush(self.queue, (-saved, name, other))

    def join_best(self) -> None:
        """Join the pair that saves most, if both are still there."""
        _, one, other = heapq.heappop(self.queue)
        if one not in self.alive or other not in self.alive:
            return
        members = self.alive.pop(one).members | self.alive.pop(other).members
        name, self.next_name = self.next_name, self.next_name + 1
        self.alive[name] = self.trips.made([members])[0]
        for load in members:
            self.owner[load] = name
        self.offer(name)
