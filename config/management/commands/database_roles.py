"""`manage.py database_roles`: the database's roles, rights and policies, on a server of one's own."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.database.roles import RolesError, append_only_models, set_up_roles
from config.database.tenants import ownerships
from foundation.tenancy import ROLES


class Command(BaseCommand):
    """Runs as the owner of the tables. `migrate` ends with the same; this one also undoes what was changed by hand."""

    help = "Set up the roles that web, workers, sellers' doors and verify run under. Twice is once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--login", default="", metavar="NAME", help="the login of web and workers, which may act as each role"
        )

    def handle(self, *_args: str, login: str, **_options: Any) -> str:
        try:
            set_up_roles(login=login, afresh=True)
        except RolesError as refusal:
            raise CommandError(str(refusal)) from refusal
        return (
            f"{', '.join(ROLES)}: {len(ownerships())} tables belong to sellers, "
            f"{len(append_only_models())} are append-only."
        )
