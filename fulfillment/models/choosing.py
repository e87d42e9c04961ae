"""What sellers say of the services that carry their parcels."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from shipping.models import Carrier, Service
from warehouses.models import Seller
from warehouses.models.people import Owned


class RuleVerb(models.TextChoices):
    """What is said of the services that a rule names."""

    NEVER = "never", "Never use"  # parcels never go by them
    ONLY = "only", "Use only"  # to where a rule says so, parcels go by nothing else
    PREFER = "prefer", "Prefer"  # they are taken although another one is cheaper, up to a difference


class CarrierRule(models.Model):
    """One seller's word about a carrier, or one of its services, to some countries or to all."""

    Verb = RuleVerb

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="carrier_rules")
    verb = models.CharField(max_length=6, choices=RuleVerb)
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: any."
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: any of them."
    )
    countries = ArrayField(
        models.CharField(max_length=2),
        default=list,
        blank=True,
        help_text="ISO 3166-1 alpha-2, with commas between; empty: all.",
    )
    worth_cents = models.PositiveIntegerField(
        "may cost more by (cents)", default=0, help_text="For Prefer: a shipment may cost so much more than by others."
    )

    objects = Owned.as_manager()

    class Meta:
        ordering = ["seller", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verb__in=RuleVerb.values),
                name="carrier_rule_verb_known",
                violation_error_message="Unknown kind of rule.",
            ),
            models.CheckConstraint(
                condition=Q(carrier__isnull=False) | Q(service__isnull=False),
                name="carrier_rule_names_something",
                violation_error_message="Name a carrier or a service.",
            ),
            models.CheckConstraint(
                condition=Q(verb="prefer", worth_cents__gt=0) | Q(~Q(verb="prefer"), worth_cents=0),
                name="carrier_rule_worth_when_preferred",
                violation_error_message="A preferred service, and no other, may cost more: by at least a cent.",
            ),
            models.UniqueConstraint(
                F("seller"),
                F("verb"),
                F("carrier"),
                F("service"),
                F("countries"),
                name="carrier_rule_said_once",
                nulls_distinct=False,
                violation_error_message="This seller has said so already.",
            ),
        ]

    def __str__(self) -> str:
        named = self.service or self.carrier
        where = f" to {', '.join(self.countries)}" if self.countries else ""
        return f"{self.get_verb_display()} {named}{where}"
