"""Which code speaks with which carrier. Adding a carrier means one more line in each table, and in `statuses`."""

from collections.abc import Callable, Mapping

from shipping.carriers.base import Carrier, Connection, WebhookReader
from shipping.carriers.simulator_client import SimulatorClient, SimulatorWebhooks

ADAPTERS: Mapping[str, Callable[[Connection], Carrier]] = {"simulator": SimulatorClient}
"""By adapter name: opens an account."""

WEBHOOKS: Mapping[str, WebhookReader] = {"simulator": SimulatorWebhooks()}
"""By adapter name: reads its webhooks. A carrier that cannot push is absent."""
