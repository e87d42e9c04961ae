"""Every row lock of this floor, in one order: a print agent, printers, then print jobs by key.

Locks live as long as the caller's transaction.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from labels.models import PrintAgent, Printer, PrinterTransport, PrintJob


def lock_agent(agent_id: int) -> PrintAgent | None:
    """One print agent, locked: its questions are answered one after the other."""
    return PrintAgent.objects.select_for_update(of=("self",)).filter(pk=agent_id).first()


def lock_idle_printers(site: str, *, through_agent: bool = False, resting: Collection[str] = ()) -> list[Printer]:
    """The site's active printers that nobody is sending to, locked; one that another sender is taking is left out.

    A label printer serves one client at a time, and its jobs must come out in order. Either the server's own
    printers, or those of the site's print agent (`through_agent`) but the `resting` codes.
    """
    busy = PrintJob.objects.filter(printer=OuterRef("pk"), state=PrintJob.State.SENDING)
    is_agents = Q(transport=PrinterTransport.AGENT)
    ours = Printer.objects.filter(is_agents if through_agent else ~is_agents, site=site, active=True)
    idle = ours.filter(~Exists(busy)).exclude(code__in=resting)
    return list(idle.select_for_update(of=("self",), skip_locked=True).order_by("pk"))


def lock_printer(printer_id: int) -> Printer | None:
    """One printer, locked."""
    return Printer.objects.select_for_update(of=("self",)).filter(pk=printer_id).first()


def lock_queued(printer: Printer, *, limit: int) -> list[int]:
    """Keys of the first `limit` jobs that wait for this printer, locked."""
    waiting = PrintJob.objects.filter(printer=printer, state=PrintJob.State.QUEUED)
    return list(waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)[:limit])


def expired_leases(site: str) -> QuerySet[PrintJob]:
    """The site's jobs whose sender's lease ran out, locked when read."""
    sending = PrintJob.objects.filter(printer__site=site, state=PrintJob.State.SENDING, lease_until__lt=Now())
    return sending.select_for_update(of=("self",), skip_locked=True).order_by("pk")


def lock_job(job_id: int) -> PrintJob | None:
    """One job, locked."""
    return PrintJob.objects.select_for_update(of=("self",)).filter(pk=job_id).first()


def lock_job_of_site(job_id: int, *, site: str) -> PrintJob | None:
    """One job of one of the site's printers, locked; without its bytes."""
    theirs = PrintJob.objects.defer("content", "copy_slip").filter(pk=job_id, printer__site=site)
    return theirs.select_for_update(of=("self",)).first()


def lock_family(original_id: int) -> list[PrintJob]:
    """A job and all its copies, locked, the newest first; without their bytes."""
    family = PrintJob.objects.filter(Q(pk=original_id) | Q(reprint_of=original_id)).defer("content", "copy_slip")
    return list(family.select_for_update(of=("self",)).order_by("pk"))[::-1]


def lock_papers(keys: Collection[str]) -> list[PrintJob]:
    """The jobs with these keys and all their copies, locked; without their bytes.

    Originals first: whoever asks for a copy holds its original, so none can be added behind our back.
    """
    rows = PrintJob.objects.defer("content", "copy_slip").select_for_update(of=("self",)).order_by("pk")
    originals = list(rows.filter(key__in=keys))
    return originals + list(rows.filter(reprint_of__in=originals))
