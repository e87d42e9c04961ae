"""What each route asks of the database, pinned: the same for 2 rows and for 50."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation import clock
from fulfillment.models import Order
from fulfillment.services.charging import publish_rates
from fulfillment.services.packing import pack_order
from tests.docks import TUESDAY_AT_8, make_door, on_pallets
from tests.factories import MONDAY, announced, count_in, make_sku, make_user, stock, unit_scan
from tests.fulfillment.api.machines import inbound_body, order_body
from tests.fulfillment.building import bench_scans, picked, with_carrier
from warehouses.models import Case, Condition, Sku
from warehouses.services.cases import answer_case
from warehouses.services.docking import book_appointment
from warehouses.services.measuring import Reading, measure_sku
from warehouses.services.settling import settle_case

pytestmark = pytest.mark.django_db

ROWS = [2, 50]
WALL = 4  # savepoint, into the seller's role, out of it, release; outside of a test BEGIN, one statement and COMMIT
TOKEN = 1 + WALL
LIST_ORDERS = TOKEN + 1 + 1  # orders, lines
PARCELS = 1
READ_ORDER = LIST_ORDERS + 1  # and events
LIST_INBOUNDS = TOKEN + 1
READ_INBOUND = TOKEN + 4  # inbound, cartons, lines, parcels
PRICES = 2  # rate cards, their rates
LIST_CASES = TOKEN + 1 + PRICES
READ_CASE = TOKEN + 3 + PRICES  # case, photos, steps
LIST_CHARGES = TOKEN + 1
LIST_RECEIPTS = TOKEN + 2  # inbound, scans
LIST_APPOINTMENTS = TOKEN + 1
LIST_SLOTS = TOKEN + 5 + 2  # hub, doors, hours, closures, what is booked; into and out of the hub's rights for that


@pytest.fixture
def parcel(hub, ada):
    """One order of Ada's with a shipment, so that the lists have parcels to fetch."""
    with_carrier(hub)
    sku = Sku.objects.get(seller=ada.seller, code="TOTE-ECRU")
    stock(hub, sku, 10)
    order = picked(hub, {sku: 2})
    pack_order(order_id=order.pk, scans=bench_scans(order), station="PACK-1", worker_id=make_user().pk)
    return Order.objects.get()


@pytest.mark.parametrize("rows", ROWS)
def test_listing_orders(ada, parcel, rows, django_assert_num_queries):
    for n in range(rows - 1):
        lines = [{"sku": "TOTE-ECRU", "quantity": 1}, {"sku": "LIP-ROSE-04", "quantity": 1}]
        ada.post("orders", order_body(f"S-{n}", lines=lines))

    with django_assert_num_queries(LIST_ORDERS + PARCELS):
        answer = ada.get("orders?limit=100")

    assert len(answer.json()["results"]) == rows


@pytest.mark.parametrize("rows", ROWS)
def test_listing_inbounds(ada, rows, django_assert_num_queries):
    for n in range(rows):
        ada.post("inbounds", inbound_body(f"PO-{n}"))

    with django_assert_num_queries(LIST_INBOUNDS):
        answer = ada.get("inbounds?limit=100")

    assert len(answer.json()["results"]) == rows


@pytest.mark.parametrize("lines", ROWS)
def test_reading_an_order(ada, lines, django_assert_num_queries):
    body = order_body(lines=[{"sku": "TOTE-ECRU", "quantity": 1}] * lines)
    number = ada.post("orders", body).json()["number"]

    with django_assert_num_queries(READ_ORDER):
        assert len(ada.get(f"orders/{number}").json()["lines"]) == lines


@pytest.mark.parametrize("cartons", ROWS)
def test_reading_an_inbound(ada, cartons, django_assert_num_queries):
    body = inbound_body(cartons=[{"lines": [{"sku": "TOTE-ECRU", "quantity": 1}]}] * cartons)
    number = ada.post("inbounds", body).json()["number"]

    with django_assert_num_queries(READ_INBOUND):
        assert len(ada.get(f"inbounds/{number}").json()["cartons"]) == cartons


@pytest.mark.parametrize("cartons", ROWS)
def test_printing_labels(ada, cartons, django_assert_num_queries):
    body = inbound_body(cartons=[{"lines": [{"sku": "TOTE-ECRU", "quantity": 1}]}] * cartons)
    number = ada.post("inbounds", body).json()["number"]

    with django_assert_num_queries(TOKEN + 4):  # inbound, cartons, how many there are, their contents
        assert ada.get(f"inbounds/{number}/labels").status_code == 200


def statements_for(ada, path, body):
    with CaptureQueriesContext(connection) as captured:
        assert ada.post(path, body, Idempotency_Key=body.get("external_ref") or body["reference"]).status_code == 201
    return len(captured)


def test_handing_in_an_order_takes_the_same_statements_for_2_and_50_lines(ada):
    small = order_body("A", lines=[{"sku": "TOTE-ECRU", "quantity": 1}] * 2)
    large = order_body("B", lines=[{"sku": "TOTE-ECRU", "quantity": 1}] * 50)

    ada.post("orders", order_body("first, which finds no allocator waiting"))

    assert statements_for(ada, "orders", small) == statements_for(ada, "orders", large)


def test_announcing_an_inbound_takes_the_same_statements_for_2_and_50_cartons(ada):
    carton = {"lines": [{"sku": "TOTE-ECRU", "quantity": 1}]}
    small, large = inbound_body("A", cartons=[carton] * 2), inbound_body("B", cartons=[carton] * 50)

    assert statements_for(ada, "inbounds", small) == statements_for(ada, "inbounds", large)


@pytest.mark.parametrize("rows", ROWS)
def test_cases_and_scans(ada, hub, rows, django_assert_num_queries):
    skus = [make_sku(ada.seller) for _ in range(rows)]
    (carton,) = announced(hub, [dict.fromkeys(skus, 2)])
    with clock.playing(MONDAY):
        publish_rates(valid_from=MONDAY + timedelta(hours=1), prices={"dispose": Decimal(1)})
    count_in(carton, [unit_scan(sku, 2, Condition.DAMAGED) for sku in skus])
    case = Case.objects.latest("pk")

    with django_assert_num_queries(LIST_CASES):
        assert len(ada.get("cases?limit=100").json()["results"]) == rows
    with django_assert_num_queries(READ_CASE):
        assert ada.get(f"cases/{case.number}").status_code == 200
    with django_assert_num_queries(LIST_RECEIPTS):
        assert len(ada.get(f"inbounds/{carton.inbound.number}/receipts?limit=100").json()["results"]) == rows


@pytest.mark.parametrize("rows", ROWS)
def test_listing_charges(ada, hub, rows, django_assert_num_queries):
    with clock.playing(MONDAY):
        publish_rates(valid_from=MONDAY + timedelta(hours=1), prices={"dispose": Decimal(1)})
    for carton in announced(hub, [{make_sku(ada.seller): 1}] * rows):
        count_in(carton, [unit_scan(carton.lines.get().sku), unit_scan(make_sku(), code="?", is_unexpected=True)])
    for case in Case.objects.all():
        answer_case(case_id=case.pk, choice="dispose")
        settle_case(case_id=case.pk)

    with django_assert_num_queries(LIST_CHARGES):
        assert len(ada.get("charges?limit=100").json()["results"]) == rows


@pytest.mark.parametrize("rows", ROWS)
def test_listing_items(ada, rows, django_assert_num_queries):
    for n in range(rows - 2):
        make_sku(ada.seller, f"ITEM-{n}")

    with django_assert_num_queries(TOKEN + 2):  # items, barcodes
        assert len(ada.get("skus?limit=100").json()["results"]) == rows


def test_pre_flight_takes_the_same_statements_for_2_and_50_cartons(ada, django_assert_num_queries):
    carton = {"lines": [{"sku": "TOTE-ECRU", "quantity": 1}]}

    for n in ROWS:
        # hub, items, barcodes, free room with the way into the hub's rights and back
        with django_assert_num_queries(TOKEN + 6):
            assert ada.post("inbounds/preflight", {"cartons": [carton] * n}).status_code == 200


@pytest.mark.parametrize("rows", ROWS)
def test_listing_appointments_and_slots(ada, hub, rows, django_assert_num_queries):
    make_door(hub, slot_capacity=50)
    with clock.playing(MONDAY):
        for _ in range(rows):
            pallets = on_pallets(hub, seller=ada.seller)
            book_appointment(inbound_id=pallets.pk, door="D1", starts_at=TUESDAY_AT_8)

        with django_assert_num_queries(LIST_APPOINTMENTS):
            assert len(ada.get("appointments?limit=100").json()["results"]) == rows
        with django_assert_num_queries(LIST_SLOTS):
            assert len(ada.get("hubs/AMS1/slots?from=2026-03-03&until=2026-03-09").json()["slots"]) == 45 - (rows == 50)


def test_proposals_and_splits_take_the_same_statements_for_2_and_50_cartons(ada):
    carton = {"lines": [{"sku": "TOTE-ECRU", "quantity": 1}]}
    to_ams = {"lines": [{"sku": "TOTE-ECRU", "quantity": 1, "hub": "AMS1"}]}
    splits, proposals = [], []

    for n in ROWS:
        body = {"reference": f"SPLIT {n}", "cartons": [to_ams] * n}
        with CaptureQueriesContext(connection) as asked:
            assert ada.post("inbounds/proposal", {"cartons": [carton] * n}).status_code == 200
        with CaptureQueriesContext(connection) as split:
            assert ada.post("inbounds/split", body).status_code == 201
        proposals.append(len(asked))
        splits.append(len(split))

    assert proposals == [TOKEN + 3] * 2  # hubs, stock, where orders go
    assert splits[0] == splits[1]


def test_files_of_items_take_the_same_statements_for_2_and_50_rows(ada):
    head = "code,name,weight_g,length_mm,width_mm,height_mm\n"
    counts = []

    for n in ROWS:
        rows = "".join(f"FILE-{n}-{row},Thing,1,1,1,1\n" for row in range(n))
        with CaptureQueriesContext(connection) as captured:
            raw = (head + rows).encode()
            assert ada.call("POST", "uploads/skus", raw=raw, **{"Content-Type": "text/csv"}).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("rows", ROWS)
def test_items_and_measurements(ada, hub, rows, django_assert_num_queries):
    for n in range(rows):
        reading = Reading(scan_id=uuid.uuid4(), scale_g=110, length_mm=100, width_mm=100, height_mm=100 + n % 9)
        measure_sku(sku_id=make_sku(ada.seller).pk, hub=hub, reading=reading, station="DOCK-1")

    with django_assert_num_queries(TOKEN + 1):
        assert len(ada.get("measurements?limit=100").json()["results"]) == rows
