"""What makes a floor more than a rectangle: rules of traffic, levels above the ground, and the stairs to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from warehouses.models.places import FloorPlan


class TrafficRule(models.Model):
    """How a stretch of an aisle or a cross aisle may be walked. Where rules overlap, the one made later holds."""

    class Along(models.TextChoices):
        AISLE = "aisle", "Aisle"
        CROSS = "cross", "Cross aisle"

    class Traffic(models.TextChoices):
        CLOSED = "closed", "Closed"  # nobody walks there: a spill, a lift truck at work
        FORWARD = "forward", "One way, forwards"  # with rising millimetres: away from the front, or to the right
        BACKWARD = "backward", "One way, backwards"

    plan = models.ForeignKey(FloorPlan, on_delete=models.CASCADE, related_name="rules")
    along = models.CharField(max_length=5, choices=Along.choices)
    level = models.PositiveSmallIntegerField(
        default=0, help_text="Of a cross aisle, 0 on the ground. Aisles are numbered on through the levels."
    )
    number = models.PositiveSmallIntegerField(help_text="Index into the plan's aisles or cross aisles, from 0.")
    from_mm = models.PositiveIntegerField(help_text="y in an aisle, x on a cross aisle.")
    to_mm = models.PositiveIntegerField()
    traffic = models.CharField(max_length=8, choices=Traffic.choices, default=Traffic.CLOSED)
    reason = models.CharField(max_length=60, help_text="Why: a spill, a count, aisles too narrow to pass.")
    since = models.DateTimeField()

    class Meta:
        ordering = ["plan", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_mm__lt=F("to_mm")),
                name="traffic_rule_has_a_length",
                violation_error_message="A stretch ends beyond where it begins.",
            ),
            models.CheckConstraint(
                condition=Q(along="cross") | Q(along="aisle", level=0),
                name="traffic_rule_level_of_cross_aisles",
                violation_error_message="Aisles are numbered on through the levels: leave the level at 0.",
            ),
            models.CheckConstraint(
                condition=Q(traffic__in=["closed", "forward", "backward"]),
                name="traffic_rule_of_a_kind",
                violation_error_message="A stretch is closed, or one way forwards or backwards.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="traffic_rule_says_why", violation_error_message="Say why."
            ),
        ]

    def __str__(self) -> str:
        level = f" of level {self.level}" if self.level else ""
        where = f"{self.get_along_display()} {self.number + 1}{level}"
        return f"{where}, {self.from_mm / 1000:g} to {self.to_mm / 1000:g} m: {self.get_traffic_display().lower()}"


class Level(models.Model):
    """A level above the ground: where one can walk there. Millimetres; its aisles' numbers go on from those below."""

    plan = models.ForeignKey(FloorPlan, on_delete=models.CASCADE, related_name="levels")
    ordinal = models.PositiveSmallIntegerField(help_text="1 for the first above the ground.")
    aisle_x_mm = ArrayField(models.PositiveIntegerField(), help_text="x of each aisle, ascending.")
    cross_y_mm = ArrayField(models.PositiveIntegerField(), help_text="y of each cross aisle, front to back.")

    class Meta:
        ordering = ["plan", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "ordinal"],
                name="level_once_per_plan",
                violation_error_message="The plan has this level already.",
            ),
            models.CheckConstraint(
                condition=Q(ordinal__gte=1),
                name="level_above_the_ground",
                violation_error_message="The ground is the floor plan itself; levels count from 1.",
            ),
            models.CheckConstraint(
                condition=Q(aisle_x_mm__len__gte=1, cross_y_mm__len__gte=2),
                name="level_can_be_walked",
                violation_error_message="A level needs an aisle and two cross aisles.",
            ),
        ]

    def __str__(self) -> str:
        return f"Level {self.ordinal} of {self.plan.hub.code}"


class Stairs(models.Model):
    """A way between crossings of two levels, and what it is worth in mm of walking: up and down are not alike."""

    plan = models.ForeignKey(FloorPlan, on_delete=models.CASCADE, related_name="stairs")
    bottom_aisle = models.PositiveSmallIntegerField(help_text="Index of the aisle, from 0 through all levels.")
    bottom_cross = models.PositiveSmallIntegerField(help_text="Index of the cross aisle on its level, from 0.")
    top_aisle = models.PositiveSmallIntegerField()
    top_cross = models.PositiveSmallIntegerField()
    up_mm = models.PositiveIntegerField(
        help_text="A floor of stairs with a cart's totes is worth some 15 m; a lift 30."
    )
    down_mm = models.PositiveIntegerField()

    class Meta:
        ordering = ["plan", "id"]
        verbose_name_plural = "stairs"
        constraints = [
            models.CheckConstraint(
                condition=Q(bottom_aisle__lt=F("top_aisle")),
                name="stairs_lead_up",
                violation_error_message="Stairs lead from an aisle below to one above, whose number is higher.",
            ),
            models.CheckConstraint(
                condition=Q(up_mm__gt=0, down_mm__gt=0),
                name="stairs_take_time",
                violation_error_message="Stairs are worth some walking, up and down.",
            ),
        ]

    def __str__(self) -> str:
        return f"Stairs from aisle {self.bottom_aisle + 1} to aisle {self.top_aisle + 1}"
