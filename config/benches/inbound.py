"""`manage.py bench inbound`: from a seller's plan to the shelf, through the services, beside a million bin balances."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import psutil
from django.db import connection

from config.benches.clients import Job, run_clients
from config.benches.ledger_world import World, add_bins, build
from config.benches.scratch import moved_to_scratch
from config.warming import warm
from labels.documents.item_label import ItemLabel, render_pdf_many
from warehouses.models import Barcode, Bin, BinBalance, FloorPlan, Hub, Inbound, Sku, Zone
from warehouses.planning.walks.walking import plan_walk
from warehouses.services.dock_counting import UnitScan
from warehouses.services.floorplan import layout_of, spot_of
from warehouses.services.inbounds import plan_inbound
from warehouses.services.plans import CartonPlan, LinePlan
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.receiving import arrive_carton, close_carton, count_units

T = TypeVar("T")

STATIONS, SCANS_EACH, LINES, CARTONS, LABELS = 4, 250, 1_000, 200, 500
HAND_S, SCANS_BY_HAND = 0.25, 125
"""A unit each quarter of a second is twice as fast as somebody with a scanner is."""
FAR_BALANCES: Final = 1_000_000
"""Bin balances that lie there besides, of other goods in another hub."""
BIN_MM3: Final = 60_000_000

LIMITS: Final = {
    "unit_scan_p99_ms": 50.0,
    "plan_1000_lines_s": 1.0,
    "receive_1000_lines_cpu_s": 1.5,
    "putaway_plan_200_cartons_s": 3.0,
    "putaway_walk_of_optimum": 1.05,
    "labels_500_s": 3.0,
}


def inbound_figures(*, say: Callable[[str], object]) -> dict[str, Any]:
    """Every figure with its limit, on a database of its own."""
    warm()
    with moved_to_scratch():
        say("A hub with 20,000 bins, and a million balances besides")
        world = build("inbound", skus=200, bins_per_sku=100, units_per_bin=20)
        add_bins(rows=FAR_BALANCES)
        floor = _Dock.of(world)
        found: dict[str, float] = {}
        for measure in (_scanning, _receiving, _putting_away):
            say(measure.__name__.strip("_"))
            found |= measure(floor)
    found["labels_500_s"] = _seconds(partial(render_pdf_many, _labels()))
    return {
        "limits": {
            name: {"value": round(found[name], 3), "limit": limit, "kept": found[name] <= limit}
            for name, limit in LIMITS.items()
        },
        "measured": {name: round(value, 3) for name, value in found.items()},
    }


@dataclass(frozen=True, slots=True)
class _Dock:
    """The hub that takes goods in, and new items that nobody has seen yet."""

    hub: Hub
    new: Sequence[Sku]

    @classmethod
    def of(cls, world: World) -> "_Dock":
        hub = Hub.objects.get(pk=world.hub_id)
        hub.carton_max_g = 0  # a thousand lines come in one carton
        hub.save(update_fields=["carton_max_g"])
        zone = Zone.objects.get(hub=hub)
        FloorPlan.objects.create(
            hub=hub,
            aisle_x_mm=[3_000 * n for n in range(40)],
            cross_y_mm=[0, 51_000, 102_000],
            depot_links=[[0, 0, 2_000]],
        )
        hub.bins.update(volume_mm3=BIN_MM3)
        for code, kind in (("DOCK", Bin.Kind.DOCK), ("QUAR", Bin.Kind.QUARANTINE)):
            Bin.objects.create(hub=hub, zone=zone, code=code, kind=kind, check_digits="42")
        seller = Sku.objects.get(pk=world.skus[0]).seller
        size = {"weight_g": 100, "length_mm": 100, "width_mm": 100, "height_mm": 100}
        new = Sku.objects.bulk_create(
            [Sku(seller=seller, code=f"NEW-{n}", name="Item", **size) for n in range(LINES)], batch_size=5_000
        )
        Barcode.objects.bulk_create(
            [Barcode(seller=seller, sku=sku, kind=Barcode.Kind.OWN, value=f"X{sku.pk:010d}") for sku in new]
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return cls(hub, new)

    def plan(self, reference: str, cartons: Sequence[Sequence[Sku]], *, units: int = 1) -> Inbound:
        """An inbound with so many units of each item in each carton."""
        plans = [CartonPlan(tuple(LinePlan(sku=sku.code, quantity=units) for sku in skus)) for skus in cartons]
        return plan_inbound(seller=self.new[0].seller, hub=self.hub, reference=reference, cartons=plans)

    def count(self, inbound: Inbound, *, units: int) -> None:
        """Every carton arrives, is counted in one call, and closed."""
        for carton in inbound.cartons.order_by("pk"):
            arrive_carton(hub=self.hub, code=f"00{carton.sscc}")
            scans = [
                UnitScan(scan_id=uuid.uuid4(), code=f"X{sku_id:010d}", quantity=units)
                for sku_id in carton.lines.values_list("sku_id", flat=True)
            ]
            count_units(carton_id=carton.pk, scans=scans, station="BENCH")
            close_carton(carton_id=carton.pk)


def _scanning(dock: _Dock) -> dict[str, float]:
    """Stations at once, each at a carton of its own, unit by unit: as fast as hands scan, then without any rest."""
    inbound = dock.plan("scanned", [dock.new[n::STATIONS][:50] for n in range(STATIONS)], units=2 * SCANS_EACH)
    work = []
    for carton in inbound.cartons.order_by("pk"):
        arrive_carton(hub=dock.hub, code=f"00{carton.sscc}")
        codes = [f"X{sku_id:010d}" for sku_id in carton.lines.values_list("sku_id", flat=True)]
        work.append([(carton.pk, codes[n % len(codes)]) for n in range(SCANS_EACH)])
    run = run_clients([scans[:SCANS_BY_HAND] for scans in work], _station, pause_s=HAND_S)
    restless = run_clients(work, _station)
    return {
        "unit_scan_p50_ms": run.percentile_ms(0.5),
        "unit_scan_p99_ms": run.percentile_ms(0.99),
        "restless_unit_scan_p50_ms": restless.percentile_ms(0.5),
        "restless_unit_scan_p99_ms": restless.percentile_ms(0.99),
        "restless_unit_scans_a_second": len(restless.calls_ms) / restless.seconds,
        "bin_balances": float(BinBalance.objects.count()),
    }


def _station() -> tuple[Job, Callable[[], None]]:
    def scan(one: tuple[int, str]) -> int:
        carton_id, code = one
        unit = UnitScan(scan_id=uuid.uuid4(), code=code)
        return count_units(carton_id=carton_id, scans=[unit], station="BENCH")

    connection.ensure_connection()
    return scan, connection.close


def _receiving(dock: _Dock) -> dict[str, float]:
    """A thousand lines in one carton: planned, counted in one call, put into a thousand bins in one call."""
    plan_s = _seconds(lambda: dock.plan("a thousand lines", [dock.new], units=30))
    inbound = Inbound.objects.get(reference="a thousand lines")
    with _cpu() as counted:
        dock.count(inbound, units=30)
    tasks, propose_s = _timed(partial(propose_putaway, inbound_id=inbound.pk))
    scans = [PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks]
    with _cpu() as moved:
        confirm_putaway(scans=scans)
    return {
        "plan_1000_lines_s": plan_s,
        "receive_1000_lines_cpu_s": counted[0] + moved[0],
        "receive_1000_lines_propose_s": propose_s,
        "receive_1000_lines_bins": float(len({task.to_bin_id for task in tasks})),
    }


def _putting_away(dock: _Dock) -> dict[str, float]:
    """Bins for 200 cartons among 20,000, and the walk to them against the shortest there is."""
    cartons = [dock.new[5 * n : 5 * n + 5] for n in range(CARTONS)]
    inbound = dock.plan("200 cartons", cartons, units=8)
    dock.count(inbound, units=8)
    tasks, seconds = _timed(partial(propose_putaway, inbound_id=inbound.pk))
    floor = layout_of(dock.hub)
    stops = list(dict.fromkeys(spot_of(task.to_bin) for task in tasks if task.to_bin.kind == Bin.Kind.STORAGE))
    return {
        "putaway_plan_200_cartons_s": seconds,
        "putaway_walk_of_optimum": floor.route_mm(stops) / plan_walk(floor, stops).bound_mm,
        "putaway_stops": float(len(stops)),
        "putaway_metres": floor.route_mm(stops) / 1000,
    }


def _labels() -> Iterator[ItemLabel]:
    return (ItemLabel(f"X{n:010d}", f"Item number {n}", sku=f"NEW-{n}") for n in range(LABELS))


def _seconds(work: Callable[[], object]) -> float:
    return _timed(work)[1]


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begun


@contextmanager
def _cpu() -> Iterator[list[float]]:
    """CPU seconds of this process and of its database session, as the list's one item afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    processes = [psutil.Process(), psutil.Process(session)]
    spent: list[float] = []
    before = sum(sum(process.cpu_times()[:2]) for process in processes)
    yield spent
    spent.append(sum(sum(process.cpu_times()[:2]) for process in processes) - before)
