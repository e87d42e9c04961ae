"""The storm: under a steady load of orders PostgreSQL, the web server and the worker are killed, again and again."""

import time
from dataclasses import asdict
from typing import Any, Final

from tests.faults.checking import judge
from tests.faults.clients import Shops
from tests.faults.place import made, place

VICTIMS: Final = ("postgresql", "web", "worker")
CALM_S: Final = 1.5
"""Between a recovery and the next kill."""
MOST_S: Final = 60.0


def storm(*, cycles: int, scarce: int = 50, durable: bool = True, victims: tuple[str, ...] = VICTIMS) -> dict[str, Any]:
    """What happened, as plain values for JSON: counts, the verdict, and how long each recovery took, in seconds.

    A recovery lasts from the kill to the end of the first acknowledged call that began after it; a worker's until
    it runs again, since nobody waits for it.
    """
    with place(durable=durable) as here:
        world = made(here, scarce=scarce)
        here.ask("CHECKPOINT")  # whatever the storm loses, it is not the world
        here.start("web")
        here.start("worker")
        shops = Shops(port=here.port, token=world["token"], skus=list(world["units"]))
        recoveries: dict[str, list[float]] = {name: [] for name in victims}
        for _ in range(cycles):
            for name in victims:
                time.sleep(CALM_S)
                killed = time.monotonic()
                here.kill(name)
                here.start(name)
                recoveries[name].append(round(_until_answered(shops, killed) - killed, 2))
        time.sleep(CALM_S)
        log = shops.stop()
        here.kill("worker")
        time.sleep(4)  # longer than JOBS_STALLED_AFTER_S: what a killed worker held is taken over
        verdict = judge(here, log, world["units"])
        return {
            "cycles": cycles,
            "durable": durable,
            "acknowledged": len(log.acknowledged),
            "in_doubt": len(log.in_doubt),
            "answers": dict(sorted(log.statuses.items())),
            "recovery_s": {name: {"all": each, "most": max(each)} for name, each in recoveries.items()},
            "verdict": asdict(verdict),
            "clean": verdict.is_clean,
        }


def _until_answered(shops: Shops, killed: float) -> float:
    """When the first call that began after the kill was acknowledged."""
    deadline = time.monotonic() + MOST_S
    while time.monotonic() < deadline:
        with shops.lock:
            ends = [end for begun, end in shops.log.answers[-200:] if begun > killed]
        if ends:
            return min(ends)
        time.sleep(0.01)
    raise TimeoutError(f"Nobody was answered within {MOST_S:.0f} s; so far {shops.log.statuses}")
