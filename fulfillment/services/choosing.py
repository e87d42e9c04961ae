"""What a seller says of the services that carry his parcels, as the choice among them takes it."""

from fulfillment.models import CarrierRule
from shipping.planning.rating import Rule, Verb


def rules_of(seller_id: int) -> tuple[Rule, ...]:
    """All that the seller says of carriers."""
    columns = ("verb", "carrier__code", "service__carrier__code", "service__code", "countries", "worth_cents")
    rows = CarrierRule.objects.filter(seller=seller_id).values_list(*columns)
    return tuple(
        Rule(
            Verb(verb),
            carrier=carrier or carrier_of_service or "",
            service=service or "",
            countries=frozenset(countries),
            worth_cents=worth_cents,
        )
        for verb, carrier, carrier_of_service, service, countries, worth_cents in rows
    )
