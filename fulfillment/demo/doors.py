"""What stands around a played day: a web server for the carrier's webhooks, the carrier itself, the worker.

All of them are the real ones, on free ports of this machine, up for the length of the play.
"""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection
from procrastinate.connector import BaseAsyncConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from foundation import clock
from shipping.carriers.simulator_process import SimulatedCarrier, running
from shipping.services.setting_up import install_simulated_carrier
from warehouses.models import Hub

CARRIER: Final = "simulator"
_REQUESTS: Final = logging.getLogger("pakhuis.request")


@dataclass(frozen=True, slots=True)
class Doors:
    """What stands around the hub while it is played."""

    hub: Hub
    carrier: SimulatedCarrier
    runner: asyncio.Runner
    connector: BaseAsyncConnector

    def work_off(self, at: datetime) -> None:
        """Runs the real worker until its queue is empty, at the played time `at`; leaves it alone when it is."""
        if not ProcrastinateJob.objects.filter(status="todo").exists():
            return
        with clock.playing(at), _no_lingering_connections(), app.replace_connector(self.connector):
            worker = app.run_worker_async(wait=False, listen_notify=False, concurrency=3, install_signal_handlers=False)
            self.runner.run(worker, context=copy_context())

    def carrier_goes_on(self, until: datetime, **manners: bool) -> int:
        """The carrier scans parcels up to the played time `until` and tells the hub; returns how many webhooks came."""
        report = self.carrier.advance(until, **manners)
        self.work_off(until)
        return report["webhooks"]


@contextmanager
def _worker_connections() -> Iterator[tuple[asyncio.Runner, BaseAsyncConnector]]:
    """An event loop and the queue's own connections, open for the whole play though the worker runs now and then."""
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with asyncio.Runner() as runner:
        runner.run(connector.open_async())
        try:
            yield runner, connector
        finally:
            runner.run(connector.close_async())


@contextmanager
def _no_lingering_connections() -> Iterator[None]:
    """A job closes the connection of its thread when it is done, for nobody could close it later."""
    parts = connection.settings_dict
    kept, parts["CONN_MAX_AGE"] = parts["CONN_MAX_AGE"], 0
    try:
        yield
    finally:
        parts["CONN_MAX_AGE"] = kept


@contextmanager
def open_doors(hub: Hub, *, journal: Path) -> Iterator[Doors]:
    """Starts web server and carrier, and points the hub's account at them; afterwards it points where it should.

    `journal` is the carrier's memory, so that a play that goes on finds its parcels again.
    """
    secret, token = settings.CARRIER_WEBHOOK_SECRETS[0], settings.SIMULATED_CARRIER_TOKEN
    with ExitStack() as stack:
        base_url = stack.enter_context(web_server())
        webhook_url = f"{base_url}/webhooks/carriers/{CARRIER}/"
        carrier = stack.enter_context(running(webhook_url=webhook_url, secret=secret, token=token, state=journal))
        runner, connector = stack.enter_context(_worker_connections())
        account = {"site": hub.code, "webhook_secret": secret, "token": token}
        install_simulated_carrier(base_url=carrier.url, **account)
        try:
            yield Doors(hub, carrier, runner, connector)
        finally:
            _point_back(account)


def _point_back(account: dict[str, str]) -> None:
    """The account as the running system uses it. If the database is away, the next play or `serve` does it."""
    try:
        install_simulated_carrier(base_url=settings.SIMULATED_CARRIER_URL, **account)
    except Exception:  # noqa: BLE001 - what went wrong before is what must be heard
        connection.close()


class _Quiet(WSGIRequestHandler):
    """Says nothing of requests that went well: the play's own figures tell of them. Answers without delay."""

    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nothing."""


@contextmanager
def web_server() -> Iterator[str]:
    """Our own application behind a real HTTP server on a free port, in threads of this process. Yields its base URL.

    In this process, so that a play that is killed leaves no server behind. The threads know no played time:
    like any web server's, their clock is the real one.
    """
    with ThreadedWSGIServer(("127.0.0.1", 0), _Quiet) as server:
        server.set_app(get_wsgi_application())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        level = _REQUESTS.level
        _REQUESTS.setLevel(logging.WARNING)
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            _REQUESTS.setLevel(level)
            server.shutdown()
            thread.join()
