"""The queue: a job whose worker dies is run again, a worker that is told to stop finishes its job first."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate import SyncPsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Status
from procrastinate.tasks import configure_task

from config import jobs
from config.devdb import ROOT, Server
from tests.config.queue_tasks import wait_at_gate

pytestmark = pytest.mark.django_db(transaction=True)

sweep = async_to_sync(jobs.retry_stalled)


class Gate:
    """The test's ends of the pipes of `wait_at_gate`. Both are open for reading and writing: nothing blocks."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        for pipe in ("begun", "gate"):
            os.mkfifo(folder / pipe)
        self.begun = os.open(folder / "begun", os.O_RDWR)
        self.gate = os.open(folder / "gate", os.O_RDWR)

    def wait_for_worker(self) -> int:
        """The number of the process that has begun the task."""
        assert select.select([self.begun], [], [], 120)[0], "no worker has begun the task"
        return int(os.read(self.begun, 20))

    def open(self) -> None:
        """Let one task go."""
        os.write(self.gate, b"!")


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path)
    yield gate
    os.close(gate.begun)
    os.close(gate.gate)


def url_of_this_test() -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def worker(*options: str, url: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py worker` as its own process, on this test's database or on another."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "worker", *options], cwd=ROOT, env=environment(url or url_of_this_test())
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def environment(url: str) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.config.queue_settings"}


def job_of(job_id: int) -> tuple[str, int]:
    return ProcrastinateJob.objects.values_list("status", "attempts").get(id=job_id)


def stalled_job(**changes: object) -> int:
    """A job in `doing` whose worker has vanished from the table of workers."""
    job_id = wait_at_gate.configure(queueing_lock="lock").defer(folder="nowhere")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job_id])
        for column, value in changes.items():
            cursor.execute(f"UPDATE procrastinate_jobs SET {column} = %s WHERE id = %s", [value, job_id])
    return job_id


def test_job_of_a_killed_worker_is_run_again(gate: Gate) -> None:
    job_id = wait_at_gate.defer(folder=gate.folder)
    with worker() as first:
        assert gate.wait_for_worker() == first.pid
        first.kill()
        first.wait(timeout=120)
    assert job_of(job_id) == ("doing", 0)

    assert sweep(app.job_manager, silent_s=0) == {"retried": 1, "parked": 0, "left": 0}

    assert job_of(job_id) == ("todo", 1)
    with worker("--once") as second:
        assert gate.wait_for_worker() == second.pid
        gate.open()
        assert second.wait(timeout=120) == 0
    assert job_of(job_id)[0] == "succeeded"
    assert [done.name for done in Path(gate.folder).glob("done-*")] == [f"done-{second.pid}"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_worker_that_is_told_to_stop_finishes_its_job(gate: Gate, number: signal.Signals) -> None:
    job_id = wait_at_gate.defer(folder=gate.folder)

    with worker() as process:
        gate.wait_for_worker()
        process.send_signal(number)
        gate.open()

        assert process.wait(timeout=120) == 0
    assert job_of(job_id)[0] == "succeeded"


def test_worker_outlives_a_restart_of_the_database(gate: Gate, checkout: Callable[..., Path]) -> None:
    server = Server("test", root=checkout())
    url = server.start()
    migrate = [sys.executable, "manage.py", "migrate", "procrastinate", "--skip-checks", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environment(url), check=True)
    elsewhere = app.with_connector(SyncPsycopgConnector(conninfo=url))

    with worker("--queues", "gates", url=url) as process:
        for _restart in range(2):
            with elsewhere.open():
                task = configure_task(name="tests.wait_at_gate", job_manager=elsewhere.job_manager, queue="gates")
                task.defer(folder=gate.folder)
            assert gate.wait_for_worker() == process.pid
            gate.open()
            server.stop()
            server.start()

        process.terminate()
        assert process.wait(timeout=120) == 0


def test_job_of_a_living_worker_is_left_alone(gate: Gate) -> None:
    job_id = wait_at_gate.defer(folder=gate.folder)

    with worker("--once") as process:
        gate.wait_for_worker()
        counts = sweep(app.job_manager, silent_s=30)
        gate.open()
        assert process.wait(timeout=120) == 0

    assert counts == {"retried": 0, "parked": 0, "left": 0}
    assert job_of(job_id) == ("succeeded", 1)


def test_job_that_takes_its_workers_down_is_parked() -> None:
    job_id = stalled_job(attempts=jobs.MOST_ATTEMPTS - 1)

    assert sweep(app.job_manager, silent_s=30) == {"retried": 0, "parked": 1, "left": 0}

    assert job_of(job_id)[0] == "failed"


def test_stalled_job_gives_way_to_an_equal_one_that_waits() -> None:
    stalled = stalled_job()
    waiting = wait_at_gate.configure(queueing_lock="lock").defer(folder="nowhere")

    assert sweep(app.job_manager, silent_s=30) == {"retried": 0, "parked": 0, "left": 1}

    assert job_of(stalled)[0] == "aborted"
    assert job_of(waiting) == ("todo", 0)


def test_job_that_ended_while_it_was_looked_at_is_left_alone() -> None:
    job_id = stalled_job()
    (seen,) = async_to_sync(app.job_manager.get_stalled_jobs)()
    async_to_sync(app.job_manager.finish_job)(seen, status=Status.SUCCEEDED, delete_job=False)

    assert async_to_sync(jobs._put_back)(app.job_manager, seen) == "left"

    assert job_of(job_id)[0] == "succeeded"


def test_housekeeping_is_on_the_timetable() -> None:
    crons = {name: task.cron for (name, _id), task in app.periodic_registry.periodic_tasks.items()}

    assert crons.items() >= {"config.retry_stalled_jobs": "* * * * *", "config.delete_old_jobs": "17 * * * *"}.items()


@pytest.mark.parametrize(
    ("status", "hours", "kept"),
    [
        ("succeeded", 71, True),
        ("succeeded", 73, False),
        ("cancelled", 73, False),
        ("failed", 73, True),
        ("failed", 719, True),
        ("failed", 721, False),
        ("todo", 10_000, True),
        ("doing", 10_000, True),
    ],
)
def test_finished_jobs_are_deleted_in_time(status: str, hours: int, kept: bool) -> None:
    job_id = wait_at_gate.defer(folder="nowhere")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job_id])
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - make_interval(hours => %s) WHERE job_id = %s", [hours, job_id]
        )

    async_to_sync(jobs.delete_old_finished_jobs)(app.job_manager, hours=72)

    assert ProcrastinateJob.objects.filter(id=job_id).exists() is kept
