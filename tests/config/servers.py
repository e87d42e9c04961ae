"""What the tests of the checkout's own database ask of a server."""

import subprocess
import sys

import psycopg

from config.devdb import ROOT, Server


def ask(server: Server, query: str) -> object:
    with psycopg.connect(server.url(), connect_timeout=10) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def put_mark(server: Server) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE mark AS SELECT 7 AS n")


def in_another_process(script: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
