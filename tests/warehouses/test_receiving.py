"""Counting: units are scanned against the plan, and every scan stays as proof."""

import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from tests.factories import (
    MONDAY,
    announced,
    books,
    code_of,
    count_in,
    in_bin,
    make_seller,
    make_sku,
    make_user,
    unit_scan,
)
from tests.refusals import refused
from warehouses.models import Barcode, Carton, CartonLine, Condition, Hub, Inbound, Move, ReceiptScan, Sku
from warehouses.services.receiving import UnitScan, arrive_carton, close_carton, count_units


def count(carton: Carton, *scans: UnitScan, **fields) -> int:
    return count_units(carton_id=carton.pk, scans=scans, station="DOCK-1", **fields)


def test_units_are_counted_onto_the_dock_with_proof(hub: Hub, sku: Sku, carton: Carton) -> None:
    worker = make_user()
    good, damaged = unit_scan(sku, 6), unit_scan(sku, 1, Condition.DAMAGED)

    with clock.playing(MONDAY):
        counted = count(carton, good, damaged, worker_id=worker.pk)

    assert counted == 7
    line = CartonLine.objects.get()
    assert (line.planned, line.good, line.damaged, line.missing, line.is_closed) == (10, 6, 1, 0, False)
    proof = ReceiptScan.objects.order_by("pk").values_list(
        "scan_id", "line", "code", "condition", "quantity", "worker", "station", "scanned_at"
    )
    assert list(proof) == [
        (good.scan_id, line.pk, code_of(sku), "sellable", 6, worker.pk, "DOCK-1", MONDAY),
        (damaged.scan_id, line.pk, code_of(sku), "damaged", 1, worker.pk, "DOCK-1", MONDAY),
    ]
    moves = Move.objects.order_by("pk").values_list(
        "kind", "from_bin", "to_bin__code", "condition", "quantity", "actor"
    )
    assert list(moves) == [
        ("receive", None, "DOCK", "sellable", 6, worker.pk),
        ("receive", None, "DOCK", "damaged", 1, worker.pk),
    ]
    inbound = Inbound.objects.get()
    assert (inbound.state, inbound.first_scan_at) == (Inbound.State.RECEIVING, MONDAY)


def test_a_scan_sent_twice_counts_once(sku: Sku, carton: Carton) -> None:
    scan, other = unit_scan(sku, 2), unit_scan(sku, 3)

    assert count(carton, scan, scan) == 2
    assert count(carton, scan, other) == 3
    before = books()
    assert count(carton, other, scan) == 0

    assert books() == before
    assert CartonLine.objects.get().good == 5
    assert ReceiptScan.objects.count() == 2


def test_nothing_to_count_is_nothing(carton: Carton) -> None:
    assert count(carton) == 0


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 2**31, 1.5, "1e3", float("nan"), None, True, "٣"])
def test_a_quantity_is_a_whole_number_of_units(sku: Sku, carton: Carton, quantity) -> None:
    scans = [unit_scan(sku, 1), unit_scan(sku, quantity)]

    refusal = refused(Invalid, "quantity_invalid", lambda: count(carton, *scans))

    assert (refusal.row, refusal.field) == (2, "quantity")


def test_the_row_that_is_refused_is_the_row_that_was_sent(sku: Sku, carton: Carton) -> None:
    known = unit_scan(sku, 1)
    count(carton, known)

    refusal = refused(Invalid, "quantity_invalid", lambda: count(carton, known, unit_scan(sku, 0)))

    assert refusal.row == 2


def test_a_barcode_that_is_not_expected_in_this_carton_is_refused(sku: Sku, carton: Carton) -> None:
    others = [make_sku(sku.seller), make_sku()]

    for other in others:
        scans = [unit_scan(sku, 1), unit_scan(other, 1)]
        refusal = refused(Invalid, "unknown_barcode", lambda scans=scans: count(carton, *scans))
        assert refusal.row == 2


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("", "scan_empty"),
        ("x" * 5_000, "scan_too_long"),
        ("]C10108712345", "scan_broken"),
        ("nonsense", "unknown_barcode"),
    ],
)
def test_a_scan_that_says_nothing_is_refused(sku: Sku, carton: Carton, code: str, refusal: str) -> None:
    refused(Invalid, refusal, lambda: count(carton, unit_scan(sku, code=code)))


def test_another_sellers_gtin_is_the_same_gtin(hub: Hub, sku: Sku) -> None:
    twin = make_sku(make_seller(), "RING")
    Barcode.objects.filter(sku=twin).update(value=code_of(sku))
    (carton,) = announced(hub, [{twin: 1}])
    arrive_carton(hub=hub, code=carton.sscc)

    count(carton, unit_scan(twin))

    assert ReceiptScan.objects.get().line.sku == twin


@pytest.mark.parametrize("condition", [Condition.QUARANTINE, Condition.EXPIRED, "lovely"])
def test_at_the_dock_a_unit_is_good_or_damaged(sku: Sku, carton: Carton, condition: str) -> None:
    refused(Invalid, "condition_invalid", lambda: count(carton, unit_scan(sku, 1, condition)))


def test_more_than_planned_needs_a_supervisor(hub: Hub, sku: Sku, carton: Carton) -> None:
    count(carton, unit_scan(sku, 9))
    scans = [unit_scan(sku, 1), unit_scan(sku, 1, Condition.DAMAGED)]

    refusal = refused(Conflict, "over_receipt", lambda: count(carton, *scans))
    assert (refusal.row, refusal.facts) == (2, {"sku": "RING"})

    assert count(carton, *scans, may_exceed=True) == 2
    line = CartonLine.objects.get()
    assert (line.good, line.damaged) == (10, 1)
    assert in_bin(hub, "DOCK", sku) == 11


def test_a_carton_is_counted_while_it_is_open(hub: Hub, sku: Sku) -> None:
    (carton,) = announced(hub, [{sku: 2}])
    refused(Conflict, "carton_not_open", lambda: count(carton, unit_scan(sku)))
    known = unit_scan(sku)
    count_in(carton, [known])

    refused(Conflict, "carton_not_open", lambda: count(carton, unit_scan(sku)))
    assert count(carton, known) == 0


def test_a_carton_that_does_not_exist_is_not_found(carton: Carton) -> None:
    for call in (lambda: count_units(carton_id=0, scans=[], station="X"), lambda: close_carton(carton_id=0)):
        refused(NotFound, "carton_unknown", call)
