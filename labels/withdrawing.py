"""Paper that must not come out any more: a queued job is cancelled, a voided label is never printed again.

What is being sent can't be stopped. If it does not come out after all, it is not sent again.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models.functions import Now

from foundation.errors import Conflict, Invalid, NotFound
from foundation.guard import fire_many
from labels.locks import lock_job, lock_papers
from labels.models import PrintJob

LONGEST_REASON = 200


@transaction.atomic
def cancel_job(*, job_id: int, reason: str, requested_by: str) -> PrintJob:
    """One job out of its queue, for `reason`. Cancelled already, nothing happens: the first reason stays.

    Raises `NotFound`; `Invalid` (`cancel_reason_missing`); `Conflict`: `print_job_being_sent`, or
    `print_job_not_queued` once it was printed or has failed.
    """
    job = lock_job(job_id)
    if job is None:
        raise NotFound("There is no such print job.", code="print_job_not_found")
    why = _reason(reason)
    if job.state == PrintJob.State.CANCELLED:
        return job
    if job.state == PrintJob.State.SENDING:
        raise Conflict("It is being sent to the printer now.", code="print_job_being_sent", state=job.state)
    if job.state != PrintJob.State.QUEUED:
        raise Conflict("Only a queued print job can be cancelled.", code="print_job_not_queued", state=job.state)
    _withdraw([job.pk], why, requested_by)
    job.refresh_from_db(fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_because"])
    return job


@transaction.atomic
def withdraw_papers(*, keys: Collection[str], reason: str, requested_by: str) -> int:
    """The jobs with these keys, and all their copies, are never printed again: what they say is no longer true.

    Those in a queue, and those that failed, are cancelled; one that is being sent is not sent a second time; a
    printed one gets no copies. Returns how many were withdrawn now. Twice is once. Raises `Invalid`
    (`cancel_reason_missing`).
    """
    why = _reason(reason)
    return _withdraw([job.pk for job in lock_papers(keys) if job.withdrawn_at is None], why, requested_by)


def _withdraw(ids: Collection[int], why: str, who: str) -> int:
    """Marks these locked jobs, and takes those out of the queue that no sender holds."""
    jobs = PrintJob.objects.filter(pk__in=ids)
    marks = {"withdrawn_at": Now(), "withdrawn_by": who[:150], "withdrawn_because": why}
    cancelled = fire_many(jobs, "cancel", **marks)
    return cancelled + jobs.filter(withdrawn_at=None).update(**marks)


def cancel_withdrawn(*, site: str) -> int:
    """Withdrawn jobs that came back from their sender into a queue of `site`, taken out of it."""
    back = PrintJob.objects.filter(printer__site=site, state=PrintJob.State.QUEUED, withdrawn_at__isnull=False)
    return fire_many(back, "cancel")


def _reason(reason: str) -> str:
    why = " ".join(reason.split())
    if not 0 < len(why) <= LONGEST_REASON:
        raise Invalid("Say why it is not to be printed.", code="cancel_reason_missing", field="reason")
    return why
