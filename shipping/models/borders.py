"""Borders: on which terms parcels cross them, where none go, and the stickers that a printer cannot make."""

from django.db import models
from django.db.models import Q

INCOTERMS = [("DAP", "DAP: the buyer pays duty and VAT"), ("DDP", "DDP: the seller pays duty and VAT")]
REASONS = [(word, word.capitalize()) for word in ("sale", "gift", "sample", "return", "repair")]


class Lane(models.Model):
    """On which terms a site's parcels go to one customs area or territory; where no lane fits, DAP and a sale.

    `destination` is the code of a territory (`planning.territories`), such as `GB`, `CH` or `ES-canary`. A lane with a
    site counts before one without.
    """

    site = models.CharField(max_length=40, blank=True, default="", help_text="The hub's code; empty = every hub.")
    destination = models.CharField(max_length=24, help_text="A territory, such as GB, CH or ES-canary.")
    incoterm = models.CharField(max_length=3, choices=INCOTERMS, default="DAP")
    reason = models.CharField(max_length=10, choices=REASONS, default="sale")

    class Meta:
        ordering = ["destination", "site"]
        constraints = [
            models.UniqueConstraint(
                name="one_lane_per_site_and_destination",
                fields=["site", "destination"],
                violation_error_message="This site has a lane to this destination already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site or 'every hub'} to {self.destination}: {self.incoterm}"


class Embargo(models.Model):
    """A country the operator sends nothing to, beyond those that `planning.sanctions` names."""

    country = models.CharField(max_length=2, unique=True, help_text="ISO 3166-1 alpha-2.")
    reason = models.CharField(max_length=200, help_text="By which rule or decision.")
    since = models.DateField()

    class Meta:
        ordering = ["country"]
        constraints = [
            models.CheckConstraint(
                name="embargo_country_is_two_letters",
                condition=Q(country__regex=r"^[A-Z]{2}$"),
                violation_error_message="A country is two capital letters, such as NL.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} since {self.since}"


class HazardSticker(models.Model):
    """A roll of printed battery marks on a site's benches. Its red border is no work for a label printer.

    Scanning `barcode` proves that the packer has one of this `mark` in hand.
    """

    site = models.CharField(max_length=40, help_text="The hub's code.")
    mark = models.CharField(max_length=6, choices=[(f"UN{un}",) * 2 for un in ("3480", "3481", "3090", "3091")])
    barcode = models.CharField(max_length=40)

    class Meta:
        ordering = ["site", "mark"]
        constraints = [
            models.UniqueConstraint(
                name="one_sticker_per_site_and_barcode",
                fields=["site", "barcode"],
                violation_error_message="This site has a sticker with this barcode already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mark} at {self.site}"
