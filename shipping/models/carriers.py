"""Carriers, and a hub's account at each."""

from django.db import models
from django.db.models import BooleanField, F, Func, IntegerField, Q
from django.db.models.lookups import LessThanOrEqual

from foundation.sealing import MARK


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

    `sealed_credentials` and the secrets are sealed (`services/credentials.py`), never in the clear. `webhook_secrets`
    is a list of at most two `{"secret": sealed text, "until": ISO moment or null}`: the newest first, and during a
    rotation the former one until its moment.
    """

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="accounts")
    site = models.CharField(max_length=40, help_text="The hub's code")
    base_url = models.URLField(max_length=300)
    sealed_credentials = models.TextField(default="", blank=True, editable=False)
    timeout_ms = models.PositiveIntegerField(default=10_000, help_text="How long to wait for an answer")
    webhook_secrets = models.JSONField(default=list, blank=True)
    load_scans_required = models.BooleanField(
        default=False, db_default=False, help_text="Every parcel is scanned onto a trailer; otherwise the van takes all"
    )
    pickup_from = models.TimeField(
        null=True, blank=True, help_text="Asked to come every working day from then on, the hub's time; empty = never"
    )
    pickup_until = models.TimeField(null=True, blank=True, help_text="Until then")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["carrier", "site"]
        permissions = [
            ("rotate_secret", "Can make a new webhook secret"),
            ("enter_credentials", "Can enter an account's credentials"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_active_account_per_carrier_and_site",
                fields=["carrier", "site"],
                condition=Q(active=True),
                violation_error_message="This hub already has an active account at this carrier.",
            ),
            models.CheckConstraint(
                name="daily_pickup_is_a_window",
                condition=Q(pickup_from=None, pickup_until=None) | Q(pickup_from__lt=F("pickup_until")),
                violation_error_message="A daily pick-up has a beginning and a later end.",
            ),
            models.CheckConstraint(
                name="at_most_two_webhook_secrets",
                condition=LessThanOrEqual(
                    Func(F("webhook_secrets"), function="jsonb_array_length", output_field=IntegerField()), 2
                ),
                violation_error_message="At most two webhook secrets are live at once.",
            ),
            models.CheckConstraint(
                name="webhook_secrets_are_sealed",
                condition=Func(
                    F("webhook_secrets"),
                    template=f"""NOT jsonb_path_exists(%(expressions)s, '$[*].secret ? (!(@ starts with "{MARK}"))')""",
                    output_field=BooleanField(),
                ),
                violation_error_message="Webhook secrets are stored sealed only.",
            ),
            models.CheckConstraint(
                name="credentials_are_sealed",
                condition=Q(sealed_credentials="") | Q(sealed_credentials__startswith=MARK),
                violation_error_message="Credentials are stored sealed only.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier.name} at {self.site}"
