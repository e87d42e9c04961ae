"""What is refused in an order: each wrong place is named, and nothing is created."""

import json
from datetime import timedelta

import pytest

from foundation import clock
from tests.factories import make_sku
from tests.fulfillment.api.machines import is_problem, nothing_was_ordered, order_body, places
from warehouses.models import Move, Sku

pytestmark = pytest.mark.django_db


def one_line(**changes):
    return order_body(lines=[{"sku": "TOTE-ECRU", "quantity": 1} | changes])


@pytest.mark.parametrize(
    "number", [0, -1, 10**9, 2**31, 2**63, 1.5, 1.0, 1e3, "1e3", "3", None, True, "\u0663", [], {}]
)
def test_a_quantity_is_a_whole_number_of_units_or_nothing_happens(ada, number):
    answer = ada.post("orders", one_line(quantity=number))

    assert places(is_problem(answer, 422, "invalid")) == {("/lines/0/quantity", "quantity_invalid")}
    assert nothing_was_ordered()
    assert not Move.objects.exists()


def test_not_a_number_is_no_json(ada):
    answer = ada.post("orders", raw=json.dumps(one_line(quantity=float("nan"))).encode())

    assert places(is_problem(answer, 422, "invalid")) == {("", "number_invalid")}
    assert nothing_was_ordered()


@pytest.mark.parametrize(
    "number, code",
    [
        (-1, "min_value"),
        (10**12, "max_value"),
        (1.5, "integer_expected"),
        (True, "integer_expected"),
        ("1", "integer_expected"),
        (None, "null"),
    ],
)
def test_a_price_is_whole_cents(ada, number, code):
    answer = ada.post("orders", one_line(unit_price_cents=number))

    assert places(is_problem(answer, 422, "invalid")) == {("/lines/0/unit_price_cents", code)}
    assert nothing_was_ordered()


@pytest.mark.parametrize(
    "extra, fault",
    [
        ({"is_staff": True}, ("/is_staff", "field_unknown")),
        ({"seller": "bo"}, ("/seller", "field_unknown")),
        ({"seller_id": 2}, ("/seller_id", "field_unknown")),
        ({"priority": 1}, ("/priority", "field_unknown")),
        ({"state": "shipped"}, ("/state", "field_read_only")),
        ({"number": "OR-0000009"}, ("/number", "field_read_only")),
        ({"ship_by": "2026-01-01T00:00:00Z"}, ("/ship_by", "field_read_only")),
        ({"a/b~c": 1}, ("/a~1b~0c", "field_unknown")),
        ({"\ud800": 1}, ("/\ud800", "field_unknown")),
    ],
)
def test_unknown_and_read_only_fields_are_refused(ada, extra, fault):
    answer = ada.post("orders", order_body(**extra))

    assert places(is_problem(answer, 422, "invalid")) == {fault}
    assert nothing_was_ordered()


def test_they_are_refused_in_the_depths_too(ada):
    body = one_line(reserved=0, held=5)
    body["ship_to"]["vip"] = True

    answer = ada.post("orders", body)

    assert places(is_problem(answer, 422, "invalid")) == {
        ("/lines/0/reserved", "field_unknown"),
        ("/lines/0/held", "field_read_only"),
        ("/ship_to/vip", "field_unknown"),
    }


def test_every_fault_is_named_at_once(ada):
    answer = ada.post("orders", {"lines": [{"sku": ""}, 5, {"sku": 7, "quantity": 1}], "ship_to": [], "is_gift": "yes"})

    assert places(is_problem(answer, 422, "invalid")) == {
        ("/external_ref", "required"),
        ("/ship_to", "object_expected"),
        ("/is_gift", "boolean_expected"),
        ("/lines/0/sku", "blank"),
        ("/lines/0/quantity", "required"),
        ("/lines/1", "object_expected"),
        ("/lines/2/sku", "text_expected"),
    }
    assert answer.json()["detail"] == "7 things are wrong; see errors."


@pytest.mark.parametrize(
    "sku",
    ["NO-SUCH", "RING-7", "tote-ecru"],
    ids=["nobody's", "another seller's", "other case"],
)
def test_an_unknown_item_is_refused_whoever_may_have_it(ada, bo, sku):
    answer = ada.post("orders", one_line(sku=sku))

    errors = is_problem(answer, 422, "invalid")
    assert errors == [
        {"in": "body", "pointer": "/lines/0/sku", "code": "sku_unknown", "message": f"There is no item {sku!r}."}
    ]
    assert nothing_was_ordered()


def test_an_item_that_is_no_longer_sold_is_unknown(ada):
    Sku.objects.filter(code="TOTE-ECRU").update(is_active=False)

    assert places(is_problem(ada.post("orders", one_line()), 422, "invalid")) == {("/lines/0/sku", "sku_unknown")}


def test_a_code_written_in_another_unicode_form_is_the_same_item(ada):
    make_sku(ada.seller, "CAF\u00c9")

    assert ada.post("orders", one_line(sku="CAFE\u0301")).status_code == 201


def test_a_homoglyph_is_another_item(ada):
    make_sku(ada.seller, "\u0422OTE-ECRU")

    assert ada.post("orders", one_line(sku="\u0422OTE-ECRU")).json()["lines"][0]["sku"] == "\u0422OTE-ECRU"


@pytest.mark.parametrize("ref", ["a\x00b", "a\nb", "a\x1b[31mb", "a\u202eb", "a\ud800b", "a\u200bb"])
def test_a_reference_is_made_of_visible_characters(ada, ref):
    answer = ada.post("orders", order_body(ref))

    assert [pointer for pointer, _code in places(is_problem(answer, 422, "invalid"))] == ["/external_ref"]
    assert nothing_was_ordered()


@pytest.mark.parametrize(
    "ref, code",
    [
        ("", "blank"),
        ("   ", "blank"),
        ("x" * 61, "max_length"),
        ("a" * 50_000, "max_length"),
        (12, "text_expected"),
        (None, "null"),
    ],
)
def test_a_reference_has_1_to_60_characters(ada, ref, code):
    answer = ada.post("orders", order_body(ref))

    assert places(is_problem(answer, 422, "invalid")) == {("/external_ref", code)}


@pytest.mark.parametrize(
    "moment",
    [
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-11-20T10:30:00",
        "2027-02-29T10:00:00Z",
        "2026-11-20",
        "2026-11-20T25:00:00Z",
        "2026-11-20T10:30:00+25:00",
        "\u0662026-11-20T10:30:00Z",
        1_700_000_000,
        True,
        "yesterday",
    ],
)
def test_an_impossible_moment_is_refused(ada, moment):
    answer = ada.post("orders", order_body(placed_at=moment))

    assert [pointer for pointer, _code in places(is_problem(answer, 422, "invalid"))] == ["/placed_at"]
    assert nothing_was_ordered()


def test_a_clock_may_be_fast_but_not_by_two_days(ada):
    soon, later = clock.now() + timedelta(hours=23), clock.now() + timedelta(hours=25)

    assert ada.post("orders", order_body("A", placed_at=soon.isoformat())).status_code == 201
    assert is_problem(ada.post("orders", order_body("B", placed_at=later.isoformat())), 422, "invalid")


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"country": "N1"}, ("/ship_to/country", "country_invalid")),
        ({"country": "NLD"}, ("/ship_to/country", "max_length")),
        ({"country": "XX"}, ("/ship_to/country", "country_invalid")),
        ({"name": "\u0007"}, ("/ship_to/name", "missing")),
        ({"name": None}, ("/ship_to/name", "null")),
        ({"postcode": 1016}, ("/ship_to/postcode", "text_expected")),
        ({"city": "x" * 121}, ("/ship_to/city", "max_length")),
        ({"line1": "a\x00"}, ("/ship_to/line1", "null_characters_not_allowed")),
    ],
)
def test_a_bad_address_is_refused_field_by_field(ada, change, fault):
    body = order_body()
    body["ship_to"] |= change

    assert places(is_problem(ada.post("orders", body), 422, "invalid")) == {fault}
    assert nothing_was_ordered()


@pytest.mark.parametrize("sku", ["NOTHING", "A\x00B", "A\ud800B", "", " ", None, 7, ["A"], {"sku": "A"}])
def test_every_wrong_place_of_an_order_is_named_at_once(ada, sku):
    sent = order_body(
        hub="NOWHERE",
        placed_at="yesterday",
        lines=[{"sku": sku, "quantity": 1}, {"sku": "TOTE-ECRU", "quantity": 0}, 5, {"sku": "ALSO NOTHING"}],
    )
    sent["ship_to"] |= {"country": "XX", "city": ""}

    errors = is_problem(ada.post("orders", sent), 422, "invalid")

    assert {pointer for pointer, _code in places(errors)} == {
        "/hub", "/placed_at", "/ship_to/country", "/ship_to/city", "/lines/0/sku", "/lines/1/quantity", "/lines/2",
        "/lines/3/quantity", "/lines/3/sku",
    }  # fmt: skip
    assert len(errors) == 9
    assert nothing_was_ordered()


def test_an_unknown_item_and_a_wrong_quantity_further_down_are_told_together(ada):
    lines = [{"sku": "NOTHING", "quantity": 1}, {"sku": "TOTE-ECRU", "quantity": 0}]

    answer = ada.post("orders", order_body(lines=lines))

    assert places(is_problem(answer, 422, "invalid")) == {
        ("/lines/0/sku", "sku_unknown"),
        ("/lines/1/quantity", "quantity_invalid"),
    }
    assert answer.json()["detail"] == "2 things are wrong; see errors."


def test_an_order_has_1_to_1000_lines_and_more_are_not_even_read(ada, django_assert_max_num_queries):
    none = ada.post("orders", order_body(lines=[]))
    line = {"sku": "TOTE-ECRU", "quantity": 1}
    with django_assert_max_num_queries(7):  # the token; into the seller's role and out of it; the hub
        many = ada.post("orders", order_body(lines=[line] * 10_000))

    assert places(is_problem(none, 422, "invalid")) == {("/lines", "min_length")}
    assert places(is_problem(many, 422, "invalid")) == {("/lines", "max_length")}
    assert nothing_was_ordered()


def test_the_largest_order_is_taken(ada):
    answer = ada.post("orders", order_body(lines=[{"sku": "TOTE-ECRU", "quantity": 1}] * 1_000))

    assert answer.status_code == 201
    assert len(answer.json()["lines"]) == 1_000
