"""What the worker does for this floor. Every task may run twice, and two at once."""

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from shipping.services.accounts import refresh_webhook_keys
from shipping.services.buying import settle_purchases
from shipping.services.collecting import settle_pickups
from shipping.services.inbox import process_deliveries
from shipping.services.polling import poll_tracking
from shipping.services.tracking import release_parked

_INBOX = "shipping.process_webhook_deliveries"
_ROUND = 500


@app.periodic(cron="* * * * *")
@app.task(name=_INBOX, queue="shipping")
def process_webhook_deliveries(timestamp: int = 0) -> None:
    """Reads the webhooks that wait, round after round, until none is left that is due."""
    while True:
        report = process_deliveries(limit=_ROUND)
        if report.done + report.parked + report.failed < _ROUND:
            return


def wake_inbox() -> None:
    """Has the inbox read soon. One job in the queue serves any number of webhooks.

    Call it after the webhook is committed: a job not started yet will see it, and a job already running may not,
    so only one not started saves another. Should this call be lost, the job of the next minute does the work.
    """
    queued = ProcrastinateJob.objects.filter(task_name=_INBOX, status="todo", scheduled_at=None)
    if not queued.exists():
        process_webhook_deliveries.defer()


@app.periodic(cron="* * * * *")
@app.task(name="shipping.settle_purchases", queue="shipping")
def settle_label_purchases(timestamp: int = 0) -> None:
    """Settles labels left in doubt by a time-out or a crash."""
    settle_purchases()


@app.periodic(cron="7 * * * *")
@app.task(name="shipping.refresh_webhook_keys", queue="shipping")
def refresh_public_keys(timestamp: int = 0) -> None:
    """Learns the keys that carriers sign with, which they change when they like."""
    refresh_webhook_keys()


@app.periodic(cron="*/5 * * * *")
@app.task(name="shipping.release_parked", queue="shipping")
def release_parked_scans(timestamp: int = 0) -> None:
    """Counts scans whose number or whose time was not there yet."""
    release_parked()


@app.periodic(cron="* * * * *")
@app.task(name="shipping.settle_pickups", queue="shipping")
def settle_requested_pickups(timestamp: int = 0) -> None:
    """Asks again for visits that a silent carrier has not confirmed."""
    settle_pickups()


@app.periodic(cron="*/10 * * * *")
@app.task(name="shipping.poll_tracking", queue="shipping")
def poll_carriers(timestamp: int = 0) -> None:
    """Asks for news of parcels nobody told us about."""
    poll_tracking()
