"""Set-based writing: many rows, each with values of its own, in one statement."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Field, Model

M = TypeVar("M", bound=Model)

_LENGTH = re.compile(r"\([^)]*\)")


def update_many(model: type[M], rows: Collection[M], fields: Sequence[str]) -> int:
    """Writes `fields` of `rows` in one UPDATE that joins the values as columns; returns the rows written.

    What `bulk_update` does, in time that grows with the number of rows and not with its square: it sends no
    CASE per row and field. The caller holds the rows' locks, since the order in which they are written is the
    database's. Triggers and constraints see every row. Values are plain: no expressions, no array fields.
    """
    if not rows:
        return 0
    columns = [_column(model, name) for name in ("pk", *fields)]
    names = [connection.ops.quote_name(column.column or "") for column in columns]
    given = ", ".join(f"%s::{_type(column)}[]" for column in columns)
    changes = ", ".join(f"{name} = d.{name}" for name in names[1:])
    table = connection.ops.quote_name(model._meta.db_table)
    values = [[column.get_db_prep_save(getattr(row, column.attname), connection) for row in rows] for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS t SET {changes} FROM unnest({given}) AS d({', '.join(names)}) "  # noqa: S608
            f"WHERE t.{names[0]} = d.{names[0]}",
            values,
        )
        return cursor.rowcount


def insertion(model: type[Model], given: Mapping[str, str], source: str) -> tuple[str, list[Any]]:
    """SQL that makes rows of `model` out of a query, and the values of its first parameters.

    `given` is an SQL expression for each field by name, `source` all that follows FROM. Fields not given get the
    model's own default, as a row made in Python would; those the database fills are left to it. The expressions'
    parameters come before the returned values, the source's after them.
    """
    columns, expressions = [], []
    defaults: list[Any] = []
    for name, expression in given.items():
        columns.append(_column(model, name))
        expressions.append(expression)
    filled = {column.attname for column in columns}
    for column in model._meta.concrete_fields:
        if column.attname in filled or column.primary_key or column.generated or column.has_db_default():
            continue
        columns.append(column)
        expressions.append(f"%s::{_type(column)}")
        defaults.append(column.get_db_prep_save(column.get_default(), connection))
    names = ", ".join(connection.ops.quote_name(column.column or "") for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(expressions)} FROM {source}", defaults  # noqa: S608


def _column(model: type[Model], name: str) -> "Field[object, object]":
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not isinstance(field, Field) or field.column is None or isinstance(field, ArrayField):
        raise TypeError(f"{model.__name__}.{name} is no plain column.")
    return field


def _type(field: "Field[object, object]") -> str:
    """The column's type without its length: a cast to varchar(10) would cut a longer value silently."""
    return _LENGTH.sub("", field.db_type(connection) or "text")
