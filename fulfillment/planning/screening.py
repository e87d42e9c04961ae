"""Whether an order may go where it is to go, by its address alone. Pure; for intake, row by row."""

from dataclasses import dataclass

from fulfillment.planning.clearing import is_clear
from shipping.planning.sanctions import sanction_on
from shipping.planning.territories import Territory, customs_needed, territory_of


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a hub sees of the world: where it is, which countries its carriers serve, and which the operator closed.

    `served` is empty as long as no carrier is set up; then nothing is known, and nothing is held for it.
    """

    home: Territory
    served: frozenset[str]
    closed: frozenset[str]

    def is_sanctioned(self, country: str, postcode: str) -> bool:
        """Nothing may be sent there, by law or by the operator's word."""
        return country in self.closed or sanction_on(country, postcode) is not None

    def is_unserved(self, country: str) -> bool:
        """No service of any carrier has this country."""
        return bool(self.served) and country not in self.served

    def crosses(self, country: str, postcode: str) -> bool:
        """A parcel there needs customs papers."""
        return customs_needed(self.home, territory_of(country, postcode))

    def is_plain(self, *, line1: str, line2: str, postcode: str, country: str) -> bool:
        """Nobody needs to look at an order to this address."""
        return (
            is_clear(line1, line2, postcode, country)
            and not self.is_sanctioned(country, postcode)
            and not self.is_unserved(country)
            and not self.crosses(country, postcode)
        )
