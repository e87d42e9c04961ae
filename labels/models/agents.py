"""Print agents: small programs in the hubs that print for us where the server can't reach the printers."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class PrintAgent(models.Model):
    """One installation of the print agent, in one hub. Of its token only a digest is kept: it was shown once.

    The token is 256 random bits, so a plain SHA-256 can't be turned round. A revoked agent is never let in again;
    a new one takes its place, so that the row always says who printed when.

    `asking_lease` is the lease it asked for jobs with last. A question that was left behind, since the agent was
    killed and has asked anew, gets none: nobody would hear the answer.
    """

    site = models.CharField(max_length=40, help_text="The hub's code")
    name = models.CharField(max_length=60, help_text="What machine it runs on")
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.CharField(max_length=150, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=150, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    asking_lease = models.UUIDField(null=True, blank=True, editable=False)
    version = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["site", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(token_sha256__regex=r"^[0-9a-f]{64}$"),  # noqa: S106 (a digest)
                name="printagent_token_is_a_digest",
                violation_error_message="The digest of the token is missing.",
            ),
            models.CheckConstraint(
                condition=~Q(site="") & ~Q(name=""),
                name="printagent_has_site_and_name",
                violation_error_message="An agent has a site and a name.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=False) | Q(revoked_by=""),
                name="printagent_revoked_by_when_revoked",
                violation_error_message="Only a revoked agent says who revoked it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.site})"
