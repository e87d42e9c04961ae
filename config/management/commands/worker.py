"""`manage.py worker`: does the queue's jobs until it is told to stop."""

import asyncio
import contextlib
import os
import signal
import time
from argparse import ArgumentParser
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from procrastinate.app import WorkerOptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from config.warming import load_planner

log = structlog.get_logger("pakhuis.worker")

GRACE_S: Final = 30.0
"""SIGTERM and Ctrl-C let running jobs finish for so long; a job that does not is run again elsewhere."""

RECONNECT_S: Final = (1, 2, 5, 10, 20)
"""Waits between attempts when the database is away; after the last the worker gives up and says so."""


class Command(BaseCommand):
    """One worker process. Start several for more; a killed one's jobs are taken over (config/jobs.py)."""

    help = "Work on queued jobs until SIGTERM or Ctrl-C; running jobs are finished first."

    running: asyncio.Task[None] | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queues", nargs="+", metavar="QUEUE", help="only these (default: all)")
        parser.add_argument("--concurrency", type=int, default=2, help="jobs at a time (default: %(default)s)")
        parser.add_argument("--nice", type=int, default=10, help="how far it gives way to doors (default: %(default)s)")
        parser.add_argument("--once", action="store_true", help="stop when no job is left")

    def handle(
        self, *_args: str, queues: list[str] | None, concurrency: int, nice: int, once: bool, **_options: Any
    ) -> None:
        options: WorkerOptions = {
            "concurrency": concurrency,
            "wait": not once,
            "install_signal_handlers": False,
            "shutdown_graceful_timeout": GRACE_S,
            "stalled_worker_timeout": settings.JOBS_STALLED_AFTER_S,
            "update_heartbeat_interval": settings.JOBS_STALLED_AFTER_S / 3,
        }
        if queues:
            options["queues"] = queues
        if not once:
            os.setpriority(os.PRIO_PROCESS, 0, nice)
            load_planner()
        asyncio.run(self._work(options))

    async def _work(self, options: WorkerOptions) -> None:
        """Work until told to stop; when the database goes away, wait for it and go on."""
        self.stop_asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop)
        pauses = iter(RECONNECT_S)
        while not self.stop_asked.is_set():
            started = time.monotonic()
            reason = await self._work_connected(options)
            if self.stop_asked.is_set() or (not reason and not options["wait"]):
                return
            if time.monotonic() - started > sum(RECONNECT_S):
                pauses = iter(RECONNECT_S)
            pause_s = next(pauses, None)
            log.warning("database away", reason=reason or "connection lost", again_in_s=pause_s)
            if pause_s is None:
                raise CommandError("The database stays away.")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop_asked.wait(), pause_s)

    def _stop(self) -> None:
        self.stop_asked.set()
        if self.running:
            self.running.cancel()

    async def _work_connected(self, options: WorkerOptions) -> str:
        """Work until stopped ("") or until the connection fails (why, if it is known)."""
        if not isinstance(app.connector, DjangoConnector):
            raise CommandError("Another worker runs in this process.")
        with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
            try:
                async with worker_app.open_async():
                    log.info("worker starts", queues=options.get("queues", "all"))
                    # Cancelling the run is how it is told to stop: it finishes its jobs first.
                    self.running = asyncio.create_task(worker_app.run_worker_async(**options))
                    await self.running
            except asyncio.CancelledError:
                pass
            except ConnectorException as lost:
                return str(lost.__cause__ or lost)
            finally:
                self.running = None
        log.info("worker stops")
        return ""
