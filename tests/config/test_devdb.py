"""The checkout's own PostgreSQL: started from nothing, twice at once, after a crash."""

import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from config import devdb
from config.commandline import start_database_for
from config.devdb import Server
from config.devdb_home import DevDatabaseError, server_account
from tests.config.servers import ask, in_another_process, put_mark

START = """
import sys; from pathlib import Path; from config.devdb import Server
server = Server("test", root=Path(sys.argv[1]))
server.start(); print(server.status().pid)
"""


def test_starts_from_nothing_and_stays_up_until_it_is_stopped(checkout: Callable[..., Path]) -> None:
    server = Server("dev", root=checkout())
    assert not server.status().running

    url = server.start()

    first = server.status()
    assert first.running
    assert url == first.url == server.url()
    assert ask(server, "SELECT current_user || '/' || current_database()") == "pakhuis/pakhuis"
    assert server.start() == url
    assert server.status().pid == first.pid

    assert server.stop() is True
    assert server.stop() is False
    assert not server.status().running
    with pytest.raises(psycopg.OperationalError):
        ask(server, "SELECT 1")


def test_only_a_closed_socket_leads_in(checkout: Callable[..., Path]) -> None:
    server = Server("dev", root=checkout())

    server.start()

    facts = server.data.stat()
    assert stat.S_IMODE(facts.st_mode) == 0o700
    assert facts.st_uid == server_account().uid != 0
    assert server.socket_folder == server.data
    assert ask(server, "SHOW listen_addresses") == ""
    assert ask(server, "SELECT system_user") == f"peer:{'root' if os.geteuid() == 0 else server.account.name}"


def test_dev_is_durable_and_test_is_not(checkout: Callable[..., Path]) -> None:
    root = checkout()
    dev, test = Server("dev", root=root), Server("test", root=root)

    dev.start()
    test.start()

    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert ask(dev, f"SHOW {name}") == "on"
        assert ask(test, f"SHOW {name}") == "off"
    put_mark(dev)
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(test, "SELECT n FROM mark")


def test_two_checkouts_do_not_know_each_other(checkout: Callable[..., Path]) -> None:
    here, there = Server("test", root=checkout()), Server("test", root=checkout())

    here.start()
    there.start()
    put_mark(here)
    here.stop()

    assert there.status().running
    assert ask(there, "SELECT to_regclass('mark') IS NULL") is True


def test_start_after_kill_keeps_what_was_committed(checkout: Callable[..., Path]) -> None:
    server = Server("dev", root=checkout())
    server.start()
    put_mark(server)
    killed = server.status().pid
    assert killed

    os.kill(killed, signal.SIGKILL)
    while server.status().running:
        time.sleep(0.01)
    server.start()

    assert server.status().pid != killed
    assert ask(server, "SELECT n FROM mark") == 7


def test_pid_file_with_the_number_of_a_stranger(checkout: Callable[..., Path]) -> None:
    server = Server("test", root=checkout())
    server.start()
    lines = server.pidfile.read_text().splitlines()
    server.stop()
    server.pidfile.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    shutil.chown(server.pidfile, server_account().uid, server_account().gid)

    assert not server.status().running
    server.start()

    assert ask(server, "SELECT 1") == 1
    assert server.status().pid != os.getpid()


def test_stopping_never_signals_a_stranger(checkout: Callable[..., Path]) -> None:
    server = Server("test", root=checkout())
    server.start()
    server.stop()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        server.pidfile.write_text(f"{stranger.pid}\n")

        assert server.stop() is False

        assert stranger.poll() is None
        stranger.kill()


def test_four_at_once_start_one_server(checkout: Callable[..., Path]) -> None:
    root = checkout()

    starters = [in_another_process(START, root) for _ in range(4)]
    answers = [starter.communicate(timeout=90) for starter in starters]

    assert [starter.returncode for starter in starters] == [0] * 4, answers
    assert {answer for answer, _errors in answers} == {f"{Server('test', root=root).status().pid}\n"}


def test_changed_settings_restart_the_server_and_keep_the_data(
    checkout: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server("test", root=checkout())
    server.start()
    put_mark(server)
    before = server.status().pid
    monkeypatch.setitem(devdb.SETTINGS, "test", devdb.SETTINGS["test"] | {"max_connections": "33"})

    server.start()

    assert server.status().pid != before
    assert ask(server, "SHOW max_connections") == "33"
    assert ask(server, "SELECT n FROM mark") == 7


def test_changed_wheel_is_noticed(checkout: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server("test", root=checkout())
    server.start()
    before = server.status().pid
    monkeypatch.setattr(devdb, "wheel_version", lambda: "99.0")

    server.start()

    assert server.status().pid != before


def test_data_of_another_major_version_is_left_alone(checkout: Callable[..., Path]) -> None:
    server = Server("test", root=checkout())
    server.start()
    put_mark(server)
    server.stop()
    (server.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(DevDatabaseError, match=r"made by PostgreSQL 17, this is 18\..*reset"):
        server.start()

    (server.data / "PG_VERSION").write_text("18\n")
    server.start()
    assert ask(server, "SELECT n FROM mark") == 7


def test_interrupted_first_start_is_begun_again(checkout: Callable[..., Path]) -> None:
    server = Server("test", root=checkout())
    draft = server.data.with_name("data.draft")
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")

    server.start()

    assert ask(server, "SELECT 1") == 1
    assert not draft.exists()


def test_failed_start_tells_what_the_server_said(
    checkout: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server("test", root=checkout())
    monkeypatch.setitem(devdb.SETTINGS, "test", devdb.SETTINGS["test"] | {"max_connections": "none"})

    with pytest.raises(DevDatabaseError, match='invalid value for parameter "max_connections"'):
        server.start()


def test_reset_throws_the_data_away(checkout: Callable[..., Path]) -> None:
    server = Server("test", root=checkout())
    server.start()
    put_mark(server)

    server.reset()

    assert ask(server, "SELECT to_regclass('mark') IS NULL") is True


def test_environment_of_the_caller_does_not_reach_the_server(
    checkout: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGDATA": "/nowhere", "PGPORT": "1", "PGUSER": "nobody", "LANG": "xx_XX"}.items():
        monkeypatch.setenv(name, value)
    server = Server("test", root=checkout())

    server.start()

    assert ask(server, "SHOW port") == "5432"


def test_unknown_instance() -> None:
    with pytest.raises(DevDatabaseError, match="no instance 'production'; there are dev, test"):
        Server("production")


@pytest.mark.parametrize(
    ("arguments", "environment", "starts"),
    [
        (["migrate"], "", True),
        (["play_day", "--orders", "week.csv"], "", True),
        (["migrate"], "postgres://elsewhere/x", False),
        (["makemigrations", "--check"], "", False),
        (["collectstatic"], "", False),
        (["help", "migrate"], "", False),
        (["--version"], "", False),
        (["devdb", "stop"], "", False),
        ([], "", False),
    ],
)
def test_commands_that_need_a_database_find_it_up(
    arguments: list[str], environment: str, starts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setenv("DATABASE_URL", environment)
    monkeypatch.setattr(devdb, "database_url", lambda: started.append("dev"))

    start_database_for(arguments)

    assert started == (["dev"] if starts else [])


def test_database_that_does_not_start_ends_the_command_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise DevDatabaseError("Disk full.")

    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setattr(devdb, "database_url", refuse)

    with pytest.raises(SystemExit, match=r"The database does not start\. Disk full\."):
        start_database_for(["migrate"])
