"""Inbounds on their way: what a seller handed to carriers, and the clocks that he sees."""

import pytest

from tests.fulfillment.api.machines import inbound_body, is_problem, places
from warehouses.models import Inbound
from warehouses.services.receiving import arrive_carton

pytestmark = pytest.mark.django_db


def sent(ada, *numbers: str):
    number = ada.post("inbounds", inbound_body()).json()["number"]
    parcels = [{"carrier": "postnl", "tracking_no": each} for each in numbers]
    return f"inbounds/{number}/parcels", ada.post(f"inbounds/{number}/parcels", {"parcels": parcels})


def test_what_was_sent_is_in_transit_with_its_parcels(ada):
    path, answer = sent(ada, "3SABC1", "3sabc 2")

    assert answer.status_code == 200
    body = answer.json()
    assert body["state"] == "in_transit"
    assert body["parcels"] == [
        {"carrier": "postnl", "tracking_no": "3SABC1", "delivered_at": None},
        {"carrier": "postnl", "tracking_no": "3SABC2", "delivered_at": None},
    ]
    again = ada.post(path, {"parcels": [{"carrier": "postnl", "tracking_no": "3SABC1"}]})
    assert again.json() == body


def test_a_number_that_is_none_names_its_place(ada):
    path, _ = sent(ada, "3SABC1")

    answer = ada.post(path, {"parcels": [{"carrier": "postnl", "tracking_no": "é"}]})

    assert places(is_problem(answer, 422, "invalid")) == {("/parcels/0/tracking_no", "tracking_invalid")}


def test_what_arrived_is_sent_no_more(ada):
    path, _ = sent(ada, "3SABC1")
    inbound = Inbound.objects.get()
    arrive_carton(hub=inbound.hub, code=inbound.cartons.get().sscc)

    answer = ada.post(path, {"parcels": [{"carrier": "postnl", "tracking_no": "3SABC2"}]})

    is_problem(answer, 409, "inbound_not_open")
    clocks = ada.get(path.removesuffix("/parcels")).json()["clocks"]
    assert clocks["first_scan_target"]["pace"] == clocks["sellable_target"]["pace"] == "running"
