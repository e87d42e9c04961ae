"""`manage.py bench tracking`: carriers' webhooks at their peak, over HTTP, until every state is right.

A real web server and a real worker on a scratch database. Clients send at a fixed rate whatever the answers (an open
model), so a stall shows in the times: each is counted from the moment at which the webhook should have been sent.
"""

import http.client
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from config.benches.clients import Job, run_clients
from config.benches.scratch import moved_to_scratch
from config.serving import Program, Supervisor, web_server
from foundation import clock
from shipping.carriers.base import Place
from shipping.carriers.signing import sign_timestamped
from shipping.models import Service, Shipment, TrackingScan, WebhookDelivery
from shipping.services.addresses import add_address
from shipping.services.projecting import project_shipments
from shipping.services.setting_up import install_simulated_carrier
from shipping.services.shipments import ParcelInput, ShipmentInput, create_shipment

WEBHOOKS, SECONDS, CLIENTS, PORT = 10_000, 10.0, 24, 8_470
DOUBLED: Final = 1_000
"""At most so many of the webhooks are an earlier one sent again."""
SECRET: Final = "a-webhook-secret-for-benches"  # noqa: S105 - of a database that is thrown away
DRAIN_S: Final = 180.0
"""Nobody waits longer for the worker."""
LIMITS: Final = {"accepted_p99_ms": 1_000.0, "not_accepted": 0.0, "wrong_states": 0.0}
HUB: Final = Place(name="Hub", line1="Handelskade 12", postcode="1019 BN", city="Amsterdam", country="NL")
BUYER: Final = Place(name="Buyer", line1="Kerkstraat 7", postcode="1017 GA", city="Amsterdam", country="NL")
JOURNEYS: Final = (
    (("PU", "DP", "OD", "DV"), Shipment.State.DELIVERED),
    (("PU", "DP", "OD", "PP"), Shipment.State.AT_PICKUP_POINT),
    (("PU", "DP", "OD", "AT", "RT", "RS"), Shipment.State.RETURNED),
    (("PU", "DP", "OD", "AT", "OD", "DV"), Shipment.State.DELIVERED),
)
"""What the carrier tells of a parcel, and where that leaves it."""


@dataclass(frozen=True, slots=True)
class _Post:
    """One webhook, and when it is due, in seconds from the start."""

    body: bytes
    due_s: float


def tracking_figures(*, seed: int, say: Callable[[str], object]) -> dict[str, Any]:
    """10,000 webhooks, shuffled and some doubled, at 1,000 a second; then how long until all are read."""
    with moved_to_scratch() as url, tempfile.TemporaryDirectory(prefix="pakhuis-bench-") as folder:
        expected, posts = _parcels(seed)
        say(f"{len(expected):,} parcels, {len(posts):,} webhooks in {SECONDS:.0f} s")
        with _served(url, Path(folder)):
            begun = time.perf_counter()
            run = run_clients([posts[n::CLIENTS] for n in range(CLIENTS)], _carrier, due_s=lambda post: post.due_s)
            say(f"sent in {run.seconds:.1f} s; the worker reads on")
            drained_s = _drained(begun)
        states = dict(Shipment.objects.values_list("number", "state"))
        found = {
            "accepted_p99_ms": run.percentile_ms(0.99),
            "not_accepted": float(len(posts) - sum(run.results)),
            "wrong_states": float(sum(states[number] != state for number, state in expected.items())),
        }
        return {
            "limits": {
                name: {"value": round(found[name], 2), "limit": limit, "kept": found[name] <= limit}
                for name, limit in LIMITS.items()
            },
            "accepted_p50_ms": round(run.percentile_ms(0.5), 2),
            "webhooks_a_second": round(len(posts) / run.seconds),
            "drained_after_s": round(drained_s, 1),
            "webhooks_stored": WebhookDelivery.objects.count(),
            "scans": TrackingScan.objects.count(),
        }


def _parcels(seed: int) -> tuple[dict[str, str], list[_Post]]:
    """Labelled shipments with the states they should end in, and all that the carrier tells of them, shuffled."""
    install_simulated_carrier(site="AMS1", base_url="http://127.0.0.1:9", webhook_secret=SECRET)
    service = Service.objects.get(code="STANDARD")
    address = add_address(place=BUYER)
    labelled = clock.now() - timedelta(days=5)
    expected: dict[str, str] = {}
    bodies: list[bytes] = []
    with transaction.atomic():
        while len(bodies) < WEBHOOKS - DOUBLED:
            number = f"BENCH{len(expected):06d}"
            codes, end = JOURNEYS[len(expected) % len(JOURNEYS)]
            shipment = create_shipment(
                shipment=ShipmentInput(number, "AMS1", address.pk, HUB, service.pk, (ParcelInput(300, 200, 100, 800),))
            )
            shipment.parcels.update(tracking_no=number, labelled_at=labelled)
            project_shipments({shipment.pk: shipment})
            expected[shipment.number] = end.value
            bodies += [
                _body(number, step, code, labelled + timedelta(hours=6 * step + 1)) for step, code in enumerate(codes)
            ]
    rng = random.Random(seed)
    sent = bodies + rng.sample(bodies, WEBHOOKS - len(bodies))
    rng.shuffle(sent)
    return expected, [_Post(body, SECONDS * n / len(sent)) for n, body in enumerate(sent)]


def _body(number: str, step: int, code: str, at: datetime) -> bytes:
    event = {"id": f"{number}-{step}", "tracking_no": number, "code": code, "at": at.isoformat(), "place": "Utrecht"}
    return json.dumps({"type": "tracking", "events": [event]}).encode()


def _carrier() -> tuple[Job, Callable[[], None]]:
    """Sends each webhook when it is due, over one connection that stays open; 1 when it was accepted."""
    line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)

    def send(post: _Post) -> int:
        signature = sign_timestamped(secret=SECRET, body=post.body, at_s=int(time.time()))
        line.request("POST", "/webhooks/carriers/simulator/", post.body, {"Simulator-Signature": signature})
        answer = line.getresponse()
        answer.read()
        return int(answer.status == http.HTTPStatus.ACCEPTED)

    return send, line.close


@contextmanager
def _served(url: str, folder: Path) -> Iterator[None]:
    """The web server and a worker, as they run in production, on the database at `url`."""
    python, manage = sys.executable, str(settings.BASE_DIR / "manage.py")
    programs = [web_server(PORT, processes=os.cpu_count() or 1), Program("worker", [python, manage, "worker"])]
    # the planner is loaded when a process starts, and is no part of what is measured
    env = os.environ | {"DATABASE_URL": url, "VAR_DIR": str(folder), "LOG_LEVEL": "WARNING", "WARM_UP": "0"}
    with Supervisor(programs, folder=folder, cwd=settings.BASE_DIR, env=env):
        yield


def _drained(begun: float) -> float:
    """Seconds from `begun` until no webhook waits."""
    waiting = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING)
    while waiting.exists() and time.perf_counter() - begun < DRAIN_S:
        time.sleep(0.2)
    return time.perf_counter() - begun
