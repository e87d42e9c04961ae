"""Examples of slots and appointments for the API's description; what they show is sent and answered in tests."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample

from fulfillment.api.examples import NEXT

APPOINTMENT_BODY: Final[dict[str, Any]] = {
    "inbound": "IN-0000042",
    "door": "D1",
    "starts_at": "2026-11-24T07:00:00Z",
}
APPOINTMENT_ANSWER: Final[dict[str, Any]] = APPOINTMENT_BODY | {
    "number": "AP-0000007",
    "hub": "AMS1",
    "state": "booked",
    "ends_at": "2026-11-24T08:00:00Z",
    "load": 4,
    "change_until": "2026-11-23T07:00:00Z",
    "booked_at": "2026-11-22T09:30:00Z",
    "ended_at": None,
    "reason": "",
}
MOVE_BODY: Final[dict[str, Any]] = {"door": "D1", "starts_at": "2026-11-25T07:00:00Z"}

APPOINTMENT_IN = OpenApiExample("Tuesday at eight in Amsterdam", APPOINTMENT_BODY, request_only=True)
APPOINTMENT = OpenApiExample("Four pallets", APPOINTMENT_ANSWER, response_only=True)
APPOINTMENT_PAGE = OpenApiExample(
    "One appointment per page",
    {"results": [APPOINTMENT_ANSWER], "next": NEXT.format("appointments")},
    response_only=True,
)
MOVE_IN = OpenApiExample("A day later", MOVE_BODY, request_only=True)
CANCEL_IN = OpenApiExample("With a reason", {"reason": "The truck broke down."}, request_only=True)
SLOTS = OpenApiExample(
    "Two slots",
    {
        "timezone": "Europe/Amsterdam",
        "slots": [
            {"door": "D1", "starts_at": "2026-11-24T07:00:00Z", "ends_at": "2026-11-24T08:00:00Z", "free": 6},
            {"door": "D1", "starts_at": "2026-11-24T08:00:00Z", "ends_at": "2026-11-24T09:00:00Z", "free": 10},
        ],
    },
    response_only=True,
)
