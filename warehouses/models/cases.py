"""Cases: what was not as announced, the proof of it, what the seller chose, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from foundation.guard import append_only, guarded
from foundation.numbers import number_field
from warehouses.models.choices import NEEDS_ITEM, CaseChoice, CaseKind
from warehouses.models.inbound import Carton, CartonLine, Inbound, ReceiptScan
from warehouses.models.items import Lot, Sku
from warehouses.models.people import Owned, Seller
from warehouses.models.supervising import Instruction


class Proofs(models.QuerySet["Finding"]):
    """Findings, chainable."""

    def standing(self) -> "Proofs":
        """Those that nobody took back, without the undos themselves."""
        return self.filter(undoes=None, undone_by=None)


@append_only
class Finding(models.Model):
    """Units in a carton whose code nobody knows: set aside with the code, in no stock. Never changed."""

    scan_id = models.UUIDField(unique=True, help_text="Drawn by the station, so a scan sent twice counts once.")
    carton = models.ForeignKey(Carton, on_delete=models.PROTECT, related_name="findings")
    code = models.CharField(max_length=80, help_text="What the scanner read, or a word for what has no code.")
    quantity = models.PositiveIntegerField()
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by", help_text="Takes it back."
    )
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    station = models.CharField(max_length=20)
    scanned_at = models.DateTimeField()

    objects = Proofs.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="finding_has_units")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.code}"


@append_only
class ReceiptPhoto(models.Model):
    """A photo taken at the dock, of a carton or of what one scan of it was about. The file is named by its hash."""

    carton = models.ForeignKey(Carton, on_delete=models.PROTECT, related_name="photos")
    scan = models.ForeignKey(ReceiptScan, on_delete=models.PROTECT, null=True, blank=True, related_name="photos")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, null=True, blank=True, related_name="photos")
    number = number_field("PH")
    sha256 = models.CharField(max_length=64, help_text="Of the file as it is kept.")
    width = models.PositiveIntegerField(help_text="Pixels.")
    height = models.PositiveIntegerField(help_text="Pixels.")
    size = models.PositiveIntegerField(help_text="Bytes.")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    station = models.CharField(max_length=20)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["carton", "scan", "finding", "sha256"], name="receipt_photo_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(scan__isnull=True) | Q(finding__isnull=True), name="receipt_photo_of_one_thing"
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="receipt_photo_has_a_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of carton {self.carton.sscc}"


@guarded("state")
class Case(models.Model):
    """One difference between what a carton should hold and what it held, until it is settled.

    It opens by itself when the carton's count closes: one per line and kind, and one for all unknown units.
    """

    Kind = CaseKind
    Choice = CaseChoice

    class State(models.TextChoices):
        OPEN = "open", "Open"  # the seller may choose until it is due
        ANSWERED = "answered", "Answered"  # chosen, by the seller or by silence: the hub has to do it
        RESOLVED = "resolved", "Resolved"  # done
        CANCELLED = "cancelled", "Cancelled"  # called off by a supervisor, with a reason

    UNSETTLED = (State.OPEN, State.ANSWERED)

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="cases")
    inbound = models.ForeignKey(Inbound, on_delete=models.PROTECT, related_name="cases")
    carton = models.ForeignKey(Carton, on_delete=models.PROTECT, related_name="cases")
    line = models.ForeignKey(
        CartonLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        help_text="Empty for unknown units.",
    )
    number = number_field("CA")
    kind = models.CharField(max_length=12, choices=CaseKind.choices)
    units = models.PositiveIntegerField()
    state = FSMField(max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="From then on silence is an answer.")
    choice = models.CharField(max_length=10, choices=CaseChoice.choices, blank=True)
    book_to = models.ForeignKey(
        Sku,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The item to which the units are booked.",
    )
    book_lot = models.ForeignKey(
        Lot,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The lot of that item, if it is kept by lot.",
    )
    by_silence = models.BooleanField(default=False, help_text="Nobody chose in time.")
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was resolved or called off.")
    instruction = models.OneToOneField(
        Instruction,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="case",
        help_text="What moved the units, where they moved.",
    )

    objects = Owned.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["carton", "line", "kind"], name="case_once", nulls_distinct=False),
            models.CheckConstraint(condition=Q(units__gt=0), name="case_has_units"),
            models.CheckConstraint(
                condition=Q(state="open", choice="")
                | Q(state="cancelled")
                | (Q(state__in=["answered", "resolved"]) & ~Q(choice="")),
                name="case_answered_with_a_choice",
            ),
            models.CheckConstraint(
                condition=Q(book_to__isnull=True) ^ Q(choice__in=sorted(NEEDS_ITEM)), name="case_books_to_an_item"
            ),
            models.CheckConstraint(
                condition=Q(book_lot__isnull=True) | Q(book_to__isnull=False), name="case_books_to_a_lot_of_an_item"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="open"), name="case_waiting"),
            models.Index(fields=["seller", "-id"], name="case_of_seller"),
        ]

    def __str__(self) -> str:
        return self.number

    @transition("state", source=State.OPEN, target=State.ANSWERED)
    def answer(self) -> None:
        """The seller chooses, or silence does."""

    @transition("state", source=State.ANSWERED, target=State.RESOLVED)
    def resolve(self) -> None:
        """What was chosen is done."""

    @transition("state", source=[State.OPEN, State.ANSWERED], target=State.CANCELLED)
    def cancel(self) -> None:
        """A supervisor calls it off."""


@append_only
class CaseEvent(models.Model):
    """One step of a case: who did what, when. Never changed."""

    class What(models.TextChoices):
        OPENED = "opened", "Opened"  # the carton's count was closed
        ANSWERED = "answered", "Answered"  # by the seller; by staff for them, if there is an actor
        SILENCE = "silence", "Silence"  # the deadline chose
        SETTLED = "settled", "Settled"  # done
        CANCELLED = "cancelled", "Cancelled"  # called off

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    what = models.CharField(max_length=10, choices=What.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField()

    class Meta:
        ordering = ["case", "id"]
        constraints = [models.UniqueConstraint(fields=["case", "what"], name="case_event_once")]

    def __str__(self) -> str:
        return f"{self.case.number} {self.what}"
