"""Measuring: what a hub's scale and cubing device said of an item, beside what its seller had said."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.guard import append_only
from warehouses.models.items import MEASURES, Sku
from warehouses.models.people import Owned, Seller
from warehouses.models.places import Hub
from warehouses.planning.measures import Measures


@append_only
class Measurement(models.Model):
    """One measuring of an item: the proof of what it is planned and charged by. Never changed; a newer one follows."""

    scan_id = models.UUIDField(unique=True, help_text="Drawn by the station, so a reading sent twice counts once.")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="measurements")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="measurements", verbose_name="SKU")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField(default=1, help_text="Together on the scale.")
    scale_g = models.PositiveIntegerField("on the scale", help_text="Grams of all of them.")
    weight_g = models.PositiveIntegerField(help_text="Of one unit, rounded.")
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    declared_weight_g = models.PositiveIntegerField(help_text="As its seller had it then.")
    declared_length_mm = models.PositiveIntegerField()
    declared_width_mm = models.PositiveIntegerField()
    declared_height_mm = models.PositiveIntegerField()
    differs = models.BooleanField(help_text="By more than the hub lets pass.")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    station = models.CharField(max_length=20)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The supervisor who believed it, ten times as much or as little as was known.",
    )
    measured_at = models.DateTimeField()

    objects = Owned.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["sku", "-id"], name="measurement_of_sku")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    units__gt=0, scale_g__gt=0, weight_g__gt=0, length_mm__gt=0, width_mm__gt=0, height_mm__gt=0
                ),
                name="measurement_has_measures",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weight_g} g, {self.length_mm} x {self.width_mm} x {self.height_mm} mm"

    @property
    def found(self) -> Measures:
        """One unit as it was found."""
        return Measures(*(getattr(self, name) for name in MEASURES))

    @property
    def declared(self) -> Measures:
        """One unit as its seller had it then."""
        return Measures(*(getattr(self, f"declared_{name}") for name in MEASURES))
