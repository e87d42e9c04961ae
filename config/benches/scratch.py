"""A database for one benchmark, beside ours on the same server, and what the figures were measured on."""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql


@contextmanager
def scratch_database() -> Iterator[str]:
    """An empty database beside ours, as a URL; dropped at the end."""
    parts = connection.settings_dict
    name = sql.Identifier(f"pakhuis_bench_{os.getpid()}")
    with _server() as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield _url(parts, f"pakhuis_bench_{os.getpid()}")
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def moved_to_scratch() -> Iterator[str]:
    """This process works on a migrated scratch database, in its usual role; its URL. Afterwards on its own again."""
    home, role = connection.settings_dict["NAME"], connection.settings_dict["ROLE"]
    with scratch_database() as url:
        try:
            _move_to(f"pakhuis_bench_{os.getpid()}", role="")  # tables are their owner's
            call_command("migrate", verbosity=0)
            _move_to(f"pakhuis_bench_{os.getpid()}", role=role)
            yield url
        finally:
            _move_to(home, role=role)


def _move_to(database: str, *, role: str) -> None:
    connection.close()
    connection.settings_dict.update(NAME=database, ROLE=role)


def _server() -> psycopg.Connection[Any]:
    """The server itself, as its login: no database of ours has to be there yet."""
    parts = connection.settings_dict
    place = {"host": parts["HOST"], "user": parts["USER"], "password": parts["PASSWORD"], "port": parts["PORT"] or None}
    return psycopg.connect(dbname="postgres", autocommit=True, **place)


def _url(parts: Mapping[str, Any], name: str) -> str:
    user = quote(parts["USER"], safe="") + (f":{quote(parts['PASSWORD'], safe='')}" if parts["PASSWORD"] else "")
    if str(parts["HOST"]).startswith("/"):
        return f"postgres://{user}@/{name}?host={quote(parts['HOST'])}"
    return f"postgres://{user}@{parts['HOST']}:{parts['PORT'] or 5432}/{name}"


def machine() -> dict[str, Any]:
    """What the figures are measured on, and how busy it is already."""
    return {
        "cores": os.cpu_count(),
        "load_before": [round(load, 1) for load in os.getloadavg()],
        "python": platform.python_version(),
    }


def server() -> dict[str, Any]:
    """The database that they are measured on."""
    with _server() as server:
        return {"postgresql": _setting(server, "server_version"), "fsync": _setting(server, "fsync")}


def _setting(server: psycopg.Connection[Any], name: str) -> str:
    row = server.execute("SELECT current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""
