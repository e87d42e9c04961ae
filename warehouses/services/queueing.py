"""Queueing: demands for stock by the thousand, out of a query, for imports."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from foundation.sql import insertion
from warehouses.models import Reservation


def reserve_from(source: str, params: Sequence[Any] = ()) -> int:
    """What `reserve` does, in one INSERT: queues the demands of a relation for stock; returns how many are new.

    `source` is what follows FROM, of a relation with the columns of a `Demand` (`ref`, `demand_group`, `sku_id`,
    `quantity`, `placed_at`, `priority`, `in_part`) and `hub_id`, the quantities passed by `whole_quantity`. Twice the
    same is once.
    """
    given = {
        "hub": "hub_id",
        "sku": "sku_id",
        "demand_ref": "ref",
        "demand_group": "demand_group",
        "priority": "priority",
        "in_part": "in_part",
        "placed_at": "placed_at",
        "wanted": "quantity",
    }
    sql, values = insertion(Reservation, given, source)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ON CONFLICT (demand_ref) DO NOTHING", [*values, *params])
        return cursor.rowcount
