"""Printing: put bytes in a printer's queue, send them, and print again only when somebody says why.

Enqueueing is idempotent by key, so a job that runs twice prints once. Sending leases jobs in a committed
transaction, talks to the printer outside any, and then marks each job; a sender that dies leaves its lease
to run out. Where nobody can know whether paper came out, the job fails and a person decides: two
labels for one parcel are worse than none.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import groupby

from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Now

from foundation.errors import Conflict, Invalid, NotFound
from foundation.guard import fire_many
from labels.locks import expired_leases, lock_idle_printers, lock_job, lock_queued
from labels.marking import slip_behind
from labels.models import Printer, PrinterKind, PrintJob
from labels.scanning import code_of
from labels.transports import TRANSPORTS, TransportFailed, is_repeatable
from labels.withdrawing import cancel_withdrawn

LARGEST_BYTES = 20_000_000
LONGEST_KEY = 120
LONGEST_PROOF_CODE = 80
LONGEST_REASON = 200
MOST_COPIES = 99
MOST_ATTEMPTS = 5
"""Sendings that may fail, each surely without paper, before a job waits for a person."""
LEASE = timedelta(minutes=5)
"""Longer than any job takes to send; a sender that is silent longer has died."""
_KEY_REUSED = "This print key was used for something else already."
CONTENT_TYPES = {PrinterKind.ZPL: "application/zpl", PrinterKind.PDF: "application/pdf"}


@dataclass(frozen=True, slots=True)
class PrintRequest:
    """One thing to print. `document` is a `PrintJob.Document`; `key` names it, once and for all.

    `proof_code` is what a scan of the paper must read (a tracking number, an SSCC, a bin's code); empty for paper
    that nobody scans.
    """

    printer: Printer
    document: str
    content: bytes
    content_type: str
    key: str
    copies: int = 1
    reference: str = ""
    proof_code: str = ""


@dataclass(frozen=True, slots=True)
class PrintReport:
    """What one round of sending did: jobs printed, put back for another try, and given to a person."""

    printed: int = 0
    requeued: int = 0
    failed: int = 0


def enqueue(
    *,
    printer: Printer,
    document: str,
    content: bytes,
    content_type: str,
    key: str,
    copies: int = 1,
    reference: str = "",
    proof_code: str = "",
) -> PrintJob:
    """One job in `printer`'s queue; asking again with the same key gives the first job back. See `enqueue_many`."""
    request = PrintRequest(printer, document, content, content_type, key, copies, reference, proof_code)
    return enqueue_many(requests=[request])[0]


@transaction.atomic
def enqueue_many(*, requests: Sequence[PrintRequest]) -> list[PrintJob]:
    """All of `requests` in their printers' queues, in order; all or nothing.

    Raises `Invalid` (`print_job_invalid`: empty or huge content, a PDF for a label printer, no key, too many
    copies) and `Conflict` (`print_key_reused`: the key was used for other bytes). The jobs come back
    without their content loaded.
    """
    drafts = [draft_job(request) for request in requests]
    PrintJob.objects.bulk_create(_first_of_each_key(drafts), ignore_conflicts=True)
    stored = PrintJob.objects.defer("content", "copy_slip").filter(key__in=[draft.key for draft in drafts])
    by_key = {job.key: job for job in stored}
    for draft in drafts:
        if by_key[draft.key].sha256 != draft.sha256 or by_key[draft.key].document != draft.document:
            raise Conflict(
                "This print key was used for something else already.",
                code="print_key_reused",
                field="key",
                key=draft.key,
            )
    return [by_key[draft.key] for draft in drafts]


def draft_job(request: PrintRequest) -> PrintJob:
    """The job of a request, not stored yet. Raises `Invalid` (`print_job_invalid`)."""
    wanted = CONTENT_TYPES[PrinterKind(request.printer.kind)]
    proof_code = code_of(request.proof_code) if request.proof_code else ""
    faults = {
        "content": not 0 < len(request.content) <= LARGEST_BYTES,
        "content_type": request.content_type != wanted,
        "key": not 0 < len(request.key) <= LONGEST_KEY,
        "copies": not 1 <= request.copies <= MOST_COPIES,
        "proof_code": len(proof_code) > LONGEST_PROOF_CODE,
        "document": request.document not in PrintJob.Document.values,
    }
    if field := next((name for name, wrong in faults.items() if wrong), None):
        message = f"{request.printer.code} takes {wanted} and can't print this: check {field.replace('_', ' ')}."
        raise Invalid(message, code="print_job_invalid", field=field)
    return PrintJob(
        printer=request.printer,
        document=request.document,
        key=request.key,
        reference=request.reference[:80],
        content=request.content,
        sha256=sha256(request.content).hexdigest(),
        content_type=request.content_type,
        copies=request.copies,
        proof_code=proof_code,
    )


def _first_of_each_key(drafts: Iterable[PrintJob]) -> list[PrintJob]:
    return list({draft.key: draft for draft in reversed(list(drafts))}.values())[::-1]


@transaction.atomic
def lease_jobs(*, site: str, limit: int = 100) -> list[PrintJob]:
    """Takes up to `limit` waiting jobs of each of the site's idle printers, in order, for the caller to send.

    Each comes back with a `lease` that proves it. The printers of a print agent are left to it.
    """
    lease = uuid.uuid4()
    ids = start_lease(site=site, limit=limit, lease=lease)
    jobs = PrintJob.objects.filter(pk__in=ids, lease=lease).select_related("printer")
    return list(jobs.order_by("printer_id", "pk"))


@transaction.atomic
def start_lease(
    *, site: str, limit: int, lease: uuid.UUID, through_agent: bool = False, resting: Collection[str] = ()
) -> list[int]:
    """Puts up to `limit` waiting jobs of each idle printer under `lease`: the server's own printers, or the agent's.

    First puts right what dead senders left behind. Printers with `resting` codes are left out.
    """
    recover_leases(site=site)
    cancel_withdrawn(site=site)
    idle = lock_idle_printers(site, through_agent=through_agent, resting=resting)
    ids = [job_id for printer in idle for job_id in lock_queued(printer, limit=limit)]
    fire_many(PrintJob.objects.filter(pk__in=ids), "begin_sending", lease=lease, lease_until=Now() + LEASE, error="")
    return ids


@transaction.atomic
def recover_leases(*, site: str) -> PrintReport:
    """Jobs whose sender died: back in the queue where sending twice leaves one paper, else failed for a person."""
    safe: list[int] = []
    unsure: list[int] = []
    for job in expired_leases(site).select_related("printer").defer("content", "copy_slip"):
        (safe if is_repeatable(job.printer) else unsure).append(job.pk)
    left = "The sender stopped in the middle. Look whether it printed, then retry or reprint."
    return PrintReport(
        requeued=_release(safe, "requeue", error="The sender stopped in the middle."),
        failed=_release(unsure, "fail", error=left),
    )


def _release(ids: Sequence[int], transition: str, *, error: str) -> int:
    jobs = PrintJob.objects.filter(pk__in=ids)
    return fire_many(jobs, transition, lease=None, lease_until=None, attempts=F("attempts") + 1, error=error)


def print_queued(*, site: str, limit: int = 100) -> PrintReport:
    """One round: leases up to `limit` waiting jobs of each printer of `site`, sends them, marks each.

    Must be called outside a transaction. A printer that can't be reached gets its jobs back in the queue.
    """
    leased = lease_jobs(site=site, limit=limit)
    totals = [0, 0, 0]
    for _printer, jobs in groupby(leased, key=lambda job: job.printer_id):
        report = _send_in_order(list(jobs))
        for place, count in enumerate((report.printed, report.requeued, report.failed)):
            totals[place] += count
    return PrintReport(*totals)


def _send_in_order(jobs: list[PrintJob]) -> PrintReport:
    """Sends one printer's jobs; the first that fails stops the rest, which wait for the next round."""
    printed = 0
    for place, job in enumerate(jobs):
        if not _still_ours(job):
            return PrintReport(printed)
        try:
            TRANSPORTS[job.printer.transport].send(job.printer, _as_sent(job))
        except TransportFailed as error:
            failed = _mark_unsent(job, error)
            waiting = _put_back(jobs[place + 1 :])
            return PrintReport(printed, requeued=waiting + (not failed), failed=int(failed))
        printed += _mark(job, "finish", printed_at=Now(), attempts=F("attempts") + 1)
    return PrintReport(printed)


def _still_ours(job: PrintJob) -> bool:
    """Makes the lease anew for all that is held under it; false if this job was given up as a dead sender's.

    Slow printers take longer than one lease for a batch, and a job somebody else decides about is not sent.
    """
    PrintJob.objects.filter(lease=job.lease).update(lease_until=Now() + LEASE)
    return PrintJob.objects.filter(pk=job.pk, lease=job.lease).exists()


def _as_sent(job: PrintJob) -> PrintJob:
    """The job as a transport reads it: its content is all that goes to the printer."""
    sent = copy(job)
    sent.content = job.transmission
    return sent


def _mark(job: PrintJob, transition: str, **changes: object) -> int:
    """Fires `transition` if the lease is still ours; a lost lease changes nothing and counts as 0."""
    ours = PrintJob.objects.filter(pk=job.pk, lease=job.lease)
    return fire_many(ours, transition, lease=None, lease_until=None, **changes)


def _mark_unsent(job: PrintJob, error: TransportFailed) -> bool:
    """Queued for another attempt if that is safe and not one too many; returns whether it failed instead.

    A printer that is away is no attempt: its queue waits for it, however long it is switched off.
    """
    if error.is_away:
        _mark(job, "requeue", error=error.message[:300])
        return False
    failed = error.may_have_printed or job.attempts + 1 >= MOST_ATTEMPTS
    _mark(job, "fail" if failed else "requeue", attempts=F("attempts") + 1, error=error.message[:300])
    return failed


def _put_back(jobs: Sequence[PrintJob]) -> int:
    """Jobs that were leased and never tried: queued as they were."""
    if not jobs:
        return 0
    ours = PrintJob.objects.filter(pk__in=[job.pk for job in jobs], lease=jobs[0].lease)
    return fire_many(ours, "requeue", lease=None, lease_until=None)


@transaction.atomic
def retry_job(*, job_id: int) -> PrintJob:
    """A failed job back in its queue, after a person has looked at the printer.

    Raises `NotFound`, or `Conflict` (`print_job_not_failed`, `print_job_withdrawn`).
    """
    job = _existing(job_id)
    if job.state != PrintJob.State.FAILED:
        raise Conflict("Only a failed print job can be retried.", code="print_job_not_failed", state=job.state)
    _refuse_withdrawn(job)
    job.retry()
    job.save(update_fields=["state", "attempts", "error"])
    return job


def may_copy(job: PrintJob) -> bool:
    """Whether a copy can be asked for: the original went to the printer, or will not by itself."""
    original = job.reprint_of or job
    return original.withdrawn_at is None and original.state in {PrintJob.State.PRINTED, PrintJob.State.FAILED}


@transaction.atomic
def reprint_job(*, job_id: int, reason: str, key: str, requested_by: str = "") -> PrintJob:
    """A copy of a printed or failed job: the same bytes under a new `key`, with the reason and a copy number.

    A slip that says so comes out behind it. Asking again with the same key gives the first copy back. Raises
    `NotFound`; `Invalid` (`reprint_reason_missing`, `print_job_invalid`, `copy_not_markable`); `Conflict`
    (`print_job_waiting`: the original will print anyway; `print_job_withdrawn`; `print_key_reused`).
    """
    why = " ".join(reason.split())
    if not 0 < len(why) <= LONGEST_REASON:
        raise Invalid("Say why it is printed again.", code="reprint_reason_missing", field="reason")
    if not 0 < len(key) <= LONGEST_KEY:
        raise Invalid("A reprint needs a key of its own.", code="print_job_invalid", field="key")
    asked = _existing(job_id)
    job = _existing(asked.reprint_of_id) if asked.reprint_of_id else asked
    if known := PrintJob.objects.filter(key=key).first():
        if known.reprint_of_id != job.pk:
            raise Conflict(_KEY_REUSED, code="print_key_reused", field="key")
        return known
    _refuse_withdrawn(job)
    if not may_copy(job):
        raise Conflict("It is still waiting to be printed.", code="print_job_waiting", state=job.state)
    number = 1 + (job.reprints.aggregate(last=Max("copy_no"))["last"] or 0)
    slip = slip_behind(job, copy_no=number, reason=why, asked_by=requested_by)
    return PrintJob.objects.create(
        printer_id=job.printer_id,
        document=job.document,
        key=key,
        reference=job.reference,
        content=bytes(job.content),
        sha256=job.sha256,
        content_type=job.content_type,
        copies=job.copies,
        proof_code=job.proof_code,
        reprint_of=job,
        copy_no=number,
        copy_slip=slip,
        reprint_reason=why,
        requested_by=requested_by[:150],
    )


def _refuse_withdrawn(job: PrintJob) -> None:
    if job.withdrawn_at is not None:
        message = f"It must not be printed again: {job.withdrawn_because}."
        raise Conflict(message, code="print_job_withdrawn", state=job.state)


def _existing(job_id: int) -> PrintJob:
    job = lock_job(job_id)
    if job is None:
        raise NotFound("There is no such print job.", code="print_job_not_found")
    return job
