"""Jobs for a site's print agent: handed out under a lease that the agent has drawn, and settled when it tells.

The agent sends what it was given and nothing else, so that between a lease and its outcome only it knows whether
paper came out. What it never tells of goes to a person when the lease runs out, as any sender's job does.
"""

import uuid
from collections.abc import Collection

from django.db import transaction
from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef
from django.db.models.functions import Now

from foundation.errors import Conflict, NotFound
from foundation.guard import fire_many
from labels.locks import lock_agent, lock_job_of_site
from labels.models import PrintAgent, PrinterTransport, PrintJob
from labels.printing import MOST_ATTEMPTS, start_lease
from labels.wire.agreed import Outcome

MOST_JOBS = 5
"""For one printer at a time: what the slowest printer takes well before the lease ends (`printing.LEASE`)."""
LONGEST_ERROR = 300


def note_asking(*, agent_id: int, lease: uuid.UUID) -> None:
    """The agent asks for jobs with `lease` now; whatever it asked with before is left behind."""
    PrintAgent.objects.filter(pk=agent_id).exclude(asking_lease=lease).update(asking_lease=lease)


def is_left_behind(*, agent_id: int, lease: uuid.UUID) -> bool:
    """Whether the agent has asked anew since it asked with `lease`, or was revoked."""
    return not PrintAgent.objects.filter(pk=agent_id, asking_lease=lease, revoked_at__isnull=True).exists()


def can_hand_out(*, site: str, resting: Collection[str] = ()) -> bool:
    """Whether a job waits for an agent's printer that nobody is sending to and that is not among the `resting`."""
    busy = PrintJob.objects.filter(printer=OuterRef("printer"), state=PrintJob.State.SENDING)
    queued = PrintJob.objects.filter(state=PrintJob.State.QUEUED, printer__site=site, printer__active=True)
    theirs = queued.filter(printer__transport=PrinterTransport.AGENT).exclude(printer__code__in=resting)
    return theirs.filter(~Exists(busy)).exists()


@transaction.atomic
def hand_out(*, agent_id: int, lease: uuid.UUID, resting: Collection[str] = ()) -> list[PrintJob]:
    """Up to `MOST_JOBS` waiting jobs of each idle agent's printer of the site, leased; asked again, the same ones.

    A question that was left behind gets none. Printers with `resting` codes are left out. Each job has `lease_left`,
    a `timedelta` by the database's clock.
    """
    agent = lock_agent(agent_id)
    if agent is None or agent.revoked_at is not None or agent.asking_lease != lease:
        return []
    held = PrintJob.objects.filter(lease=lease, state=PrintJob.State.SENDING, printer__site=agent.site)
    if not held.exists():
        start_lease(site=agent.site, limit=MOST_JOBS, lease=lease, through_agent=True, resting=resting)
    left = ExpressionWrapper(F("lease_until") - Now(), output_field=DurationField())
    return list(held.annotate(lease_left=left).select_related("printer").order_by("printer_id", "pk"))


@transaction.atomic
def settle(
    *, site: str, job_id: int, lease: uuid.UUID, outcome: Outcome, may_have_printed: bool = False, error: str = ""
) -> PrintJob:
    """Notes what came of a job that was handed out. Told again under the same lease, the first word stands.

    A job that was not tried goes back as it was, with the reason if the printer is away. A failure that surely left no
    paper puts it back, too, unless it was one too many; one that may have waits for a person. Raises `NotFound` (also
    for another site's job) and `Conflict` (`lease_lost`).
    """
    job = lock_job_of_site(job_id, site=site)
    if job is None:
        raise NotFound("There is no such print job.", code="print_job_not_found")
    if job.settled_lease == lease:
        return job
    if job.lease != lease:
        message = "The lease is no longer yours: somebody else decides about this job now."
        raise Conflict(message, code="lease_lost", state=job.state)
    tried = {"attempts": F("attempts") + 1, "error": error[:LONGEST_ERROR]}
    match outcome:
        case Outcome.PRINTED:
            step, changes = "finish", {**tried, "printed_at": Now()}
        case Outcome.UNTRIED:
            step, changes = "requeue", {"error": error[:LONGEST_ERROR]}
        case Outcome.FAILED:
            goes_on = not may_have_printed and job.attempts + 1 < MOST_ATTEMPTS
            step, changes = "requeue" if goes_on else "fail", tried
    fire_many(PrintJob.objects.filter(pk=job.pk), step, lease=None, lease_until=None, settled_lease=lease, **changes)
    job.refresh_from_db(fields=["state", "attempts", "error", "settled_lease"])
    return job
