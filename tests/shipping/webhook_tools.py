"""What tests of the carriers' door share: bodies to send, the worker's round, a look at the result."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from foundation import clock
from shipping.models import Shipment
from shipping.services.inbox import ProcessReport, process_deliveries
from tests.shipping.conftest import NOW

URL = "/webhooks/carriers/simulator/"

Post = Callable[..., Any]


def body_of(*events: tuple[str, float], number: str = "T1", **more: object) -> bytes:
    """A webhook with these (code, hours after ten o'clock)."""
    rows = [
        {
            "id": f"{number}-{code}-{hours}",
            "tracking_no": number,
            "code": code,
            "at": (NOW + timedelta(hours=hours)).isoformat(),
            "place": "Utrecht",
            **more,
        }
        for code, hours in events
    ]
    return json.dumps({"type": "tracking", "events": rows}).encode()


def process() -> ProcessReport:
    """The worker's round, ten days later."""
    with clock.playing(NOW + timedelta(days=10)):
        return process_deliveries()


def state_of(shipment: Shipment) -> str:
    shipment.refresh_from_db()
    return shipment.state
