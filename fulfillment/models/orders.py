"""Orders: what a buyer was promised, and how far the hub has got with it."""

from typing import Final

from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from foundation.guard import guarded
from foundation.numbers import number_field
from fulfillment.models.waves import Wave
from shipping.models import Address, Shipment
from warehouses.models import Hub, Owned, Reservation, Seller, Sku


@guarded("state")
class Order(models.Model):
    """One buyer's order from one seller, sent from one hub."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"  # accepted, the allocator has not looked at it yet
        ON_HOLD = "on_hold", "On hold"  # somebody must decide before it may go on
        BACKORDERED = "backordered", "Back-ordered"  # not all of it is in stock
        ALLOCATED = "allocated", "Allocated"  # every unit is promised; waits for a wave
        RELEASED = "released", "Released"  # in a wave, on a pick list
        PICKING = "picking", "Picking"  # the first unit is in a tote
        PICKED = "picked", "Picked"  # all of it is in totes; waits for a bench
        PACKED = "packed", "Packed"  # in parcels, on the dispatch dock
        SHIPPED = "shipped", "Shipped"  # handed to the carrier
        DELIVERED = "delivered", "Delivered"  # the carrier says so
        CANCELLED = "cancelled", "Cancelled"  # called off before it left
        RETURNED = "returned", "Returned"  # came back whole

    class Hold(models.TextChoices):
        NONE = "", "None"
        ADDRESS = "address_unclear", "Address unclear"  # the carrier could not deliver to it
        ASKED = "seller_asked", "Seller asked to wait"  # the seller put it on hold
        SHORT = "short_pick", "Short at picking"  # the shelf held less than the books; no other stock
        CARRIER = "carrier_refused", "Carrier refused"  # no label could be bought
        EXPIRED = "stock_expired", "Stock expired"  # what was promised is past its last good day
        TOO_LARGE = "too_large", "Too large for a tote"  # one of its units goes into no tote of the hub's carts
        RECALLED = "lot_recalled", "Lot recalled"  # what was picked for it must not reach the buyer
        CUSTOMS = "customs_data_missing", "Customs data missing"  # it crosses a border, and the papers lack something
        UNSERVED = "no_service", "No carrier goes there"  # no service of any carrier has this destination
        SANCTIONED = "destination_sanctioned", "Destination under sanctions"  # nothing may be sent there

    class ShortPolicy(models.TextChoices):
        WAIT = "wait", "Wait until complete"  # what was picked waits for the rest
        SHIP_SHORT = "ship_short", "Send what there is"  # the rest is cancelled and the shop told

    RUSH: Final = 1
    """The priority of orders that can't wait for a wave."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="orders")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="orders")
    number = number_field("OR")
    external_ref = models.CharField(max_length=60, help_text="The shop's own order number.")
    channel = models.CharField(max_length=20, help_text="Where it came from: api, a file, a shop.")
    ship_to = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="orders")
    is_gift = models.BooleanField(default=False)
    priority = models.SmallIntegerField(default=100, help_text="Lower goes first.")
    short_policy = models.CharField(max_length=10, choices=ShortPolicy.choices, default=ShortPolicy.WAIT)
    state = FSMField(max_length=12, choices=State.choices, default=State.RECEIVED)
    hold = models.CharField(max_length=24, choices=Hold.choices, default=Hold.NONE, blank=True)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, null=True, blank=True, related_name="orders")
    shipment = models.OneToOneField(Shipment, on_delete=models.PROTECT, null=True, blank=True, related_name="order")
    currency = models.CharField(
        max_length=3, default="EUR", db_default="EUR", help_text="Of the lines' unit prices: ISO 4217."
    )
    placed_at = models.DateTimeField(help_text="When the buyer bought.")
    ship_by = models.DateTimeField(help_text="The promise: handed to the carrier by then.")
    allocated_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    picked_at = models.DateTimeField(null=True, blank=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = Owned.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "external_ref"],
                name="order_ref_once_per_seller",
                violation_error_message="This seller has an order with this number already.",
            ),
            models.CheckConstraint(
                condition=Q(state="on_hold") | Q(hold__in=["", "short_pick", "carrier_refused", "lot_recalled"]),
                name="order_hold_has_its_state",
            ),
        ]
        indexes = [
            models.Index(fields=["hub", "state", "ship_by"], name="order_due"),
            models.Index(fields=["seller", "-id"], name="order_of_seller"),
        ]

    def __str__(self) -> str:
        return self.number

    @transition("state", source=[State.RECEIVED, State.ALLOCATED, State.BACKORDERED], target=State.ON_HOLD)
    def put_on_hold(self) -> None:
        """Somebody must decide first."""

    @transition("state", source=State.ON_HOLD, target=State.RECEIVED)
    def resume(self) -> None:
        """Decided: back in the queue."""

    @transition("state", source=[State.RECEIVED, State.BACKORDERED], target=State.ALLOCATED)
    def allocate(self) -> None:
        """Every unit is promised."""

    @transition("state", source=[State.RECEIVED, State.ALLOCATED], target=State.BACKORDERED)
    def backorder(self) -> None:
        """Not all of it is there; or a count took back what was promised."""

    @transition("state", source=State.ALLOCATED, target=State.RELEASED)
    def release(self) -> None:
        """Put into a wave."""

    @transition("state", source=State.RELEASED, target=State.RECEIVED)
    def requeue(self) -> None:
        """What it was to get is blocked, expired or not there, before anything was picked: back in the queue."""

    @transition("state", source=State.RELEASED, target=State.PICKING)
    def start_picking(self) -> None:
        """The first unit is in a tote."""

    @transition("state", source=[State.RELEASED, State.PICKING], target=State.PICKED)
    def finish_picking(self) -> None:
        """All that will be picked is in totes."""

    @transition("state", source=State.PICKED, target=State.PACKED)
    def pack(self) -> None:
        """Verified and in parcels."""

    @transition("state", source=State.PACKED, target=State.SHIPPED)
    def ship(self) -> None:
        """Handed to the carrier."""

    @transition("state", source=State.SHIPPED, target=State.DELIVERED)
    def deliver(self) -> None:
        """The carrier says it is there."""

    @transition("state", source=[State.SHIPPED, State.DELIVERED], target=State.RETURNED)
    def come_back(self) -> None:
        """The carrier brought it back."""

    @transition(
        "state",
        source=[State.RECEIVED, State.ON_HOLD, State.BACKORDERED, State.ALLOCATED, State.RELEASED, State.PICKING],
        target=State.CANCELLED,
    )
    def cancel(self) -> None:
        """Called off before anything of it was picked."""


class OrderLine(models.Model):
    """So many of one SKU. Its reservation downstairs knows what is held and what is picked."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(help_text="1, 2, 3 ... as the shop sent them.")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="order_lines", verbose_name="SKU")
    quantity = models.PositiveIntegerField()
    unit_price_cents = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    reservation = models.OneToOneField(
        Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="order_line"
    )

    class Meta:
        ordering = ["order", "number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="order_line_number_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_has_units"),
            models.CheckConstraint(condition=Q(quantity__gte=F("cancelled") + F("shipped")), name="order_line_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku.code}"
