"""Shipments, their parcels, and every label we set out to buy."""

import secrets
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from foundation.guard import guarded
from shipping.models.addresses import Address
from shipping.models.carriers import Carrier
from shipping.models.manifests import Manifest
from shipping.models.rates import Box, Service
from shipping.models.trailers import Trailer
from shipping.planning import tracking

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_number() -> str:
    """A shipment's public number: `S` and ten letters or digits that cannot be mistaken for one another."""
    return "S" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


class ShipmentState(models.TextChoices):
    """Where a shipment is. Beyond `label_created` it is always what its scans say (`planning.tracking`)."""

    # parcels known, no label yet
    DRAFT = tracking.State.DRAFT.value, "Draft"
    # every parcel has a label
    LABEL_CREATED = tracking.State.LABEL_CREATED.value, "Label created"
    # left the hub, or picked up by the carrier
    HANDED_OVER = tracking.State.HANDED_OVER.value, "Handed over"
    # in the carrier's network
    IN_TRANSIT = tracking.State.IN_TRANSIT.value, "In transit"
    # held at a border
    CUSTOMS = tracking.State.CUSTOMS.value, "At customs"
    # on the courier's van
    OUT_FOR_DELIVERY = tracking.State.OUT_FOR_DELIVERY.value, "Out for delivery"
    # nobody home, will be tried again
    ATTEMPTED = tracking.State.ATTEMPTED.value, "Delivery attempted"
    # waits for the buyer at a shop or locker
    AT_PICKUP_POINT = tracking.State.AT_PICKUP_POINT.value, "At pickup point"
    # needs somebody: damaged, address wrong
    EXCEPTION = tracking.State.EXCEPTION.value, "Exception"
    # the buyer has it
    DELIVERED = tracking.State.DELIVERED.value, "Delivered"
    # on its way back to us
    RETURNING = tracking.State.RETURNING.value, "Returning"
    # back with us
    RETURNED = tracking.State.RETURNED.value, "Returned"
    # the carrier gave up looking, though it may be found
    LOST = tracking.State.LOST.value, "Lost"
    # voided before it left
    CANCELLED = tracking.State.CANCELLED.value, "Cancelled"


_LABELLED = [state for state in ShipmentState if state != ShipmentState.DRAFT]


def _from_others(state: ShipmentState) -> list[str]:
    """Every state but a draft and `state` itself: a late scan may change the projection that far."""
    return [other.value for other in _LABELLED if other != state]


@guarded("state")
class Shipment(models.Model):
    """What goes to one buyer for one `reference` (opaque; upstairs it is an order), from one `site`.

    `state` is a projection: `label_created` when each parcel has its label, and from then on the fold of
    the parcels' scans. A late or corrected scan may move it anywhere among the labelled states, never back
    to draft.
    """

    State = ShipmentState

    number = models.CharField(max_length=20, unique=True, default=new_number)
    reference = models.CharField(max_length=80)
    site = models.CharField(max_length=40, help_text="The hub's code")
    ship_to = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="shipments")
    ship_from = models.JSONField(help_text="The sender as printed on the label: the hub, not a buyer")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="shipments")
    ship_by = models.DateTimeField(null=True, blank=True)
    state = FSMField(max_length=20, choices=ShipmentState.choices, default=ShipmentState.DRAFT.value)
    created_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("void_label", "Can void a shipment and its labels"),
            ("buy_label", "Can buy a label, or retry one"),
            ("reproject_shipment", "Can compute a shipment's state again from its scans"),
        ]
        constraints = [
            models.CheckConstraint(name="shipment_has_a_reference", condition=~Q(reference="")),
            models.UniqueConstraint(
                name="one_live_shipment_per_reference",
                fields=["reference"],
                condition=~Q(state="cancelled"),
                violation_error_message="There is already a shipment for this reference.",
            ),
            models.CheckConstraint(
                name="delivered_shipment_has_its_moment",
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["site", "state", "ship_by"], name="shipment_site_state_due")]

    def __str__(self) -> str:
        return self.number

    @transition(field=state, source=ShipmentState.DRAFT, target=ShipmentState.LABEL_CREATED)
    def mark_labelled(self) -> None:
        """Every parcel has its label."""

    @transition(
        field=state,
        source=[ShipmentState.DRAFT, *_from_others(ShipmentState.CANCELLED)],
        target=ShipmentState.CANCELLED,
    )
    def mark_cancelled(self) -> None:
        """Voided by us, or by the carrier before it moved."""

    @transition(field=state, source=_from_others(ShipmentState.LABEL_CREATED), target=ShipmentState.LABEL_CREATED)
    def mark_not_moved(self) -> None:
        """The scans that said it moved turned out not to count."""

    @transition(field=state, source=_from_others(ShipmentState.HANDED_OVER), target=ShipmentState.HANDED_OVER)
    def mark_handed_over(self) -> None:
        """Left the hub."""

    @transition(field=state, source=_from_others(ShipmentState.IN_TRANSIT), target=ShipmentState.IN_TRANSIT)
    def mark_in_transit(self) -> None:
        """Moving through the carrier's network."""

    @transition(field=state, source=_from_others(ShipmentState.CUSTOMS), target=ShipmentState.CUSTOMS)
    def mark_at_customs(self) -> None:
        """Held at a border."""

    @transition(
        field=state,
        source=_from_others(ShipmentState.OUT_FOR_DELIVERY),
        target=ShipmentState.OUT_FOR_DELIVERY,
    )
    def mark_out_for_delivery(self) -> None:
        """On the van."""

    @transition(field=state, source=_from_others(ShipmentState.ATTEMPTED), target=ShipmentState.ATTEMPTED)
    def mark_attempted(self) -> None:
        """Nobody took it in."""

    @transition(field=state, source=_from_others(ShipmentState.AT_PICKUP_POINT), target=ShipmentState.AT_PICKUP_POINT)
    def mark_at_pickup_point(self) -> None:
        """Waiting for the buyer."""

    @transition(field=state, source=_from_others(ShipmentState.EXCEPTION), target=ShipmentState.EXCEPTION)
    def mark_exception(self) -> None:
        """Needs somebody."""

    @transition(field=state, source=_from_others(ShipmentState.DELIVERED), target=ShipmentState.DELIVERED)
    def mark_delivered(self) -> None:
        """With the buyer."""

    @transition(field=state, source=_from_others(ShipmentState.RETURNING), target=ShipmentState.RETURNING)
    def mark_returning(self) -> None:
        """On its way back."""

    @transition(field=state, source=_from_others(ShipmentState.RETURNED), target=ShipmentState.RETURNED)
    def mark_returned(self) -> None:
        """Back with us."""

    @transition(field=state, source=_from_others(ShipmentState.LOST), target=ShipmentState.LOST)
    def mark_lost(self) -> None:
        """Given up, until a scan finds it."""


class Parcel(models.Model):
    """One box of a shipment. `reference` is our own UUID, the root of every purchase's reference."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="parcels")
    sequence = models.PositiveSmallIntegerField(help_text="1 for the first parcel of a shipment")
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="parcels")
    box = models.ForeignKey(Box, on_delete=models.PROTECT, null=True, blank=True, related_name="parcels")
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    weight_g = models.PositiveIntegerField(help_text="Gross")
    customs = models.JSONField(
        null=True, blank=True, editable=False, help_text="What its customs papers say; null = none needed."
    )
    marks = ArrayField(
        models.CharField(max_length=6), default=list, blank=True, help_text="Hazard marks on it: LQ, UN3481 ..."
    )
    tracking_no = models.CharField(max_length=40, blank=True, default="")
    labelled_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, null=True, blank=True, related_name="parcels")
    trailer = models.ForeignKey(
        Trailer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parcels",
        help_text="Onto which it was scanned, and not taken off since",
    )
    last_news_at = models.DateTimeField(null=True, blank=True, help_text="When a scan last arrived")
    polled_at = models.DateTimeField(null=True, blank=True, help_text="When we last asked the carrier")

    class Meta:
        ordering = ["shipment_id", "sequence"]
        constraints = [
            models.UniqueConstraint(name="parcel_sequence_unique", fields=["shipment", "sequence"]),
            models.UniqueConstraint(
                name="one_parcel_per_tracking_number",
                fields=["carrier", "tracking_no"],
                condition=~Q(tracking_no=""),
                violation_error_message="Another parcel already has this tracking number.",
            ),
            models.CheckConstraint(name="parcel_counts_from_one", condition=Q(sequence__gte=1)),
            models.CheckConstraint(
                name="parcel_has_measures",
                condition=Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0),
                violation_error_message="A parcel measures at least 1 mm on each side.",
            ),
            models.CheckConstraint(
                name="parcel_weight_is_sane",
                condition=Q(weight_g__gt=0, weight_g__lte=1_000_000),
                violation_error_message="A parcel weighs from 1 g to 1,000 kg.",
            ),
            models.CheckConstraint(
                name="labelled_parcel_has_a_tracking_number",
                condition=Q(labelled_at__isnull=True) | ~Q(tracking_no=""),
            ),
        ]
        indexes = [
            models.Index(fields=["carrier", "labelled_at"], name="parcel_carrier_labelled"),
            models.Index(fields=["tracking_no"], name="parcel_tracking_no"),
        ]

    def __str__(self) -> str:
        return self.tracking_no or f"Parcel {self.sequence}"


class PurchaseState(models.TextChoices):
    """How far one purchase of a label is."""

    # written down before the carrier is called: it may have been booked, look up before buying again
    INTENDED = "intended", "Intended"
    # booked, the label is here
    BOUGHT = "bought", "Bought"
    # refused by the carrier: nothing was booked
    FAILED = "failed", "Failed"
    # cancelled at the carrier
    VOIDED = "voided", "Voided"


@guarded("state")
class LabelPurchase(models.Model):
    """One attempt to own one label. At most one per parcel is alive: intended or bought.

    `reference` goes to the carrier and finds the booking again. `attempts` counts calls that could have
    booked; `in_doubt_since` (database time) is when the last of them went unanswered, so a booking may still
    turn up there for a while. `lease_until` (database time) keeps a second packer from buying at the same
    moment. `label` is the carrier's bytes, unchanged, with their SHA-256; it is empty again once the buyer's
    data was erased.
    """

    State = PurchaseState

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="purchases")
    reference = models.CharField(max_length=60, unique=True)
    state = FSMField(max_length=10, choices=PurchaseState.choices, default=PurchaseState.INTENDED.value)
    label_format = models.CharField(max_length=3, default="pdf")
    attempts = models.PositiveSmallIntegerField(default=0)
    in_doubt_since = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    carrier_ref = models.CharField(max_length=80, blank=True, default="")
    tracking_no = models.CharField(max_length=40, blank=True, default="")
    label = models.BinaryField(null=True, blank=True)
    label_type = models.CharField(max_length=60, blank=True, default="")
    label_sha256 = models.CharField(max_length=64, blank=True, default="")
    price_cents = models.PositiveIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=60, blank=True, default="")
    error_field = models.CharField(max_length=60, blank=True, default="")
    error_message = models.CharField(max_length=300, blank=True, default="")
    intended_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_active_label_per_parcel",
                fields=["parcel"],
                condition=Q(state__in=["intended", "bought"]),
                violation_error_message="This parcel already has a label, or one is being bought.",
            ),
            models.CheckConstraint(
                name="bought_label_is_complete",
                condition=~Q(state="bought")
                | (~Q(tracking_no="") & ~Q(label_sha256="") & Q(price_cents__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def print_key(self) -> str:
        """The key of the print job of this label's bytes: whoever queues it, it is printed once."""
        return f"label:{self.label_sha256}"

    @transition(field=state, source=PurchaseState.INTENDED, target=PurchaseState.BOUGHT)
    def mark_bought(self) -> None:
        """The carrier booked it."""

    @transition(field=state, source=PurchaseState.INTENDED, target=PurchaseState.FAILED)
    def mark_failed(self) -> None:
        """The carrier refused it, or it was given up before it was ever sent."""

    @transition(field=state, source=PurchaseState.BOUGHT, target=PurchaseState.VOIDED)
    def mark_voided(self) -> None:
        """The carrier cancelled it."""
