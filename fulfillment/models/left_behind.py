"""What should have gone with a hand-over and did not, and why."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from fulfillment.models.orders import Order
from shipping.models import Carrier, Manifest, Parcel
from warehouses.models import Hub


class LeftBehindSet(models.QuerySet["LeftBehind"]):
    """Rows of the list, to be narrowed."""

    def still_here(self) -> "LeftBehindSet":
        """Those that have neither left since nor been called off."""
        gone = Q(parcel__manifest__state=Manifest.State.HANDED_OVER) | Q(parcel__voided_at__isnull=False)
        left = [Order.State.SHIPPED, Order.State.DELIVERED, Order.State.RETURNED, Order.State.CANCELLED]
        return self.exclude(gone).exclude(order__state__in=left)


class LeftBehind(models.Model):
    """An order, or one parcel of it, that missed a hand-over: of this carrier, on this day, at this cut-off.

    `found` is the reason as the books showed it; a person may put another in `reason`, with a note. An order that has
    no parcel yet stands for itself. It is seen until it has left, and named again by each hand-over that it misses.
    """

    class Reason(models.TextChoices):
        NOT_PACKED = "not_packed", "Not packed"  # still on the floor
        NO_LABEL = "no_label", "No label"  # packed, and no label could be bought yet
        ON_HOLD = "on_hold", "On hold"  # somebody must decide, or it holds a recalled lot
        LATE = "late", "Ready too late"  # labelled after the cut-off
        NOT_SCANNED = "not_scanned", "Packed, not scanned"  # nobody carried it to the trailer
        WRONG_LANE = "wrong_lane", "Wrong lane"  # carried to another trailer than its own

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="left_behind")
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, null=True, blank=True, related_name="left_behind")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="+")
    ship_on = models.DateField()
    cut_off = models.DateTimeField(null=True, blank=True)
    found = models.CharField(max_length=12, choices=Reason.choices, help_text="As the books showed it")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    note = models.CharField(max_length=200, blank=True, default="")
    noted_at = models.DateTimeField()
    amended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    amended_at = models.DateTimeField(null=True, blank=True)

    objects = LeftBehindSet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = verbose_name_plural = "left behind"
        constraints = [
            models.UniqueConstraint(
                name="left_behind_once_per_hand_over",
                fields=["order", "parcel", "carrier", "ship_on", "cut_off"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="left_behind_as_found_or_amended",
                condition=Q(reason=F("found")) | Q(amended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["hub", "ship_on"], name="left_behind_day")]

    def __str__(self) -> str:
        return f"{self.parcel or self.order}: {self.get_reason_display().lower()}"
