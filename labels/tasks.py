"""Printing in the background: one job empties a site's queues, and every minute somebody looks for what was missed."""

from procrastinate.contrib.django import app

from labels import printing
from labels.models import PrintJob


@app.task(name="labels.print_queued", lock="labels.print_queued")
def print_queued(*, site: str) -> None:
    """Sends all that waits at `site`, round by round, until the queues are empty or no printer answers."""
    while printing.print_queued(site=site).printed:
        pass


@app.periodic(cron="* * * * *")
@app.task(name="labels.print_everywhere", queueing_lock="labels.print_everywhere")
def print_everywhere(timestamp: int) -> None:
    """Sends whatever waits at any site, what a printer's absence or a dead sender left included."""
    states = [PrintJob.State.QUEUED, PrintJob.State.SENDING]
    waiting = PrintJob.objects.filter(state__in=states, printer__active=True)
    for site in waiting.order_by().values_list("printer__site", flat=True).distinct():
        print_queued.func(site=site)
