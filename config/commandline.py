"""The command line's door: a command that works on the database finds it up."""

import os
from collections.abc import Sequence
from typing import Final

from config import devdb
from config.devdb_home import DevDatabaseError

WITHOUT_DATABASE: Final = frozenset(
    (
        *("--help", "-h", "help", "--version", "version", "check", "diffsettings", "devdb", "spectacular"),
        *("collectstatic", "findstatic", "compilemessages", "makemessages", "makemigrations"),
        *("solve_picking", "print_agent"),
    )
)
"""Commands that must work while there is no database, or that look after it themselves."""


AS_OWNER: Final = frozenset(
    (
        *("migrate", "database_roles", "flush", "test", "pgtrigger"),
        *("makemigrations", "showmigrations", "optimizemigration", "squashmigrations", "sqlmigrate"),
    )
)
"""Commands that make or empty tables, or run before there is anything: they act as the login, not as staff."""


def choose_role_for(arguments: Sequence[str]) -> None:
    """Have the command act as the owner of the tables if it must; what the environment says, wins."""
    if arguments and arguments[0] in AS_OWNER:
        os.environ.setdefault("DATABASE_ROLE", "")


def start_database_for(arguments: Sequence[str]) -> None:
    """Have the checkout's own database up before the command `arguments[0]` (of `sys.argv[1:]`) runs.

    Does nothing when `DATABASE_URL` names another database. Settings only compute the URL, so importing
    them starts nothing; the tests have a door of their own (tests/conftest.py).
    """
    if os.environ.get("DATABASE_URL") or not arguments or arguments[0] in WITHOUT_DATABASE:
        return
    if tuple(arguments[:2]) == ("bench", "picking"):
        return
    try:
        devdb.database_url()
    except DevDatabaseError as refusal:
        raise SystemExit(f"The database does not start. {refusal}") from refusal
