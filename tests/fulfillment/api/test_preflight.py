"""What the dock would refuse of an inbound, and which hub is better; and what a carton may declare of itself."""

import pytest

from tests.factories import make_hub, make_sku, stock
from tests.fulfillment.api.machines import inbound_body, is_problem, places
from warehouses.models import Carton, Hub, Inbound, Lot, Sku

pytestmark = pytest.mark.django_db


def nothing_was_created() -> bool:
    return not (Inbound.objects.exists() or Carton.objects.exists() or Lot.objects.exists())


def test_pre_flight_tells_all_of_it_and_writes_nothing(hub, ada):
    Hub.objects.update(carton_max_g=23_000)
    make_sku(ada.seller, "ACETONE", hazmat_class="3", hazmat_approved_at=None)
    lines = [{"sku": "TOTE-ECRU", "quantity": 231}, {"sku": "ACETONE", "quantity": 1}]

    body = ada.post("inbounds/preflight", {"cartons": [{"lines": lines, "weight_g": 900}]}).json()
    announced = ada.post("inbounds", inbound_body(cartons=[{"lines": lines, "weight_g": 900}]))

    assert body["is_accepted"] is False
    found = {(each["pointer"], each["code"], each["severity"]) for each in body["findings"]}
    assert found == {
        ("/cartons/0/lines/1", "hazmat_unapproved", "refused"),
        ("/cartons/0", "carton_heavy", "refused"),
        ("/cartons/0", "weight_understated", "warning"),
    }
    refusals = {("/cartons/0/lines/1", "hazmat_unapproved"), ("/cartons/0", "carton_heavy")}
    assert places(is_problem(announced, 422, "invalid")) == refusals
    assert nothing_was_created()


def test_pre_flight_of_a_good_plan_finds_nothing(ada):
    body = {name: value for name, value in inbound_body().items() if name != "reference"}

    assert ada.post("inbounds/preflight", body).json() == {"is_accepted": True, "findings": []}


def test_what_others_have_stored_leaves_less_room_and_nothing_else_of_it_shows(hub, ada, bo):
    ring = Sku.objects.get(seller=bo.seller, code="RING-7")
    stock(hub, ring, 11_990)  # of the hub's 12 m3, in litres
    body = {"cartons": [{"lines": [{"sku": "TOTE-ECRU", "quantity": 11}]}]}

    answer = ada.post("inbounds/preflight", body).json()

    assert [each["code"] for each in answer["findings"]] == ["hub_full"]
    assert answer["findings"][0]["message"] == "0.01 m³ announced; AMS1 has 0.01 m³ free."


def test_a_proposal_names_the_nearer_hub_and_writes_nothing(hub, ada):
    make_hub("POZ1")
    Hub.objects.filter(code="POZ1").update(latitude=52.41, longitude=16.93)
    body = {"cartons": [{"lines": [{"sku": "TOTE-ECRU", "quantity": 20}]}]}

    near = ada.post("inbounds/proposal", body).json()["lines"]
    far = ada.post("inbounds/proposal", body | {"ship_from": "PL"}).json()["lines"]

    assert [(line["pointer"], line["sku"], line["hub"]) for line in near] == [
        ("/cartons/0/lines/0", "TOTE-ECRU", "AMS1")
    ]
    assert (near[0]["km_in"], near[0]["km_out"]) == (0.0, None)
    assert far[0]["hub"] == "POZ1"
    assert nothing_was_created()


# --- cartons that say more of themselves ---


def test_cartons_that_are_alike_are_written_once(ada):
    carton = {"lines": [{"sku": "TOTE-ECRU", "quantity": 5}], "copies": 3, "weight_g": 700, "units": 5}
    sizes = {"length_mm": 400, "width_mm": 300, "height_mm": 200}

    body = ada.post("inbounds", inbound_body(cartons=[carton | sizes | {"pallet": 1}], freight="pallet")).json()
    again = ada.post("inbounds", inbound_body(cartons=[carton | sizes | {"pallet": 1}], freight="pallet"))
    other = ada.post("inbounds", inbound_body(cartons=[carton | sizes | {"pallet": 2}], freight="pallet"))

    assert (body["carton_count"], body["units"]["planned"], body["freight"]) == (3, 15, "pallet")
    declared = {"pallet": 1, "weight_g": 700} | sizes
    assert [{name: carton[name] for name in declared} for carton in body["cartons"]] == [declared] * 3
    assert len({carton["sscc"] for carton in body["cartons"]}) == 3
    assert again.status_code == 200
    assert places(is_problem(other, 409, "reference_taken")) == {("/reference", "reference_taken")}


@pytest.mark.parametrize(
    "changes, where, code",
    [
        ({"copies": 0}, "/cartons/0/copies", "min_value"),
        ({"copies": 1_001}, "/cartons/0/copies", "max_value"),
        ({"length_mm": 400}, "/cartons/0", "sizes_incomplete"),
        ({"weight_g": 0}, "/cartons/0/weight_g", "min_value"),
        ({"pallet": 1}, "/cartons/0/pallet", "pallet_unexpected"),
        ({"units": 6}, "/cartons/0", "units_differ"),
    ],
)
def test_a_carton_that_does_not_add_up_is_refused(ada, changes, where, code):
    carton = {"lines": [{"sku": "TOTE-ECRU", "quantity": 5}]}

    answer = ada.post("inbounds", inbound_body(cartons=[carton | changes]))

    assert places(is_problem(answer, 422, "invalid")) == {(where, code)}
    assert nothing_was_created()
