"""The OpenAPI description is true, complete and the one that was agreed; its page needs no network."""

import json
import re
from datetime import UTC, datetime

import jsonschema
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from foundation import clock
from fulfillment.api import (
    docs,
    examples,
    examples_of_docks,
    examples_of_items,
    examples_of_receipts,
    examples_of_splits,
)
from fulfillment.api.urls import urlpatterns
from tests.factories import make_seller, make_sku
from tests.fulfillment.api.machines import Machine, order_body
from warehouses.models import Hub

AGREED = settings.BASE_DIR / "docs" / "openapi.json"
REFRESH = "manage.py spectacular --format openapi-json --file docs/openapi.json"


@pytest.fixture(scope="module")
def described():
    return json.loads(docs.description())


def test_the_description_is_the_one_that_was_agreed(described):
    assert described == json.loads(AGREED.read_text()), f"The API changed. If that is meant: {REFRESH}"


def test_the_description_is_valid_openapi_and_made_without_a_guess():
    GENERATOR_STATS.reset()

    schema = SchemaGenerator().get_schema(request=None, public=True)

    validate_schema(schema)
    assert (dict(GENERATOR_STATS._warn_cache), dict(GENERATOR_STATS._error_cache)) == ({}, {})


def test_every_route_of_a_seller_is_described(described):
    routes = {re.sub(r"<\w+:(\w+)>", r"{\1}", f"/api/{pattern.pattern}") for pattern in urlpatterns}

    open_to_all = {"/api/v1/schema", "/api/v1/docs/", "/api/v1/problems"}
    assert set(described["paths"]) == {route for route in routes if not route.startswith("/api/^")} - open_to_all


def test_every_operation_says_how_it_may_fail_and_asks_for_a_token(described):
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            failures = {status for status in operation["responses"] if status >= "400"}
            assert failures >= {"400", "401", "403", "405", "406", "500", "503"}, (path, method)
            assert ("404" in failures) == ("{" in path)
            assert ("422" in failures) == (method in {"post", "patch"} or path.endswith("/labels"))
            assert operation["security"] == [{"token": []}]
            assert operation["summary"]


def test_inputs_are_closed_and_bounded(described):
    schemas = described["components"]["schemas"]
    inputs = {name: schema for name, schema in schemas.items() if name.endswith("In")}

    assert set(inputs) == {
        "OrderIn",
        "OrderLineIn",
        "PlaceIn",
        "InboundIn",
        "SplitIn",
        "SplitCartonIn",
        "SplitLineIn",
        "CartonsIn",
        "ProposalIn",
        "SkuIn",
        "SkuChangeIn",
        "CartonIn",
        "CartonLineIn",
        "InboundParcelsIn",
        "InboundParcelIn",
        "CaseAnswerIn",
        "AppointmentIn",
        "AppointmentMoveIn",
        "AppointmentCancelIn",
    }
    for name, schema in inputs.items():
        assert schema["additionalProperties"] is False, name
        for field in schema["properties"].values():
            if field.get("type") == "array":
                assert field["minItems"] == 1
                assert field["maxItems"] <= 1_000
            if field.get("type") == "string" and "format" not in field:
                assert field["maxLength"] <= 254


def resolved(described, name):
    return {"$ref": f"#/components/schemas/{name}", "components": described["components"]}


@pytest.mark.parametrize(
    "name, example",
    [
        ("OrderIn", examples.ORDER_BODY),
        ("OrderOut", examples.ORDER_ANSWER),
        ("OrderPage", examples.ORDER_PAGE.value),
        ("InboundIn", examples.INBOUND_BODY),
        ("InboundOut", examples.INBOUND_ANSWER),
        ("CartonsIn", examples.CARTONS_IN.value),
        ("PreflightOut", examples.PREFLIGHT_ANSWER),
        ("SkuIn", examples_of_items.SKU_BODY),
        ("SkuChangeIn", examples_of_items.SKU_CHANGE.value),
        ("SkuOut", examples_of_items.SKU_ANSWER),
        ("MeasurementPage", examples_of_items.MEASUREMENT_PAGE.value),
        ("SkuPage", examples_of_items.SKU_PAGE.value),
        ("ProposalIn", examples.PROPOSAL_IN.value),
        ("ProposalOut", examples.PROPOSAL.value),
        ("InboundPage", examples.INBOUND_PAGE.value),
        ("SplitIn", examples_of_splits.SPLIT_BODY),
        ("SplitOut", examples_of_splits.SPLIT.value),
        ("InboundParcelsIn", examples.INBOUND_PARCELS_IN.value),
        ("CaseAnswerIn", examples.CASE_BODY),
        ("CaseOut", examples.CASE_ANSWER),
        ("CasePage", examples.CASE_PAGE.value),
        ("AppointmentIn", examples_of_docks.APPOINTMENT_BODY),
        ("AppointmentMoveIn", examples_of_docks.MOVE_BODY),
        ("AppointmentCancelIn", examples_of_docks.CANCEL_IN.value),
        ("AppointmentOut", examples_of_docks.APPOINTMENT_ANSWER),
        ("AppointmentPage", examples_of_docks.APPOINTMENT_PAGE.value),
        ("SlotsOut", examples_of_docks.SLOTS.value),
        ("ReceiptPage", examples_of_receipts.RECEIPT_PAGE.value),
        ("FindingPage", examples_of_receipts.FINDING_PAGE.value),
    ],
)
def test_each_example_is_what_it_is_an_example_of(described, name, example):
    jsonschema.Draft202012Validator(resolved(described, name), format_checker=jsonschema.FormatChecker()).validate(
        example
    )


def shape(value):
    """The keys all the way down, of a list those of its first element."""
    if isinstance(value, dict):
        return {
            key: shape(inner)
            for key, inner in value.items()
            if key not in {"shipment", "reason", "data"} and inner != [] and key != "parcels"
        }
    return [shape(inner) for inner in value[:1]] if isinstance(value, list) else None


SENT = {
    "orders": (examples.ORDER_BODY, examples.ORDER_ANSWER),
    "inbounds": (examples.INBOUND_BODY, examples.INBOUND_ANSWER),
    "inbounds/split": (examples_of_splits.SPLIT_BODY, examples_of_splits.SPLIT.value),
    "skus": (examples_of_items.SKU_BODY, examples_of_items.SKU_ANSWER),
}


@pytest.mark.parametrize("path", SENT)
def test_the_examples_work_when_they_are_sent(ada, hub, path):
    sent, shown = SENT[path]
    Hub.objects.update(code="AMS1")
    make_sku(ada.seller, "LU-NAI-ROS", tracks_lots=True)
    make_sku(ada.seller, "LU-BAG-LINE")

    with clock.playing(datetime(2026, 11, 22, 9, tzinfo=UTC)):
        answer = ada.post(path, sent)

    assert answer.status_code == 201, answer.content
    assert shape(answer.json()) == shape(shown)


def test_the_description_is_served_as_json_to_anybody(ada):
    answer = ada.client.get("/api/v1/schema")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json;version=3.1"
    assert answer.json()["openapi"] == "3.1.0"


@pytest.mark.parametrize("path", ["schema", "docs/", "problems"])
def test_the_open_pages_are_for_reading_only(client, path):
    answer = client.post(f"/api/v1/{path}")

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert answer["Content-Type"] == "application/problem+json"
    assert client.head(f"/api/v1/{path}").status_code == 200


@pytest.mark.parametrize("path", ["docs/", "problems"])
def test_a_page_fetches_nothing_from_elsewhere_and_runs_nothing_inline(client, path):
    answer = client.get(f"/api/v1/{path}")

    fetched = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    files = [url for url in fetched if url.startswith("/static/")]
    assert [url for url in fetched if "//" in url] == []
    assert files
    assert [url for url in files if finders.find(url.removeprefix("/static/")) is None] == []
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", answer.text) == []
    assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_fields_a_seller_may_not_set_are_told_from_those_there_are_not(hub):
    machine = Machine(make_seller("cy"))
    make_sku(machine.seller, "TOTE-ECRU")

    errors = machine.post("orders", order_body(events=[], story=[])).json()["errors"]

    assert {error["pointer"]: error["code"] for error in errors} == {
        "/events": "field_read_only",
        "/story": "field_unknown",
    }
