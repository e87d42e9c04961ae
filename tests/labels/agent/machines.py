"""What the agent is tested between: a line to the server that fails on demand, a slow printer, and real processes."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from config.devdb import ROOT


def wait_until(is_so: Callable[[], object], *, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "this never came"
        time.sleep(0.02)


@dataclass
class Line:
    """A relay before the server. `fault` happens to calls whose path contains `at`, the next `times` times.

    "swallow": the server gets the call, the agent no answer; "hold": the call stays here; "damage": a byte of the
    answer's content is changed.
    """

    url: str = ""
    fault: str = ""
    at: str = ""
    times: int = 0
    calls: list[str] = field(default_factory=list)
    struck: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def fail(self, fault: str, *, at: str, times: int = 1) -> None:
        self.struck.clear()
        self.fault, self.at, self.times = fault, at, times

    def strikes(self, path: str) -> str:
        self.calls.append(path)
        if not self.times or self.at not in path:
            return ""
        self.times -= 1
        return self.fault


@contextmanager
def line_to(server: str, *, port: int = 0) -> Iterator[Line]:
    """A line that leads to `server`; gone with the block."""
    line = Line()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = line.strikes(self.path)
            if fault == "hold":
                line.struck.set()
                line.released.wait(20)
                return
            onward = http.client.HTTPConnection(server.removeprefix("http://"), timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            onward.request(self.command, self.path, body, headers)
            answer = onward.getresponse()
            said = answer.read()
            onward.close()
            if fault == "swallow":
                line.struck.set()
                return
            if fault == "damage":
                document = json.loads(said)
                for job in document["jobs"]:
                    job["content"] = ("A" if job["content"][0] != "A" else "B") + job["content"][1:]
                said = json.dumps(document).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            with suppress(ConnectionError):  # whoever asked may have been killed
                self.wfile.write(said)

        do_POST = do_GET  # noqa: N815 (what http.server looks for)

        def log_message(self, *_arguments: Any) -> None:
            """Quiet."""

    relay = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    relay.daemon_threads = True
    line.url = f"http://127.0.0.1:{relay.server_address[1]}"
    thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield line
    finally:
        line.released.set()
        relay.shutdown()
        thread.join()
        relay.server_close()


@dataclass
class SlowPrinter:
    """Takes a few bytes of each paper, says so, and goes on when it may. `papers`: what came, whole or torn."""

    address: str = ""
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    may_go_on: threading.Event = field(default_factory=threading.Event)
    papers: list[bytes] = field(default_factory=list)

    def serve(self, server: socket.socket) -> None:
        while True:
            try:
                line, _peer = server.accept()
            except OSError:
                return
            with line:
                paper = line.recv(16)
                self.begun.release()
                self.may_go_on.wait(20)
                try:
                    while piece := line.recv(65_536):
                        paper += piece
                except ConnectionResetError:
                    pass
            self.papers.append(paper)


@contextmanager
def slow_printer() -> Iterator[SlowPrinter]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        # so small that the agent stays in the middle of a paper
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        printer = SlowPrinter(f"127.0.0.1:{server.getsockname()[1]}")
        thread = threading.Thread(target=printer.serve, args=[server], daemon=True)
        thread.start()
        yield printer
        printer.may_go_on.set()
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


@dataclass
class Machine:
    """The computer in the hub: a token, a journal, and the program when it runs."""

    folder: Path
    token: str

    def __post_init__(self) -> None:
        self.token_file = self.folder / "token"
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(f"{self.token}\n")
        self.journal = self.folder / "state" / "journal.sqlite3"

    def command(self, server: str, *more: str) -> list[str]:
        options = ["--server", server, "--token-file", str(self.token_file), "--journal", str(self.journal)]
        return [sys.executable, "-m", "labels.agent", *options, *more]

    @contextmanager
    def running(self, server: str) -> Iterator["subprocess.Popen[str]"]:
        """The agent, a real process; killed at the end of the block unless it has ended by then."""
        with subprocess.Popen(self.command(server), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)

    def once(self, server: str) -> tuple[int, list[dict[str, Any]]]:
        """Runs it until nothing waits: the exit status, and what it said."""
        done = subprocess.run(
            self.command(server, "--once"), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stderr == ""
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]
