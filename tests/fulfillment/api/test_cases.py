"""Cases at the API: a seller reads what differed and its proof, and answers once."""

import hashlib
from datetime import date

import pytest

from foundation import clock
from fulfillment.models import Event
from tests.factories import MONDAY, announced, count_in, make_sku, picture, unit_scan
from tests.fulfillment.api.machines import is_problem
from warehouses.models import Case, Condition, Finding, Inbound, Lot, ReceiptPhoto, ReceiptScan, Sku
from warehouses.services.photos import keep_photo
from warehouses.services.receiving import arrive_carton, close_carton, count_units, undo_scan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def bag(ada) -> Sku:
    return Sku.objects.get(seller=ada.seller, code="TOTE-ECRU")


@pytest.fixture
def hat(ada) -> Sku:
    return make_sku(ada.seller, "HAT")


@pytest.fixture
def carton(hub, bag):
    """Five bags announced; seven came, one of them damaged, and something nobody knows."""
    (carton,) = announced(hub, [{bag: 5}])
    with clock.playing(MONDAY):
        arrive_carton(hub=hub, code=carton.sscc)
        broken, strange = unit_scan(bag, 1, Condition.DAMAGED), unit_scan(bag, 2, code="???", is_unexpected=True)
        slip = unit_scan(bag, 3)
        scans = [unit_scan(bag, 6), broken, strange, slip]
        count_units(carton_id=carton.pk, scans=scans, station="DOCK-1", may_exceed=True)
        undo_scan(scan_id=slip.scan_id, station="DOCK-2")
        for scan in (broken, strange):
            keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1", scan_id=scan.scan_id)
        close_carton(carton_id=carton.pk)
    return carton


def number_of(kind: str) -> str:
    return Case.objects.get(kind=kind).number


def test_a_case_is_read_with_its_proof(ada, carton):
    number = number_of("unknown")

    case = ada.get(f"cases/{number}").json()

    photo = ReceiptPhoto.objects.get(finding__isnull=False)
    assert case == {
        "number": number,
        "inbound": carton.inbound.number,
        "carton": 1,
        "sscc": carton.sscc,
        "kind": "unknown",
        "sku": "",
        "lot": "",
        "units": 2,
        "state": "open",
        "choices": [
            {"choice": choice, "amount_cents": 0, "unit_price": None, "currency": None}
            for choice in ("send_back", "dispose", "relabel", "book_to")
        ],
        "choice": "",
        "book_to": "",
        "book_lot": "",
        "by_silence": False,
        "opened_at": "2026-03-02T08:00:00Z",
        "due_at": "2026-03-09T23:00:00Z",
        "answered_at": None,
        "ended_at": None,
        "photos": [
            {
                "number": photo.number,
                "url": f"http://testserver/api/v1/photos/{photo.number}",
                "taken_at": "2026-03-02T08:00:00Z",
                "station": "DOCK-1",
            }
        ],
        "findings": [{"code": "???", "quantity": 2, "station": "DOCK-1", "scanned_at": "2026-03-02T08:00:00Z"}],
        "steps": [{"what": "opened", "note": "", "occurred_at": "2026-03-02T08:00:00Z"}],
    }


def test_a_photo_is_the_picture_that_was_kept(ada, carton):
    photo = ReceiptPhoto.objects.get(scan__isnull=False)

    answer = ada.get(f"photos/{photo.number}")

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert hashlib.sha256(answer.content).hexdigest() == photo.sha256


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["unknown", "surplus", "damaged"]),
        ("?kind=damaged&kind=surplus", ["surplus", "damaged"]),
        ("?state=resolved", []),
        ("?state=open&inbound={inbound}", ["unknown", "surplus", "damaged"]),
        ("?inbound=IN-9999999", []),
        ("?opened_from=2026-03-02T08:00:00Z&opened_before=2026-03-02T08:00:01Z", ["unknown", "surplus", "damaged"]),
        ("?opened_before=2026-03-02T08:00:00Z", []),
    ],
)
def test_a_list_is_narrowed_down(ada, carton, query, kinds):
    answer = ada.get("cases" + query.format(inbound=carton.inbound.number)).json()

    assert [case["kind"] for case in answer["results"]] == kinds
    assert answer["next"] is None


def test_a_list_goes_on_from_page_to_page(ada, carton):
    first = ada.get("cases?limit=2").json()

    rest = ada.get(first["next"].split("/v1/")[1]).json()

    assert [case["kind"] for case in first["results"] + rest["results"]] == ["unknown", "surplus", "damaged"]


# --- answering -------------------------------------------------------------------------------------------


def test_an_answer_is_taken_and_told(ada, carton, hat):
    body = {"choice": "book_to", "book_to": "HAT", "note": "The new ones."}

    answer = ada.post(f"cases/{number_of('surplus')}/answer", body)

    case = answer.json()
    assert answer.status_code == 200
    assert (case["state"], case["choice"], case["book_to"], case["choices"]) == ("answered", "book_to", "HAT", [])
    assert [(step["what"], step["note"]) for step in case["steps"]] == [("opened", ""), ("answered", "The new ones.")]
    assert Event.objects.get(kind="inbound.issue_answered").data["choice"] == "book_to"


def test_to_accept_ends_the_case(ada, carton):
    case = ada.post(f"cases/{number_of('surplus')}/answer", {"choice": "accept"}).json()

    assert (case["state"], case["ended_at"] is not None) == ("resolved", True)


def test_with_the_last_case_the_inbound_closes_at_the_sellers_own_call(ada, hub, bag):
    (carton,) = announced(hub, [{bag: 5}])
    count_in(carton, [])

    ada.post(f"cases/{number_of('missing')}/answer", {"choice": "accept"})

    assert Inbound.objects.get().state == Inbound.State.CLOSED


def test_the_same_answer_again_is_the_same_and_another_is_refused(ada, carton):
    path = f"cases/{number_of('damaged')}/answer"
    first = ada.post(path, {"choice": "dispose"}, Idempotency_Key="k")

    assert ada.post(path, {"choice": "dispose"}, Idempotency_Key="k").content == first.content
    assert ada.post(path, {"choice": "dispose"}).json() == first.json()
    is_problem(ada.post(path, {"choice": "accept"}), 409, "case_answered")
    assert Event.objects.filter(kind="inbound.issue_answered").count() == 1


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"choice": "relabel", "book_to": "NOBODY"}, "/book_to", "sku_unknown"),
        ({"choice": "relabel"}, "/book_to", "item_needed"),
        ({"choice": "relabel", "book_to": "TOTE-ECRU"}, "/book_to", "item_wrong"),
        ({"choice": "accept", "book_to": "HAT"}, "/book_to", "item_not_wanted"),
        ({"choice": "accept", "lot": "L1"}, "/lot", "lot_not_wanted"),
        ({"choice": "relabel", "book_to": "HAT", "lot": "L1"}, "/lot", "lot_not_wanted"),
        ({"choice": "relabel", "book_to": "LIP-ROSE-04"}, "/lot", "lot_needed"),
        ({"choice": "relabel", "book_to": "LIP-ROSE-04", "lot": "x" * 21}, "/lot", "max_length"),
        (
            {"choice": "relabel", "book_to": "LIP-ROSE-04", "lot": "L1", "expires_on": "soon"},
            "/expires_on",
            "day_expected",
        ),
        ({"choice": "keep"}, "/choice", "invalid_choice"),
        ({}, "/choice", "required"),
        ({"choice": "accept", "note": "x" * 201}, "/note", "max_length"),
    ],
)
def test_what_cannot_be_done_is_refused_in_its_place(ada, carton, hat, body, pointer, code):
    answer = ada.post(f"cases/{number_of('surplus')}/answer", body)

    is_problem(answer, 422, "invalid")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert set(Case.objects.values_list("state", flat=True)) == {"open"}


def test_a_choice_that_is_not_offered_is_refused(ada, carton, hat):
    answer = ada.post(f"cases/{number_of('damaged')}/answer", {"choice": "relabel", "book_to": "HAT"})

    assert [error["code"] for error in answer.json()["errors"]] == ["choice_not_offered"]


def test_another_sellers_item_is_no_item(ada, bo, carton):
    answer = ada.post(f"cases/{number_of('surplus')}/answer", {"choice": "relabel", "book_to": "RING-7"})

    assert [error["code"] for error in answer.json()["errors"]] == ["sku_unknown"]


def test_who_may_only_read_cannot_answer(ada, carton):
    ada.token.scopes = ["read"]
    ada.token.save()

    is_problem(ada.post(f"cases/{number_of('surplus')}/answer", {"choice": "accept"}), 403, "scope_missing")


# --- the proof -------------------------------------------------------------------------------------------


def test_the_evidence_is_a_pdf(ada, carton):
    answer = ada.get(f"cases/{number_of('damaged')}/evidence")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")


def test_every_scan_of_an_inbound_can_be_read(ada, carton):
    path = f"inbounds/{carton.inbound.number}/receipts"

    scans = ada.get(path).json()["results"]

    assert [(scan["quantity"], scan["condition"], scan["station"]) for scan in scans] == [
        (3, "sellable", "DOCK-2"), (3, "sellable", "DOCK-1"), (1, "damaged", "DOCK-1"), (6, "sellable", "DOCK-1"),
    ]  # fmt: skip
    assert [scan["undoes"] for scan in scans] == [scans[1]["id"], None, None, None]
    assert {scan["id"] for scan in scans} == {str(row) for row in ReceiptScan.objects.values_list("scan_id", flat=True)}
    page = ada.get(f"{path}?limit=3").json()
    assert len(ada.get(page["next"].split("/v1/")[1]).json()["results"]) == 1


def test_what_nobody_knows_of_an_inbound_can_be_read(ada, carton):
    path = f"inbounds/{carton.inbound.number}/findings"

    found = ada.get(path).json()["results"]

    assert [(each["carton"], each["code"], each["quantity"], each["undoes"]) for each in found] == [(1, "???", 2, None)]
    assert found[0]["id"] == str(Finding.objects.get().scan_id)


def test_a_lost_photo_is_not_found(ada, carton, tmp_path):
    for file in tmp_path.rglob("*.jpg"):
        file.unlink()

    photo = ReceiptPhoto.objects.first()

    assert ada.get(f"photos/{photo.number}").status_code == 404


def test_units_become_an_item_that_is_kept_by_lot(ada, carton):
    body = {"choice": "book_to", "book_to": "LIP-ROSE-04", "lot": "L2611", "expires_on": "2029-05-31"}

    case = ada.post(f"cases/{number_of('surplus')}/answer", body).json()

    assert (case["state"], case["book_to"], case["book_lot"]) == ("answered", "LIP-ROSE-04", "L2611")
    assert Lot.objects.get().expires_on == date(2029, 5, 31)
