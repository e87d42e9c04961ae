"""Trying a printer out: a label that says which printer it came from, with rulers and a code to scan back."""

from django.db import connection, transaction

from foundation.errors import Conflict, Invalid, NotFound
from foundation.jobs import enqueue
from labels.documents import trial_label
from labels.documents.trial_label import TrialLabel
from labels.locks import lock_printer
from labels.models import Printer, PrinterKind, PrintJob
from labels.printing import CONTENT_TYPES, PrintRequest, draft_job

REFERENCE = "Test print"


@transaction.atomic
def print_trial(*, printer_id: int, key: str, requested_by: str) -> PrintJob:
    """One test label in the printer's queue, to be proved by a scan of `<printer's code>-<job's number>`.

    Asking again with the same `key` gives the first one back. Raises `NotFound` (`printer_not_found`), `Invalid`
    (`print_job_invalid`: no key), `Conflict` (`print_key_reused`).
    """
    printer = lock_printer(printer_id)
    if printer is None:
        raise NotFound("There is no such printer.", code="printer_not_found")
    if not key:
        raise Invalid("A test print needs a key of its own.", code="print_job_invalid", field="key")
    if known := PrintJob.objects.filter(key=key).first():
        if (known.printer_id, known.reference) != (printer.pk, REFERENCE):
            raise Conflict("This print key was used for something else already.", code="print_key_reused", field="key")
        return known
    number = _next_number()
    job = draft_job(_request(printer, f"{printer.code}-{number}", key))
    job.pk, job.requested_by = number, requested_by[:150]
    job.save(force_insert=True)
    enqueue("labels.print_queued", once=f"print:{printer.site}", site=printer.site)
    return job


def _request(printer: Printer, proof_code: str, key: str) -> PrintRequest:
    kind = PrinterKind(printer.kind)
    label = TrialLabel(printer.name, printer.code, printer.site, proof_code, printer.dots_per_mm)
    is_zpl = kind == PrinterKind.ZPL
    content = (
        trial_label.render_zpl(label, dots_per_mm=printer.dots_per_mm) if is_zpl else trial_label.render_pdf(label)
    )
    document = PrintJob.Document.OTHER
    return PrintRequest(
        printer, document, content, CONTENT_TYPES[kind], key, reference=REFERENCE, proof_code=proof_code
    )


def _next_number() -> int:
    """The number of a job that is not stored yet: it stands on the label, whose bytes never change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('labels_printjob', 'id'))")
        return int(cursor.fetchone()[0])
