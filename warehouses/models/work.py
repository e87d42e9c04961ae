"""Work: what somebody on the floor should do next, and what they did."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from foundation.guard import guarded
from foundation.numbers import number_field
from warehouses.models.items import Lot, Sku
from warehouses.models.places import Bin, CartType, Hub, Zone
from warehouses.models.stock import Condition, Reservation


@guarded("state")
class PutawayTask(models.Model):
    """Bring these units from the dock to that bin."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"  # the planner chose a bin
        DONE = "done", "Done"  # scanned into a bin

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="putaway_tasks")
    work_ref = models.CharField("inbound", max_length=40, help_text="The inbound whose goods these are.")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="putaway_tasks", verbose_name="SKU")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    condition = models.CharField(max_length=10, choices=Condition.choices, default=Condition.SELLABLE)
    quantity = models.PositiveIntegerField()
    from_bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="putaways_from")
    to_bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="putaways_to")
    proposed_bin = models.ForeignKey(
        Bin,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What the planner chose, where the worker took another.",
    )
    override_reason = models.CharField(max_length=60, blank=True, help_text="Why the worker took another.")
    trip = models.PositiveSmallIntegerField(default=1, help_text="Which round of the trolley takes it along.")
    sequence = models.PositiveIntegerField(help_text="Order of the trolley's walk.")
    state = FSMField(max_length=10, choices=State.choices, default=State.PROPOSED)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["hub", "work_ref", "sequence"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="putaway_has_units")]
        indexes = [models.Index(fields=["work_ref", "state"], name="putaway_by_work")]

    def __str__(self) -> str:
        return f"Put {self.quantity} × {self.sku.code} into {self.to_bin.code}"

    @transition("state", source=State.PROPOSED, target=State.DONE)
    def finish(self) -> None:
        """The units are in their bin."""


@guarded("state")
class PickList(models.Model):
    """One cart's walk: which totes, which stops, in which order, and how long the walk is."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"  # waits for a picker
        PICKING = "picking", "Picking"  # totes are on the cart, somebody walks
        PICKED = "picked", "Picked"  # every stop was served or found short
        CANCELLED = "cancelled", "Cancelled"  # called off before anybody walked

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="pick_lists")
    number = number_field("PL")
    work_ref = models.CharField("wave", max_length=40, db_index=True, help_text="The wave this cart belongs to.")
    cart_type = models.ForeignKey(CartType, on_delete=models.PROTECT, related_name="pick_lists")
    state = FSMField(max_length=10, choices=State.choices, default=State.PLANNED)
    walk_mm = models.PositiveIntegerField(help_text="Length of the planned walk, depot to depot.")
    s_shape_mm = models.PositiveIntegerField(help_text="The same stops walked by the S-shape rule.")
    bound_mm = models.PositiveIntegerField(help_text="No walk over these stops can be shorter than this.")
    method = models.CharField(max_length=40, help_text="What found the walk.")
    zone = models.ForeignKey(
        Zone,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="pick_lists",
        help_text="Whose hand-over point it starts from; empty: the hub's depot.",
    )
    turn = models.PositiveIntegerField(
        null=True, blank=True, help_text="Its place among the waiting carts: 1 is taken next."
    )
    starts_at = models.DateTimeField(null=True, blank=True, help_text="When somebody should be free to take it.")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="When it should be back then.")
    planned_s = models.PositiveIntegerField(
        null=True, blank=True, help_text="Seconds from its start until it is back, as planned."
    )
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="pick_lists"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["hub", "started_at"], name="pick_list_by_start")]

    def __str__(self) -> str:
        return self.number

    @transition("state", source=State.PLANNED, target=State.PICKING)
    def start(self) -> None:
        """A picker has scanned the totes onto the cart."""

    @transition("state", source=State.PICKING, target=State.PICKED)
    def finish(self) -> None:
        """The last stop is served."""

    @transition("state", source=State.PLANNED, target=State.CANCELLED)
    def cancel(self) -> None:
        """Everything on it was called off."""


class CartTote(models.Model):
    """A place for a tote on a cart, for one demand group; the tote itself is scanned in at set-up.

    Without a group it is shared by demand groups of one unit each, and sorted by nobody: at the bench any unit
    serves any of them that wants it.
    """

    pick_list = models.ForeignKey(PickList, on_delete=models.CASCADE, related_name="totes")
    slot = models.PositiveSmallIntegerField(help_text="Position on the cart, from 1.")
    demand_group = models.CharField(
        "order", max_length=60, blank=True, db_index=True, help_text="Empty: shared by orders of one unit each."
    )
    tote = models.ForeignKey(Bin, on_delete=models.PROTECT, null=True, blank=True, related_name="rides")
    due_at = models.DateTimeField(null=True, blank=True, help_text="When it must be back to leave in time.")
    freed_at = models.DateTimeField(null=True, blank=True, help_text="When the tote was emptied at a bench.")

    class Meta:
        ordering = ["pick_list", "slot"]
        constraints = [
            models.UniqueConstraint(fields=["pick_list", "slot"], name="cart_slot_once"),
            models.UniqueConstraint(
                fields=["tote"],
                condition=Q(freed_at__isnull=True, tote__isnull=False),
                name="tote_on_one_cart",
                violation_error_message="This tote is in use.",
            ),
        ]

    def __str__(self) -> str:
        return f"Slot {self.slot}"

    @property
    def is_shared(self) -> bool:
        """Single-item orders ride in it together."""
        return not self.demand_group


class PickTask(models.Model):
    """Fetch these units from this bin. Without a pick list yet while the walk is being planned."""

    pick_list = models.ForeignKey(PickList, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    cart_tote = models.ForeignKey(CartTote, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    work_ref = models.CharField("wave", max_length=40, db_index=True)
    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="tasks")
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="pick_tasks")
    sku = models.ForeignKey(
        Sku, on_delete=models.PROTECT, related_name="pick_tasks", verbose_name="SKU", db_index=False
    )
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sequence = models.PositiveIntegerField(default=0)
    quantity = models.PositiveIntegerField()
    picked = models.PositiveIntegerField(default=0)
    short = models.PositiveIntegerField(default=0, help_text="Not found in the bin.")
    cancelled = models.PositiveIntegerField(default=0, help_text="No longer wanted.")
    closed_at = models.DateTimeField(null=True, blank=True)
    planned_s = models.PositiveIntegerField(
        null=True, blank=True, help_text="Seconds from the cart's start until its stop is done, as planned."
    )
    scanned_at = models.DateTimeField(
        null=True, blank=True, help_text="Last scan at the bin, by the station's clock; it may be booked later."
    )

    class Meta:
        ordering = ["pick_list", "sequence", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="pick_task_has_units"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("picked") + F("short") + F("cancelled")), name="pick_task_adds_up"
            ),
        ]
        # How fast goods move is asked for by SKU and the days looked back.
        indexes = [models.Index(fields=["sku", "closed_at"], name="pick_task_by_sku")]

    def __str__(self) -> str:
        return f"Pick {self.quantity} × {self.sku.code} from {self.bin.code}"

    @property
    def open(self) -> int:
        """Units still to fetch."""
        return self.quantity - self.picked - self.short - self.cancelled


@guarded("state")
class Count(models.Model):
    """Look into this bin and say how many of a SKU and lot there are, without being told what the books think."""

    class State(models.TextChoices):
        OPEN = "open", "Open"  # somebody should go and look
        DONE = "done", "Done"  # counted; the books were mended if they were wrong

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="counts")
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="counts")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="counts", verbose_name="SKU")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=60)
    state = FSMField(max_length=6, choices=State.choices, default=State.OPEN)
    expected = models.PositiveIntegerField(null=True, blank=True, help_text="What the books said at the count.")
    counted = models.PositiveIntegerField(null=True, blank=True)
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["bin", "sku", "lot"],
                condition=Q(state="open"),
                name="count_open_once_per_bin_and_item",
                nulls_distinct=False,
                violation_error_message="This is waiting to be counted already.",
            ),
        ]

    def __str__(self) -> str:
        return f"Count {self.sku.code} in {self.bin.code}"

    @transition("state", source=State.OPEN, target=State.DONE)
    def finish(self) -> None:
        """Counted."""
