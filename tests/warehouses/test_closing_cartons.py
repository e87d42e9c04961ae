"""Closing a carton: what is missing and what is too much; and all of it at the same moment."""

import uuid

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from foundation import clock
from foundation.errors import Conflict
from tests.crowd import at_once, while_it_waits
from tests.factories import (
    MONDAY,
    announced,
    code_of,
    count_in,
    in_bin,
    make_hub,
    make_seller,
    make_sku,
    unit_scan,
)
from tests.refusals import refused
from tests.roles import as_owner
from warehouses.models import Carton, CartonLine, Case, Condition, Hub, Inbound, Move, ReceiptScan, Sku
from warehouses.services.cases import answer_case
from warehouses.services.receiving import UnitScan, arrive_carton, close_carton, count_units


def count(carton: Carton, *scans: UnitScan, **fields) -> int:
    return count_units(carton_id=carton.pk, scans=scans, station="DOCK-1", **fields)


def test_closing_settles_what_is_missing_and_what_is_too_much(hub: Hub) -> None:
    seller = make_seller()
    ring, scarf, hat = (make_sku(seller, code) for code in ("RING", "SCARF", "HAT"))
    (carton,) = announced(hub, [{ring: 10, scarf: 5, hat: 2}])
    arrive_carton(hub=hub, code=carton.sscc)
    count(carton, unit_scan(ring, 7), unit_scan(ring, 1, Condition.DAMAGED), unit_scan(hat, 2))
    count(carton, unit_scan(scarf, 6), may_exceed=True)

    with clock.playing(MONDAY):
        closed = close_carton(carton_id=carton.pk)

    assert (closed.state, closed.received_at) == (Carton.State.RECEIVED, MONDAY)
    lines = CartonLine.objects.order_by("pk").values_list(
        "sku__code", "planned", "good", "damaged", "missing", "surplus", "is_closed"
    )
    assert list(lines) == [
        ("RING", 10, 7, 1, 2, 0, True),
        ("SCARF", 5, 6, 0, 0, 1, True),
        ("HAT", 2, 2, 0, 0, 0, True),
    ]
    inbound = Inbound.objects.get()
    assert (inbound.state, inbound.received_at) == (Inbound.State.RECEIVED, MONDAY)


def test_the_inbound_is_received_with_its_last_carton(hub: Hub, sku: Sku) -> None:
    first, second = announced(hub, [{sku: 1}, {sku: 1}])

    count_in(first, [unit_scan(sku)])
    assert Inbound.objects.get().state == Inbound.State.RECEIVING
    count_in(second, [unit_scan(sku)])

    assert Inbound.objects.get().state == Inbound.State.RECEIVED


def test_an_inbound_in_which_nothing_was_found_is_closed_when_the_seller_accepts_that(hub: Hub, sku: Sku) -> None:
    (carton,) = announced(hub, [{sku: 3}])

    count_in(carton, [])
    assert Inbound.objects.get().state == Inbound.State.RECEIVED
    answer_case(case_id=Case.objects.get().pk, choice="accept")

    inbound = Inbound.objects.get()
    assert inbound.state == Inbound.State.CLOSED
    assert inbound.sellable_at is not None, "nothing is left to wait for"
    assert CartonLine.objects.get().missing == 3


def test_closing_twice_is_closing_once(sku: Sku, carton: Carton) -> None:
    count(carton, unit_scan(sku, 4))
    first = close_carton(carton_id=carton.pk)

    with clock.playing(MONDAY):
        again = close_carton(carton_id=carton.pk)

    assert (again.state, again.received_at) == (Carton.State.RECEIVED, first.received_at)
    assert CartonLine.objects.get().missing == 6


def test_a_carton_that_did_not_arrive_can_not_be_closed(hub: Hub, sku: Sku) -> None:
    (carton,) = announced(hub, [{sku: 3}])

    refused(Conflict, "carton_not_open", lambda: close_carton(carton_id=carton.pk))


def test_a_unit_can_not_vanish_between_the_dock_and_the_books(sku: Sku, carton: Carton) -> None:
    count(carton, unit_scan(sku, 4))
    close_carton(carton_id=carton.pk)

    with pytest.raises(IntegrityError, match="carton_line_conserves_units"), transaction.atomic():
        CartonLine.objects.update(missing=5)

    assert CartonLine.objects.get().missing == 6


def test_the_proof_can_not_be_changed(sku: Sku, carton: Carton) -> None:
    count(carton, unit_scan(sku, 4))

    for change in (lambda: ReceiptScan.objects.update(quantity=5), lambda: ReceiptScan.objects.all().delete()):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), as_owner():
            change()

    assert ReceiptScan.objects.get().quantity == 4


@pytest.mark.django_db(transaction=True)
def test_one_carton_at_two_stations_counts_each_scan_once() -> None:
    hub, sku = make_hub(), make_sku()
    (carton,) = announced(hub, [{sku: 40}])
    scans = [unit_scan(sku, 1) for _ in range(10)]

    def station(name: str):
        arrive_carton(hub=hub, code=carton.sscc)
        return sum(count_units(carton_id=carton.pk, scans=[scan], station=name) for scan in scans)

    counted = at_once([lambda n=n: station(f"DOCK-{n}") for n in range(4)])

    assert sum(counted) == 10
    assert CartonLine.objects.get().good == 10
    assert ReceiptScan.objects.count() == Move.objects.count() == 10
    assert in_bin(hub, "DOCK", sku) == 10


@pytest.mark.django_db(transaction=True)
def test_the_last_planned_unit_is_received_once() -> None:
    hub, sku = make_hub(), make_sku()
    (carton,) = announced(hub, [{sku: 1}])
    arrive_carton(hub=hub, code=carton.sscc)

    results = at_once(
        [
            lambda: count_units(
                carton_id=carton.pk, scans=[UnitScan(scan_id=uuid.uuid4(), code=code_of(sku))], station="DOCK"
            )
        ]
        * 6
    )

    assert (
        sorted(r if isinstance(r, int) else r.code for r in results if not isinstance(r, int)) == ["over_receipt"] * 5
    )
    assert [r for r in results if isinstance(r, int)] == [1]
    assert CartonLine.objects.get().good == 1


@pytest.mark.django_db(transaction=True)
def test_closing_while_counting_loses_no_unit() -> None:
    hub, sku = make_hub(), make_sku()
    (carton,) = announced(hub, [{sku: 5}])
    arrive_carton(hub=hub, code=carton.sscc)
    scans = [unit_scan(sku) for _ in range(5)]

    results = at_once(
        [
            *(lambda s=s: count_units(carton_id=carton.pk, scans=[s], station="DOCK") for s in scans),
            lambda: close_carton(carton_id=carton.pk),
        ]
    )

    counted = [r for r in results if r == 1]
    late = [r.code for r in results if isinstance(r, Exception)]
    line = CartonLine.objects.get()
    assert late == ["carton_not_open"] * (5 - len(counted))
    assert (line.good, line.missing, line.is_closed) == (len(counted), 5 - len(counted), True)


@pytest.mark.django_db(transaction=True)
def test_an_inbound_whose_last_cartons_close_at_the_same_moment_is_received() -> None:
    hub, sku = make_hub(), make_sku()
    one, other = announced(hub, [{sku: 1}] * 2)
    for carton in (one, other):
        arrive_carton(hub=hub, code=carton.sscc)
        count_units(carton_id=carton.pk, scans=[unit_scan(sku)], station="DOCK")

    while_it_waits(lambda: close_carton(carton_id=one.pk), lambda: close_carton(carton_id=other.pk))

    assert Inbound.objects.get().state == Inbound.State.RECEIVED
