"""Inbounds split over hubs, and called off, at the API."""

import pytest

from tests.factories import make_hub
from tests.fulfillment.api.machines import inbound_body, is_problem, places
from warehouses.models import Carton, Inbound
from warehouses.services.receiving import arrive_carton

pytestmark = pytest.mark.django_db


@pytest.fixture
def hubs(hub):
    return hub.code, make_hub("RTM1").code


def split_body(first, second, **changes):
    lines = [{"sku": "TOTE-ECRU", "quantity": 5, "hub": first}, {"sku": "LIP-ROSE-04", "quantity": 7, "hub": second}]
    lines[1] |= {"lot": "L2611", "expires_on": "2038-05-31"}
    return {"reference": "PO-9", "cartons": [{"lines": lines, "weight_g": 900}]} | changes


def contents():
    rows = Carton.objects.order_by("inbound__reference", "number", "lines__sku__code")
    return list(rows.values_list("inbound__reference", "inbound__hub__code", "lines__sku__code", "lines__planned"))


def test_a_split_is_an_inbound_for_each_hub_and_twice_is_once(ada, hubs):
    sent = ada.post("inbounds/split", split_body(*hubs))
    again = ada.post("inbounds/split", split_body(*hubs))

    assert (sent.status_code, again.status_code) == (201, 200)
    assert again.json() == sent.json()
    shown = [(each["reference"], each["hub"], each["units"]["planned"]) for each in sent.json()["inbounds"]]
    assert shown == [(f"PO-9-{hubs[0]}", hubs[0], 5), ("PO-9-RTM1", "RTM1", 7)]
    assert contents() == [
        (f"PO-9-{hubs[0]}", hubs[0], "TOTE-ECRU", 5),
        ("PO-9-RTM1", "RTM1", "LIP-ROSE-04", 7),
    ]


def test_a_split_with_one_hub_is_one_inbound(ada, hubs):
    answer = ada.post("inbounds/split", split_body(hubs[0], hubs[0]))

    assert [(each["reference"], each["carton_count"]) for each in answer.json()["inbounds"]] == [("PO-9", 1)]


def test_wrong_places_of_a_split_are_named(ada, hubs):
    lacking = split_body(*hubs)
    del lacking["cartons"][0]["lines"][1]["hub"]
    unknown = split_body(hubs[0], "XXX9")
    unknown["cartons"][0]["lines"][1]["sku"] = "NOPE"
    no_item = split_body(*hubs)
    no_item["cartons"][0]["lines"][1]["sku"] = "NOPE"

    answers = [ada.post("inbounds/split", body) for body in (lacking, unknown, no_item)]

    assert [places(is_problem(answer, 422, "invalid")) for answer in answers] == [
        {("/cartons/0/lines/1/hub", "required")},
        {("/cartons/0/lines/1/hub", "hub_unknown")},
        {("/cartons/0/lines/1/sku", "sku_unknown")},
    ]
    assert not Inbound.objects.exists()


def test_a_reference_is_not_split_in_two_ways(ada, hubs):
    ada.post("inbounds/split", split_body(*hubs))
    before = contents()

    answer = ada.post("inbounds/split", split_body(hubs[1], hubs[0]))

    assert places(is_problem(answer, 409, "reference_taken")) == {("/reference", "reference_taken")}
    assert contents() == before


def test_an_inbound_is_cancelled_until_it_is_sent(ada, hub):
    number = ada.post("inbounds", inbound_body()).json()["number"]
    sent = ada.post("inbounds", inbound_body("PO-2")).json()["number"]
    ada.post(f"inbounds/{sent}/parcels", {"parcels": [{"carrier": "postnl", "tracking_no": "3S1"}]})

    first, second = (ada.post(f"inbounds/{number}/cancel", {}) for _ in range(2))
    refused = ada.post(f"inbounds/{sent}/cancel", {})

    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert second.json() == first.json()
    assert is_problem(refused, 409, "inbound_on_its_way") == []
    assert ada.get(f"inbounds/{sent}").json()["state"] == "in_transit"


def test_an_inbound_that_is_here_is_not_cancelled(ada, hub):
    number = ada.post("inbounds", inbound_body()).json()["number"]
    arrive_carton(hub=hub, code=Carton.objects.order_by("pk")[0].sscc)

    assert is_problem(ada.post(f"inbounds/{number}/cancel", {}), 409, "inbound_not_open") == []


def test_a_window_is_answered_and_its_days_are_in_order(ada, hub):
    window = {"expected_on": "2038-05-01", "expected_until": "2038-05-04"}

    answer = ada.post("inbounds", inbound_body(**window))
    refused = ada.post("inbounds", inbound_body("PO-2", **window | {"expected_until": "2038-04-30"}))

    assert {key: answer.json()[key] for key in window} == window
    assert places(is_problem(refused, 422, "invalid")) == {("/expected_until", "window_invalid")}
