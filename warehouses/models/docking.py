"""Docking: a hub's doors, when they are open, and who comes when."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from foundation.guard import guarded
from foundation.numbers import number_field
from warehouses.models.inbound import Inbound
from warehouses.models.people import Owned, Seller
from warehouses.models.places import Hub


class DockDoor(models.Model):
    """A door where goods come in. It takes one kind of freight, so much of it in each slot."""

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="doors")
    code = models.SlugField(max_length=10)
    name = models.CharField(max_length=60)
    freight = models.CharField("takes", max_length=10, choices=Inbound.Freight.choices)
    slot_minutes = models.PositiveSmallIntegerField(
        "slot", default=60, help_text="Minutes. Slots begin when the hub's dock opens."
    )
    slot_capacity = models.PositiveIntegerField(
        "in each slot", help_text="Pallets, or cartons where it takes parcels. What is more takes several slots."
    )
    is_active = models.BooleanField("in use", default=True, help_text="Nothing new is booked for a door out of use.")

    class Meta:
        ordering = ["hub", "code"]
        constraints = [
            models.UniqueConstraint(fields=["hub", "code"], name="dock_door_code_once_per_hub"),
            models.CheckConstraint(
                condition=Q(slot_minutes__range=(10, 480)),
                name="dock_door_slot_is_a_while",
                violation_error_message="A slot has 10 to 480 minutes.",
            ),
            models.CheckConstraint(
                condition=Q(slot_capacity__gt=0),
                name="dock_door_takes_something",
                violation_error_message="At least one fits into a slot.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hub.code} {self.code} {self.name}"


class DockHours(models.Model):
    """When a hub's doors are open on one weekday, in its own zone. A day may have several; one without is closed."""

    class Weekday(models.IntegerChoices):
        MONDAY = 1, "Monday"
        TUESDAY = 2, "Tuesday"
        WEDNESDAY = 3, "Wednesday"
        THURSDAY = 4, "Thursday"
        FRIDAY = 5, "Friday"
        SATURDAY = 6, "Saturday"
        SUNDAY = 7, "Sunday"

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="dock_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["hub", "weekday", "opens"]
        verbose_name_plural = "dock hours"
        constraints = [
            models.UniqueConstraint(fields=["hub", "weekday", "opens"], name="dock_hours_once_per_opening"),
            models.CheckConstraint(
                condition=Q(weekday__range=(1, 7)), name="dock_hours_weekday", violation_error_message="No such day."
            ),
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")),
                name="dock_hours_open_before_close",
                violation_error_message="It opens before it closes.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M} to {self.closes:%H:%M}"


class DockClosure(models.Model):
    """A day on which a hub's doors stay closed, whatever the weekday says."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="dock_closures")
    day = models.DateField()
    reason = models.CharField(max_length=60)

    class Meta:
        ordering = ["hub", "day"]
        constraints = [models.UniqueConstraint(fields=["hub", "day"], name="dock_closure_once_per_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.reason}"


@guarded("state")
class Appointment(models.Model):
    """An inbound comes to this door then. Whoever changes one holds the lock on its inbound."""

    class State(models.TextChoices):
        BOOKED = "booked", "Booked"  # a place is kept for it
        ARRIVED = "arrived", "Arrived"  # its inbound is here
        DONE = "done", "Done"  # every carton was counted
        CANCELLED = "cancelled", "Cancelled"  # called off in time
        NO_SHOW = "no_show", "No-show"  # it was over, and nothing had come

    OPEN = (State.BOOKED, State.ARRIVED)
    """An inbound has at most one of these."""

    HOLDING = (State.BOOKED, State.ARRIVED, State.DONE)
    """Takes up room at its door."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="appointments")
    inbound = models.ForeignKey(Inbound, on_delete=models.PROTECT, related_name="appointments")
    door = models.ForeignKey(DockDoor, on_delete=models.PROTECT, related_name="appointments")
    number = number_field("AP")
    state = FSMField(max_length=10, choices=State.choices, default=State.BOOKED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    load = models.PositiveIntegerField(help_text="Pallets, or cartons where the door takes parcels.")
    slot_capacity = models.PositiveIntegerField(help_text="What a slot of the door took when this was booked.")
    booked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was done, called off or given up.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was called off.")

    objects = Owned.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["door", "starts_at"], name="appointment_at_door")]
        constraints = [
            models.UniqueConstraint(
                fields=["inbound"],
                condition=Q(state__in=["booked", "arrived"]),
                name="appointment_once_per_inbound",
                violation_error_message="This inbound has an appointment already.",
            ),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="appointment_takes_time"),
            models.CheckConstraint(condition=Q(load__gt=0, slot_capacity__gt=0), name="appointment_has_a_load"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def change_until(self) -> datetime:
        """Until then the seller may move or cancel it, by the hub's rule."""
        return self.starts_at - timedelta(hours=self.door.hub.dock_change_hours)

    @transition("state", source=State.BOOKED, target=State.ARRIVED)
    def arrive(self) -> None:
        """Its inbound is here, early, late or in time."""

    @transition("state", source=State.ARRIVED, target=State.DONE)
    def finish(self) -> None:
        """Every carton was counted."""

    @transition("state", source=State.BOOKED, target=State.CANCELLED)
    def cancel(self) -> None:
        """The seller or the hub calls it off."""

    @transition("state", source=State.BOOKED, target=State.NO_SHOW)
    def miss(self) -> None:
        """It is over, and nothing came."""
