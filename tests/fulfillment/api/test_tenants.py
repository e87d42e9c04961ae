"""Every route and method as the wrong seller: one 404, whose body tells nothing, and a line in the log."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from foundation import clock
from fulfillment.api.urls import urlpatterns
from fulfillment.api.v1 import orders
from fulfillment.models import Order
from fulfillment.services.charging import publish_rates
from tests.docks import TUESDAY_AT_8, make_door, on_pallets
from tests.factories import MONDAY, count_in
from tests.fulfillment.api.machines import inbound_body, is_problem, order_body
from warehouses.models import Appointment, Carton, Case, Hub, Inbound, Owned, ReceiptPhoto, Sku
from warehouses.services.cases import answer_case
from warehouses.services.dock_counting import UnitScan
from warehouses.services.docking import book_appointment
from warehouses.services.measuring import Reading, measure_sku
from warehouses.services.settling import settle_case

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OF_AN_INBOUND = [
    "inbound", "inbound-cancel", "inbound-findings", "inbound-labels", "inbound-receipts", "inbound-parcels",
]  # fmt: skip
MISSING = {
    **dict.fromkeys(OF_AN_INBOUND, "IN-9999999"),
    **dict.fromkeys(["case", "case-answer", "case-evidence"], "CA-9999999"),
    **dict.fromkeys(["appointment", "appointment-cancel", "appointment-reschedule"], "AP-9999999"),
    "photo": "PH-9999999",
    "order": "OR-9999999",
    "sku": "LIP-ROSE-99",
}
WRITTEN = {
    "appointment-cancel": {},
    "appointment-reschedule": {"door": "D1", "starts_at": "2026-03-03T07:00:00Z"},
    "case-answer": None,
    "inbound-cancel": {},
    "inbound-parcels": {"parcels": [{"carrier": "postnl", "tracking_no": "3SABC"}]},
}
"""Routes of one thing that take a POST and no GET, and what a caller may send."""
LISTS = {"appointments", "cases", "charges", "inbounds", "measurements", "orders", "skus"}
SHOWN = {"sku": {"GET", "HEAD", "PATCH"}}
"""Methods of a route to one thing; the others' are GET and HEAD."""
ASKED = {"preflight", "proposal", "split"}
"""Routes that only answer a POST, and show nothing of before."""
UPLOADS = {"upload-skus", "upload-inbounds"}
"""Routes whose GET shows a template that is the same for everybody."""
THE_HUBS = {"hub-slots"}
"""Routes that show the same to every seller."""
OPEN = {"schema", "docs", "problems", "nowhere"}
"""Routes that know no seller."""


def path_of(name: str, number: str) -> str:
    route = next(str(pattern.pattern) for pattern in urlpatterns if pattern.name == name)
    return re.sub("<.*>", number, route.removeprefix("v1/"))


@pytest.fixture
def belongings(ada):
    """Number of what Ada has, by the name of the route to it."""
    order = ada.post("orders", order_body()).json()["number"]
    inbound = ada.post("inbounds", inbound_body()).json()["number"]
    strange = UnitScan(scan_id=uuid.uuid4(), code="???", quantity=20, is_unexpected=True)
    count_in(Carton.objects.get(), [strange], photos=[strange])
    case = Case.objects.get(kind="unknown")
    _charge(case)
    reading = Reading(scan_id=uuid.uuid4(), scale_g=110, length_mm=100, width_mm=100, height_mm=110)
    mine = Sku.objects.get(seller=ada.seller, code="TOTE-ECRU")
    measure_sku(sku_id=mine.pk, hub=Hub.objects.get(), reading=reading, station="DOCK-1")
    make_door(Carton.objects.get().inbound.hub)
    with clock.playing(MONDAY):
        pallets = on_pallets(Carton.objects.get().inbound.hub, seller=ada.seller)
        appointment = book_appointment(inbound_id=pallets.pk, door="D1", starts_at=TUESDAY_AT_8).number
    return {
        **dict.fromkeys(OF_AN_INBOUND, inbound),
        **dict.fromkeys(["case", "case-answer", "case-evidence"], case.number),
        **dict.fromkeys(["appointment", "appointment-cancel", "appointment-reschedule"], appointment),
        "photo": ReceiptPhoto.objects.get().number,
        "order": order,
        "sku": "LIP-ROSE-04",
    }


def _charge(case):
    """What nobody knew was thrown away by the hub, at a price."""
    with clock.playing(clock.now() - timedelta(hours=2)):
        publish_rates(valid_from=clock.now() + timedelta(hours=1), prices={"dispose": Decimal(1)})
    answer_case(case_id=case.pk, choice="dispose")
    settle_case(case_id=case.pk)


def test_the_walk_knows_every_route():
    assert {pattern.name for pattern in urlpatterns} == set(MISSING) | LISTS | ASKED | UPLOADS | THE_HUBS | OPEN


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", sorted(MISSING))
def test_a_strangers_thing_is_as_good_as_none(bo, belongings, name, method):
    stood = [list(model.objects.values()) for model in (Order, Inbound, Case, Appointment)]
    known = {"POST"} if name in WRITTEN else SHOWN.get(name, {"GET", "HEAD"})

    sent = {"POST": WRITTEN.get(name), "PATCH": {}}.get(method)

    with capture_logs() as logs:
        theirs = bo.call(method, path_of(name, belongings[name]), sent)
    none = bo.call(method, path_of(name, MISSING[name]), sent)

    assert theirs.status_code == none.status_code == (404 if method in known else 405)
    assert theirs.content == none.content
    assert {k: v for k, v in theirs.headers.items() if k != "X-Request-Id"} == {
        k: v for k, v in none.headers.items() if k != "X-Request-Id"
    }
    assert [list(model.objects.values()) for model in (Order, Inbound, Case, Appointment)] == stood
    knocks = [line for line in logs if line["event"] == "api.foreign_row"]
    assert [line["seller"] for line in knocks] == (["bo"] if method in known else [])


def test_a_stranger_costs_as_many_queries_as_nobody(bo, belongings, django_assert_num_queries):
    looks = 3 + 2 * 2  # token, order, second look; into and out of the seller's role, and of the hub's for the look
    savepoints = 3  # made, rolled back, released
    with django_assert_num_queries(looks + savepoints):
        bo.get(path_of("order", belongings["order"]))
    with django_assert_num_queries(looks + savepoints):
        bo.get(path_of("order", MISSING["order"]))


def test_the_owner_finds_it(ada, belongings):
    found = {name: ada.get(path_of(name, belongings[name])).status_code for name in belongings if name not in WRITTEN}

    assert set(found.values()) == {200}, found


@pytest.mark.parametrize("name", sorted(LISTS - {"skus"}))
def test_a_list_holds_nobody_elses_rows(ada, bo, belongings, name):
    assert len(ada.get(name).json()["results"]) == (2 if name in {"cases", "inbounds"} else 1)
    assert bo.get(name).json()["results"] == []


def test_a_list_of_items_holds_ones_own(ada, bo):
    assert [row["code"] for row in ada.get("skus").json()["results"]] == ["TOTE-ECRU", "LIP-ROSE-04"]
    assert [row["code"] for row in bo.get("skus").json()["results"]] == ["TOTE-ECRU", "RING-7"]


@pytest.mark.parametrize("query", ["?external_ref=S-1", "?state=received&state=on_hold", "?cursor=MS85OTk5OTk5"])
def test_no_filter_and_no_cursor_reaches_over_the_fence(bo, belongings, query):
    assert bo.get(f"orders{query}").json()["results"] == []


@pytest.mark.parametrize("header", ["X-Seller", "X-Tenant", "X-Forwarded-User", "Seller"])
def test_no_header_makes_one_somebody_else(bo, belongings, header):
    assert bo.get("orders", **{header: "ada"}).json()["results"] == []


def test_the_same_reference_may_be_used_by_both(ada, bo, belongings):
    assert bo.post("orders", order_body()).status_code == 201
    assert bo.post("inbounds", inbound_body()).status_code == 201
    assert Order.objects.filter(external_ref="S-1").count() == 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", sorted([*MISSING, *LISTS]))
def test_nobody_gets_nothing(ada, belongings, name, method):
    answer = ada.client.generic(method, f"/api/v1/{path_of(name, belongings.get(name, ''))}")

    if method == "HEAD":
        assert answer.status_code == 401
    else:
        is_problem(answer, 401, "not_authenticated")


# --- the second wall: what the database does when the first has a hole ------------------------------------


def test_a_forgotten_filter_shows_nobody_elses_rows(ada, bo, belongings, monkeypatch):
    bo.post("orders", order_body())
    monkeypatch.setattr(Owned, "for_seller", lambda rows, _seller: rows.all())

    assert [order["number"] for order in ada.get("orders").json()["results"]] == [belongings["order"]]
    assert len(bo.get("orders").json()["results"]) == 1
    assert bo.get("inbounds").json()["results"] == []
    is_problem(bo.get(path_of("order", belongings["order"])), 404, "not_found")
    is_problem(bo.get(path_of("inbound-labels", belongings["inbound"])), 404, "not_found")


def test_a_row_that_is_moved_to_another_seller_is_forbidden(ada, bo, belongings, monkeypatch):
    stood = list(Order.objects.values())
    monkeypatch.setattr(orders, "take_order", lambda **_: Order.objects.update(seller=bo.seller))

    with capture_logs() as logs:
        answer = ada.post("orders", order_body("S-2"))

    assert is_problem(answer, 403, "forbidden") == []
    assert "api.walled_off" in [line["event"] for line in logs]
    assert list(Order.objects.values()) == stood
