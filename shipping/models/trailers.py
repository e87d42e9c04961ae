"""Trailers: one carrier's vehicle at a dispatch door, and every scan of a parcel onto it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from foundation.guard import append_only, guarded
from shipping.models.carriers import Carrier


class TrailerState(models.TextChoices):
    """How far a trailer is."""

    # at the door, parcels go in
    OPEN = "open", "Open"
    # its doors are shut; its carrier may not have heard yet what is in it
    SEALED = "sealed", "Sealed"
    # on the road
    DEPARTED = "departed", "Departed"
    # opened by mistake, left empty
    CANCELLED = "cancelled", "Cancelled"


@guarded("state")
class Trailer(models.Model):
    """One vehicle of one carrier at a hub's door, from its first parcel to its departure.

    `cut_off` says which hand-over of the day it is; empty where the carrier's services have none. `ship_on` is the
    hub's own calendar day.
    """

    State = TrailerState

    site = models.CharField(max_length=40, help_text="The hub's code")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="trailers")
    door = models.CharField(max_length=20, help_text="The dispatch door it stands at")
    plate = models.CharField(max_length=20, help_text="Its registration, as the driver's papers say it")
    seal = models.CharField(max_length=40, blank=True, default="", help_text="The number on its seal")
    ship_on = models.DateField()
    cut_off = models.DateTimeField(null=True, blank=True)
    state = FSMField(max_length=10, choices=TrailerState.choices, default=TrailerState.OPEN.value)
    opened_at = models.DateTimeField()
    departed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        permissions = [("load_trailer", "Can open, load and seal trailers")]
        constraints = [
            models.UniqueConstraint(
                name="one_trailer_at_a_door",
                fields=["site", "door"],
                condition=Q(state__in=["open", "sealed"]),
                violation_error_message="Another trailer stands at this door.",
            ),
            models.CheckConstraint(
                name="departed_trailer_has_its_moment",
                condition=~Q(state="departed") | Q(departed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plate} at {self.door}"

    @transition(field=state, source=TrailerState.OPEN, target=TrailerState.SEALED)
    def mark_sealed(self) -> None:
        """Nothing more goes in."""

    @transition(field=state, source=TrailerState.SEALED, target=TrailerState.OPEN)
    def reopen(self) -> None:
        """The carrier refused what was in it."""

    @transition(field=state, source=TrailerState.SEALED, target=TrailerState.DEPARTED)
    def mark_departed(self) -> None:
        """The driver has left with all of it."""

    @transition(field=state, source=TrailerState.OPEN, target=TrailerState.CANCELLED)
    def cancel(self) -> None:
        """Opened by mistake."""


@append_only
class LoadScan(models.Model):
    """One scan of a parcel at a trailer: loaded, taken off again (`undoes`), or refused with a code.

    `scan_id` is drawn by the station, so that a scan sent twice is one.
    """

    trailer = models.ForeignKey(Trailer, on_delete=models.PROTECT, related_name="scans")
    parcel = models.ForeignKey("shipping.Parcel", on_delete=models.PROTECT, related_name="load_scans")
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")
    refusal = models.CharField(max_length=40, blank=True, default="", help_text="Why it stayed out; empty = it did not")
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    station = models.CharField(max_length=20)
    scan_id = models.UUIDField(unique=True, editable=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="load_undo_is_not_refused", condition=Q(undoes=None) | Q(refusal="")),
        ]

    def __str__(self) -> str:
        return f"{self.parcel} on {self.trailer}"
