"""`manage.py migrate`: Django's, and then the roles, rights and policies of what is there now."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS

from config.database.roles import RolesError, set_up_roles


class Command(migrate.Command):
    """No table is ever without its policy, and no step of a deployment can be forgotten."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"] or options["database"] != DEFAULT_DB_ALIAS:
            return
        try:
            set_up_roles()
        except RolesError as refusal:
            raise CommandError(str(refusal)) from refusal
