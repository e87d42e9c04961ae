"""Inbounds at the API: announced, labelled, listed, read; and everything that is refused."""

import io
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp

from foundation import clock
from foundation.guard import fire_many
from tests.factories import make_hub, make_lot, unit_scan
from tests.fulfillment.api.machines import inbound_body, is_problem, places
from warehouses.models import Carton, CartonLine, Condition, Inbound, Lot, Sku
from warehouses.services.receiving import arrive_carton, close_carton, count_units

pytestmark = pytest.mark.django_db

SOON = (clock.now() + timedelta(days=2)).date().isoformat()
PAST = (clock.now() - timedelta(days=2)).date().isoformat()


def nothing_was_created() -> bool:
    return not (Inbound.objects.exists() or Carton.objects.exists() or Lot.objects.exists())


NOTHING_DECLARED = dict.fromkeys(("pallet", "weight_g", "length_mm", "width_mm", "height_mm"))


def one_line(**changes):
    return inbound_body(cartons=[{"lines": [{"sku": "TOTE-ECRU", "quantity": 1} | changes]}])


# --- announcing -------------------------------------------------------------------------------------------


def test_an_inbound_is_planned_and_answered_whole(ada):
    sent = inbound_body(
        expected_on=SOON,
        cartons=[
            {
                "lines": [
                    {"sku": "LIP-ROSE-04", "quantity": 96, "lot": "L2611", "expires_on": "2038-05-31"},
                    {"sku": "TOTE-ECRU", "quantity": 20},
                ]
            },
            {"lines": [{"sku": "TOTE-ECRU", "quantity": 40}]},
        ],
    )

    answer = ada.post("inbounds", sent)

    inbound = Inbound.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/v1/inbounds/{inbound.number}"
    body = answer.json()
    clocks = body.pop("clocks")
    ssccs = [carton.pop("sscc") for carton in body["cartons"]]
    found_nothing = {"good": 0, "damaged": 0, "missing": 0, "surplus": 0}
    assert body == {
        "number": inbound.number,
        "reference": "PO-1",
        "hub": "AMS1",
        "state": "planned",
        "freight": "parcel",
        "expected_on": SOON,
        "expected_until": None,
        "carton_count": 2,
        "units": {"planned": 156} | found_nothing,
        "parcels": [],
        "cartons": [
            {
                "number": 1,
                "state": "planned",
                **NOTHING_DECLARED,
                "arrived_at": None,
                "received_at": None,
                "lines": [
                    {"sku": "LIP-ROSE-04", "lot": "L2611", "expires_on": "2038-05-31", "planned": 96} | found_nothing,
                    {"sku": "TOTE-ECRU", "lot": "", "expires_on": None, "planned": 20} | found_nothing,
                ],
            },
            {
                "number": 2,
                "state": "planned",
                **NOTHING_DECLARED,
                "arrived_at": None,
                "received_at": None,
                "lines": [{"sku": "TOTE-ECRU", "lot": "", "expires_on": None, "planned": 40} | found_nothing],
            },
        ],
    }
    assert ssccs == list(Carton.objects.order_by("number").values_list("sscc", flat=True))
    assert clocks.pop("created_at").endswith("Z")
    waiting = {"due_at": None, "pace": "waiting"}
    assert clocks.pop("first_scan_target") == clocks.pop("sellable_target") == waiting
    assert clocks == {"arrived_at": None, "first_scan_at": None, "received_at": None, "sellable_at": None}
    assert inbound.seller == ada.seller


def test_the_same_plan_again_is_the_same_inbound(ada):
    first = ada.post("inbounds", inbound_body())

    second = ada.post("inbounds", inbound_body())

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Carton.objects.count() == 1


def test_another_plan_under_a_used_reference_is_a_conflict(ada):
    ada.post("inbounds", inbound_body())

    answer = ada.post("inbounds", inbound_body(cartons=[{"lines": [{"sku": "TOTE-ECRU", "quantity": 21}]}]))

    assert places(is_problem(answer, 409, "reference_taken")) == {("/reference", "reference_taken")}
    assert CartonLine.objects.get().planned == 20


@pytest.mark.parametrize("number", [0, -1, 10**9, 2**31, 1.5, "1e3", "3", None, True, "\u0663"])
def test_a_quantity_is_a_whole_number_of_units_or_nothing_happens(ada, number):
    answer = ada.post("inbounds", one_line(quantity=number))

    assert places(is_problem(answer, 422, "invalid")) == {("/cartons/0/lines/0/quantity", "quantity_invalid")}
    assert nothing_was_created()


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"sku": "RING-7"}, ("/cartons/0/lines/0/sku", "sku_unknown")),
        ({"sku": "LIP-ROSE-04"}, ("/cartons/0/lines/0/lot", "lot_needed")),
        ({"good": 5}, ("/cartons/0/lines/0/good", "field_read_only")),
        ({"colour": "red"}, ("/cartons/0/lines/0/colour", "field_unknown")),
        ({"expires_on": "2027-02-29"}, ("/cartons/0/lines/0/expires_on", "day_expected")),
        ({"expires_on": "1970-01-01"}, ("/cartons/0/lines/0/expires_on", "day_expected")),
        ({"expires_on": "2038-05-31T00:00:00Z"}, ("/cartons/0/lines/0/expires_on", "day_expected")),
        ({"lot": "a\nb"}, ("/cartons/0/lines/0/lot", "characters_invalid")),
        ({"lot": "x" * 21}, ("/cartons/0/lines/0/lot", "max_length")),
    ],
)
def test_a_wrong_line_is_refused_where_it_stands(ada, bo, changes, fault):
    answer = ada.post("inbounds", one_line(**changes))

    assert places(is_problem(answer, 422, "invalid")) == {fault}
    assert nothing_was_created()


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"cartons": []}, ("/cartons", "min_length")),
        ({"cartons": [{"lines": []}]}, ("/cartons/0/lines", "min_length")),
        ({"cartons": {"lines": []}}, ("/cartons", "not_a_list")),
        ({"cartons": "all"}, ("/cartons", "not_a_list")),
        ({"cartons": [{}] * 501}, ("/cartons", "max_length")),
        ({"hub": "NOWHERE"}, ("/hub", "hub_unknown")),
        ({"hub": 1}, ("/hub", "text_expected")),
        ({"state": "closed"}, ("/state", "field_read_only")),
        ({"expected_on": "soon"}, ("/expected_on", "day_expected")),
        ({"expected_on": PAST}, ("/expected_on", "day_past")),
    ],
)
def test_a_wrong_plan_is_refused(ada, changes, fault):
    answer = ada.post("inbounds", inbound_body(**changes))

    assert places(is_problem(answer, 422, "invalid")) == {fault}
    assert nothing_was_created()


def test_every_wrong_place_of_a_plan_is_named_at_once(ada):
    good = {"sku": "TOTE-ECRU", "quantity": 1}
    sent = {
        "reference": "PO-1",
        "hub": "NOWHERE",
        "expected_on": PAST,
        "surprise": 1,
        "cartons": [
            {"lines": [good, {"sku": "NOTHING", "quantity": 0}, {"sku": "LIP-ROSE-04", "quantity": 1}]},
            "a carton",
            {"lines": [{"sku": "LIP-ROSE-04", "quantity": 1, "lot": "A", "expires_on": PAST}, 7, good, good]},
        ],
    }

    assert places(is_problem(ada.post("inbounds", sent), 422, "invalid")) == {
        ("/hub", "hub_unknown"),
        ("/surprise", "field_unknown"),
        ("/cartons/0/lines/1/quantity", "quantity_invalid"),
        ("/cartons/0/lines/1/sku", "sku_unknown"),
        ("/cartons/0/lines/2/lot", "lot_needed"),
        ("/cartons/1", "object_expected"),
        ("/cartons/2/lines/1", "object_expected"),
        ("/cartons/2/lines/3", "line_repeated"),
    }
    del sent["hub"], sent["surprise"]
    sent["cartons"] = sent["cartons"][2:]
    assert places(is_problem(ada.post("inbounds", sent), 422, "invalid")) == {
        ("/expected_on", "day_past"),
        ("/cartons/0/lines/0/expires_on", "lot_expired"),
        ("/cartons/0/lines/1", "object_expected"),
        ("/cartons/0/lines/3", "line_repeated"),
    }
    assert nothing_was_created()


def test_the_same_item_twice_in_a_carton_is_refused(ada):
    line = {"sku": "TOTE-ECRU", "quantity": 1}

    answer = ada.post("inbounds", inbound_body(cartons=[{"lines": [line, line]}]))

    assert places(is_problem(answer, 422, "invalid")) == {("/cartons/0/lines/1", "line_repeated")}
    assert nothing_was_created()


def test_a_plan_with_too_many_lines_in_all_is_refused(ada):
    lines = [{"sku": f"S-{n}", "quantity": 1} for n in range(200)]

    answer = ada.post("inbounds", inbound_body(cartons=[{"lines": lines}] * 11))

    assert places(is_problem(answer, 422, "invalid")) == {("/cartons", "too_many_lines")}
    assert nothing_was_created()


def test_a_lot_with_another_last_day_is_a_conflict(ada):
    make_lot(Sku.objects.get(code="LIP-ROSE-04"), "L1")
    line = {"sku": "LIP-ROSE-04", "lot": "L1", "quantity": 1, "expires_on": "2030-01-01"}

    answer = ada.post("inbounds", inbound_body(cartons=[{"lines": [line]}]))

    assert is_problem(answer, 409, "lot_date_differs")
    assert not Inbound.objects.exists()


def test_with_two_hubs_the_inbound_must_name_one(ada):
    make_hub("RTM1")

    assert places(is_problem(ada.post("inbounds", inbound_body()), 422, "invalid")) == {("/hub", "hub_needed")}
    assert ada.post("inbounds", inbound_body(hub="RTM1")).json()["hub"] == "RTM1"


# --- reading ----------------------------------------------------------------------------------------------


def test_a_counted_carton_shows_what_was_found(hub, ada):
    number = ada.post("inbounds", inbound_body()).json()["number"]
    carton = Carton.objects.get()
    sku = Sku.objects.get(seller=ada.seller, code="TOTE-ECRU")
    arrive_carton(hub=hub, code=carton.sscc)
    scans = [unit_scan(sku, 17), unit_scan(sku, 1, condition=Condition.DAMAGED)]
    count_units(carton_id=carton.pk, scans=scans, station="DOCK-1")
    close_carton(carton_id=carton.pk)

    body = ada.get(f"inbounds/{number}").json()

    units = {"planned": 20, "good": 17, "damaged": 1, "missing": 2, "surplus": 0}
    assert body["state"] == "received"
    assert body["units"] == units
    assert body["cartons"][0]["state"] == "received"
    assert body["cartons"][0]["lines"] == [{"sku": "TOTE-ECRU", "lot": "", "expires_on": None} | units]
    assert all(body["clocks"][name] for name in ("arrived_at", "first_scan_at", "received_at"))
    assert body["clocks"]["sellable_at"] is None


def test_a_list_shows_sums_and_no_cartons(ada):
    ada.post("inbounds", inbound_body("A"))
    ada.post("inbounds", inbound_body("B", cartons=[{"lines": [{"sku": "TOTE-ECRU", "quantity": 5}]}] * 3))

    rows = ada.get("inbounds").json()["results"]

    sums = [(row["reference"], row["carton_count"], row["units"]["planned"]) for row in rows]
    assert sums == [("B", 3, 15), ("A", 1, 20)]
    detail = ada.get(f"inbounds/{rows[0]['number']}").json()
    assert len(detail.pop("cartons")) == 3
    assert detail.pop("parcels") == []
    assert detail == rows[0]


@pytest.mark.parametrize(
    "query, found",
    [
        ("state=planned", ["B", "A"]),
        ("state=cancelled&state=closed", ["C"]),
        ("reference=A", ["A"]),
        ("created_before=2000-01-01T00:00:00Z", []),
        ("created_from=2000-01-01T00:00:00Z&limit=1", ["C"]),
    ],
)
def test_filters(ada, query, found):
    for ref in "ABC":
        ada.post("inbounds", inbound_body(ref))
    fire_many(Inbound.objects.filter(reference="C"), "cancel")

    assert [row["reference"] for row in ada.get(f"inbounds?{query}").json()["results"]] == found


# --- labels -----------------------------------------------------------------------------------------------


def test_each_carton_has_a_label_that_the_dock_can_scan(ada):
    carton = {"lines": [{"sku": "TOTE-ECRU", "quantity": 5}]}
    body = ada.post("inbounds", inbound_body(cartons=[carton] * 2)).json()

    answer = ada.get(f"inbounds/{body['number']}/labels")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{body["number"]}-cartons.pdf"'
    with pypdfium2.PdfDocument(io.BytesIO(answer.content)) as document:
        pages = [page.render(scale=203.2 / 72).to_pil() for page in document]
    symbols = [zxingcpp.read_barcodes(page) for page in pages]
    assert [[symbol.symbology_identifier for symbol in page] for page in symbols] == [["]C1"], ["]C1"]]
    assert [page[0].text.replace("(00)", "") for page in symbols] == [carton["sscc"] for carton in body["cartons"]]


def test_labels_of_a_cancelled_inbound_are_not_printed(ada):
    number = ada.post("inbounds", inbound_body()).json()["number"]
    fire_many(Inbound.objects.all(), "cancel")

    assert is_problem(ada.get(f"inbounds/{number}/labels"), 409, "inbound_over") == []


def test_a_draft_has_no_labels_yet(hub, ada):
    draft = Inbound.objects.create(seller=ada.seller, hub=hub, reference="D", created_at=clock.now())

    assert is_problem(ada.get(f"inbounds/{draft.number}/labels"), 409, "inbound_not_planned") == []


def test_labels_come_as_pdf_only(ada):
    number = ada.post("inbounds", inbound_body()).json()["number"]

    assert is_problem(ada.get(f"inbounds/{number}/labels", Accept="image/png"), 406, "not_acceptable") == []
    assert ada.get(f"inbounds/{number}/labels", Accept="application/pdf;q=0.8, text/html").status_code == 200
