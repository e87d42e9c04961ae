"""The one table with buyers' personal data. Everything else points at it by id."""

from django.db import models
from django.db.models import Q


class Address(models.Model):
    """Where a parcel goes. Erasing it (a tombstone that keeps country and district) touches nothing else.

    `str()` shows no personal data, because it ends up in logs and admin messages.
    """

    name = models.CharField(max_length=200)
    company = models.CharField(max_length=200, blank=True, default="")
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, blank=True, default="")
    postcode = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=120)
    region = models.CharField(max_length=120, blank=True, default="")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2, such as NL")
    phone = models.CharField(max_length=40, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    tenant_id = models.BigIntegerField(
        null=True, blank=True, help_text="Opaque: whose buyer this is, upstairs a seller."
    )
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.CheckConstraint(
                name="address_country_is_two_letters",
                condition=Q(country__regex=r"^[A-Z]{2}$"),
                violation_error_message="A country is two capital letters, such as NL.",
            ),
        ]
        indexes = [models.Index(fields=["postcode"], name="address_postcode")]

    def __str__(self) -> str:
        return f"Address {self.pk} ({self.country})"
