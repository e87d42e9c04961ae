"""The ledger and what is derived from it.

`Move` is the truth: append-only, one row per physical step. `BinBalance` and `Balance` are its running
sums, kept in the same transaction and checked against it by `manage.py verify`. A `Reservation` is a
promise of units to something upstairs, known here only by an opaque reference.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from foundation.guard import append_only
from warehouses.models.items import Lot, Sku
from warehouses.models.people import Seller
from warehouses.models.places import Bin, Hub


class Condition(models.TextChoices):
    """What state a unit is in. Only `sellable` units in storage can be promised to a buyer."""

    SELLABLE = "sellable", "Sellable"  # as good as new
    DAMAGED = "damaged", "Damaged"  # seen to be broken, dented, opened
    QUARANTINE = "quarantine", "Quarantine"  # doubtful: waits for somebody to decide
    EXPIRED = "expired", "Expired"  # past its last good day
    BLOCKED = "blocked", "Blocked"  # good, but its lot or its bin is blocked: sellable again when that ends


GOOD = frozenset({Condition.SELLABLE, Condition.BLOCKED})
"""Conditions of units with nothing wrong with themselves. Which of the two it is, lot and bin decide."""


def good_condition(place: Bin, lot: Lot | None) -> Condition:
    """The condition of good units of `lot` in `place`."""
    is_blocked = bool(place.blocked_at or (lot and lot.blocked_at))
    return Condition.BLOCKED if is_blocked and place.kind in Bin.SHELVES else Condition.SELLABLE


class Balance(models.Model):
    """How much of a SKU a hub has. `on_hand` counts every unit in the building; `sellable` those on a shelf."""

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="balances")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="balances")
    on_hand = models.PositiveIntegerField(default=0, help_text="Units in the building, in any bin and condition.")
    sellable = models.PositiveIntegerField(default=0, help_text="Sellable units in storage bins.")
    reserved = models.PositiveIntegerField(default=0, help_text="Sellable units promised and not yet picked.")
    is_hot = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Much in demand just now: locked last, so that others wait for it the least.",
    )

    class Meta:
        ordering = ["hub", "sku"]
        constraints = [
            models.UniqueConstraint(fields=["hub", "sku"], name="balance_once_per_hub_and_sku"),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("sellable"), sellable__lte=F("on_hand")),
                name="balance_never_oversold",
                violation_error_message="More units would be promised than there are.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} at {self.hub_id}: {self.on_hand}"

    @property
    def available(self) -> int:
        """Units that can still be promised."""
        return self.sellable - self.reserved


class BinBalance(models.Model):
    """What is in one bin: units of one SKU, one lot, one condition."""

    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="balances")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="bin_balances")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="bin_balances")
    condition = models.CharField(max_length=10, choices=Condition.choices, default=Condition.SELLABLE)
    on_hand = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0, help_text="Units that a pick task will fetch from here.")
    since = models.DateTimeField(help_text="When the first of these units came into the bin: first in, first out.")

    class Meta:
        ordering = ["bin", "sku"]
        constraints = [
            models.UniqueConstraint(
                fields=["bin", "sku", "lot", "condition"], name="bin_balance_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("on_hand")),
                name="bin_never_oversold",
                violation_error_message="More units would be fetched from this bin than are in it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} of {self.sku_id} in {self.bin_id}"


_WAITING = Q(wanted__gt=F("held") + F("picked") + F("cancelled"))
"""Units still without stock. As the condition of an index it lists only the queue, however long the history."""


class Reservation(models.Model):
    """Units of one SKU promised to one demand upstairs (`demand_ref`), which belongs to a group (`demand_group`).

    wanted = held + picked + cancelled + still waiting. `assigned` is the part of `held` that pick tasks
    will fetch from named bins.
    """

    # Every index is written at every promise: none for the hub alone, none for the beginnings of a reference.
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="reservations", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="reservations")
    demand_ref = models.CharField(max_length=60, help_text="Opaque: the line upstairs. The natural key.")
    demand_group = models.CharField(max_length=60, help_text="Opaque: lines with the same group leave together.")
    priority = models.SmallIntegerField(default=100, help_text="Lower goes first.")
    placed_at = models.DateTimeField(help_text="Older goes first within a priority.")
    in_part = models.BooleanField(
        default=False, db_default=False, help_text="Takes what there is; otherwise its whole group or nothing."
    )
    wanted = models.PositiveIntegerField()
    held = models.PositiveIntegerField(default=0, help_text="Promised and not yet picked.")
    assigned = models.PositiveIntegerField(default=0, help_text="The part of `held` with a pick task.")
    picked = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["priority", "placed_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["demand_ref"], name="reservation_once_per_demand"),
            models.CheckConstraint(condition=Q(wanted__gt=0), name="reservation_wants_something"),
            models.CheckConstraint(
                condition=Q(wanted__gte=F("held") + F("picked") + F("cancelled"), assigned__lte=F("held")),
                name="reservation_adds_up",
            ),
        ]
        indexes = [
            models.Index(fields=["demand_group"], name="reservation_by_group"),
            models.Index(
                fields=["hub", "priority", "placed_at", "demand_group"], condition=_WAITING, name="reservation_waiting"
            ),
            models.Index(fields=["hub", "sku"], condition=_WAITING, name="reservation_waiting_for"),
        ]

    def __str__(self) -> str:
        return f"{self.demand_ref}: {self.held} held of {self.wanted}"

    @property
    def waiting(self) -> int:
        """Units still without stock."""
        return self.wanted - self.held - self.picked - self.cancelled


@append_only
class Move(models.Model):
    """One physical step of some units: out of one bin, into another. Never changed, never deleted.

    A missing `from_bin` means the goods came from outside the building, a missing `to_bin` that they left it.
    """

    class Kind(models.TextChoices):
        RECEIVE = "receive", "Receive"  # outside -> dock
        PUTAWAY = "putaway", "Put away"  # dock -> storage or quarantine
        PICK = "pick", "Pick"  # storage -> tote
        MISSING = "missing", "Missing"  # storage -> missing: the picker did not find it
        PACK = "pack", "Pack"  # tote -> dispatch
        SHIP = "ship", "Ship"  # dispatch -> outside
        COUNT = "count", "Count"  # a count found more (from missing or outside) or fewer (to missing)
        TRANSFER = "transfer", "Transfer"  # shelf -> another shelf
        ADJUST = "adjust", "Adjust"  # somebody knows better than the books: like a count, with a reason
        CONDITION = "condition", "Condition"  # stays where it is and is in another condition

    kind = models.CharField(max_length=10, choices=Kind.choices)
    source = models.CharField(max_length=60, help_text="What caused it: a scan's id, a parcel's reference.")
    source_line = models.PositiveIntegerField(default=0)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="moves")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="moves")
    quantity = models.PositiveIntegerField()
    from_bin = models.ForeignKey(Bin, on_delete=models.PROTECT, null=True, blank=True, related_name="moves_out")
    to_bin = models.ForeignKey(Bin, on_delete=models.PROTECT, null=True, blank=True, related_name="moves_in")
    condition = models.CharField(max_length=10, choices=Condition.choices, default=Condition.SELLABLE)
    becomes = models.CharField(
        max_length=10,
        choices=Condition.choices,
        blank=True,
        default="",
        db_default="",
        help_text="The condition it arrives in, where that is another than it left in.",
    )
    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="moves")
    reason = models.CharField(max_length=60, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    occurred_at = models.DateTimeField(help_text="When it happened on the floor.")
    recorded_at = models.DateTimeField(db_default=Now(), help_text="When it was written, by the database's clock.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "source_line", "kind"], name="move_once_per_cause"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="move_has_units"),
            models.CheckConstraint(
                condition=(Q(from_bin__isnull=False) | Q(to_bin__isnull=False))
                & (~Q(from_bin=F("to_bin")) | ~Q(becomes="")),
                name="move_goes_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(becomes="")
                | (Q(from_bin__isnull=False, to_bin__isnull=False) & ~Q(becomes=F("condition"))),
                name="move_becomes_something_else",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity} of {self.sku_id}"


@append_only
class MoveNumber(models.Model):
    """A seller's moves as 1, 2, 3 ... without a gap, in the order in which they were numbered, not made.

    Given by `services/numbering.py` to moves that are committed. Never changed: who has read up to a number
    has read all there is up to it.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="move_numbers")
    number = models.PositiveBigIntegerField()
    move = models.OneToOneField(Move, on_delete=models.PROTECT, related_name="numbered")

    class Meta:
        ordering = ["seller", "number"]
        constraints = [models.UniqueConstraint(fields=["seller", "number"], name="move_number_once_per_seller")]

    def __str__(self) -> str:
        return f"{self.seller_id} no. {self.number}"


class Numbering(models.Model):
    """How far a seller's moves are numbered: below `done_to` none is left and none can come any more.

    Moves up to `candidate` were begun by transactions older than `candidate_xid`; once these have all ended,
    `done_to` may go there.
    """

    seller = models.OneToOneField(Seller, on_delete=models.PROTECT, related_name="numbering")
    done_to = models.PositiveBigIntegerField(default=0)
    candidate = models.PositiveBigIntegerField(default=0)
    candidate_xid = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["seller"]

    def __str__(self) -> str:
        return f"{self.seller_id} up to move {self.done_to}"
