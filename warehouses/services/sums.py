"""The running sums: the only two statements that change a balance. Callers hold the locks."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from warehouses.locks import BinKey


class HubDelta(NamedTuple):
    """Change of one hub balance, in units."""

    on_hand: int = 0
    sellable: int = 0
    reserved: int = 0

    def plus(self, other: "HubDelta") -> "HubDelta":
        """Both changes as one."""
        return HubDelta(*(a + b for a, b in zip(self, other, strict=True)))


class BinDelta(NamedTuple):
    """Change of one bin balance, in units."""

    on_hand: int = 0
    reserved: int = 0

    def plus(self, other: "BinDelta") -> "BinDelta":
        """Both changes as one."""
        return BinDelta(self.on_hand + other.on_hand, self.reserved + other.reserved)


def change_balances(hub_id: int, deltas: Mapping[int, HubDelta]) -> None:
    """Adds `deltas` (by SKU id) to the hub's balances in one UPDATE. CHECK constraints have the last word."""
    rows = [(sku_id, *delta) for sku_id, delta in deltas.items() if any(delta)]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE warehouses_balance b
               SET on_hand = b.on_hand + d.on_hand, sellable = b.sellable + d.sellable,
                   reserved = b.reserved + d.reserved
               FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[]) AS d(sku_id, on_hand, sellable, reserved)
               WHERE b.hub_id = %s AND b.sku_id = d.sku_id""",
            [*(list(column) for column in zip(*rows, strict=True)), hub_id],
        )


def change_bin_balances(deltas: Mapping[BinKey, BinDelta], *, at: datetime) -> None:
    """Adds `deltas` to bin balances in one UPDATE. A bin that was empty counts its age from `at`."""
    rows = [(*key, *delta) for key, delta in deltas.items() if any(delta)]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE warehouses_binbalance b
               SET on_hand = b.on_hand + d.on_hand, reserved = b.reserved + d.reserved,
                   since = CASE WHEN b.on_hand = 0 THEN %s ELSE b.since END
               FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::int[])
                    AS d(bin_id, sku_id, lot_id, condition, on_hand, reserved)
               WHERE b.bin_id = d.bin_id AND b.sku_id = d.sku_id
                 AND b.lot_id IS NOT DISTINCT FROM d.lot_id AND b.condition = d.condition""",
            [at, *(list(column) for column in zip(*rows, strict=True))],
        )
