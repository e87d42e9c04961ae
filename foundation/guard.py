"""Guards in the database: for states, and for rows that are never changed.

Transitions are declared once, in Python, and copied into the database.

`@guarded("state")` above a model reads its `django_fsm` transitions and registers two triggers: one
refuses an UPDATE that is no declared transition, one refuses an INSERT in any but the initial state.
So `.update()`, `bulk_update` and plain SQL cannot jump states either.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pgtrigger
from django.db import models
from django_fsm import FSMField

M = TypeVar("M", bound=type[models.Model])

APPEND_ONLY = "append_only"
"""The trigger's name by which one knows a table whose rows are never changed."""

# A session's own SET does not count, or whoever may run SQL could allow it to himself: the setting must stand with
# the database itself, where only its owner can put it (ALTER DATABASE ... SET). The tests' databases have it, since
# Django empties all tables after a test with real commits (tests/conftest.py); no other ever should.
_REFUSE_UNLESS_A_TEST = """
    IF NOT EXISTS (
        SELECT FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase
        WHERE d.datname = current_database() AND s.setrole = 0 AND 'pakhuis.may_truncate=on' = ANY (s.setconfig)
    ) THEN
        RAISE EXCEPTION 'pakhuis: % is append-only and can not be emptied', TG_TABLE_NAME;
    END IF;
    RETURN NULL;
"""

_ANY = frozenset({"*", "+"})
"""How `django_fsm` writes "from every state" and "from every other state"."""


def edges(model: type[models.Model], field: str) -> list[tuple[str, str]]:
    """The declared transitions of `model.field` as sorted (from, to) pairs, `*` sources spelled out."""
    fsm = _fsm_field(model, field)
    states = [str(value) for value, _label in fsm.flatchoices]
    pairs: set[tuple[str, str]] = set()
    for step in fsm.get_all_transitions(model):
        sources = states if step.source in _ANY else [str(step.source)]
        pairs.update((source, str(step.target)) for source in sources if source != step.target)
    return sorted(pairs)


def _fsm_field(model: type[models.Model], name: str) -> Any:
    field = model._meta.get_field(name)
    if not isinstance(field, FSMField):
        raise TypeError(f"{model.__name__}.{name} is no FSMField.")
    return field


def guarded(field: str) -> Callable[[M], M]:
    """Decorator for a model with an `FSMField` named `field`: puts its transitions into the database."""

    def decorate(model: M) -> M:
        initial = _fsm_field(model, field).get_default()
        return pgtrigger.register(
            pgtrigger.FSM(name=f"{field}_moves", field=field, transitions=edges(model, field)),
            pgtrigger.Protect(
                name=f"{field}_starts",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(**{f"new__{field}__df": initial}),
            ),
        )(model)

    return decorate


def append_only(model: M) -> M:
    """Decorator for a model whose rows are never changed, deleted or truncated, not even by the table's owner."""
    return pgtrigger.register(
        pgtrigger.Protect(name=APPEND_ONLY, operation=pgtrigger.Update | pgtrigger.Delete, level=pgtrigger.Row),
        pgtrigger.Trigger(
            name="never_emptied",
            operation=pgtrigger.Truncate,
            when=pgtrigger.Before,
            level=pgtrigger.Statement,
            func=_REFUSE_UNLESS_A_TEST,
        ),
    )(model)


def fire_many(queryset: models.QuerySet[Any], transition: str, **changes: object) -> int:
    """Fires one declared transition for every row of `queryset` that stands in one of its source states.

    For services that move hundreds of rows at once: one UPDATE, the same edge table as the one-row
    method, whose name is `transition`. `changes` are set in the same statement. Returns how many moved.
    Raises `TypeError` for a transition with conditions or with more than one target: those go row by row.
    """
    meta = getattr(queryset.model, transition)._django_fsm
    steps = list(meta.transitions.values())
    sources, targets = {step.source for step in steps}, {step.target for step in steps}
    if len(targets) > 1 or any(step.conditions for step in steps):
        raise TypeError(f"{transition} depends on the row: it can't be fired for many.")
    field = meta.field if isinstance(meta.field, str) else meta.field.name
    (target,) = targets
    rows = queryset.exclude(**{field: target}) if sources & _ANY else queryset.filter(**{f"{field}__in": sources})
    return rows.update(**{field: target}, **changes)
