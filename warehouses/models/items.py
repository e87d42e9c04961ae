"""Items: what a seller keeps in the hubs, the codes it is scanned by, and its lots."""

from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from warehouses.models.people import Owned, Seller
from warehouses.planning.measures import Measures

MEASURES: Final = ("weight_g", "length_mm", "width_mm", "height_mm")
"""Of one unit."""

LITHIUM: Final = ("3090", "3091", "3480", "3481")
"""UN numbers of lithium batteries: metal and ion, alone and in or with equipment."""


class Sku(models.Model):
    """A seller's item, with the measures that decide where it fits and what it costs to send.

    The measures are the seller's, until a hub has measured a unit; then they are the hub's, and the `declared_` ones
    stand beside them.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="skus")
    code = models.CharField(max_length=40, help_text="The seller's own item number; unique for the seller only.")
    name = models.CharField(max_length=200)
    weight_g = models.PositiveIntegerField()
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    volume_mm3 = models.GeneratedField(
        expression=F("length_mm") * F("width_mm") * F("height_mm"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    measured_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then the hubs go by what they measured; empty = by what is declared."
    )
    declared_weight_g = models.PositiveIntegerField(null=True, blank=True)
    declared_length_mm = models.PositiveIntegerField(null=True, blank=True)
    declared_width_mm = models.PositiveIntegerField(null=True, blank=True)
    declared_height_mm = models.PositiveIntegerField(null=True, blank=True)
    is_fragile = models.BooleanField(default=False)
    hazmat_class = models.CharField(max_length=10, blank=True, help_text="UN class, such as 3 or 9; empty = none.")
    hazmat_approved_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then the hubs take it in as the UN class it has; empty = not yet."
    )
    un_number = models.CharField(
        "UN number", max_length=4, blank=True, db_default="", default="", help_text="Four digits, such as 3481."
    )
    limited_quantity = models.BooleanField(
        default=False, db_default=False, help_text="Packed for transport in limited quantities (ADR 3.4)."
    )
    net_quantity_ml = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Dangerous contents of one unit: ml, or grams of a solid."
    )
    battery_wh = models.PositiveSmallIntegerField(
        "battery (Wh)", default=0, db_default=0, help_text="Of one battery, rounded up."
    )
    batteries = models.PositiveSmallIntegerField(default=1, db_default=1, help_text="How many one unit has, if any.")
    min_shelf_days = models.PositiveSmallIntegerField(
        db_default=0, default=0, help_text="Days a lot must still be good for when it arrives; 0 = what the hub asks."
    )
    tracks_lots = models.BooleanField(default=False, help_text="Received and picked by lot, first expired first out.")
    hs_code = models.CharField("HS code", max_length=10, blank=True)
    origin_country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Owned.as_manager()

    class Meta:
        ordering = ["seller", "code"]
        verbose_name = "SKU"
        verbose_name_plural = "SKUs"
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "code"],
                name="sku_code_once_per_seller",
                violation_error_message="This seller has an item with this code already.",
            ),
            models.CheckConstraint(
                condition=Q(weight_g__gt=0, length_mm__gt=0, width_mm__gt=0, height_mm__gt=0),
                name="sku_has_measures",
                violation_error_message="Weight and all three sizes must be above zero.",
            ),
            models.CheckConstraint(
                condition=Q(
                    measured_at=None,
                    declared_weight_g=None,
                    declared_length_mm=None,
                    declared_width_mm=None,
                    declared_height_mm=None,
                )
                | Q(
                    measured_at__isnull=False,
                    declared_weight_g__gt=0,
                    declared_length_mm__gt=0,
                    declared_width_mm__gt=0,
                    declared_height_mm__gt=0,
                ),
                name="sku_measured_keeps_declared",
                violation_error_message="What was measured stands beside what is declared.",
            ),
            models.CheckConstraint(
                condition=Q(un_number__regex=r"^([0-9]{4})?$"),
                name="sku_un_number_has_four_digits",
                violation_error_message="A UN number has four digits, such as 3481.",
            ),
            models.CheckConstraint(
                condition=~Q(un_number__in=LITHIUM) | Q(battery_wh__gt=0, batteries__gt=0),
                name="sku_lithium_has_watt_hours",
                violation_error_message="Of lithium batteries the watt-hours of one are needed.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def declared(self) -> Measures:
        """What its seller says of a unit."""
        return Measures(*(getattr(self, self.declared_field(name)) for name in MEASURES))

    @property
    def measured(self) -> Measures | None:
        """What a hub found, and what all go by then; None as long as nobody measured."""
        return Measures(*(getattr(self, name) for name in MEASURES)) if self.measured_at else None

    def declared_field(self, measure: str) -> str:
        """The field with what its seller says of this measure, such as `weight_g`."""
        return f"declared_{measure}" if self.measured_at else measure


class Barcode(models.Model):
    """One code a SKU is scanned by. Two sellers may use the same GTIN; one seller may not use it twice."""

    class Kind(models.TextChoices):
        GTIN = "gtin", "GTIN"  # the trade item number printed by the maker (EAN-13, UPC, GTIN-14)
        OWN = "own", "Own item code"  # printed by us when the goods carry no usable code

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="barcodes")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="barcodes", verbose_name="SKU")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.GTIN)
    value = models.CharField(max_length=40, help_text="A GTIN is kept as 14 digits.")

    class Meta:
        ordering = ["value"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "value"],
                name="barcode_once_per_seller",
                violation_error_message="This seller uses this barcode on another item.",
            ),
        ]
        indexes = [models.Index(Upper("value"), name="barcode_by_value")]

    def __str__(self) -> str:
        return self.value


class Lot(models.Model):
    """Units of one SKU made together: recalled together, expiring together."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="lots", verbose_name="SKU")
    code = models.CharField(max_length=20, help_text="GS1 AI (10).")
    expires_on = models.DateField(null=True, blank=True, help_text="GS1 AI (17): the last good day.")
    blocked_at = models.DateTimeField(null=True, blank=True, help_text="Since then none of it is promised or picked.")
    recalled_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then what was picked of it is not packed either."
    )
    block_reason = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["expires_on", "code"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "code"], name="lot_code_once_per_sku"),
            models.CheckConstraint(
                condition=Q(recalled_at__isnull=True) | Q(blocked_at__isnull=False),
                name="lot_recalled_is_blocked",
                violation_error_message="A recalled lot is blocked too.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} (best before {self.expires_on})" if self.expires_on else self.code
