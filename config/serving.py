"""Several processes as one: they start together, and when one ends all end.

For `manage.py serve` on a developer's machine; in production each process has a unit of its own. The
processes are in sessions of their own, so Ctrl-C reaches only the supervisor and it decides the order.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final, Self

import psutil

START_S: Final = 30.0
STOP_S: Final = 35.0
"""A little longer than a worker lets its jobs finish."""

STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ServingError(Exception):
    """A process cannot start, or has ended when it should not; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Program:
    """One process to run. `port` is what it listens on (0: nothing), `path` what must answer 200 once it is up."""

    name: str
    command: Sequence[str]
    port: int = 0
    path: str = ""


def web_server(port: int, *, processes: int = 1) -> Program:
    """The web server on 127.0.0.1; `processes` of it share the port."""
    return Program(
        "web",
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", str(processes), "--blocking-threads", "16", "--no-ws", "--log-level", "warning"),
            "config.wsgi:application",
        ],
        port=port,
        path="/livez",
    )


class Supervisor:
    """Runs `programs` from `cwd` with their output in `folder`/<name>.log; a context manager that stops them.

    `folder`/processes.json names them, so that a supervisor that was killed leaves nothing in the way of
    the next one.
    """

    def __init__(self, programs: Sequence[Program], *, folder: Path, cwd: Path, env: Mapping[str, str]) -> None:
        self.programs = programs
        self.folder = folder
        self.cwd = cwd
        self.env = dict(env)
        self.record = folder / "processes.json"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.stop_asked = False

    def __enter__(self) -> Self:
        """Start all and wait until they answer; on any failure nothing is left running."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._end_orphans()
        for program in self.programs:
            _check_free(program)
        for number in STOPPING:
            signal.signal(number, self._ask_to_stop)
        try:
            for program in self.programs:
                self._start(program)
            for program in self.programs:
                self._await(program)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all, the last first."""
        self._stop()

    def watch(self) -> None:
        """Return when a signal asks to stop; raise `ServingError` when a program ends by itself."""
        while not self.stop_asked:
            for name, process in self.running.items():
                if process.poll() is not None:
                    raise ServingError(self._obituary(name))
            time.sleep(0.2)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_asked = True

    def _start(self, program: Program) -> None:
        with (self.folder / f"{program.name}.log").open("wb") as log:
            self.running[program.name] = subprocess.Popen(
                program.command,
                cwd=self.cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        alive = [psutil.Process(process.pid) for process in self.running.values()]
        known = [[os.getpid(), psutil.Process().create_time()]]
        self.record.write_text(json.dumps(known + [[one.pid, one.create_time()] for one in alive]))

    def _await(self, program: Program) -> None:
        deadline = time.monotonic() + START_S
        while not _answers(program):
            if self.stop_asked:
                raise ServingError("Stopped before everything was up.")
            if self.running[program.name].poll() is not None:
                raise ServingError(self._obituary(program.name))
            if time.monotonic() > deadline:
                raise ServingError(f"{program.name} does not answer after {START_S:.0f} s.")
            time.sleep(0.1)

    def _obituary(self, name: str) -> str:
        log = self.folder / f"{name}.log"
        last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        return f"{name} has ended (exit code {self.running[name].returncode}). Its last words in {log}:\n{last}"

    def _stop(self) -> None:
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in self.running.values():
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _kill_group(process.pid)
                process.wait()
        self.record.unlink(missing_ok=True)

    def _end_orphans(self) -> None:
        """What a killed supervisor left behind; or a refusal, if the other one is alive."""
        try:
            (keeper, *children) = json.loads(self.record.read_text())
        except (FileNotFoundError, ValueError):
            return
        if _same_process(*keeper):
            raise ServingError(f"Already running, as process {keeper[0]}. Stop it there with Ctrl-C.")
        for pid, created in children:
            if process := _same_process(pid, created):
                process.terminate()
                with contextlib.suppress(psutil.TimeoutExpired):
                    process.wait(STOP_S)
                if process.is_running():
                    _kill_group(pid)
        self.record.unlink(missing_ok=True)


def _same_process(pid: int, created: float) -> psutil.Process | None:
    """The process of that number, if it is still the one that was meant."""
    try:
        process = psutil.Process(pid)
        if process.create_time() == created and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except psutil.NoSuchProcess:
        pass
    return None


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _check_free(program: Program) -> None:
    if not program.port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", program.port))
        except OSError as taken:
            raise ServingError(
                f"Port {program.port}, which {program.name} needs, is taken by another program ({taken.strerror})."
            ) from taken


def _answers(program: Program) -> bool:
    if not program.port:
        return True
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=5)
    try:
        connection.request("GET", program.path or "/")
        return connection.getresponse().status == http.HTTPStatus.OK if program.path else True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
