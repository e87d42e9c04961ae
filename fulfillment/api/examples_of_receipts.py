"""Examples of scans at the dock for the API's description."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample

from fulfillment.api.examples import NEXT

RECEIPT_ANSWER: Final[dict[str, Any]] = {
    "id": "0191f3a8-5c41-4d0e-9b6e-2f8f7a1c3d55",
    "carton": 1,
    "sku": "LU-NAI-ROS",
    "lot": "",
    "code": "08710000000123",
    "condition": "sellable",
    "quantity": 12,
    "undoes": None,
    "worker": 7,
    "station": "DOCK-1",
    "scanned_at": "2026-11-24T08:21:12Z",
}
RECEIPT_PAGE = OpenApiExample(
    "One scan per page",
    {"results": [RECEIPT_ANSWER], "next": NEXT.format("inbounds/IN-0000042/receipts")},
    response_only=True,
)
FINDING_PAGE = OpenApiExample(
    "One finding per page",
    {
        "results": [
            {
                "id": "0191f3a8-5c41-4d0e-9b6e-2f8f7a1c3d56",
                "carton": 1,
                "code": "4006381333931",
                "quantity": 3,
                "undoes": None,
                "worker": 7,
                "station": "DOCK-1",
                "scanned_at": "2026-11-24T08:25:02Z",
            }
        ],
        "next": NEXT.format("inbounds/IN-0000042/findings"),
    },
    response_only=True,
)
