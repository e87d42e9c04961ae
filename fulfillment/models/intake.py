"""Intake of files: what was read, what became order lines, and what was refused and why."""

from django.db import models
from django.db.models import F, Q

from warehouses.models import Hub, Seller


class IntakeRun(models.Model):
    """One reading of one file of orders. Every row is accepted, a duplicate or refused; none is lost."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="intake_runs")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    layout = models.CharField(max_length=30, help_text="How the columns were read, such as online-retail.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    read = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(read=F("accepted") + F("duplicate") + F("refused")),
                name="intake_loses_no_row",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.read} rows)"


class IntakeRefusal(models.Model):
    """One row that did not become an order line, and why. The row itself is kept without a buyer's data."""

    run = models.ForeignKey(IntakeRun, on_delete=models.CASCADE, related_name="refusals")
    row = models.PositiveIntegerField(help_text="1 = the first row below the header.")
    field = models.CharField(max_length=40, blank=True, help_text="The column it is about, where it is about one.")
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=200)
    reference = models.CharField(max_length=80, blank=True, help_text="Order number and item as they stand in the row.")

    class Meta:
        ordering = ["run", "row"]
        constraints = [models.UniqueConstraint(fields=["run", "row"], name="refusal_once_per_row")]

    def __str__(self) -> str:
        return f"Row {self.row}: {self.code}"
