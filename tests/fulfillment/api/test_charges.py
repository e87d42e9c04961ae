"""Charges at the API: a seller sees what each choice would cost, and then exactly that."""

from datetime import timedelta
from decimal import Decimal

import pytest

from foundation import clock
from fulfillment.services.charging import publish_rates, take_back_charge
from tests.factories import MONDAY, announced, count_in, unit_scan
from tests.fulfillment.api.machines import is_problem
from warehouses.models import Case, Condition, Sku
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.settling import settle_case

pytestmark = pytest.mark.django_db

PRICES = {"relabel": Decimal("0.35"), "dispose": Decimal("0.0875")}


@pytest.fixture
def cases(ada, hub) -> dict[str, Case]:
    """Two damaged bags and three of what nobody knows, put away, under a card without a price for sending back."""
    bag = Sku.objects.get(seller=ada.seller, code="TOTE-ECRU")
    with clock.playing(MONDAY - timedelta(hours=2)):
        publish_rates(valid_from=MONDAY - timedelta(hours=1), prices=PRICES)
    with clock.playing(MONDAY):
        (carton,) = announced(hub, [{bag: 5}])
        broken, strange = unit_scan(bag, 2, Condition.DAMAGED), unit_scan(bag, 3, code="???", is_unexpected=True)
        count_in(carton, [unit_scan(bag, 3), broken, strange])
        tasks = propose_putaway(inbound_id=carton.inbound_id)
        confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks])
    return {case.kind: case for case in Case.objects.all()}


def settled(machine, case: Case) -> None:
    """The seller has it thrown away, the hub does so."""
    with clock.playing(MONDAY + timedelta(hours=1)):
        assert machine.post(f"cases/{case.number}/answer", {"choice": "dispose"}).status_code == 200
        settle_case(case_id=case.pk)


def test_a_case_says_what_each_choice_would_cost(ada, cases):
    free = {"amount_cents": 0, "unit_price": None, "currency": None}

    case = ada.get(f"cases/{cases['unknown'].number}").json()

    assert case["choices"] == [
        {"choice": "send_back"} | free,
        {"choice": "dispose", "amount_cents": 26, "unit_price": "0.0875", "currency": "EUR"},
        {"choice": "relabel", "amount_cents": 105, "unit_price": "0.3500", "currency": "EUR"},
        {"choice": "book_to"} | free,
    ]
    assert ada.get("cases?kind=unknown").json()["results"][0]["choices"] == case["choices"]


def test_what_was_done_is_charged_as_was_told(ada, cases):
    case = cases["unknown"]

    settled(ada, case)

    (charge,) = ada.get("charges").json()["results"]
    assert charge == {
        "number": charge["number"],
        "kind": "dispose",
        "case": case.number,
        "inbound": case.inbound.number,
        "hub": "AMS1",
        "quantity": 3,
        "unit": "unit",
        "unit_price": "0.0875",
        "amount_cents": 26,
        "currency": "EUR",
        "occurred_at": "2026-03-02T09:00:00Z",
        "corrects": "",
        "reason": "",
    }


def test_what_is_taken_back_stands_in_the_list_too(ada, cases):
    settled(ada, cases["unknown"])
    take_back_charge(charge_id=cases["unknown"].charges.get().pk, reason="Our mistake.")

    counter, charge = ada.get("charges").json()["results"]

    assert (counter["quantity"], counter["amount_cents"], counter["reason"]) == (-3, -26, "Our mistake.")
    assert (counter["corrects"], charge["corrects"]) == (charge["number"], "")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["damaged", "unknown"]),
        ("?kind=dispose&kind=relabel", ["damaged", "unknown"]),
        ("?kind=relabel", []),
        ("?case={unknown}", ["unknown"]),
        ("?inbound={inbound}", ["damaged", "unknown"]),
        ("?inbound=IN-9999999", []),
        ("?occurred_from=2026-03-02T09:00:00Z&occurred_before=2026-03-02T09:00:01Z", ["damaged", "unknown"]),
        ("?occurred_before=2026-03-02T09:00:00Z", []),
    ],
)
def test_a_list_is_narrowed_down(ada, cases, query, found):
    for kind in ("unknown", "damaged"):
        settled(ada, cases[kind])
    names = {"unknown": cases["unknown"].number, "inbound": cases["unknown"].inbound.number}

    rows = ada.get("charges" + query.format(**names)).json()["results"]

    assert [row["case"] for row in rows] == [cases[kind].number for kind in found]


def test_a_list_goes_on_from_page_to_page(ada, cases):
    for kind in ("unknown", "damaged"):
        settled(ada, cases[kind])
    first = ada.get("charges?limit=1").json()

    rest = ada.get(first["next"].split("/v1/")[1]).json()

    assert [row["case"] for row in first["results"] + rest["results"]] == [
        cases[kind].number for kind in ("damaged", "unknown")
    ]


@pytest.mark.parametrize("query", ["?kind=storage", "?occurred_from=monday", "?seller=ada", "?cursor=x"])
def test_a_list_does_not_guess(ada, query):
    is_problem(ada.get(f"charges{query}"), 400, "parameter_invalid")
