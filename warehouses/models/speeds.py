"""Speeds of a hub's pickers, as their walks have shown them."""

from django.db import models
from django.db.models import Q

from warehouses.models.places import Hub


class HubSpeeds(models.Model):
    """What walking and picking take in a hub, learned from scan times.

    An empty speed could not be told from these: the planner goes on with the one it assumes.
    """

    hub = models.OneToOneField(Hub, on_delete=models.CASCADE, related_name="speeds")
    walk_mm_per_s = models.FloatField(null=True, blank=True, help_text="Walking with a cart.")
    pick_s = models.FloatField(null=True, blank=True, help_text="Seconds for a pick of one unit.")
    unit_s = models.FloatField(null=True, blank=True, help_text="Seconds for each further unit of it.")
    tote_change_s = models.FloatField(null=True, blank=True, help_text="Seconds more for another tote than before.")
    setup_s = models.FloatField(null=True, blank=True, help_text="Seconds between a cart's start and its first step.")
    legs = models.PositiveIntegerField(help_text="Ways from scan to scan that it rests on, without pauses.")
    typical_error_s = models.FloatField(help_text="Half of the legs took no more seconds longer or shorter.")
    learned_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "hub speeds"
        ordering = ["hub"]
        constraints = [
            models.CheckConstraint(condition=Q(walk_mm_per_s__gt=0), name="hub_speeds_walk_on"),
            models.CheckConstraint(
                condition=Q(pick_s__gte=0, unit_s__gte=0, tote_change_s__gte=0, setup_s__gte=0, typical_error_s__gte=0),
                name="hub_speeds_take_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Speeds of {self.hub.code}"
