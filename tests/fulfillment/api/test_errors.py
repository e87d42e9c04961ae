"""One shape for every no: problem+json, from a wrong path to a broken server."""

import pytest
from django.db import OperationalError
from django.test import Client
from structlog.testing import capture_logs

from fulfillment.api.problems import KINDS
from fulfillment.api.v1 import orders
from fulfillment.models import Order
from shipping.models import Address
from tests.fulfillment.api.machines import is_problem, order_body, places

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["", "order", "orders/", "orders/OR-0000001/", "orders/OR-0000001/lines", "../v2/orders"]
)
def test_a_path_that_leads_nowhere_is_not_found(ada, path, method):
    assert is_problem(ada.call(method, path), 404, "not_found") == []


def test_a_wrong_method_is_told_what_is_offered(ada):
    answer = ada.call("PATCH", "orders", {})

    assert is_problem(answer, 405, "method_not_allowed") == []
    assert answer["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("accept", ["text/html", "application/xml, text/*;q=0.5", "nonsense", "a/b;" * 1_000])
def test_what_cannot_be_rendered_is_not_acceptable(ada, accept):
    assert is_problem(ada.get("orders", Accept=accept), 406, "not_acceptable") == []


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/xml",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ],
)
def test_only_json_is_read(ada, content_type):
    answer = ada.call("POST", "orders", order_body(), **{"Content-Type": content_type})

    assert is_problem(answer, 415, "media_type_unsupported") == []
    assert not Order.objects.exists()


def test_json_with_a_charset_is_json(ada):
    assert ada.post("orders", order_body(), Content_Type="application/json; charset=utf-8").status_code == 201


def test_an_encoded_body_is_not_unpacked(ada):
    answer = ada.post("orders", order_body(), Content_Encoding="gzip")

    assert is_problem(answer, 415, "encoding_unsupported") == []


def test_a_chunked_body_must_say_how_long_it_is(ada):
    answer = ada.post("orders", order_body(), Transfer_Encoding="chunked")

    assert is_problem(answer, 411, "length_required") == []


@pytest.mark.parametrize("size", [1_048_577, 6_000_000])
def test_a_body_over_a_mebibyte_is_too_large(ada, size):
    answer = ada.post("orders", raw=b'{"a":"%s"}' % (b"x" * size))

    assert is_problem(answer, 413, "body_too_large") == []


@pytest.mark.parametrize("body", [b"", b"  \n"])
def test_a_post_needs_a_body(ada, body):
    assert is_problem(ada.post("orders", raw=body), 400, "body_missing") == []


def test_malformed_json_is_told_where(ada):
    answer = ada.post("orders", raw=b'{"external_ref": "S-1",\n  lines: []}')

    is_problem(answer, 400, "json_malformed")
    assert answer.json()["detail"].endswith("(line 2, column 3).")


def test_a_thousand_faults_are_cut_to_a_hundred(ada):
    line = {"sku": "", "quantity": 0}

    errors = is_problem(ada.post("orders", order_body(lines=[line] * 1_000)), 422, "invalid")

    assert len(errors) == 100


def test_too_many_parameters_are_a_bad_request(ada):
    answer = ada.get("orders?" + "&".join(f"a{n}=1" for n in range(2_000)))

    assert is_problem(answer, 400, "request_unreadable") == []


def break_with(error):
    def broken(*, seller, **_kwargs):
        Address.objects.create(
            tenant_id=seller.pk, name="x", line1="y", city="z", country="NL", created_at="2026-01-01T00:00:00Z"
        )
        raise error

    return broken


def test_what_nobody_foresaw_is_a_500_with_an_id_and_no_secrets(ada, monkeypatch):
    monkeypatch.setattr(orders, "take_order", break_with(RuntimeError("SELECT secret FROM stack")))

    with capture_logs() as logs:
        answer = ada.post("orders", order_body(), Idempotency_Key="k-1")

    assert is_problem(answer, 500, "internal_error") == []
    assert answer.json()["request_id"] == answer["X-Request-Id"]
    assert b"secret" not in answer.content
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["api.broken"]
    assert not Address.objects.exists()


def test_a_database_that_is_away_is_told_to_try_again(ada, monkeypatch):
    monkeypatch.setattr(orders, "take_order", break_with(OperationalError("canceling statement")))

    answer = ada.post("orders", order_body(), Idempotency_Key="k-1")

    assert is_problem(answer, 503, "unavailable") == []
    assert answer["Retry-After"] == "1"


def test_an_exception_reaches_whoever_listens_for_them(ada, monkeypatch):
    monkeypatch.setattr(orders, "take_order", break_with(RuntimeError("heard")))
    ada.client = Client(raise_request_exception=True)

    with pytest.raises(RuntimeError, match="heard"):
        ada.post("orders", order_body())


def test_each_problem_leads_to_its_explanation(ada):
    page = ada.client.get("/api/v1/problems")

    problem_type = ada.get("orders/OR-1").json()["type"]
    assert problem_type == "/api/v1/problems#not-found"
    for kind in KINDS.values():
        assert f'id="{kind.slug}"' in page.text
        assert kind.title in page.text


def test_several_faults_of_one_field_are_all_told(ada):
    errors = is_problem(ada.post("orders", order_body(hub="x" * 11, lines=[{"quantity": 1}])), 422, "invalid")

    assert places(errors) == {("/hub", "max_length"), ("/lines/0/sku", "required")}


def test_an_address_that_is_none_answers_as_all_errors_do(client):
    for path in ("/api/v1/nowhere", "/api/v1/skus/A%0A", "/api/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert answer.json()["code"] == "not_found"
    assert client.get("/nowhere")["Content-Type"].startswith("text/html")
