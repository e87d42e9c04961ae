"""Pick-ups: a carrier is asked to come to a hub."""

import uuid

from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from foundation.guard import guarded
from shipping.models.carriers import Carrier


class PickupState(models.TextChoices):
    """How far a pick-up is."""

    # written down before the carrier is called: it may have heard
    REQUESTED = "requested", "Requested"
    # the carrier will come
    CONFIRMED = "confirmed", "Confirmed"
    # the carrier said no
    REFUSED = "refused", "Refused"
    # called off by us
    CANCELLED = "cancelled", "Cancelled"


@guarded("state")
class Pickup(models.Model):
    """One visit of a carrier to a hub, within a window. `reference` is ours: asked for again under it, it is one visit.

    `parcels` and `weight_g` are what waited when it was asked for; `place` is where the driver comes: the hub.
    """

    State = PickupState

    site = models.CharField(max_length=40, help_text="The hub's code")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="pickups")
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    place = models.JSONField(help_text="Where the driver comes: the hub")
    ready_at = models.DateTimeField(help_text="From when the driver may come")
    close_at = models.DateTimeField(help_text="Until when")
    parcels = models.PositiveIntegerField()
    weight_g = models.PositiveBigIntegerField()
    state = FSMField(max_length=10, choices=PickupState.choices, default=PickupState.REQUESTED.value)
    carrier_ref = models.CharField(max_length=80, blank=True, default="")
    refusal = models.CharField(max_length=300, blank=True, default="", help_text="Why the carrier said no")
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        permissions = [("book_pickup", "Can ask carriers to come, and call it off")]
        constraints = [
            models.UniqueConstraint(
                name="one_live_pickup_per_window",
                fields=["site", "carrier", "ready_at"],
                condition=Q(state__in=["requested", "confirmed"]),
                violation_error_message="This carrier is asked to come then already.",
            ),
            models.CheckConstraint(name="pickup_window_in_order", condition=Q(ready_at__lt=F("close_at"))),
            models.CheckConstraint(
                name="confirmed_pickup_has_a_carrier_ref", condition=~Q(state="confirmed") | ~Q(carrier_ref="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} at {self.site}, {self.ready_at:%Y-%m-%d %H:%M}"

    @transition(field=state, source=PickupState.REQUESTED, target=PickupState.CONFIRMED)
    def confirm(self) -> None:
        """The carrier will come."""

    @transition(field=state, source=PickupState.REQUESTED, target=PickupState.REFUSED)
    def refuse(self) -> None:
        """The carrier said no."""

    @transition(field=state, source=PickupState.CONFIRMED, target=PickupState.CANCELLED)
    def cancel(self) -> None:
        """Called off by us."""
