"""Lists of orders: pages, filters, and queries that are not guessed at."""

import pytest

from fulfillment.models import Event, Order
from fulfillment.services.holding import hold_order
from tests.fulfillment.api.machines import Machine, is_problem, nothing_was_ordered, order_body, places

pytestmark = pytest.mark.django_db


def refs(answer):
    assert answer.status_code == 200, answer.content
    return [order["external_ref"] for order in answer.json()["results"]]


def hand_in(machine: Machine, count: int) -> None:
    for n in range(count):
        machine.post("orders", order_body(f"S-{n}", placed_at=f"2026-11-{n + 1:02d}T12:00:00Z"))


def test_a_list_shows_orders_newest_first_without_their_story(ada):
    hand_in(ada, 3)

    answer = ada.get("orders")

    assert refs(answer) == ["S-2", "S-1", "S-0"]
    assert answer.json()["next"] is None
    detail = ada.get(f"orders/{answer.json()['results'][0]['number']}").json()
    del detail["events"]
    assert answer.json()["results"][0] == detail


def test_pages_follow_one_another_though_rows_come_in_meanwhile(ada):
    hand_in(ada, 5)

    first = ada.get("orders?limit=2&placed_from=2026-11-01T00:00:00Z")
    ada.post("orders", order_body("late", placed_at="2026-11-20T12:00:00Z"))
    second = ada.client.get(first.json()["next"], headers={"Authorization": f"Bearer {ada.plain}"})
    third = ada.client.get(second.json()["next"], headers={"Authorization": f"Bearer {ada.plain}"})

    assert [refs(page) for page in (first, second, third)] == [["S-4", "S-3"], ["S-2", "S-1"], ["S-0"]]
    assert third.json()["next"] is None
    assert first.json()["next"].startswith("http://testserver/api/v1/orders?limit=2&placed_from=")


def test_a_page_that_ends_exactly_with_the_list_is_the_last(ada):
    hand_in(ada, 2)

    assert ada.get("orders?limit=2").json()["next"] is None


@pytest.mark.parametrize(
    "query, found",
    [
        ("state=received", ["S-3", "S-1", "S-0"]),
        ("state=on_hold", ["S-2"]),
        ("state=on_hold&state=received", ["S-3", "S-2", "S-1", "S-0"]),
        ("state=shipped", []),
        ("external_ref=S-1", ["S-1"]),
        ("external_ref=s-1", []),
        ("external_ref=S", []),
        ("external_ref=%25", []),
        ("placed_from=2026-11-03T12:00:00Z", ["S-3", "S-2"]),
        ("placed_before=2026-11-03T12:00:00Z", ["S-1", "S-0"]),
        ("placed_before=0032-11-07T13:42:47-16:26", []),
        ("placed_from=2026-11-02T13:00:00%2B01:00&placed_before=2026-11-03T00:00:00Z", ["S-1"]),
        (
            "placed_from=0001-01-01T00:00:00%2B14:00&placed_before=9999-12-31T23:59:59-12:00",
            ["S-3", "S-2", "S-1", "S-0"],
        ),
    ],
)
def test_filters(ada, query, found):
    hand_in(ada, 4)
    hold_order(order_id=Order.objects.get(external_ref="S-2").pk)

    assert refs(ada.get(f"orders?{query}")) == found


@pytest.mark.parametrize(
    "query, fault",
    [
        ("order_by=password", ("order_by", "parameter_unknown")),
        ("filter[user__password__regex]=x", ("filter[user__password__regex]", "parameter_unknown")),
        ("seller=bo", ("seller", "parameter_unknown")),
        ("state__in=received", ("state__in", "parameter_unknown")),
        ("format=json", ("format", "parameter_unknown")),
        ("state=gone", ("state", "invalid_choice")),
        ("state=", ("state", "invalid_choice")),
        ("external_ref=", ("external_ref", "blank")),
        ("external_ref=a&external_ref=b", ("external_ref", "parameter_repeated")),
        ("external_ref=a%00", ("external_ref", "null_characters_not_allowed")),
        ("limit=1000000", ("limit", "max_value")),
        ("limit=0", ("limit", "min_value")),
        ("limit=1.0", ("limit", "integer_expected")),
        ("limit=1_0", ("limit", "integer_expected")),
        ("limit=%D9%A3", ("limit", "integer_expected")),
        ("limit=99999999999999999999", ("limit", "integer_expected")),
        ("cursor=nonsense", ("cursor", "cursor_invalid")),
        ("cursor=MS8xOw==", ("cursor", "cursor_invalid")),
        ("cursor=%C3%A9", ("cursor", "cursor_invalid")),
        ("cursor=", ("cursor", "blank")),
        ("placed_from=2026-11-03", ("placed_from", "moment_expected")),
        ("placed_from=2026-11-03T12:00:00", ("placed_from", "moment_expected")),
        ("placed_from=2026-11-03T12:00:00+01:00", ("placed_from", "moment_expected")),
    ],
)
def test_a_wrong_query_is_refused_and_not_guessed_at(ada, query, fault):
    answer = ada.get(f"orders?{query}")

    errors = is_problem(answer, 400, "parameter_invalid")
    assert places(errors) == {fault}
    assert errors[0]["in"] == "query"


@pytest.mark.parametrize("path", ["orders/OR-0000001?x=1", "inbounds/IN-0000001?x=1", "inbounds/IN-0000001/labels?x=1"])
def test_a_query_is_refused_where_none_is_expected(ada, path):
    assert is_problem(ada.get(path), 400, "parameter_invalid")


def test_a_query_on_a_post_is_refused(ada):
    answer = ada.post("orders?dry_run=1", order_body())

    assert is_problem(answer, 400, "parameter_invalid")
    assert nothing_was_ordered()


def test_a_story_holds_no_more_than_its_own_order(ada):
    hand_in(ada, 2)

    for order in ada.get("orders").json()["results"]:
        events = ada.get(f"orders/{order['number']}").json()["events"]
        assert len(events) == Event.objects.filter(order__number=order["number"]).count() == 1
