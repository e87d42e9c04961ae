"""Orders at the API: handed in, and read at every step of their way."""

from datetime import UTC, datetime

import pytest

from foundation import clock
from fulfillment.models import Order
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.holding import hold_order
from fulfillment.services.packing import pack_order
from fulfillment.services.waving import plan_wave, release_wave
from shipping.models import Parcel
from tests.factories import make_hub, make_user, stock
from tests.fulfillment.api.machines import is_problem, nothing_was_ordered, order_body, places
from tests.fulfillment.building import bench_scans, on_carts, picked, with_carrier
from warehouses.models import Sku

pytestmark = pytest.mark.django_db


# --- handing in -------------------------------------------------------------------------------------------


def test_an_order_is_taken_and_answered_whole(ada):
    before = clock.now()

    answer = ada.post("orders", order_body())

    order = Order.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/v1/orders/{order.number}"
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    moments = {name: body.pop(name) for name in ("placed_at", "ship_by")}
    (event,) = body.pop("events")
    assert body == {
        "number": order.number,
        "external_ref": "S-1",
        "state": "received",
        "reason": {
            "code": "not_allocated_yet",
            "owner": "system",
            "next_step": "The allocator looks at it within a minute.",
        },
        "hub": "AMS1",
        "channel": "api",
        "is_gift": False,
        "currency": "EUR",
        "short_policy": "wait",
        "shipped_at": None,
        "delivered_at": None,
        "lines": [
            {
                "sku": "TOTE-ECRU",
                "quantity": 2,
                "unit_price_cents": 0,
                "waiting": 2,
                "held": 0,
                "picked": 0,
                "shipped": 0,
                "cancelled": 0,
            }
        ],
        "shipment": None,
    }
    assert (event["kind"], event["data"]) == ("order.received", {})
    assert before <= datetime.fromisoformat(moments["placed_at"]) <= clock.now()
    assert datetime.fromisoformat(moments["ship_by"]) == order.ship_by
    assert all(moment.endswith("Z") for moment in (*moments.values(), event["occurred_at"]))
    assert order.seller == ada.seller


def test_every_field_that_may_be_given_is_kept(ada):
    sent = order_body(
        hub="AMS1",
        placed_at="2026-11-20T10:30:00.5+01:00",
        is_gift=True,
        short_policy="ship_short",
        lines=[{"sku": "TOTE-ECRU", "quantity": 3, "unit_price_cents": 1900}, {"sku": "LIP-ROSE-04", "quantity": 1}],
    )
    sent["ship_to"] |= {
        "company": "Vries BV",
        "line2": "3 hoog",
        "region": "NH",
        "phone": "+31 20 1",
        "email": "n@x.nl",
    }

    answer = ada.post("orders", sent).json()

    order = Order.objects.get()
    assert order.placed_at == datetime(2026, 11, 20, 9, 30, 0, 500_000, tzinfo=UTC)
    assert answer["placed_at"] == "2026-11-20T09:30:00.500000Z"
    assert (answer["is_gift"], answer["short_policy"]) == (True, "ship_short")
    assert [(line["sku"], line["quantity"], line["unit_price_cents"]) for line in answer["lines"]] == [
        ("TOTE-ECRU", 3, 1900),
        ("LIP-ROSE-04", 1, 0),
    ]
    address = order.ship_to
    assert (address.company, address.line2, address.region, address.phone, address.email) == (
        "Vries BV",
        "3 hoog",
        "NH",
        "+31 20 1",
        "n@x.nl",
    )


def test_no_answer_ever_gives_back_the_buyers_data(ada):
    number = ada.post("orders", order_body(), Idempotency_Key="k").json()["number"]

    answers = [ada.get("orders"), ada.get(f"orders/{number}"), ada.post("orders", order_body(), Idempotency_Key="k")]

    for word in (b"Noor", b"Prinsengracht", b"1016"):
        assert all(word not in answer.content for answer in answers)


def test_the_same_order_again_is_the_same_order(ada):
    first = ada.post("orders", order_body())

    second = ada.post("orders", order_body())

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["number"] == first.json()["number"]
    assert Order.objects.count() == 1


def test_other_contents_under_a_used_reference_are_a_conflict(ada):
    ada.post("orders", order_body())

    answer = ada.post("orders", order_body(lines=[{"sku": "TOTE-ECRU", "quantity": 9}]))

    assert places(is_problem(answer, 409, "reference_taken")) == {("/external_ref", "reference_taken")}
    assert Order.objects.get().lines.get().quantity == 2


def test_an_unclear_address_is_taken_and_held_with_a_next_step(ada):
    body = order_body()
    body["ship_to"]["line1"] = "At the harbour"

    answer = ada.post("orders", body).json()

    assert answer["state"] == "on_hold"
    assert answer["reason"] == {
        "code": "address_unclear",
        "owner": "seller",
        "next_step": "Correct the address: then the order goes on by itself.",
    }
    assert [event["kind"] for event in answer["events"]] == ["order.received", "order.on_hold"]


def test_with_two_hubs_the_order_must_name_one(ada):
    make_hub("RTM1")

    answer = ada.post("orders", order_body())

    assert places(is_problem(answer, 422, "invalid")) == {("/hub", "hub_needed")}
    assert nothing_was_ordered()
    assert ada.post("orders", order_body(hub="RTM1")).json()["hub"] == "RTM1"


# --- reading ----------------------------------------------------------------------------------------------


def test_a_packed_order_shows_its_parcels_and_its_story(hub, ada, settings):
    with_carrier(hub)
    sku = Sku.objects.get(seller=ada.seller, code="TOTE-ECRU")
    stock(hub, sku, 10)
    order = picked(hub, {sku: 2}, external_ref="S-9")
    pack_order(order_id=order.pk, scans=bench_scans(order), station="PACK-1", worker_id=make_user().pk)
    Parcel.objects.update(tracking_no="SIM1")

    body = ada.get(f"orders/{order.number}").json()

    assert body["state"] == "packed"
    assert body["reason"]["code"] == "waits_for_dispatch"
    (line,) = body["lines"]
    assert (line["waiting"], line["held"], line["picked"], line["shipped"]) == (0, 0, 2, 0)
    (parcel,) = body["shipment"].pop("parcels")
    assert (parcel["sequence"], parcel["carrier"], parcel["tracking_no"]) == (1, "simulator", "SIM1")
    assert parcel["weight_g"] > 200
    assert body["shipment"]["state"] == "draft"
    kinds = [event["kind"] for event in body["events"]]
    assert kinds[:2] == ["order.received", "order.allocated"]
    assert kinds[-1] == "order.packed"
    assert ada.get("orders?state=packed").json()["results"][0]["shipment"]["parcels"] == [parcel]


def test_a_voided_parcel_is_not_shown(hub, ada):
    with_carrier(hub)
    sku = Sku.objects.get(seller=ada.seller, code="TOTE-ECRU")
    stock(hub, sku, 10)
    order = picked(hub, {sku: 2})
    pack_order(order_id=order.pk, scans=bench_scans(order), station="PACK-1", worker_id=make_user().pk)
    Parcel.objects.update(voided_at=clock.now())

    assert ada.get(f"orders/{order.number}").json()["shipment"]["parcels"] == []


def test_the_reason_follows_the_order(hub, ada):
    number = ada.post("orders", order_body()).json()["number"]

    def reason():
        return ada.get(f"orders/{number}").json()["reason"]["code"]

    assert reason() == "not_allocated_yet"
    allocate_hub(hub_id=hub.pk)
    assert reason() == "no_stock"
    hold_order(order_id=Order.objects.get().pk)
    assert reason() == "seller_asked"


def test_the_reason_on_the_floor_is_the_one_that_the_hub_sees(hub, ada):
    stock(hub, Sku.objects.get(seller=ada.seller, code="TOTE-ECRU"), 10)
    number = ada.post("orders", order_body()).json()["number"]
    allocate_hub(hub_id=hub.pk)
    wave = plan_wave(hub=hub)

    def reason():
        (listed,) = ada.get("orders").json()["results"]
        assert listed["reason"] == ada.get(f"orders/{number}").json()["reason"]
        return listed["reason"]["code"], listed["reason"]["next_step"]

    assert reason() == ("waits_for_release", f"Release the wave {wave.number}.")
    release_wave(wave_id=wave.pk, time_limit_s=0.2)
    assert reason() == ("waits_for_picker", "Start the pick list.")
    on_carts(wave)
    assert reason() == ("being_picked", "Finish the pick list.")


@pytest.mark.parametrize(
    "number", ["OR-9999999", "1", "or-0000001", "OR-0000001%00", "OR-%D9%A1", "%ED%A0%80", "x" * 5_000, "..", "OR-1'--"]
)
def test_a_missing_order_is_not_found(ada, number):
    ada.post("orders", order_body())

    assert is_problem(ada.get(f"orders/{number}"), 404, "not_found") == []
