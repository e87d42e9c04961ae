"""What carriers told us: the inbox of raw webhooks, the append-only scans, the changes, the oddities."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django_fsm import FSMField, transition

from foundation.guard import append_only, guarded
from shipping.models.carriers import Carrier
from shipping.models.shipments import Shipment, ShipmentState


class ScanSource(models.TextChoices):
    """Who scanned."""

    # the carrier told us
    CARRIER = "carrier", "Carrier"
    # our own dispatch scan
    HUB = "hub", "Hub"


@append_only
class TrackingScan(models.Model):
    """One scan of one parcel, kept for ever and never changed; the shipment's state is computed from these.

    Joined to parcels by carrier and tracking number, not by key, because a scan may come before the label's
    own transaction has ended. `key` is the carrier's event id, or a hash of code, moment and place. `digest`
    tells a repetition from another story under the same key.
    """

    Source = ScanSource

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="scans")
    tracking_no = models.CharField(max_length=40)
    key = models.CharField(max_length=100)
    source = models.CharField(max_length=8, choices=ScanSource.choices, default=ScanSource.CARRIER.value)
    code = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    precision = models.CharField(max_length=6, default="second")
    tz_assumed = models.BooleanField(default=False)
    correction = models.BooleanField(default=False)
    location = models.CharField(max_length=120, blank=True, default="")
    digest = models.CharField(max_length=64)
    raw = models.JSONField(default=dict, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["occurred_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_row_per_scan", fields=["carrier", "tracking_no", "key"]),
        ]

    def __str__(self) -> str:
        return f"{self.tracking_no} {self.code} {self.occurred_at:%Y-%m-%d %H:%M}"


@append_only
class ShipmentChange(models.Model):
    """One change of a shipment's state, as announced. `first_entry`: it was never in this state before."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="changes")
    from_state = models.CharField(max_length=20, choices=ShipmentState.choices)
    to_state = models.CharField(max_length=20, choices=ShipmentState.choices)
    occurred_at = models.DateTimeField()
    first_entry = models.BooleanField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.from_state} > {self.to_state}"


class DeliveryState(models.TextChoices):
    """What became of a webhook we accepted."""

    # signed and stored, not read yet
    WAITING = "waiting", "Waiting"
    # its scans are stored
    DONE = "done", "Done"
    # could not be read, or failed too often: somebody must look
    PARKED = "parked", "Parked"


@guarded("state")
class WebhookDelivery(models.Model):
    """One webhook whose signature held: the raw body, stored before anything is read from it.

    A body that comes again is the same row (`copies` counts). `next_try_at` is database time.
    """

    State = DeliveryState

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="deliveries")
    body = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    headers = models.JSONField(default=dict)
    state = FSMField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING.value)
    copies = models.PositiveIntegerField(default=1)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, default="")
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    next_try_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-pk"]
        permissions = [("replay_webhook", "Can run a stored webhook again")]
        constraints = [
            models.UniqueConstraint(name="one_row_per_webhook_body", fields=["carrier", "body_sha256"]),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="delivery_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"Webhook {self.pk}"

    @transition(field=state, source=DeliveryState.WAITING, target=DeliveryState.DONE)
    def mark_done(self) -> None:
        """Its scans are stored."""

    @transition(field=state, source=DeliveryState.WAITING, target=DeliveryState.PARKED)
    def park(self) -> None:
        """Set aside for a person; the others go on."""

    @transition(field=state, source=[DeliveryState.DONE, DeliveryState.PARKED], target=DeliveryState.WAITING)
    def replay(self) -> None:
        """Run again: the scans are deduplicated, so this is always safe."""


class AnomalyKind(models.TextChoices):
    """Why a scan, or a booking, needs a look."""

    # the edge table has no such step: a scan after delivery, a return that was delivered
    FORBIDDEN_STEP = "forbidden_step", "Forbidden step"
    # scanned although it was voided: the label is in use
    VOID_FAILED = "void_failed", "Void failed, label in use"
    # no mapping for this code: somebody must add one
    UNKNOWN_CODE = "unknown_code", "Unknown code"
    # more than a quarter of an hour ahead of the clock
    FROM_THE_FUTURE = "from_the_future", "From the future"
    # older than the label itself
    BEFORE_LABEL = "before_label", "Before the label"
    # no parcel of ours has this number, or not yet
    UNKNOWN_NUMBER = "unknown_number", "Unknown number"
    # the same event id with another story
    CONFLICTING_EVENT = "conflicting_event", "Same event, other content"
    # the carrier booked more than one label under one reference
    DUPLICATE_LABEL = "duplicate_label", "Duplicate label"


class TrackingAnomaly(models.Model):
    """One thing that did not fit, kept until it fits or somebody resolves it. It changes no state."""

    Kind = AnomalyKind

    kind = models.CharField(max_length=20, choices=AnomalyKind.choices)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="anomalies")
    tracking_no = models.CharField(max_length=40)
    key = models.CharField(max_length=100, blank=True, default="", help_text="The scan's key, if it is about one")
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, null=True, blank=True, related_name="anomalies")
    facts = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "tracking anomalies"
        ordering = ["-pk"]
        permissions = [("resolve_anomaly", "Can close an anomaly that was dealt with")]
        constraints = [
            models.UniqueConstraint(
                name="one_open_anomaly_per_scan_and_kind",
                fields=["carrier", "tracking_no", "key", "kind"],
                condition=Q(resolved_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "opened_at"], name="anomaly_open", condition=Q(resolved_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.tracking_no})"
