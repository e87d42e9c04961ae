"""The dock in a played day: cartons are scanned in, counted, and put away, by the services of any station."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from foundation import clock
from foundation.errors import DomainError
from fulfillment.demo import crew
from fulfillment.demo.codes import ItemCodes
from fulfillment.demo.crew import People
from fulfillment.demo.seeds import dice, scan_id
from fulfillment.demo.world import InCarton, World
from warehouses.models import Carton, CartonLine, Hub, Inbound, PutawayTask
from warehouses.planning.floor.layout import Plan
from warehouses.services.dock_counting import UnitScan
from warehouses.services.floorplan import layout_of, spot_of
from warehouses.services.measuring import Reading, measure_sku, wanting_measures
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.receiving import arrive_carton, close_carton, count_units

STATION = "DOCK-1"


@dataclass
class Dock:
    """The goods-in team. `hands` people share the cartons of one inbound; `refused` counts scans that were stopped."""

    hub: Hub
    world: World
    people: People
    codes: ItemCodes
    hands: int
    plan: Plan
    refused: int = 0

    @classmethod
    def of(cls, hub: Hub, world: World, people: People, codes: ItemCodes, hands: int) -> "Dock":
        """The team of a hub."""
        return cls(hub, world, people, codes, hands, layout_of(hub))

    def receive(self, inbound: Inbound, *, at: datetime, most: int | None = None) -> datetime:
        """Scans and counts the inbound's cartons from `at`, all or the first `most`; returns when that is done.

        Each carton is a few calls with played times of its own; one that is received already only takes its time.
        """
        free = [at] * self.hands
        for carton in inbound.cartons.order_by("number")[:most]:
            hand = free.index(min(free))
            lines = list(carton.lines.select_related("sku", "lot").order_by("pk"))
            if carton.state != Carton.State.RECEIVED:
                self._count(inbound, carton, lines, free[hand])
            free[hand] += self._time(lines)
        return max(free)

    @staticmethod
    def _time(lines: Sequence[CartonLine]) -> timedelta:
        return timedelta(seconds=crew.CARTON_S + sum(crew.SCAN_S + crew.hands_s(line.planned) for line in lines))

    def _count(self, inbound: Inbound, carton: Carton, lines: Sequence[CartonLine], at: datetime) -> None:
        with clock.playing(at):
            arrive_carton(hub=self.hub, code=f"00{carton.sscc}")
        with clock.playing(at + self._time(lines)):
            if self.world.scans_wrong("carton", inbound.reference, carton.number):
                self._scan_what_is_not_there(carton)
            truths = [(line, self._truth(inbound, carton, line)) for line in lines]
            scans = [scan for line, truth in truths for scan in self._scans(line, truth)]
            surplus = any(truth.extra for _, truth in truths)
            count_units(
                carton_id=carton.pk,
                scans=scans,
                station=STATION,
                worker_id=self.people.lead if surplus else self.people.dock,
                may_exceed=surplus,
            )
            close_carton(carton_id=carton.pk)

    def _truth(self, inbound: Inbound, carton: Carton, line: CartonLine) -> InCarton:
        return self.world.in_carton(
            inbound=inbound.reference,
            carton=carton.number,
            sku=line.sku.code,
            lot=line.lot.code if line.lot else "",
            planned=line.planned,
        )

    def _scans(self, line: CartonLine, truth: InCarton) -> Iterator[UnitScan]:
        lot, last = (line.lot.code, line.lot.expires_on) if line.lot else ("", None)
        for condition, units in (("sellable", truth.good), ("damaged", truth.damaged)):
            if units:
                yield UnitScan(
                    scan_id=scan_id("receipt", line.pk, condition),
                    code=self.codes.read(line.sku_id, lot=lot, expires_on=last),
                    quantity=units,
                    condition=condition,
                )

    def _scan_what_is_not_there(self, carton: Carton) -> None:
        """The label of the carton itself, held before the scanner by mistake: the station says no."""
        wrong = UnitScan(scan_id=scan_id("wrong receipt", carton.pk), code=f"00{carton.sscc}")
        try:
            count_units(carton_id=carton.pk, scans=[wrong], station=STATION, worker_id=self.people.dock)
        except DomainError:
            self.refused += 1

    def measure(self, *, at: datetime, seed: int, most: int) -> None:
        """The first items of those at the dock that nobody has measured go on the scale; some are not as declared."""
        with clock.playing(at):
            for sku in wanting_measures(self.hub)[:most]:
                chance, said = dice(seed, "measure", sku.code), sku.declared
                off = chance.choice((1.0, 1.0, 1.01, 1.12))
                reading = Reading(
                    scan_id=scan_id("measure", sku.pk, self.hub.code),
                    scale_g=math.ceil(said.weight_g * off),
                    length_mm=said.length_mm,
                    width_mm=said.width_mm,
                    height_mm=math.ceil(said.height_mm * off),
                )
                measure_sku(sku_id=sku.pk, hub=self.hub, reading=reading, station=STATION, worker_id=self.people.dock)

    def put_away(self, inbound: Inbound, *, at: datetime, seed: int) -> datetime:
        """Proposes bins for what was counted and brings it there by trolley; returns when the last is empty."""
        with clock.playing(at):
            propose_putaway(inbound_id=inbound.pk, seed=seed)
        tasks = PutawayTask.objects.filter(work_ref=inbound.number).select_related("to_bin").order_by("sequence")
        trolleys = _trolleys(list(tasks), self.hands)
        ends = [at + timedelta(seconds=self._trolley_s(trolley)) for trolley in trolleys]
        for trolley, end in sorted(zip(trolleys, ends, strict=True), key=lambda pair: (pair[1], pair[0][0].pk)):
            scans = [PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in trolley]
            with clock.playing(end):
                confirm_putaway(scans=scans, worker_id=self.people.dock)
        return max(ends, default=at)

    def _trolley_s(self, trolley: Sequence[PutawayTask]) -> float:
        shelves = [spot_of(task.to_bin) for task in trolley if task.to_bin.aisle is not None]
        taking = sum(crew.SHELF_S + crew.hands_s(task.quantity) / 2 for task in trolley)
        return self.plan.route_mm(shelves) / crew.WALK_MM_S + taking


def _trolleys(tasks: list[PutawayTask], hands: int) -> list[list[PutawayTask]]:
    """The planned walk cut into as many trolleys as there are people."""
    each = max(1, -(-len(tasks) // hands))
    return [tasks[start : start + each] for start in range(0, len(tasks), each)]
