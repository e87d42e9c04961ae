"""What should not be in a carton: another item, another lot, a code nobody knows, ten times too many."""

import pytest
from django.contrib.auth.models import Permission

from foundation import clock
from foundation.errors import Conflict, Invalid
from tests.factories import MONDAY, announced, in_bin, make_lot, make_seller, make_sku, make_user, unit_scan
from tests.refusals import refused
from warehouses.models import Carton, CartonLine, Condition, Finding, Hub, Move, ReceiptScan, Sku
from warehouses.services.dock_counting import UnitScan
from warehouses.services.inbounds import CartonPlan, LinePlan, plan_inbound
from warehouses.services.receiving import arrive_carton, close_carton, count_units


def count(carton: Carton, *scans: UnitScan, **fields) -> int:
    return count_units(carton_id=carton.pk, scans=scans, station="DOCK-1", **fields)


def strange(sku: Sku, quantity: int = 1, condition: str = Condition.SELLABLE, **fields) -> UnitScan:
    return unit_scan(sku, quantity, condition, is_unexpected=True, **fields)


def lines_of(carton: Carton) -> list[tuple[str, int, int, int, int]]:
    rows = CartonLine.objects.filter(carton=carton).order_by("pk")
    return list(rows.values_list("sku__code", "planned", "good", "damaged", "surplus"))


@pytest.fixture
def scarf(sku: Sku) -> Sku:
    """Another item of the same seller."""
    return make_sku(sku.seller, "SCARF")


def test_another_item_of_the_seller_gets_a_line_with_none_planned(hub: Hub, carton: Carton, scarf: Sku) -> None:
    assert count(carton, strange(scarf, 2), strange(scarf, 1, Condition.DAMAGED)) == 3
    assert count(carton, strange(scarf)) == 1

    assert lines_of(carton) == [("RING", 10, 0, 0, 0), ("SCARF", 0, 3, 1, 0)]
    assert in_bin(hub, "DOCK", scarf) == 4
    close_carton(carton_id=carton.pk)
    assert lines_of(carton)[1] == ("SCARF", 0, 3, 1, 4)


def test_another_item_is_refused_until_the_worker_says_that_it_is_there(carton: Carton, scarf: Sku) -> None:
    refused(Invalid, "unknown_barcode", lambda: count(carton, unit_scan(scarf)))


def test_an_announced_item_is_counted_on_its_own_line_whatever_the_worker_thinks(carton: Carton, sku: Sku) -> None:
    count(carton, strange(sku, 4))

    assert lines_of(carton) == [("RING", 10, 4, 0, 0)]


def test_a_plan_sent_again_is_the_same_plan_though_other_things_were_found(hub: Hub, sku: Sku, scarf: Sku) -> None:
    plan = {
        "seller": sku.seller,
        "hub": hub,
        "reference": "A",
        "cartons": [CartonPlan((LinePlan(sku="RING", quantity=1),))],
    }
    inbound = plan_inbound(**plan)
    carton = arrive_carton(hub=hub, code=inbound.cartons.get().sscc)
    count(carton, strange(scarf))

    assert plan_inbound(**plan) == inbound


def test_a_code_nobody_knows_is_kept_and_is_in_no_stock(hub: Hub, carton: Carton) -> None:
    worker = make_user()
    scan = strange(make_sku(make_seller(), "THEIRS"), 2)

    with clock.playing(MONDAY):
        assert count(carton, scan, scan, worker_id=worker.pk) == 2
        assert count(carton, scan) == 0

    found = Finding.objects.values_list("scan_id", "carton", "code", "quantity", "worker", "station", "scanned_at")
    assert list(found) == [(scan.scan_id, carton.pk, scan.code, 2, worker.pk, "DOCK-1", MONDAY)]
    assert not Move.objects.exists()
    assert lines_of(carton) == [("RING", 10, 0, 0, 0)]


def test_another_lot_gets_a_line_if_it_is_known_and_is_a_finding_if_not(hub: Hub, cream: Sku) -> None:
    lot, other = make_lot(cream, "A"), make_lot(cream, "B")
    (carton,) = announced(hub, [{cream: 5}], lots={cream: lot})
    arrive_carton(hub=hub, code=carton.sscc)

    count(carton, strange(cream, 2, lot="B"), strange(cream, 3, lot="C"), strange(cream, 1))

    lines = CartonLine.objects.order_by("pk").values_list("lot", "planned", "good")
    assert list(lines) == [(lot.pk, 5, 0), (other.pk, 0, 2)]
    assert list(Finding.objects.order_by("pk").values_list("quantity", flat=True)) == [3, 1]


def test_a_broken_code_is_refused_even_as_a_finding(carton: Carton) -> None:
    scan = unit_scan(make_sku(), code="x" * 5_000, is_unexpected=True)

    refused(Invalid, "scan_too_long", lambda: count(carton, scan))


# --- ten times too many ----------------------------------------------------------------------------------


def test_ten_times_the_plan_may_be_let_in_and_more_needs_a_supervisor(carton: Carton, sku: Sku) -> None:
    assert count(carton, unit_scan(sku, 100), may_exceed=True) == 100

    refused(Conflict, "supervisor_needed", lambda: count(carton, unit_scan(sku), may_exceed=True))


def test_a_supervisor_confirms_and_is_kept(carton: Carton, sku: Sku) -> None:
    lead = make_user()
    lead.user_permissions.add(Permission.objects.get(codename="change_carton"))

    assert count(carton, unit_scan(sku, 10), unit_scan(sku, 91), supervisor_id=lead.pk) == 101

    scans = ReceiptScan.objects.order_by("pk").values_list("quantity", "confirmed_by")
    assert list(scans) == [(10, None), (91, lead.pk)]


def test_who_is_no_supervisor_cannot_confirm(carton: Carton, sku: Sku) -> None:
    for user_id in (make_user().pk, 0):
        refused(
            Conflict,
            "supervisor_needed",
            lambda user_id=user_id: count(carton, unit_scan(sku, 101), supervisor_id=user_id),
        )


def test_eleven_of_what_nobody_announced_need_a_supervisor(carton: Carton, scarf: Sku) -> None:
    refused(Conflict, "supervisor_needed", lambda: count(carton, strange(scarf, 11)))


def test_what_has_no_barcode_is_kept_in_words(carton: Carton) -> None:
    count(carton, strange(make_sku(), code="???"))

    assert Finding.objects.get().code == "???"
