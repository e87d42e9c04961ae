"""A seller's machine at the API, and good bodies for it to send."""

import json
from typing import Any

from django.test import Client
from django.utils import timezone

from fulfillment.models import ApiToken, Order
from fulfillment.services.tokens import issue_token
from shipping.models import Address
from warehouses.models import Reservation, Seller


class Machine:
    """JSON in, the plain answer out; each call with the seller's token unless a header says otherwise."""

    def __init__(self, seller: Seller, **token: Any) -> None:
        issued = issue_token(seller=seller, name="test", **token)
        # Used a moment ago, so that no query for `last_used_at` hides among those that are counted.
        ApiToken.objects.filter(pk=issued.token.pk).update(last_used_at=timezone.now())
        self.seller = seller
        self.token = issued.token
        self.plain = issued.plain
        self.client = Client(raise_request_exception=False)

    def call(self, method: str, path: str, data: Any = None, *, raw: bytes | None = None, **headers: str) -> Any:
        """`path` is relative to the version; `Idempotency_Key="k"` is a header; `raw` goes out as it is."""
        body = raw if raw is not None else (b"" if data is None else json.dumps(data).encode())
        sent = {"Authorization": f"Bearer {self.plain}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        content_type = sent.pop("Content-Type", "application/json")
        return self.client.generic(method, f"/api/v1/{path}", body, content_type=content_type, headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def patch(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        return self.call("PATCH", path, data, **kwargs)

    def post(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        return self.call("POST", path, data, **kwargs)


def order_body(ref: str = "S-1", **changes: Any) -> dict[str, Any]:
    """A good order of Ada's."""
    body = {
        "external_ref": ref,
        "ship_to": {
            "name": "Noor de Vries",
            "line1": "Prinsengracht 263",
            "postcode": "1016 GV",
            "city": "Amsterdam",
            "country": "NL",
        },
        "lines": [{"sku": "TOTE-ECRU", "quantity": 2}],
    }
    return body | changes


def inbound_body(ref: str = "PO-1", **changes: Any) -> dict[str, Any]:
    """A good inbound of Ada's."""
    body = {"reference": ref, "cartons": [{"lines": [{"sku": "TOTE-ECRU", "quantity": 20}]}]}
    return body | changes


def nothing_was_ordered() -> bool:
    """No order, nor anything that intake writes on the way to one."""
    return not (Order.objects.exists() or Address.objects.exists() or Reservation.objects.exists())


def is_problem(answer: Any, status: int, code: str) -> list[dict[str, str]]:
    """Asserts the problem's shape, status and code; returns its errors."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) - {"request_id"} == {"type", "title", "status", "detail", "code", "errors"}
    assert problem["status"] == status
    assert problem["type"].startswith("/api/v1/problems#")
    assert problem["code"] == code
    return problem["errors"]


def places(errors: list[dict[str, str]]) -> set[tuple[str, str]]:
    """(where, code) of each error."""
    return {(error.get("pointer", error.get("parameter", "")), error["code"]) for error in errors}
