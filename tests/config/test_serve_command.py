"""`manage.py serve` as a person starts it: real web server, real worker, real simulated carrier."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from config.devdb import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> tuple[int, bytes]:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    asked.request("GET", path)
    answer = asked.getresponse()
    return answer.status, answer.read()


def test_one_command_opens_the_hub_and_ctrl_c_closes_it(tmp_path: Path) -> None:
    port, carrier_port = free_port(), free_port()
    environment = os.environ | {
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connection.settings_dict['NAME']}")
        .geturl(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SIMULATED_CARRIER_URL": f"http://127.0.0.1:{carrier_port}",
        "VAR_DIR": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as serve:
        try:
            assert serve.stdout is not None
            screen = ""
            while "Ctrl-C stops everything" not in screen:
                line = serve.stdout.readline()
                assert line, screen
                screen += line

            assert f"http://127.0.0.1:{port}/admin/" in screen
            assert get(port, "/readyz") == (200, b'{"database": "ok", "migrations": "ok", "jobs": "ok"}')
            assert get(port, "/admin/login/")[0] == 200
            assert get(port, "/static/admin/css/base.css")[0] == 200
            assert get(carrier_port, "/")[0] == 401
            assert "worker starts" in (tmp_path / "log" / "worker.log").read_text()

            serve.send_signal(signal.SIGINT)
            assert serve.stdout.read().endswith("Stopped.\n")
            assert serve.wait(timeout=60) == 0
        finally:
            serve.kill()
    for closed in (port, carrier_port):
        with pytest.raises(ConnectionRefusedError):
            get(closed, "/livez")
    assert "worker stops" in (tmp_path / "log" / "worker.log").read_text()
