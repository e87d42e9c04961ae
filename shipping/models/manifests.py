"""Manifests: what one hub gives to one carrier in one hand-over."""

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from foundation.guard import guarded
from shipping.models.carriers import Carrier
from shipping.models.trailers import Trailer


class ManifestState(models.TextChoices):
    """How far a manifest is."""

    # parcels are on it, the carrier may not have heard yet
    CLOSING = "closing", "Closing"
    # announced to the carrier, waits for its driver
    CLOSED = "closed", "Closed"
    # on the truck
    HANDED_OVER = "handed_over", "Handed over"


@guarded("state")
class Manifest(models.Model):
    """The parcels (`parcels`) of one hand-over. `number` is ours; `carrier_number` theirs, once announced.

    `ship_on` is the hub's own calendar day, `cut_off` the moment of the carrier's services whose hand-over it is
    (empty: whatever waited). With a `trailer` it holds what was scanned onto that.
    """

    State = ManifestState

    number = models.CharField(max_length=40, unique=True)
    site = models.CharField(max_length=40, help_text="The hub's code")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="manifests")
    state = FSMField(max_length=12, choices=ManifestState.choices, default=ManifestState.CLOSING.value)
    carrier_number = models.CharField(max_length=80, blank=True, default="")
    trailer = models.OneToOneField(Trailer, on_delete=models.PROTECT, null=True, blank=True, related_name="manifest")
    ship_on = models.DateField()
    cut_off = models.DateTimeField(null=True, blank=True)
    load_scans_required = models.BooleanField(
        default=False, editable=False, help_text="As the hub's account said when it was closed"
    )
    closed_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        permissions = [("hand_over_manifest", "Can hand a closed manifest over")]
        constraints = [
            models.UniqueConstraint(
                name="one_manifest_closing_at_a_time",
                fields=["site", "carrier"],
                condition=Q(state="closing", trailer=None),
                violation_error_message="A manifest of this hub and carrier is still being announced.",
            ),
            models.UniqueConstraint(
                name="one_manifest_per_cut_off",
                fields=["site", "carrier", "cut_off"],
                condition=Q(trailer=None),
                violation_error_message="This hand-over was closed already.",
            ),
            models.CheckConstraint(
                name="required_load_scans_need_a_trailer",
                condition=Q(load_scans_required=False) | Q(trailer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(field=state, source=ManifestState.CLOSING, target=ManifestState.CLOSED)
    def mark_closed(self) -> None:
        """The carrier knows what to expect."""

    @transition(field=state, source=ManifestState.CLOSED, target=ManifestState.HANDED_OVER)
    def mark_handed_over(self) -> None:
        """The driver has it all."""
