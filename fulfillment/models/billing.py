"""Billing: what the hub's work costs, from when, and what was charged for it."""

from datetime import datetime
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime

from foundation.guard import append_only
from foundation.numbers import number_field
from warehouses.models import Case, Hub, Seller
from warehouses.models.people import Owned


class ChargeKind(models.TextChoices):
    """What is charged for."""

    RELABEL = "relabel", "Relabel"  # units of a case got the label of another item
    RETURN_TO_SELLER = "return_to_seller", "Return to seller"  # units of a case were sent back
    DISPOSE = "dispose", "Dispose"  # units of a case were thrown away


class RateCards(models.QuerySet["RateCard"]):
    """Rate cards, chainable."""

    def in_force(self, at: datetime) -> "RateCards":
        """As of then, the latest card of each hub that has its own, and the latest for all hubs."""
        return self.filter(valid_from__lte=at).order_by("hub_id", "-valid_from").distinct("hub_id")


def _stays_once_used(cards: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """Refuses the operation on a row of the `cards` (SQL) that something was charged by."""
    return pgtrigger.Trigger(
        name="stays_once_used",
        operation=operation,
        when=pgtrigger.Before,
        func=f"""
            IF EXISTS (
                SELECT FROM fulfillment_charge c JOIN fulfillment_rate r ON r.id = c.rate_id
                WHERE r.card_id IN ({cards})
            ) THEN
                RAISE EXCEPTION 'pakhuis: a rate card that was charged by is never changed';
            END IF;
            RETURN coalesce(NEW, OLD);
        """,
    )


@pgtrigger.register(_stays_once_used("OLD.id", pgtrigger.Update))
class RateCard(models.Model):
    """What the hub's work costs from a moment on, until the next card: a new price is a new card.

    A card is whole: what it does not name costs nothing. A hub's own card stands in place of the one for all hubs.
    It is written ahead and can be changed until it is valid, never after. So what a thing cost at any past moment
    stays what it was.
    """

    hub = models.ForeignKey(
        Hub,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rate_cards",
        help_text="Empty: for all hubs that have no card of their own.",
    )
    valid_from = models.DateTimeField(help_text="It holds until the next card is valid.")
    currency = models.CharField(max_length=3, default="EUR", help_text="ISO 4217; one that has cents.")
    written_at = models.DateTimeField(editable=False, help_text="When it was last changed.")

    objects = RateCards.as_manager()

    class Meta:
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "valid_from"],
                name="rate_card_once_per_moment",
                nulls_distinct=False,
                violation_error_message="There is a card from this moment on already.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__gt=F("written_at")),
                name="rate_card_is_written_ahead",
                violation_error_message="A card is written before it is valid.",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="rate_card_currency",
                violation_error_message="A currency has three capital letters, such as EUR.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hub.code if self.hub else 'All hubs'} from {localtime(self.valid_from):%-d %b %Y, %H:%M}"


@pgtrigger.register(
    _stays_once_used("OLD.card_id, NEW.card_id", pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete)
)
class Rate(models.Model):
    """One price on a card.

    A price is a decimal of the currency's unit, as price lists print it, and not a whole number of cents or of tenths
    of them: prices by litre and day are hundredths of a cent. Amounts are whole cents.
    """

    class Unit(models.TextChoices):
        UNIT = "unit", "Unit"  # each unit of an item

    card = models.ForeignKey(RateCard, on_delete=models.CASCADE, related_name="rates")
    kind = models.CharField(max_length=20, choices=ChargeKind.choices)
    unit = models.CharField(max_length=10, choices=Unit.choices, default=Unit.UNIT)
    price = models.DecimalField(max_digits=12, decimal_places=4, help_text="Of one unit, such as 0.3500.")

    class Meta:
        ordering = ["card", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["card", "kind"],
                name="rate_once_per_kind",
                violation_error_message="A card has one price for each kind.",
            ),
            models.CheckConstraint(
                # Far below what a bigint of cents holds for any quantity, and above any price of work on one unit.
                condition=Q(price__gt=0, price__lt=10_000),
                name="rate_has_a_price",
                violation_error_message="A price is above 0 and below 10,000; leave out what costs nothing.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.price} per {self.unit}"


@append_only
class Charge(models.Model):
    """What a seller owes for work that the hub did, by which rate. Never changed: a counter-charge takes it back."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="charges")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="+")
    number = number_field("CG")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="charges")
    kind = models.CharField(max_length=20, choices=ChargeKind.choices)
    rate = models.ForeignKey(Rate, on_delete=models.PROTECT, related_name="charges")
    quantity = models.IntegerField(help_text="Units; negative where a charge is taken back.")
    unit_price = models.DecimalField(max_digits=12, decimal_places=4, help_text="As on the card.")
    amount_cents = models.BigIntegerField(help_text="Quantity times price, rounded once, half to even.")
    currency = models.CharField(max_length=3)
    occurred_at = models.DateTimeField(help_text="When the work was done, or taken back.")
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by", help_text="Takes it back."
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was taken back.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = Owned.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(corrects__isnull=True), name="charge_once_per_case_and_kind"
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, quantity__gt=0, reason="")
                | (Q(corrects__isnull=False, quantity__lt=0) & ~Q(reason="")),
                name="charge_or_counter_charge",
            ),
            models.CheckConstraint(
                # Half to even is not a database's way of rounding; this holds the amount to the nearest cent.
                condition=Q(amount_cents__gte=F("unit_price") * F("quantity") * 100 - Decimal("0.5"))
                & Q(amount_cents__lte=F("unit_price") * F("quantity") * 100 + Decimal("0.5")),
                name="charge_amount_is_quantity_times_price",
            ),
        ]
        indexes = [models.Index(fields=["seller", "-id"], name="charge_of_seller")]

    def __str__(self) -> str:
        return self.number
