"""Starts the simulated carrier as a process of its own and stops it again. For tests and for playing a day."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from shipping.carriers.simulator_terms import DEFAULT_TOKEN
from shipping.carriers.trust import trusted

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class SimulatedCarrier:
    """A running simulated carrier, and its controls. Raises `httpx.HTTPError` when it does not do as asked."""

    url: str
    token: str

    def advance(self, until: datetime, **manners: bool) -> dict[str, int]:
        """Lets time pass to `until`; `late`, `doubled`, `shuffled`, `history` make it misbehave. Answers counts."""
        return self._call("POST", "/control/advance", {"until": until.isoformat(), **manners})

    def set_faults(self, **faults: Any) -> None:
        """Orders accidents (see `simulator.Faults`); none given: back to normal."""
        self._call("POST", "/control/faults", faults)

    def stats(self) -> dict[str, Any]:
        """What it has on its books."""
        return self._call("GET", "/control/stats", None)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=120.0, trust_env=False, verify=trusted()) as http:
            response = http.request(method, path, json=body)
            response.raise_for_status()
            return response.json()


@contextmanager
def running(
    *, webhook_url: str = "", secret: str = "", token: str = DEFAULT_TOKEN, state: Path | None = None, port: int = 0
) -> Iterator[SimulatedCarrier]:
    """The simulated carrier, up for the length of the `with` block; it dies with this process too."""
    command = [sys.executable, "-m", "shipping.carriers.simulator", "--stop-with-stdin"]
    command += ["--port", str(port), "--token", token, "--webhook-url", webhook_url, "--secret", secret]
    if state is not None:
        command += ["--state", str(state)]
    with subprocess.Popen(
        command,
        cwd=_ROOT,
        env=dict(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError("the simulated carrier did not start")
            yield SimulatedCarrier(url=json.loads(line)["url"], token=token)
        finally:
            process.terminate()
