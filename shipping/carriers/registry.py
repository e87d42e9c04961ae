"""Which code speaks with which carrier. Adding a carrier means one more line in each table, and in `statuses`."""

from collections.abc import Mapping
from typing import Protocol

from shipping.carriers.base import Capabilities, Carrier, Connection, WebhookReader
from shipping.carriers.dhl_nl import DhlNl, DhlNlWebhooks
from shipping.carriers.dpd_nl import DpdNl
from shipping.carriers.easypost import EasyPost, EasyPostWebhooks
from shipping.carriers.gls import Gls
from shipping.carriers.postnl import PostNL
from shipping.carriers.sendcloud import Sendcloud, SendcloudWebhooks
from shipping.carriers.shipstation import ShipStation, ShipStationWebhooks
from shipping.carriers.simulator_client import SimulatorClient, SimulatorWebhooks
from shipping.carriers.ups import Ups, UpsWebhooks


class AdapterClass(Protocol):
    """What opens an account: the credentials it `needs`, and what its carrier can do."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the credentials an account must hold."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the carrier can do."""
        ...

    def __call__(self, connection: Connection) -> Carrier:
        """The adapter that speaks for one account."""
        ...


ADAPTERS: Mapping[str, AdapterClass] = {
    "simulator": SimulatorClient,
    "sendcloud": Sendcloud,
    "dhl_nl": DhlNl,
    "postnl": PostNL,
    "dpd_nl": DpdNl,
    "gls": Gls,
    "ups": Ups,
    "easypost": EasyPost,
    "shipstation": ShipStation,
}
"""By adapter name: opens an account."""

WEBHOOKS: Mapping[str, WebhookReader] = {
    "simulator": SimulatorWebhooks(),
    "sendcloud": SendcloudWebhooks(),
    "dhl_nl": DhlNlWebhooks(),
    "ups": UpsWebhooks(),
    "easypost": EasyPostWebhooks(),
    "shipstation": ShipStationWebhooks(),
}
"""By adapter name: reads its webhooks. A carrier that cannot push is absent."""
