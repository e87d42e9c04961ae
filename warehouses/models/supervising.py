"""Supervising: what a person or a periodic job told the hub to do with its stock, and hubs that were stopped."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from warehouses.models.places import Hub


@pgtrigger.register(pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete, level=pgtrigger.Row))
class Instruction(models.Model):
    """One thing to be done to stock or on the floor: transfer, block, close ... Its moves name it as their source.

    `key` is the caller's: the same instruction given twice is carried out once.
    """

    class Kind(models.TextChoices):
        TRANSFER = "transfer", "Transfer"
        ADJUST = "adjust", "Adjust"
        CONDITION = "condition", "Change condition"
        BLOCK_BIN = "block_bin", "Block bin"
        RELEASE_BIN = "release_bin", "Release bin"
        BLOCK_LOT = "block_lot", "Block lot"
        RECALL_LOT = "recall_lot", "Recall lot"
        RELEASE_LOT = "release_lot", "Release lot"
        EXPIRE = "expire", "Take out expired"
        SET_TRAFFIC = "set_traffic", "Rule of traffic"
        LIFT_TRAFFIC = "lift_traffic", "Lift rule of traffic"

    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    about = models.JSONField(help_text="What exactly: bins, item, lot, units, by id.")
    reason = models.CharField(max_length=60, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    given_at = models.DateTimeField()
    units = models.PositiveIntegerField(default=0, help_text="Units that moved or changed their condition.")
    reassigned = models.PositiveIntegerField(default=0, help_text="Units to be fetched elsewhere instead.")
    waiting = models.PositiveIntegerField(default=0, help_text="Units that lost their promise and wait again.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def source(self) -> str:
        """What its moves name as their cause."""
        return f"instruction:{self.pk}"


class HubStop(models.Model):
    """Allocation of a hub stands still, because its books do not add up, until a person resumes it."""

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="stops")
    invariants = ArrayField(models.CharField(max_length=80), help_text="Names of those that were broken.")
    differences = models.PositiveIntegerField(help_text="Rows that broke them, at the last look.")
    stopped_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When it was found broken last.")
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was resumed.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hub"],
                condition=Q(resumed_at__isnull=True),
                name="hub_stopped_once",
                violation_error_message="This hub is stopped already.",
            ),
            models.CheckConstraint(
                condition=Q(resumed_at__isnull=True) | ~Q(reason=""),
                name="hub_resumed_with_a_reason",
                violation_error_message="Say why it may go on.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hub.code} stopped {self.stopped_at:%Y-%m-%d %H:%M}"
