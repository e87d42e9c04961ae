"""The simulated carrier's collections: who asked it to come, when, and whether it still will. Its rules are its own."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shipping.carriers.simulator_world import Refusal

SHORTEST: Final = timedelta(hours=1)
"""The driver needs so much of a window."""


@dataclass(slots=True)
class Collection:
    """One visit that was asked for."""

    id: str
    asked: Mapping[str, Any]
    cancelled: bool = False


class Collections:
    """All visits, by the customer's reference: asked for again, the same one is answered. Kept in memory only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_reference: dict[str, Collection] = {}

    def book(self, asked: Mapping[str, Any]) -> Collection:
        """One visit. Raises `Refusal` for a window that is too short, and for a reference with another window."""
        ready, close = (datetime.fromisoformat(asked[name]) for name in ("ready_at", "close_at"))
        if close - ready < SHORTEST:
            raise Refusal("pickup_window", "The driver needs a window of an hour.", field="close_at")
        with self._lock:
            known = self._by_reference.get(asked["reference"])
            if known is None:
                known = Collection(f"COL{len(self._by_reference) + 1:06d}", asked)
                self._by_reference[asked["reference"]] = known
            elif known.asked != asked:
                raise Refusal("pickup_exists", "This reference is another pick-up's.", field="reference", status=409)
            return known

    def cancel(self, id_: str) -> None:
        """The driver will not come; told so twice is once. Raises `Refusal` for an unknown one."""
        with self._lock:
            found = next((each for each in self._by_reference.values() if each.id == id_), None)
            if found is None:
                raise Refusal("unknown_pickup", "There is no such pick-up.", status=404)
            found.cancelled = True

    def live(self) -> int:
        """How many visits are still to be made."""
        with self._lock:
            return sum(not each.cancelled for each in self._by_reference.values())
