"""Examples of charges for the API's description; what they show is answered in tests."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample

from fulfillment.api.examples import NEXT

CHARGE_ANSWER: Final[dict[str, Any]] = {
    "number": "CG-0000003",
    "kind": "relabel",
    "case": "CA-0000012",
    "inbound": "IN-0000042",
    "hub": "AMS1",
    "quantity": 2,
    "unit": "unit",
    "unit_price": "0.3500",
    "amount_cents": 70,
    "currency": "EUR",
    "occurred_at": "2026-11-26T10:12:40Z",
    "corrects": "",
    "reason": "",
}

CHARGE_PAGE = OpenApiExample(
    "One charge per page", {"results": [CHARGE_ANSWER], "next": NEXT.format("charges")}, response_only=True
)
