"""The simulated carrier's webhooks: signed batches of scans, and on demand late, doubled or out of order."""

import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import httpx

from shipping.carriers import signing
from shipping.carriers.simulator_journeys import Event
from shipping.carriers.simulator_world import World

_TIMEOUT_S = 10.0


def as_json(event: Event) -> dict[str, Any]:
    """A scan as the carrier writes it."""
    return {
        "id": event.id,
        "tracking_no": event.tracking_no,
        "code": event.code,
        "at": event.at.isoformat(),
        "place": event.place,
    }


@dataclass(frozen=True, slots=True)
class Manners:
    """How badly to behave.

    `late` keeps half of the webhooks for next time, `doubled` sends each twice, `shuffled` mixes the scans,
    `history` repeats the parcels' full history in every webhook.
    """

    late: bool = False
    doubled: bool = False
    shuffled: bool = False
    history: bool = False


@dataclass(slots=True)
class Report:
    """What one advance did: scans due, webhooks sent, how many of those were accepted or not, scans held back."""

    events: int = 0
    webhooks: int = 0
    delivered: int = 0
    failed: int = 0
    held: int = 0


class Pusher:
    """Tells the customer's endpoint what was scanned. A scan not accepted with 2xx is due again next time."""

    def __init__(self, world: World, *, url: str, secret: str, seed: str = "1", batch: int = 25) -> None:
        self._world, self._url, self._secret, self._batch = world, url, secret, batch
        self._rng = random.Random(f"{seed}/push")
        self._http = httpx.Client(timeout=_TIMEOUT_S, trust_env=False)
        self._one_at_a_time = threading.Lock()

    def advance(self, until: datetime, manners: Manners) -> Report:
        """Lets time pass to `until`, and tells what happened by then."""
        with self._one_at_a_time:
            events = self._world.due(until)
            report = Report(events=len(events))
            if manners.shuffled:
                self._rng.shuffle(events)
            for start in range(0, len(events), self._batch):
                chunk = events[start : start + self._batch]
                if manners.late and self._rng.random() < 0.5:
                    report.held += len(chunk)
                elif self._tell(chunk, manners, report):
                    self._world.mark_sent(chunk)
            return report

    def _tell(self, chunk: Sequence[Event], manners: Manners, report: Report) -> bool:
        """Sends one webhook (twice, if asked), and answers whether the customer took it."""
        told = list(chunk)
        if manners.history:
            told = [e for number in dict.fromkeys(e.tracking_no for e in chunk) for e in self._world.history(number)]
        body = json.dumps({"type": "tracking", "events": [as_json(event) for event in told]}).encode()
        accepted = False
        for _copy in range(2 if manners.doubled else 1):
            report.webhooks += 1
            taken = self._post(body)
            report.delivered += taken
            report.failed += not taken
            accepted = accepted or taken
        return accepted

    def _post(self, body: bytes) -> bool:
        signature = signing.sign_timestamped(secret=self._secret, body=body, at_s=int(time.time()))
        headers = {"Content-Type": "application/json", "Simulator-Signature": signature}
        try:
            return self._http.post(self._url, content=body, headers=headers).is_success
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        """Closes the connection."""
        self._http.close()


def report_json(report: Report) -> dict[str, int]:
    """A report as JSON values."""
    return asdict(report)
