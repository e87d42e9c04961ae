"""The tests' databases, on the "test" server of config/devdb.py.

The server is up only while somebody runs tests. Migrating an empty database takes long, so it is done once
for each set of migrations, into a template that stays on the server; every run then copies the template.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import sql

from config.devdb import ROOT, Server
from config.devdb_home import make_folder

SERVER: Final = Server("test")
RUN: Final = os.environ.setdefault("PAKHUIS_TEST_RUN", str(os.getpid()))
"""This run's name: it travels to xdist's workers by the environment, so two runs in a checkout never meet."""

TEST_DATABASE: Final = f"test_pakhuis_{RUN}"


def _digest_of_migrations() -> str:
    digest = hashlib.sha256()
    for path in [ROOT / "requirements.txt", *sorted(ROOT.glob("*/migrations/*.py"))]:
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


TEMPLATE: Final = f"migrated_{_digest_of_migrations()}"


@contextmanager
def serving() -> Iterator[None]:
    """The server, up; the last to leave takes it down.

    Everybody who uses it holds a shared lock, which the kernel drops even after a `kill -9`. Whoever can make
    the lock exclusive is alone: on arriving, he clears away what a killed run left; on leaving, he stops it.
    """
    make_folder(SERVER.home)
    with (SERVER.home / "test.users").open("w") as users:
        if _lock(users.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB):
            SERVER.start()
            _drop("test_pakhuis_%")
        fcntl.flock(users, fcntl.LOCK_SH)
        SERVER.start()
        yield
        if _lock(users.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB):
            SERVER.stop()


def make_template() -> None:
    """A migrated database of the name `TEMPLATE`, unless there is one; those of other migrations go."""
    with (SERVER.home / "test.template").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if _names(TEMPLATE):
            return
        _drop("migrated_%")
        draft = f"{TEMPLATE}_draft"
        _execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": SERVER.url(draft), "DJANGO_SETTINGS_MODULE": "config.settings"},
            check=True,
        )
        _execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(TEMPLATE)))


def _lock(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how)
    except BlockingIOError:
        return False
    return True


def _names(pattern: str) -> list[str]:
    with psycopg.connect(SERVER.url("postgres"), autocommit=True) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
        return [name for (name,) in rows]


def _drop(pattern: str) -> None:
    for name in _names(pattern.replace("_", r"\_")):
        _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _execute(statement: sql.Composed) -> None:
    with psycopg.connect(SERVER.url("postgres"), autocommit=True) as connection:
        connection.execute(statement)
