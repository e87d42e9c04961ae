"""Waves: orders released to the floor together, and how good their walks are."""

from django.db import models
from django_fsm import FSMField, transition

from foundation.guard import guarded
from foundation.numbers import number_field
from warehouses.models import Hub


@guarded("state")
class Wave(models.Model):
    """Orders due together. Its carts are the pick lists downstairs with `work_ref` = this wave's number."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"  # orders and stock are fixed, the walks are being worked out
        RELEASED = "released", "Released"  # carts wait for pickers
        PICKED = "picked", "Picked"  # every cart has come back

    class Proof(models.TextChoices):
        OPTIMUM = "optimum", "this plan is the shortest"
        SET_PARTITIONING = "set_partitioning", "over all ways to fill the carts"
        FLOOR = "floor", "by the floor that must be walked"
        SHELVES = "shelves", "over all ways to fill the carts from the shelves chosen first"
        REST = "rest", "over all ways to fill the carts that had not left"

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="waves")
    number = number_field("WV")
    state = FSMField(max_length=10, choices=State.choices, default=State.PLANNED)
    dispatch_at = models.DateTimeField(help_text="The departure these orders must catch.")
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    picked_at = models.DateTimeField(null=True, blank=True)
    walk_mm = models.PositiveBigIntegerField(default=0, help_text="All carts' planned walks together.")
    s_shape_mm = models.PositiveBigIntegerField(
        default=0, help_text="First-come batches walked by the S-shape rule: what most systems would do."
    )
    bound_mm = models.PositiveBigIntegerField(default=0, help_text="Sum of the carts' proven lower bounds.")
    least_mm = models.PositiveBigIntegerField(
        default=0, help_text="Proven: no plan of these orders on such carts walks less."
    )
    proof = models.CharField(max_length=20, choices=Proof.choices, blank=True, help_text="How that is proven.")
    picks = models.PositiveIntegerField(default=0, help_text="Stops with goods to fetch.")
    plan_ms = models.PositiveIntegerField(default=0, help_text="How long the optimiser took.")
    method = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number

    @transition("state", source=State.PLANNED, target=State.RELEASED)
    def release(self) -> None:
        """Carts are ready for pickers."""

    @transition("state", source=State.RELEASED, target=State.PICKED)
    def finish(self) -> None:
        """Every cart is back."""

    @property
    def gap(self) -> float:
        """How far the plan may be above the shortest there is, at most, as a share of what is proven; 0 if unknown."""
        return self.walk_mm / self.least_mm - 1 if self.least_mm else 0.0

    @property
    def saved_share(self) -> float:
        """Share of the S-shape metres that this plan does not walk, 0 to 1."""
        return 1 - self.walk_mm / self.s_shape_mm if self.s_shape_mm else 0.0
