"""As whom a test speaks with the database: as staff, unless it says otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import sql

from foundation.tenancy import SETTING


def act_as(role: str) -> None:
    """Every connection from now on acts as `role`; empty = as the login, which owns the tables."""
    connection.close()
    connection.settings_dict["ROLE"] = role


def allow_truncate() -> None:
    """Lets this database's owner empty what is append-only: Django does so after tests with real commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("ALTER DATABASE {} SET pakhuis.may_truncate = 'on'").format(
                sql.Identifier(str(connection.settings_dict["NAME"]))
            )
        )


@contextmanager
def as_role(role: str, seller: str = "") -> Iterator[None]:
    """A transaction (or savepoint) as `role`, with `seller` in the setting, whatever it is. Raw SQL, no house code."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), coalesce(current_setting(%s, true), '')", [SETTING])
        former = cursor.fetchone()
        cursor.execute("SELECT set_config('role', %s, true), set_config(%s, %s, true)", [role, SETTING, seller])
        yield
        cursor.execute("SELECT set_config('role', %s, true), set_config(%s, %s, true)", [former[0], SETTING, former[1]])


@contextmanager
def as_owner() -> Iterator[None]:
    """A transaction (or savepoint) of the tables' owner, a superuser here: to break what nobody else can."""
    with as_role("none"):
        yield


def kill_session(pid: int) -> None:
    """Ends a session, as the server does when it is stopped. It may be the caller's own."""
    other = connection.copy()
    other.settings_dict["ROLE"] = ""
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()
