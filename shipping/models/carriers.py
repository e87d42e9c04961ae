"""Carriers, and a hub's account at each."""

from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import LessThanOrEqual


class Carrier(models.Model):
    """A company that takes parcels. `adapter` names the code that speaks with it."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    adapter = models.SlugField(max_length=40, help_text="Which adapter speaks with it, such as simulator")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CarrierAccount(models.Model):
    """One hub's contract with one carrier: where to call, as whom, which secrets sign its webhooks.

    `webhook_secrets` is a list of at most two `{"secret": text, "until": ISO moment or null}`: the newest
    first, and during a rotation the former one until its moment.
    """

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="accounts")
    site = models.CharField(max_length=40, help_text="The hub's code")
    base_url = models.URLField(max_length=300)
    credentials = models.JSONField(default=dict, blank=True)
    timeout_ms = models.PositiveIntegerField(default=10_000, help_text="How long to wait for an answer")
    webhook_secrets = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["carrier", "site"]
        permissions = [("rotate_secret", "Can make a new webhook secret")]
        constraints = [
            models.UniqueConstraint(
                name="one_active_account_per_carrier_and_site",
                fields=["carrier", "site"],
                condition=Q(active=True),
                violation_error_message="This hub already has an active account at this carrier.",
            ),
            models.CheckConstraint(
                name="at_most_two_webhook_secrets",
                condition=LessThanOrEqual(
                    Func(F("webhook_secrets"), function="jsonb_array_length", output_field=IntegerField()), 2
                ),
                violation_error_message="At most two webhook secrets are live at once.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier.name} at {self.site}"
