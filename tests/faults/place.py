"""A place to break things in: a durable PostgreSQL of its own, a web server, a worker; each is killed and revived."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from config.devdb import ROOT, Server
from config.serving import Program, _answers
from tests.config.test_serving import free_port

START_S = 60.0


@dataclass
class Place:
    """What runs, and how to end it without warning."""

    server: Server
    folder: Path
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """For every process: the scratch database, quick housekeeping."""
        return os.environ | {
            "DATABASE_URL": self.server.url(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": str(self.folder / "var"),
            "LOG_LEVEL": "WARNING",
            "JOBS_STALLED_AFTER_S": "3",
        }

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`manage.py` to its end."""
        return self.program(str(ROOT / "manage.py"), *arguments)

    def program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A Python program to its end, with what it wrote."""
        return subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )

    def ask(self, query: str, *params: object) -> list[tuple[Any, ...]]:
        """A question to the scratch database."""
        with psycopg.connect(self.server.url(), connect_timeout=10, autocommit=True) as connection:
            cursor = connection.execute(query, params)
            return cursor.fetchall() if cursor.description else []

    def start(self, name: str) -> None:
        """Brings one of `postgresql`, `web`, `worker` up and waits until it answers."""
        if name == "postgresql":
            self.server.start()
            return
        command = {
            "web": [
                *("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)),
                *("--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "error"),
                "config.wsgi:application",
            ],
            "worker": ["manage.py", "worker"],
        }[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        program = Program(name, command, port=self.port if name == "web" else 0, path="/livez")
        deadline = time.monotonic() + START_S
        while not _answers(program):
            if time.monotonic() > deadline:
                raise TimeoutError((self.folder / f"{name}.log").read_text()[-2000:])
            time.sleep(0.02)

    def kill(self, name: str) -> None:
        """`kill -9`, of the postmaster or of the whole group of processes."""
        if name == "postgresql":
            pid = self.server.status().pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            while self.server.status().running:
                time.sleep(0.005)
            return
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def place(*, durable: bool = True) -> Iterator[Place]:
    """The place, migrated, with PostgreSQL up; taken down and cleared away at the end.

    Not `durable`: a COMMIT is acknowledged before it is on the disk. That is the control: it must lose something.
    """
    base = Path(tempfile.mkdtemp(prefix="faults-"))
    base.chmod(0o755)
    root = base / "pakhuis"
    root.mkdir()
    here = Place(Server("dev", root=root), base, free_port())
    try:
        here.start("postgresql")
        done = here.manage("migrate", "--verbosity", "0")
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        if not durable:
            here.ask("ALTER SYSTEM SET synchronous_commit = off")
            here.ask("ALTER SYSTEM SET wal_writer_delay = '10s'")
            here.ask("SELECT pg_reload_conf()")
        yield here
    finally:
        for name in list(here.running):
            here.kill(name)
        here.server.stop()
        if here.server.socket_folder != here.server.data:
            shutil.rmtree(here.server.socket_folder, ignore_errors=True)
        shutil.rmtree(here.server.home, ignore_errors=True)
        shutil.rmtree(base, ignore_errors=True)


def made(here: Place, *, scarce: int) -> dict[str, Any]:
    """The world that clients buy from."""
    done = here.program("-m", "tests.faults.world", str(scarce))
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout)
