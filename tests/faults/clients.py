"""Shops that hand in orders and never give up: the same key until there is an answer. They log what they were told."""

import http.client
import json
import time
import uuid
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any, Final

PATIENCE_S: Final = 10.0
PAUSE_S: Final = 0.05
ADDRESS: Final = {
    "name": "Noor de Vries",
    "line1": "Prinsengracht 263",
    "postcode": "1016 GV",
    "city": "Amsterdam",
    "country": "NL",
}


@dataclass
class Log:
    """By the shop's own order number: our number for what was acknowledged, and the item of all that was asked.

    `answers` are the moments (monotonic, seconds) at which a call that ended in an acknowledgement began and ended.
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[float, float]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)

    @property
    def in_doubt(self) -> set[str]:
        """Asked, and nobody knows."""
        return set(self.asked) - set(self.acknowledged)


class Shops:
    """So many clients in threads, until `stop`."""

    def __init__(self, *, port: int, token: str, skus: list[str], clients: int = 4) -> None:
        self.port, self.token, self.skus = port, token, skus
        self.log, self.lock, self.over = Log(), Lock(), Event()
        self.threads = [Thread(target=self._shop, args=(n,), daemon=True) for n in range(clients)]
        for thread in self.threads:
            thread.start()

    def stop(self, *, patience_s: float = PATIENCE_S) -> Log:
        """No new orders; those under way are asked for until they are answered, for a while."""
        self.over.set()
        deadline = time.monotonic() + patience_s
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return self.log

    def _shop(self, number: int) -> None:
        n = 0
        while not self.over.is_set():
            n += 1
            # every other order is for the scarce item
            sku = self.skus[0] if n % 2 else self.skus[1 + (n // 2 + number) % (len(self.skus) - 1)]
            self._order(f"C{number}-{n}", sku)

    def _order(self, ref: str, sku: str) -> None:
        key = str(uuid.uuid4())
        body = {"external_ref": ref, "ship_to": ADDRESS, "lines": [{"sku": sku, "quantity": 1}]}
        with self.lock:
            self.log.asked[ref] = sku
        given_up_at = None
        while given_up_at is None or time.monotonic() < given_up_at:
            begun = time.monotonic()
            status, number = self._call(body, key)
            with self.lock:
                self.log.statuses[status] = self.log.statuses.get(status, 0) + 1
                if number:
                    self.log.acknowledged[ref] = number
                    self.log.answers.append((begun, time.monotonic()))
                    return
            if self.over.is_set() and given_up_at is None:
                given_up_at = time.monotonic() + PATIENCE_S
            time.sleep(PAUSE_S)

    def _call(self, body: dict[str, Any], key: str) -> tuple[str, str]:
        """The status, or how it failed; and our number for the order when it was taken."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            connection.request("POST", "/api/v1/orders", json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            taken = answer.status in {200, 201}
            return str(answer.status), json.loads(content)["number"] if taken else ""
        except (OSError, http.client.HTTPException, ValueError) as error:
            return type(error).__name__, ""
        finally:
            connection.close()
