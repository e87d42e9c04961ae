"""Packing: which units went into which parcel, who checked them, and when."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from fulfillment.models.orders import Order, OrderLine
from shipping.models import Parcel
from warehouses.models import Lot


class Pack(models.Model):
    """The pack record of an order: the proof of what is in the box."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="pack_record")
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    station = models.CharField(max_length=20)
    scan_id = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The scan that chose this order out of a tote."
    )
    packed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Pack record of {self.order.number}"


class PackLine(models.Model):
    """Units of one order line and lot in one parcel, each verified by scan."""

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="lines")
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="pack_lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="pack_lines")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pack", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="pack_line_has_units"),
            models.UniqueConstraint(
                fields=["parcel", "line", "lot"], name="pack_line_once_per_parcel", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.sku.code}"
