"""Numbers that people read out: `OR-0000123`, made by the database from the row's own id."""

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Cast, Concat

WIDTH = 7


def number_field(prefix: str, *, verbose_name: str = "number") -> models.GeneratedField:
    """A unique, stored column `<prefix>-<id, zero-filled to at least seven digits>`.

    Gapless is not promised; unique and stable is. Needs an integer primary key called `id`.
    """
    padded = Func(
        Cast(F("id"), models.CharField()),
        template=f"lpad(%(expressions)s, greatest({WIDTH}, length(%(expressions)s)), '0')",
        output_field=models.CharField(),
    )
    return models.GeneratedField(
        verbose_name=verbose_name,
        expression=Concat(Value(f"{prefix}-"), padded),
        output_field=models.CharField(max_length=24),
        db_persist=True,
        unique=True,
    )
