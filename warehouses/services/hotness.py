"""Hot items: what much of the demand is for just now. Their balances are locked last, so that others wait less."""

from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from warehouses.locks import lock_out_stock

WINDOW: Final = 2_000
"""So many of the newest order lines are looked at."""
HOT_LINES: Final = 100
"""An item becomes hot with so many of them, one in twenty."""
COOL_LINES: Final = 40
"""It stays so until it has fewer than these: no item changes sides every minute."""


@dataclass(frozen=True, slots=True)
class HotChange:
    """How many hub balances became hot, and how many are no longer."""

    heated: int = 0
    cooled: int = 0


@transaction.atomic
def mark_hot() -> HotChange:
    """Marks what is hot by the newest demand. Changes nothing when somebody holds stock for longer than a second.

    The mark is part of the order of locks: it changes while nobody has or takes a lock on stock, so that no two
    transactions can see two orders.
    """
    changes = _changes()
    if not changes:
        return HotChange()
    if not lock_out_stock(wait_ms=1_000):
        transaction.set_rollback(True)
        return HotChange()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouses_balance SET is_hot = NOT is_hot WHERE id = ANY(%s) RETURNING is_hot", [changes]
        )
        flags = [is_hot for (is_hot,) in cursor.fetchall()]
    return HotChange(heated=flags.count(True), cooled=flags.count(False))


def _changes() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH recent AS (
                   SELECT hub_id, sku_id FROM warehouses_reservation ORDER BY id DESC LIMIT %s
               ), demand AS (
                   SELECT hub_id, sku_id, count(*) AS lines FROM recent GROUP BY 1, 2
               )
               SELECT b.id FROM warehouses_balance b LEFT JOIN demand d USING (hub_id, sku_id)
               WHERE CASE WHEN b.is_hot THEN coalesce(d.lines, 0) < %s ELSE d.lines >= %s END""",
            [WINDOW, COOL_LINES, HOT_LINES],
        )
        return [pk for (pk,) in cursor.fetchall()]
