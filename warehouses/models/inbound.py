"""Inbound: what a seller announced, the cartons it comes in, and every scan at the dock."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from foundation.guard import append_only, guarded
from foundation.numbers import number_field
from warehouses.models.items import Lot, Sku
from warehouses.models.people import Owned, Seller
from warehouses.models.places import Hub
from warehouses.models.stock import Condition


@guarded("state")
class Inbound(models.Model):
    """A seller's plan to send goods to a hub (an ASN), and how far the hub has got with it."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"  # the seller is still writing it
        PLANNED = "planned", "Planned"  # cartons and SSCCs are fixed, labels can be printed
        IN_TRANSIT = "in_transit", "In transit"  # handed to a carrier
        ARRIVED = "arrived", "Arrived"  # the first carton was seen at the dock
        RECEIVING = "receiving", "Receiving"  # units are being counted
        RECEIVED = "received", "Received"  # every carton was counted
        CLOSED = "closed", "Closed"  # every unit is put away
        CANCELLED = "cancelled", "Cancelled"  # the seller called it off before it arrived
        EXPIRED = "expired", "Expired"  # never came

    COMING = (State.PLANNED, State.IN_TRANSIT)
    """Announced, and nothing of it was seen yet."""

    class Freight(models.TextChoices):
        PARCEL = "parcel", "Parcels"  # cartons one by one, each lifted by hand
        PALLET = "pallet", "Pallets"  # cartons on pallets, moved by a truck

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="inbounds")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="inbounds")
    number = number_field("IN")
    reference = models.CharField(max_length=60, help_text="The seller's own; unique for the seller.")
    state = FSMField(max_length=12, choices=State.choices, default=State.DRAFT)
    freight = models.CharField(
        max_length=10, choices=Freight.choices, default=Freight.PARCEL, db_default=Freight.PARCEL
    )
    expected_on = models.DateField(null=True, blank=True, help_text="The first day it may come.")
    expected_until = models.DateField(null=True, blank=True, help_text="The last day; empty = that same day.")
    created_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True, blank=True)
    first_scan_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    sellable_at = models.DateTimeField(null=True, blank=True, help_text="When the last unit was put away.")

    objects = Owned.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "reference"],
                name="inbound_reference_once_per_seller",
                violation_error_message="This seller has an inbound with this reference already.",
            ),
            models.CheckConstraint(
                condition=Q(expected_until=None) | Q(expected_on__isnull=False, expected_on__lte=F("expected_until")),
                name="inbound_window_in_order",
                violation_error_message="The last day it may come is not before the first.",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @transition("state", source=State.DRAFT, target=State.PLANNED)
    def plan(self) -> None:
        """The seller fixes lines and cartons."""

    @transition("state", source=State.PLANNED, target=State.IN_TRANSIT)
    def depart(self) -> None:
        """The seller hands the cartons to a carrier."""

    @transition("state", source=[State.PLANNED, State.IN_TRANSIT], target=State.ARRIVED)
    def arrive(self) -> None:
        """The dock sees the first carton."""

    @transition("state", source=State.ARRIVED, target=State.RECEIVING)
    def start_receiving(self) -> None:
        """The dock counts the first unit."""

    @transition("state", source=[State.ARRIVED, State.RECEIVING], target=State.RECEIVED)
    def finish_receiving(self) -> None:
        """Every carton was counted."""

    @transition("state", source=State.RECEIVED, target=State.CLOSED)
    def close(self) -> None:
        """Every unit is where it belongs."""

    @transition("state", source=[State.DRAFT, State.PLANNED], target=State.CANCELLED)
    def cancel(self) -> None:
        """The seller calls it off."""

    @transition("state", source=[State.PLANNED, State.IN_TRANSIT], target=State.EXPIRED)
    def expire(self) -> None:
        """The goods never came."""


class InboundParcel(models.Model):
    """A parcel or pallet of an inbound as its carrier knows it; the carrier's scans are followed."""

    inbound = models.ForeignKey(Inbound, on_delete=models.CASCADE, related_name="parcels")
    carrier = models.CharField(max_length=40, help_text="The carrier's code; one that we do not know is not followed.")
    tracking_no = models.CharField(max_length=40)
    delivered_at = models.DateTimeField(null=True, blank=True, help_text="By the carrier's own scan.")

    class Meta:
        ordering = ["inbound", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["inbound", "carrier", "tracking_no"],
                name="inbound_parcel_once",
                violation_error_message="This tracking number is given twice.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["carrier", "tracking_no"], name="inbound_parcel_awaited", condition=Q(delivered_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_no}"


class Pallet(models.Model):
    """One pallet of an inbound, known by an SSCC of its own; its cartons keep theirs."""

    inbound = models.ForeignKey(Inbound, on_delete=models.CASCADE, related_name="pallets")
    number = models.PositiveIntegerField(help_text="1, 2, 3 ... within the inbound.")
    sscc = models.CharField("SSCC", max_length=18, unique=True, help_text="18 digits, GS1; never used again.")

    class Meta:
        ordering = ["inbound", "number"]
        constraints = [
            models.UniqueConstraint(fields=["inbound", "number"], name="pallet_number_once_per_inbound"),
            models.CheckConstraint(condition=Q(sscc__regex=r"^\d{18}$"), name="pallet_sscc_is_18_digits"),
        ]

    def __str__(self) -> str:
        return self.sscc


@guarded("state")
class Carton(models.Model):
    """One box of an inbound, known by its SSCC."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"  # announced, not seen
        ARRIVED = "arrived", "Arrived"  # its SSCC was scanned at the dock
        RECEIVED = "received", "Received"  # its units were counted and the count closed

    inbound = models.ForeignKey(Inbound, on_delete=models.CASCADE, related_name="cartons")
    pallet = models.ForeignKey(Pallet, on_delete=models.PROTECT, null=True, blank=True, related_name="cartons")
    number = models.PositiveIntegerField(help_text="1, 2, 3 ... within the inbound.")
    sscc = models.CharField("SSCC", max_length=18, unique=True, help_text="18 digits, GS1; never used again.")
    state = FSMField(max_length=10, choices=State.choices, default=State.PLANNED)
    weight_g = models.PositiveIntegerField(null=True, blank=True, help_text="Gross, as the seller declared it.")
    length_mm = models.PositiveIntegerField(null=True, blank=True)
    width_mm = models.PositiveIntegerField(null=True, blank=True)
    height_mm = models.PositiveIntegerField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["inbound", "number"]
        constraints = [
            models.UniqueConstraint(fields=["inbound", "number"], name="carton_number_once_per_inbound"),
            models.CheckConstraint(condition=Q(sscc__regex=r"^\d{18}$"), name="carton_sscc_is_18_digits"),
            models.CheckConstraint(
                condition=Q(length_mm__isnull=True, width_mm__isnull=True, height_mm__isnull=True)
                | Q(
                    length_mm__isnull=False,
                    width_mm__isnull=False,
                    height_mm__isnull=False,
                    length_mm__gt=0,
                    width_mm__gt=0,
                    height_mm__gt=0,
                ),
                name="carton_has_all_sizes_or_none",
                violation_error_message="Declare all three sizes of a carton, or none.",
            ),
            models.CheckConstraint(condition=Q(weight_g__isnull=True) | Q(weight_g__gt=0), name="carton_weighs"),
        ]

    def __str__(self) -> str:
        return self.sscc

    @transition("state", source=State.PLANNED, target=State.ARRIVED)
    def arrive(self) -> None:
        """Its SSCC is scanned at the dock."""

    @transition("state", source=State.ARRIVED, target=State.RECEIVED)
    def receive(self) -> None:
        """Its count is closed."""


class CartonLine(models.Model):
    """What one carton should hold of one SKU and lot, and what was found in it.

    A line with none planned is of something that nobody announced.

    Once the carton is received, planned = good + damaged + missing - surplus: no unit can vanish between
    the dock and the books. Until then nothing is missing yet.
    """

    carton = models.ForeignKey(Carton, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="carton_lines", verbose_name="SKU")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="carton_lines")
    planned = models.PositiveIntegerField()
    good = models.PositiveIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    surplus = models.PositiveIntegerField(default=0)
    is_closed = models.BooleanField(default=False)

    class Meta:
        ordering = ["carton", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["carton", "sku", "lot"], name="carton_line_once_per_sku_and_lot", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(is_closed=False) | Q(planned=F("good") + F("damaged") + F("missing") - F("surplus")),
                name="carton_line_conserves_units",
                violation_error_message="Planned must equal good + damaged + missing - surplus.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.planned} × {self.sku.code}"


class Scans(models.QuerySet["ReceiptScan"]):
    """Scans at the dock, chainable."""

    def standing(self) -> "Scans":
        """Those that nobody took back, without the undos themselves."""
        return self.filter(undoes=None, undone_by=None)


@append_only
class ReceiptScan(models.Model):
    """One scan at the dock: the proof of a unit. Who, when, where, what; never changed.

    A scan that `undoes` another takes its units out of the count again; both stay.
    """

    scan_id = models.UUIDField(unique=True, help_text="Drawn by the station, so a scan sent twice counts once.")
    line = models.ForeignKey(CartonLine, on_delete=models.PROTECT, related_name="scans")
    code = models.CharField(max_length=80, help_text="What the scanner read.")
    condition = models.CharField(max_length=10, choices=Condition.choices)
    quantity = models.PositiveIntegerField()
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by", help_text="Takes it back."
    )
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    station = models.CharField(max_length=20)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The supervisor who let more in than planned.",
    )
    scanned_at = models.DateTimeField()

    objects = Scans.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="receipt_scan_has_units")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.code}"
