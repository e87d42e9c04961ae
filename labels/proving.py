"""Proof of a label: its paper was scanned, so it exists, can be read, and is the one that was wanted.

A printer that took every byte proves nothing: paper jams, ribbons end, and the label that lies in the tray may be
the parcel's before. For the stations, before a label is stuck on.
"""

import uuid

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from foundation.errors import Conflict, Invalid, NotFound
from labels.locks import lock_family
from labels.models import PrintJob
from labels.scanning import code_of


@transaction.atomic
def prove_label(
    *, scanned: str, site: str, station: str, worker: str, scan_id: uuid.UUID, job_id: int | None = None
) -> PrintJob:
    """The newest printed job of `site` with the code that was `scanned`, marked as proved by `worker` at `station`.

    `job_id` is the job whose label the worker means to hold, if he said so. The bytes of copies are their
    original's, so a scan can't tell them apart: it proves every paper of the family printed so far. Proved already,
    the first proof stays.

    Raises `NotFound` (`print_job_not_found`); `Invalid` (`label_unknown`, `worker_missing`, and what `code_of` raises);
    `Conflict`: `wrong_label` (another label than `job_id`'s; says whose it is, if it was printed at this site),
    `label_not_printed`, `label_withdrawn` (it was voided since), `scan_id_reused`.
    """
    if not worker:
        raise Invalid("Say who scanned it.", code="worker_missing", field="worker")
    code = code_of(scanned)
    family = lock_family(_scanned(site, code) if job_id is None else _meant(site, job_id, code))
    if PrintJob.objects.filter(proof_scan=scan_id).exclude(pk__in=[job.pk for job in family]).exists():
        raise Conflict("This scan has proved another label.", code="scan_id_reused", field="scan_id")
    printed = [job for job in family if job.state == PrintJob.State.PRINTED]
    if not printed:
        message = "This label has not been printed yet, as far as its printer said."
        raise Conflict(message, code="label_not_printed", state=family[0].state)
    if withdrawn := next((job for job in family if job.withdrawn_at), None):
        message = f"This label no longer holds: {withdrawn.withdrawn_because}. Don't use it."
        raise Conflict(message, code="label_withdrawn", field="scanned")
    unproved(PrintJob.objects.filter(pk__in=[job.pk for job in printed])).update(
        proved_at=Now(), proved_by=worker[:150], proved_station=station[:40], proof_scan=scan_id
    )
    newest = printed[0]
    newest.refresh_from_db(fields=["proved_at", "proved_by", "proved_station", "proof_scan"])
    return newest


def unproved(jobs: QuerySet[PrintJob]) -> QuerySet[PrintJob]:
    """Those of `jobs` that were printed with a code to scan, still hold, and nobody has scanned yet."""
    waiting = jobs.filter(state=PrintJob.State.PRINTED, proved_at=None, withdrawn_at=None)
    return waiting.exclude(proof_code="")


def _scanned(site: str, code: str) -> int:
    """The original of the newest label with this code that was printed at `site`."""
    if (found := _newest(site, code)) is None:
        raise Invalid("No label with this code was printed here.", code="label_unknown", field="scanned")
    return found.reprint_of_id or found.pk


def _meant(site: str, job_id: int, code: str) -> int:
    """The original of the job that was meant, if its label has the code that was scanned."""
    meant = PrintJob.objects.filter(pk=job_id, printer__site=site).defer("content", "copy_slip").first()
    if meant is None:
        raise NotFound("There is no such print job.", code="print_job_not_found")
    if code != meant.proof_code:
        other = _newest(site, code)
        wrong = (
            f"the {other.get_document_display().lower()} of {other.reference or code}" if other else "from elsewhere"
        )
        message = f"This label is {wrong}, not that of {meant.reference or meant.key}: don't use it here."
        raise Conflict(message, code="wrong_label", field="scanned")
    return meant.reprint_of_id or meant.pk


def _newest(site: str, code: str) -> PrintJob | None:
    printed = PrintJob.objects.filter(printer__site=site, proof_code=code, state=PrintJob.State.PRINTED)
    return printed.defer("content", "copy_slip").order_by("-pk").first()
