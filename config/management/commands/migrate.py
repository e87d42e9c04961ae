"""`manage.py migrate`: Django's, and then the roles, rights and policies of what is there now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django_fsm
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS
from django.dispatch import Signal

from config.database.roles import RolesError, set_up_roles


class Command(migrate.Command):
    """No table is ever without its policy, and no step of a deployment can be forgotten."""

    def handle(self, *args: Any, **options: Any) -> None:
        with _past_states_unheard():
            super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"] or options["database"] != DEFAULT_DB_ALIAS:
            return
        try:
            set_up_roles()
        except RolesError as refusal:
            raise CommandError(str(refusal)) from refusal


@contextmanager
def _past_states_unheard() -> Iterator[None]:
    """Keeps the state fields of past models from listening for every class that is made after them.

    A model of the past has no transitions to collect; yet migrating makes ten thousand such classes, and each told all
    fields so far: a third of the time.
    """
    heard = django_fsm.class_prepared  # type: ignore[attr-defined]
    django_fsm.class_prepared = Signal()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        django_fsm.class_prepared = heard  # type: ignore[attr-defined]
