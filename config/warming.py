"""Warming up: planners are compiled code, and a process that has not loaded them yet would do so in its first wave."""

import gc
import time
from threading import Thread

import structlog
from django.conf import settings

from shipping.planning.cartons import packing
from warehouses.planning import warming

PARTS = (*warming.PARTS, packing.warm_up)
"""Each compiles, or loads, what the others do not; they may be done at once in processes of their own."""

log = structlog.get_logger("pakhuis.planner")


def load_planner() -> None:
    """Loads the planner beside what the process does otherwise: a second or two, or minutes to compile it anew."""
    if settings.WARM_UP:
        Thread(target=_load, name="planner", daemon=True).start()


def warm() -> None:
    """Loads the planner, and takes what is loaded by now out of the collector's sight.

    A process keeps its modules for ever, some 700,000 objects; looking through them again and again took a third of a
    second each time, in the middle of somebody's scan.
    """
    for part in PARTS:
        part()
    gc.collect()
    gc.freeze()


def _load() -> None:
    begun = time.monotonic()
    warm()
    log.info("planner loaded", seconds=round(time.monotonic() - begun, 1))
