"""The checkout's own PostgreSQL in odd places: long paths, closed folders, other people's."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from config import devdb
from config.devdb import Server
from config.devdb_home import DevDatabaseError, enterable, server_account
from tests.config.servers import ask, in_another_process

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def test_long_path(checkout: Callable[..., Path]) -> None:
    server = Server("test", root=checkout("/".join(["a-rather-long-folder-name"] * 8)))

    server.start()

    assert len(str(server.data)) > 107
    assert len(str(server.socket_folder / ".s.PGSQL.5432.lock")) < 100
    assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
    assert ask(server, "SELECT 1") == 1


def test_socket_folder_that_somebody_else_prepared_is_refused(checkout: Callable[..., Path]) -> None:
    server = Server("test", root=checkout("/".join(["a-rather-long-folder-name"] * 8)))
    server.socket_folder.mkdir(mode=0o700)
    server.socket_folder.chmod(0o777)

    with pytest.raises(DevDatabaseError, match="not made by us"):
        server.start()

    assert not server.status().running


def test_odd_path(checkout: Callable[..., Path]) -> None:
    server = Server("test", root=checkout("Jan's new house, 100% + ü"))

    server.start()

    assert ask(server, "SELECT 1") == 1


@AS_ROOT
def test_closed_checkout_of_root_has_its_home_elsewhere(checkout: Callable[..., Path]) -> None:
    root = checkout()
    root.parent.chmod(0o700)
    server = Server("test", root=root)

    server.start()

    assert server.home.is_relative_to("/var/lib/pakhuis")
    assert not enterable(root, server_account())
    assert ask(server, "SELECT 1") == 1


BECOME = """
import os, sys; from pathlib import Path; from config.devdb import Server; import config.devdb_home, psycopg
import encodings.idna, multiprocessing.resource_tracker
os.setgroups([]); os.setgid(1); os.setuid(1)
server = Server("test", root=Path(sys.argv[1]))
"""


@AS_ROOT
def test_ordinary_user(checkout: Callable[..., Path]) -> None:
    if not enterable(Path(psycopg.__file__).parent, devdb.Account(1, 1, "daemon")):
        pytest.skip("SKIPPED: the virtual environment is closed to other users, so none can be tried")
    root = checkout()
    os.chown(root, 1, 1)

    script = BECOME + "server.start(); print(server.status()); print(psycopg.connect(server.url()).info.user)"
    answer, errors = in_another_process(script, root).communicate(timeout=90)

    assert "running=True" in answer, errors
    assert answer.endswith("\npakhuis\n")
    assert (root / "var/devdb/test/data").stat().st_uid == 1
    with pytest.raises(DevDatabaseError, match="belongs to another user"):
        Server("test", root=root).stop()
    in_another_process(BECOME + "server.stop()", root).communicate(timeout=90)
    shutil.rmtree(root / "var")


@AS_ROOT
def test_what_root_made_is_refused_to_others_in_words(checkout: Callable[..., Path]) -> None:
    root = checkout()
    Server("test", root=root).start()

    answer, errors = in_another_process(BECOME + "server.start()", root).communicate(timeout=90)

    assert answer == ""
    assert "belongs to another user than uid 1. Run this as its owner, or set DATABASE_URL." in errors
    assert Server("test", root=root).status().running
