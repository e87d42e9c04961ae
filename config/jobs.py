"""The queue's own housekeeping: jobs of dead workers are run again, finished jobs are deleted.

A worker that is killed leaves its job in `doing` for ever, and with it the job's lock; nobody else looks.
So every minute whoever is alive looks for jobs whose worker has stopped its heartbeat.
"""

from datetime import timedelta
from typing import Final

import structlog
from django.conf import settings
from django.utils import timezone
from procrastinate import JobContext, exceptions
from procrastinate.contrib.django import app
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from config.watching import watch

log = structlog.get_logger("pakhuis.jobs")

MOST_ATTEMPTS: Final = 5
"""A job that has taken so many workers down with it is parked as failed, for a person to look at."""

WORKER_DIED: Final = timedelta(seconds=1)
"""Between a worker's death and the next attempt, per attempt so far: room for a database to come back."""


async def retry_stalled(manager: JobManager, *, silent_s: float) -> dict[str, int]:
    """Put back every job whose worker has given no sign of life for `silent_s` seconds.

    Returns how many were `retried`, how many `parked` after too many attempts, and how many were `left`
    because their worker finished after all or the same work already waits in the queue. May run twice at once.
    """
    counts = {"retried": 0, "parked": 0, "left": 0}
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=silent_s):
        counts[await _put_back(manager, job)] += 1
    await manager.prune_stalled_workers(silent_s)
    return counts


async def _put_back(manager: JobManager, job: Job) -> str:
    outcome = "parked"
    try:
        if job.attempts + 1 < MOST_ATTEMPTS:
            await manager.retry_job(job, retry_at=timezone.now() + WORKER_DIED * job.attempts)
            outcome = "retried"
        else:
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
    except exceptions.UniqueViolation:
        # Its queueing lock is taken: an equal job waits already and will do this one's work.
        await manager.finish_job(job, status=Status.ABORTED, delete_job=False)
        outcome = "left"
    except exceptions.ConnectorException as error:
        log.info("stalled job moved on by itself", job=job.id, task=job.task_name, reason=str(error))
        return "left"
    log.warning("stalled job", outcome=outcome, job=job.id, task=job.task_name, attempts=job.attempts)
    return outcome


@app.periodic(cron="* * * * *")
@app.task(name="config.retry_stalled_jobs", queueing_lock="config.retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Every minute: see `retry_stalled`. Runs at once when a worker starts."""
    await retry_stalled(context.app.job_manager, silent_s=settings.JOBS_STALLED_AFTER_S)


async def delete_old_finished_jobs(manager: JobManager, *, hours: int) -> None:
    """Delete jobs that ended more than `hours` ago; failed and aborted ones after ten times as long."""
    await manager.delete_old_jobs(nb_hours=hours, include_cancelled=True)
    await manager.delete_old_jobs(nb_hours=10 * hours, include_failed=True, include_aborted=True)


@app.periodic(cron="17 * * * *")
@app.task(name="config.delete_old_jobs", queueing_lock="config.delete_old_jobs", pass_context=True)
async def delete_old_jobs(context: JobContext, timestamp: int) -> None:
    """Every hour: see `delete_old_finished_jobs`, with `JOBS_KEPT_HOURS`."""
    await delete_old_finished_jobs(context.app.job_manager, hours=settings.JOBS_KEPT_HOURS)


@app.periodic(cron="7 * * * *")
@app.task(name="config.watch_books", queueing_lock="config.watch_books")
def watch_books(timestamp: int) -> None:
    """Every hour: all invariants; a hub that fails promises nothing more until somebody resumes it."""
    watch()
