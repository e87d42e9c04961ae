"""Several processes as one: all up or none, one ends and all end, nothing is left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.devdb import ROOT
from config.serving import Program, ServingError, Supervisor
from config.welcome import last_report, welcome

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/end": print("last words", flush=True); import os; os._exit(7)
        self.send_response(200 if self.path == "/up" else 404); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The supervisor takes the signals over; other tests want them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server(name: str, *, path: str = "/up") -> Program:
    port = free_port()
    return Program(name, [sys.executable, "-c", SERVER, str(port)], port=port, path=path)


def supervisor(tmp_path: Path, *programs: Program) -> Supervisor:
    return Supervisor(programs, folder=tmp_path / "log", cwd=tmp_path, env=os.environ)


def listens(program: Program) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", program.port)) == 0


def test_all_are_up_inside_and_gone_after(tmp_path: Path) -> None:
    first, second = server("first"), server("second")

    with supervisor(tmp_path, first, second) as running:
        assert listens(first)
        assert listens(second)
        record = json.loads((tmp_path / "log" / "processes.json").read_text())
        assert [pid for pid, _created in record] == [
            os.getpid(),
            *(process.pid for process in running.running.values()),
        ]

    assert not listens(first)
    assert not listens(second)
    assert not (tmp_path / "log" / "processes.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_watch(tmp_path: Path, number: signal.Signals) -> None:
    with supervisor(tmp_path, server("web")) as running:
        threading.Timer(0.2, os.kill, (os.getpid(), number)).start()

        running.watch()

    assert running.running["web"].poll() is not None


def test_one_that_ends_takes_the_others_along_and_its_last_words_are_told(tmp_path: Path) -> None:
    web, worker = server("web"), server("worker")

    with supervisor(tmp_path, web, worker) as running:
        with socket.create_connection(("127.0.0.1", worker.port)) as connection:
            connection.sendall(b"GET /end HTTP/1.0\r\n\r\n")
        with pytest.raises(ServingError, match=r"(?s)worker has ended \(exit code 7\).*worker\.log:.*\nlast words$"):
            running.watch()

    assert not listens(web)


def test_one_that_does_not_start_leaves_nothing_running(tmp_path: Path) -> None:
    web = server("web")
    broken = Program("worker", [sys.executable, "-c", "raise SystemExit('no database')"], port=free_port())

    with (
        pytest.raises(ServingError, match=r"(?s)worker has ended \(exit code 1\).*no database"),
        supervisor(tmp_path, web, broken),
    ):
        pytest.fail("it must not start")

    assert not listens(web)


def test_a_taken_port_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    web, carrier = server("web"), server("carrier")
    with socket.create_server(("127.0.0.1", carrier.port)):
        running = supervisor(tmp_path, web, carrier)

        with (
            pytest.raises(ServingError, match=f"Port {carrier.port}, which carrier needs, is taken"),
            running,
        ):
            pytest.fail("it must not start")

    assert running.running == {}


def test_second_supervisor_is_told_of_the_first(tmp_path: Path) -> None:
    with supervisor(tmp_path, server("web")) as first:
        second = supervisor(tmp_path, server("web"))

        with pytest.raises(ServingError, match=f"Already running, as process {os.getpid()}"), second:
            pytest.fail("it must not start")

        assert first.running["web"].poll() is None


def test_what_a_killed_supervisor_left_is_ended_first(tmp_path: Path) -> None:
    web = server("web")
    script = """
import json, os, signal, sys; from pathlib import Path; from config.serving import Program, Supervisor
folder, port, command = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
with Supervisor([Program("web", command, port, "/up")], folder=folder, cwd=folder.parent, env=os.environ):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "log"), str(web.port), json.dumps(web.command)],
        cwd=ROOT,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert listens(web)
    (_keeper, (orphan, _created)) = json.loads((tmp_path / "log" / "processes.json").read_text())

    with supervisor(tmp_path, web) as running:
        assert listens(web)
        assert running.running["web"].pid != orphan

    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE


def test_record_of_numbers_that_now_belong_to_others_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (tmp_path / "log" / "processes.json").write_text(json.dumps([[os.getppid(), 1.0], [stranger.pid, 1.0]]))

        with supervisor(tmp_path, server("web")):
            assert stranger.poll() is None

        stranger.kill()


def test_welcome_says_what_happened_where_to_look_and_with_which_logins() -> None:
    screen = welcome(
        base_url="http://127.0.0.1:8000",
        report={
            "headline": "AMS1 sent 398 of 402 orders on time.",
            "figures": [["orders", "402"], ["metres walked", "9,120"]],
            "logins": [{"who": "Supervisor", "path": "/admin/", "user": "lead", "password": "hub"}],
        },
        log_folder=Path("/hub/var/log"),
        out_folder=Path("/hub/var/out"),
    )

    for words in (
        "AMS1 sent 398 of 402 orders on time.",
        "metres walked                9,120",
        "http://127.0.0.1:8000/admin/",
        "lead / hub",
        "/hub/var/log",
        "/hub/var/out",
        "Ctrl-C stops everything",
    ):
        assert words in screen
    assert max(map(len, screen.splitlines())) <= 100


def test_welcome_without_a_day_played() -> None:
    screen = welcome(base_url="http://x", report={}, log_folder=Path("l"), out_folder=Path("o"))

    assert "http://x/admin/" in screen
    assert "createsuperuser" in screen


def test_report_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    assert last_report(path) == {}

    for broken in ("", "[1]", '{"cut'):
        path.write_text(broken)
        assert last_report(path) == {}
