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
    )
)
"""Commands that must work while there is no database, or that look after it themselves."""


def start_database_for(arguments: Sequence[str]) -> None:
    """Have the checkout's own database up before the command `arguments[0]` (of `sys.argv[1:]`) runs.

    Does nothing when `DATABASE_URL` names another database. Settings only compute the URL, so importing
    them starts nothing; the tests have a door of their own (tests/conftest.py).
    """
    if os.environ.get("DATABASE_URL") or not arguments or arguments[0] in WITHOUT_DATABASE:
        return
    try:
        devdb.database_url()
    except DevDatabaseError as refusal:
        raise SystemExit(f"The database does not start. {refusal}") from refusal
