"""Events: what happened, in the words a seller reads. Append-only; the story of an order or an inbound."""

from django.db import models
from django.db.models.functions import Now

from foundation.guard import append_only
from fulfillment.models.orders import Order
from warehouses.models import Inbound, Seller


@append_only
class Event(models.Model):
    """One change of state of an order or an inbound. No buyer's data in it, ever."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40, help_text="Such as order.shipped.")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    inbound = models.ForeignKey(Inbound, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    data = models.JSONField(default=dict, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["seller", "-id"], name="event_of_seller")]

    def __str__(self) -> str:
        return self.kind
