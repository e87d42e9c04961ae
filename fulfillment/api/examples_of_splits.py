"""Examples of plans that are split for the API's description; what they show is sent and answered in tests."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample

from fulfillment.api.examples import INBOUND_ANSWER

SPLIT_BODY: Final[dict[str, Any]] = {
    "reference": "PO-2026-119",
    "expected_on": "2026-11-24",
    "expected_until": "2026-11-26",
    "cartons": [
        {
            "lines": [
                {"sku": "LU-NAI-ROS", "quantity": 96, "lot": "L2611", "expires_on": "2028-05-31", "hub": "AMS1"},
                {"sku": "LU-BAG-LINE", "quantity": 20, "hub": "AMS1"},
            ]
        },
        {"lines": [{"sku": "LU-BAG-LINE", "quantity": 40, "hub": "AMS1"}]},
    ],
}

SPLIT_IN = OpenApiExample("All to Amsterdam, line by line", SPLIT_BODY, request_only=True)
SPLIT = OpenApiExample(
    "One inbound",
    {"inbounds": [{key: value for key, value in INBOUND_ANSWER.items() if key not in ("cartons", "parcels")}]},
    response_only=True,
)
