"""A task that tells when it has begun and waits to be let go, by named pipes: no test has to sleep."""

import os
from pathlib import Path

from procrastinate.contrib.django import app


@app.task(name="tests.wait_at_gate")
def wait_at_gate(folder: str) -> None:
    """Write our process's number into `begun`, wait for a byte from `gate`, leave a mark."""
    Path(folder, "begun").write_text(str(os.getpid()))
    with Path(folder, "gate").open("rb", buffering=0) as gate:
        gate.read(1)
    Path(folder, f"done-{os.getpid()}").touch()
