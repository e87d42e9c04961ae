"""Undoing a scan at the dock: a scan of its own, never a delete, and only while the carton is open."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.invariants import check
from tests.crowd import at_once
from tests.factories import MONDAY, announced, in_bin, make_hub, make_sku, make_user, unit_scan
from tests.refusals import refused
from tests.sandbox import undone
from warehouses.invariants import INVARIANTS
from warehouses.models import Carton, CartonLine, Case, Condition, Finding, Hub, Move, ReceiptScan, Sku
from warehouses.services.dock_counting import UnitScan
from warehouses.services.receiving import arrive_carton, close_carton, count_units, undo_scan


def count(carton: Carton, *scans: UnitScan) -> int:
    return count_units(carton_id=carton.pk, scans=scans, station="DOCK-1", may_exceed=True)


def test_an_undone_scan_is_off_the_dock_and_both_stay(hub: Hub, sku: Sku, carton: Carton) -> None:
    worker = make_user()
    right, wrong = unit_scan(sku, 3), unit_scan(sku, 4, Condition.DAMAGED)
    count(carton, right, wrong)

    with clock.playing(MONDAY):
        undo = undo_scan(scan_id=wrong.scan_id, station="DOCK-2", worker_id=worker.pk)

    line = CartonLine.objects.get()
    assert (line.good, line.damaged) == (3, 0)
    assert in_bin(hub, "DOCK", sku) == 3
    assert (undo.undoes.scan_id, undo.quantity, undo.condition) == (wrong.scan_id, 4, "damaged")
    assert (undo.worker, undo.station, undo.scanned_at) == (worker, "DOCK-2", MONDAY)
    assert list(ReceiptScan.objects.standing().values_list("scan_id", flat=True)) == [right.scan_id]
    last = Move.objects.order_by("pk").last()
    assert (last.kind, last.from_bin.code, last.to_bin, last.quantity) == ("receive", "DOCK", None, 4)


def test_undone_twice_is_undone_once(sku: Sku, carton: Carton) -> None:
    scan = unit_scan(sku, 2)
    count(carton, scan)

    first = undo_scan(scan_id=scan.scan_id, station="DOCK-1")

    assert undo_scan(scan_id=scan.scan_id, station="DOCK-2") == first
    assert ReceiptScan.objects.count() == Move.objects.count() == 2


def test_undone_at_two_stations_at_once_is_undone_once(transactional_db) -> None:
    hub, sku = make_hub(), make_sku()
    (carton,) = announced(hub, [{sku: 5}])
    arrive_carton(hub=hub, code=carton.sscc)
    scan = unit_scan(sku, 2)
    count(carton, scan, unit_scan(sku, 1))

    at_once([lambda n=n: undo_scan(scan_id=scan.scan_id, station=f"DOCK-{n}") for n in range(4)])

    assert CartonLine.objects.get().good == 1
    assert ReceiptScan.objects.count() == 3


def test_a_finding_is_undone_too(carton: Carton) -> None:
    scan = unit_scan(make_sku(), 2, is_unexpected=True)
    count(carton, scan)

    undo = undo_scan(scan_id=scan.scan_id, station="DOCK-1")

    assert undo_scan(scan_id=scan.scan_id, station="DOCK-1") == undo
    assert Finding.objects.count() == 2
    assert not Finding.objects.standing().exists()
    close_carton(carton_id=carton.pk)
    assert list(Case.objects.values_list("kind", flat=True)) == ["missing"]


def test_nothing_is_undone_once_the_count_is_closed(sku: Sku, carton: Carton) -> None:
    scan, finding = unit_scan(sku, 2), unit_scan(make_sku(), is_unexpected=True)
    count(carton, scan, finding)
    close_carton(carton_id=carton.pk)

    for each in (scan, finding):
        refused(Conflict, "carton_not_open", lambda each=each: undo_scan(scan_id=each.scan_id, station="DOCK-1"))


def test_an_undo_cannot_be_undone_and_what_is_not_there_neither(sku: Sku, carton: Carton) -> None:
    scan = unit_scan(sku, 2)
    count(carton, scan)
    undo = undo_scan(scan_id=scan.scan_id, station="DOCK-1")

    refused(Invalid, "scan_is_an_undo", lambda: undo_scan(scan_id=undo.scan_id, station="DOCK-1"))
    refused(NotFound, "scan_unknown", lambda: undo_scan(scan_id=uuid.uuid4(), station="DOCK-1"))


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["good", "damaged"]), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(st.just("unknown"), st.just(0), st.integers(1, 4)),
        st.tuples(st.just("undo"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("close"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


@pytest.mark.django_db
@settings(deadline=None)
@given(steps=steps)
def test_any_mix_of_scans_undos_and_closes_conserves_every_unit(steps: list[tuple[str, int, int]]) -> None:
    with undone():
        hub, sku = make_hub(), make_sku(code="PLANNED")
        items = [sku, make_sku(sku.seller), make_sku(sku.seller)]
        (carton,) = announced(hub, [{sku: 4}])
        arrive_carton(hub=hub, code=carton.sscc)
        standing: dict[uuid.UUID, tuple[str, int, int]] = {}
        sent: list[uuid.UUID] = []
        is_closed = False
        for what, n, units in steps:
            if what == "close":
                close_carton(carton_id=carton.pk)
                is_closed = True
            elif is_closed:
                continue
            elif what == "undo":
                if sent:
                    undo_scan(scan_id=sent[n % len(sent)], station="DOCK")
                    standing.pop(sent[n % len(sent)], None)
            else:
                held = sum(u for w, i, u in standing.values() if w != "unknown" and i == n)
                if what != "unknown" and held + units > (40 if n == 0 else 10):
                    continue
                condition = Condition.DAMAGED if what == "damaged" else Condition.SELLABLE
                code = {"code": "???"} if what == "unknown" else {}
                scan = unit_scan(items[n], units, condition, is_unexpected=True, **code)
                count(carton, scan)
                sent.append(scan.scan_id)
                standing[scan.scan_id] = (what, n, units)

        for i, item in enumerate(items):
            known = [(w, u) for w, k, u in standing.values() if k == i and w != "unknown"]
            good, damaged = (sum(u for w, u in known if w == name) for name in ("good", "damaged"))
            line = CartonLine.objects.filter(carton=carton, sku=item).first()
            assert (line.good, line.damaged) == (good, damaged) if line else (good, damaged) == (0, 0)
            assert in_bin(hub, "DOCK", item) == good + damaged
            if line and is_closed:
                assert line.planned == good + damaged + line.missing - line.surplus
        lost = sum(u for w, _, u in standing.values() if w == "unknown")
        assert sum(Finding.objects.standing().values_list("quantity", flat=True)) == lost
        assert [finding.invariant.name for finding in check(INVARIANTS) if finding.broken] == []
