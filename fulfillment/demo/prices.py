"""What work costs in the demo: one card for all hubs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from foundation import clock
from fulfillment.models import ChargeKind, RateCard
from fulfillment.services.charging import NOTICE, publish_rates

PRICES: Final[Mapping[str, Decimal]] = {
    ChargeKind.RELABEL: Decimal("0.3500"),
    ChargeKind.RETURN_TO_SELLER: Decimal("0.6500"),
    ChargeKind.DISPOSE: Decimal("0.1250"),
}
"""Euros for a unit."""


def install_rates() -> None:
    """The card, made where there is none; valid a minute after the played moment."""
    if not RateCard.objects.exists():
        publish_rates(valid_from=clock.now() + NOTICE, prices=PRICES)
