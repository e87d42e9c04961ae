"""A refusal says why and changes nothing: not a row of the warehouse, whatever was asked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps

from foundation.errors import DomainError

Rows = dict[str, list[tuple[object, ...]]]


def rows(app: str = "warehouses") -> Rows:
    """Every row of every table of a floor. Empty balances don't count: taking a lock may have made them."""
    found = {}
    for model in apps.get_app_config(app).get_models():
        queryset = model._default_manager.order_by("pk")
        if model.__name__ in {"Balance", "BinBalance"}:
            queryset = queryset.exclude(on_hand=0)
        found[model.__name__] = list(queryset.values_list())
    return found


def refused(error: type[DomainError], code: str, call: Callable[[], Any]) -> DomainError:
    """The refusal: `call` raises `error` with this code, and every row of the floor is as before."""
    before = rows()
    with pytest.raises(error) as refusal:
        call()
    assert refusal.value.code == code
    assert refusal.value.message
    assert rows() == before
    return refusal.value
