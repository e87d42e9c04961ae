"""The numbers that customs and tax offices gave a seller."""

from django.db import models
from django.db.models import Q

from warehouses.models import Owned, Seller


class TraderNumber(models.Model):
    """One number of a seller: an EORI of an area (`EU` or `GB`), a VAT number of a country, or his IOSS number."""

    class Kind(models.TextChoices):
        EORI = "eori", "EORI"  # who trades across a border
        VAT = "vat", "VAT number"  # who charges VAT in a country
        IOSS = "ioss", "IOSS number"  # who has charged the VAT of imports up to EUR 150

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="trader_numbers")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    area = models.CharField(max_length=2, help_text="EORI: EU or GB. VAT: the country. IOSS: EU.")
    number = models.CharField(max_length=20, help_text="Capitals, without spaces and dots.")

    objects = Owned.as_manager()

    class Meta:
        ordering = ["seller", "kind", "area"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "kind", "area"],
                name="one_trader_number_per_kind_and_area",
                violation_error_message="This seller has such a number already.",
            ),
            models.CheckConstraint(
                condition=Q(kind="vat", area__regex=r"^[A-Z]{2}$")
                | Q(kind="eori", area__in=["EU", "GB"])
                | Q(kind="ioss", area="EU"),
                name="trader_number_has_an_area",
                violation_error_message="An EORI is of EU or GB, an IOSS number of EU, a VAT number of a country.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.area} {self.number}"
