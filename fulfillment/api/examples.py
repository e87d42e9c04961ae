"""Examples in the docs: an order, an inbound and each problem. What goes in is of the demo's LUMI; a test sends it."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample

from fulfillment.api.problems import Error

ORDER_BODY: Final[dict[str, Any]] = {
    "external_ref": "TT-576812349911",
    "short_policy": "wait",
    "ship_to": {
        "name": "Noor de Vries",
        "line1": "Prinsengracht 263",
        "postcode": "1016 GV",
        "city": "Amsterdam",
        "country": "NL",
    },
    "lines": [
        {"sku": "LU-NAI-ROS", "quantity": 2, "unit_price_cents": 1295},
        {"sku": "LU-BAG-LINE", "quantity": 1, "unit_price_cents": 1900},
    ],
}

ORDER_ANSWER: Final[dict[str, Any]] = {
    "number": "OR-0000123",
    "external_ref": "TT-576812349911",
    "state": "packed",
    "reason": {"code": "waits_for_dispatch", "owner": "hub", "next_step": "Hand the manifest to the carrier."},
    "hub": "AMS1",
    "channel": "api",
    "is_gift": False,
    "currency": "EUR",
    "short_policy": "wait",
    "placed_at": "2026-11-22T09:30:00Z",
    "ship_by": "2026-11-22T17:00:00Z",
    "shipped_at": None,
    "delivered_at": None,
    "lines": [
        {
            "sku": "LU-NAI-ROS",
            "quantity": 2,
            "unit_price_cents": 1295,
            "waiting": 0,
            "held": 0,
            "picked": 2,
            "shipped": 0,
            "cancelled": 0,
        },
        {
            "sku": "LU-BAG-LINE",
            "quantity": 1,
            "unit_price_cents": 1900,
            "waiting": 0,
            "held": 0,
            "picked": 1,
            "shipped": 0,
            "cancelled": 0,
        },
    ],
    "shipment": {
        "number": "S7K2M9QX4TD",
        "state": "label_created",
        "carrier": "simulator",
        "service": "standard",
        "handed_over_at": None,
        "delivered_at": None,
        "parcels": [
            {
                "sequence": 1,
                "carrier": "simulator",
                "tracking_no": "SIM00000000042",
                "weight_g": 412,
                "length_mm": 248,
                "width_mm": 178,
                "height_mm": 88,
            }
        ],
    },
    "events": [
        {"kind": "order.received", "occurred_at": "2026-11-22T09:30:04Z", "data": {}},
        {"kind": "order.allocated", "occurred_at": "2026-11-22T09:30:21Z", "data": {}},
        {"kind": "order.released", "occurred_at": "2026-11-22T10:00:00Z", "data": {"wave": "WV-0000007"}},
        {"kind": "order.picked", "occurred_at": "2026-11-22T10:24:10Z", "data": {}},
        {"kind": "order.packed", "occurred_at": "2026-11-22T10:41:37Z", "data": {}},
    ],
}

INBOUND_BODY: Final[dict[str, Any]] = {
    "reference": "PO-2026-118",
    "expected_on": "2026-11-24",
    "cartons": [
        {
            "lines": [
                {"sku": "LU-NAI-ROS", "quantity": 96, "lot": "L2611", "expires_on": "2028-05-31"},
                {"sku": "LU-BAG-LINE", "quantity": 20},
            ]
        },
        {"lines": [{"sku": "LU-BAG-LINE", "quantity": 40}], "copies": 1, "weight_g": 9_400},
    ],
}

PREFLIGHT_ANSWER: Final[dict[str, Any]] = {
    "is_accepted": False,
    "findings": [
        {
            "code": "barcode_missing",
            "severity": "refused",
            "pointer": "/cartons/0/lines/1",
            "message": "LU-BAG-LINE has no barcode: nobody could scan it. Give it one, or let us make one.",
        },
        {
            "code": "weight_understated",
            "severity": "warning",
            "pointer": "/cartons/1",
            "message": "Declared 9.4 kg, but its goods alone weigh 9.6 kg.",
        },
    ],
}

INBOUND_ANSWER: Final[dict[str, Any]] = {
    "number": "IN-0000045",
    "reference": "PO-2026-118",
    "hub": "AMS1",
    "state": "receiving",
    "freight": "parcel",
    "expected_on": "2026-11-24",
    "expected_until": None,
    "clocks": {
        "created_at": "2026-11-22T08:12:40Z",
        "arrived_at": "2026-11-24T07:55:02Z",
        "first_scan_at": "2026-11-24T08:20:31Z",
        "received_at": None,
        "sellable_at": None,
        "first_scan_target": {"due_at": "2026-11-25T07:55:02Z", "pace": "kept"},
        "sellable_target": {"due_at": "2026-11-26T07:55:02Z", "pace": "running"},
    },
    "carton_count": 2,
    "units": {"planned": 156, "good": 115, "damaged": 1, "missing": 0, "surplus": 0},
    "parcels": [{"carrier": "postnl", "tracking_no": "3SABCD123456789", "delivered_at": "2026-11-24T07:55:02Z"}],
    "cartons": [
        {
            "number": 1,
            "sscc": "087123450000000456",
            "pallet": None,
            "weight_g": None,
            "length_mm": None,
            "width_mm": None,
            "height_mm": None,
            "state": "received",
            "arrived_at": "2026-11-24T07:55:02Z",
            "received_at": "2026-11-24T08:31:12Z",
            "lines": [
                {
                    "planned": 96,
                    "good": 95,
                    "damaged": 1,
                    "missing": 0,
                    "surplus": 0,
                    "sku": "LU-NAI-ROS",
                    "lot": "L2611",
                    "expires_on": "2028-05-31",
                },
                {
                    "planned": 20,
                    "good": 20,
                    "damaged": 0,
                    "missing": 0,
                    "surplus": 0,
                    "sku": "LU-BAG-LINE",
                    "lot": "",
                    "expires_on": None,
                },
            ],
        },
        {
            "number": 2,
            "sscc": "087123450000000463",
            "pallet": None,
            "weight_g": 9_400,
            "length_mm": None,
            "width_mm": None,
            "height_mm": None,
            "state": "arrived",
            "arrived_at": "2026-11-24T07:55:40Z",
            "received_at": None,
            "lines": [
                {
                    "planned": 40,
                    "good": 0,
                    "damaged": 0,
                    "missing": 0,
                    "surplus": 0,
                    "sku": "LU-BAG-LINE",
                    "lot": "",
                    "expires_on": None,
                }
            ],
        },
    ],
}


CASE_BODY: Final[dict[str, Any]] = {"choice": "book_to", "book_to": "LU-BAG-LINE", "note": "The new batch."}

CASE_ANSWER: Final[dict[str, Any]] = {
    "number": "CA-0000012",
    "inbound": "IN-0000042",
    "carton": 1,
    "sscc": "387123450000047116",
    "kind": "surplus",
    "sku": "LU-NAI-ROS",
    "lot": "",
    "units": 2,
    "state": "open",
    "choices": [
        {"choice": "accept", "amount_cents": 0, "unit_price": None, "currency": None},
        {"choice": "relabel", "amount_cents": 70, "unit_price": "0.3500", "currency": "EUR"},
    ],
    "choice": "",
    "book_to": "",
    "book_lot": "",
    "by_silence": False,
    "opened_at": "2026-11-24T08:31:04Z",
    "due_at": "2026-12-01T23:00:00Z",
    "answered_at": None,
    "ended_at": None,
    "photos": [
        {
            "number": "PH-0000031",
            "url": "https://pakhuis.example/api/v1/photos/PH-0000031",
            "taken_at": "2026-11-24T08:29:50Z",
            "station": "DOCK-1",
        }
    ],
    "findings": [],
    "steps": [{"what": "opened", "note": "", "occurred_at": "2026-11-24T08:31:04Z"}],
}


PROBLEMS: Final[dict[int, dict[str, Any]]] = {
    400: {
        "code": "parameter_invalid",
        "detail": "One thing is wrong; see errors.",
        "errors": [Error("query", "order_by", "parameter_unknown", "There is no such parameter.")],
    },
    401: {"code": "token_expired", "detail": "This token has expired."},
    403: {"code": "scope_missing", "detail": "This token lacks the scope 'write'."},
    404: {"code": "not_found", "detail": "There is no such thing, or it is not yours."},
    405: {"code": "method_not_allowed", "detail": 'Method "DELETE" not allowed.'},
    406: {"code": "not_acceptable", "detail": "Could not satisfy the request Accept header."},
    409: {"code": "call_running", "detail": "The first call with this key is still running; ask again."},
    411: {"code": "length_required", "detail": "Send the body with a Content-Length."},
    413: {"code": "body_too_large", "detail": "A body may have 1,048,576 bytes."},
    415: {"code": "media_type_unsupported", "detail": 'Unsupported media type "text/xml" in request.'},
    422: {
        "code": "invalid",
        "detail": "2 things are wrong; see errors.",
        "errors": [
            Error("body", "/lines/0/sku", "sku_unknown", "There is no item 'LU-NAI-ROZ'."),
            Error(
                "body", "/lines/1/quantity", "quantity_invalid", "Quantity must be a whole number from 1 to 1,000,000."
            ),
        ],
    },
    500: {
        "code": "internal_error",
        "detail": "Something broke on our side. It is logged under this id.",
        "request_id": "5f0c2c8f0a7b4d0d9a3e5f1b6c7d8e9f",
    },
    503: {
        "code": "unavailable",
        "detail": "The service cannot answer just now; ask again.",
        "request_id": "5f0c2c8f0a7b4d0d9a3e5f1b6c7d8e9f",
    },
}


def _without(answer: dict[str, Any], *tails: str) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in tails}


NEXT: Final = "https://pakhuis.example/api/v1/{}?limit=1&cursor=MS8xMjM%3D"

ORDER_IN = OpenApiExample("An order of two lines", ORDER_BODY, request_only=True)
ORDER = OpenApiExample("Packed, waiting for dispatch", ORDER_ANSWER, response_only=True)
ORDER_PAGE = OpenApiExample(
    "One order per page",
    {"results": [_without(ORDER_ANSWER, "events")], "next": NEXT.format("orders")},
    response_only=True,
)
INBOUND_IN = OpenApiExample("Two cartons", INBOUND_BODY, request_only=True)
INBOUND = OpenApiExample("One carton counted", INBOUND_ANSWER, response_only=True)
INBOUND_PARCELS_IN = OpenApiExample(
    "Two parcels",
    {
        "parcels": [
            {"carrier": "postnl", "tracking_no": "3SABCD123456789"},
            {"carrier": "postnl", "tracking_no": "3SABCD123456790"},
        ]
    },
    request_only=True,
)
INBOUND_PAGE = OpenApiExample(
    "One inbound per page",
    {"results": [_without(INBOUND_ANSWER, "cartons", "parcels")], "next": NEXT.format("inbounds")},
    response_only=True,
)
CASE_ANSWER_IN = OpenApiExample("Booked to another item", CASE_BODY, request_only=True)
CASE = OpenApiExample("Two too many", CASE_ANSWER, response_only=True)
CASE_PAGE = OpenApiExample(
    "One case per page",
    {"results": [_without(CASE_ANSWER, "photos", "findings", "steps")], "next": NEXT.format("cases")},
    response_only=True,
)
CARTONS_IN = OpenApiExample("Two cartons", _without(INBOUND_BODY, "reference"), request_only=True)
PREFLIGHT = OpenApiExample("One thing refused, one odd", PREFLIGHT_ANSWER, response_only=True)
PROPOSAL_IN = OpenApiExample(
    "One carton",
    {"ship_from": "PL", "cartons": [{"lines": [{"sku": "LU-BAG-LINE", "quantity": 40}], "copies": 4}]},
    request_only=True,
)
PROPOSAL = OpenApiExample(
    "The hub that is nearer",
    {
        "lines": [
            {"pointer": "/cartons/0/lines/0", "sku": "LU-BAG-LINE", "hub": "AMS1", "km_in": 945.2, "km_out": 310.4},
        ]
    },
    response_only=True,
)
