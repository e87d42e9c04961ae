"""Access: who may act for a seller, with which token, and which calls were already answered."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from warehouses.models import Seller


class Member(models.Model):
    """A person who acts for a seller."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"  # everything, members included
        STAFF = "staff", "Staff"  # goods and orders, no members and no tokens

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    seller = models.ForeignKey(Seller, on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.STAFF)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "seller"], name="member_once_per_seller")]

    def __str__(self) -> str:
        return f"{self.user} at {self.seller.code}"


class ApiToken(models.Model):
    """A seller's machine. The token is `<key_id>.<secret>`; only a keyed digest of the secret is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read"  # look at own inbounds, orders and stock
        WRITE = "write", "Write"  # create inbounds and orders

    seller = models.ForeignKey(Seller, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60, help_text="What machine it is for.")
    key_id = models.CharField(max_length=20, unique=True)
    digest = models.CharField(max_length=64, help_text="HMAC-SHA256 of the secret, hex.")
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.key_id} ({self.name})"


class IdempotencyRecord(models.Model):
    """One answered (or running) call with an `Idempotency-Key`, so that a retry gets the same answer."""

    seller = models.ForeignKey(Seller, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    path = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty while the call runs.")
    response = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["seller", "key"], name="idempotency_key_once_per_seller")]

    def __str__(self) -> str:
        return self.key
