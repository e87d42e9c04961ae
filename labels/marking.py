"""What marks a copy as a copy: a slip that comes out behind it, while the label's own bytes stay as they were."""

from datetime import datetime
from zoneinfo import ZoneInfo

from foundation import clock
from foundation.errors import Invalid
from labels.documents import copy_slip
from labels.documents.copy_slip import CopySlip
from labels.drawing import zpl
from labels.drawing.appending import pages_behind
from labels.drawing.faults import DrawingError
from labels.models import Printer, PrintJob


def slip_behind(original: PrintJob, *, copy_no: int, reason: str, asked_by: str) -> bytes:
    """The bytes to send behind those of `original` for its copy `copy_no`; none if its printer wants no slips.

    Raises `Invalid` (`copy_not_markable`) for a PDF to which no page can be added.
    """
    if not original.printer.copy_slips:
        return b""
    slip = CopySlip(copy_no, reason, asked_by, _local_now(original.printer), original.pk, original.reference)
    if original.content_type == zpl.CONTENT_TYPE:
        return copy_slip.render_zpl(slip, dots_per_mm=original.printer.dots_per_mm)
    try:
        return pages_behind(bytes(original.content), copy_slip.render_pdf(slip))
    except DrawingError as refused:
        message = (
            f"No slip can be put behind this PDF. Print it without: switch copy slips off at {original.printer.code}."
        )
        raise Invalid(message, code="copy_not_markable") from refused


def _local_now(printer: Printer) -> datetime:
    return clock.now().astimezone(ZoneInfo(printer.timezone))
