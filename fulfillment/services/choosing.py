"""What a seller says of the services that carry his parcels, as the choice among them takes it."""

from fulfillment.models import CarrierRule
from shipping.planning.rating import Rule, Verb


def rules_of(seller_id: int) -> tuple[Rule, ...]:
    """All that the seller says of carriers."""
    rows = CarrierRule.objects.filter(seller=seller_id).select_related("carrier", "service__carrier")
    return tuple(
        Rule(
            Verb(row.verb),
            carrier=row.carrier.code if row.carrier else row.service.carrier.code if row.service else "",
            service=row.service.code if row.service else "",
            countries=frozenset(row.countries),
            worth_cents=row.worth_cents,
        )
        for row in rows
    )
