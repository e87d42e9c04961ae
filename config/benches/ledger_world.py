"""Hubs, items, stock, queues and history for the ledger's benchmark, written with set-based SQL.

Seeded: twice the same.

Every figure has a hub of its own, with items of its own, so that none sees what another has done.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

LINES_OF_AN_ORDER: Final = (1, 2, 3, 4, 5)
HOW_OFTEN: Final = (60, 23, 11, 4, 2)
"""Of 100 orders so many have 1, 2 ... 5 lines: 1.65 on average."""


@dataclass(frozen=True, slots=True)
class World:
    """One hub with stock. `skus` are ids; the first is the one that goes viral in hot figures."""

    hub_id: int
    skus: Sequence[int]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a made-up order: the order's number from 0, an item, units."""

    order: int
    sku_id: int
    units: int


def build(name: str, *, skus: int, bins_per_sku: int = 1, units_per_bin: int = 1_000_000) -> World:
    """A hub whose every item lies in so many bins of its own, counted in by one move each."""
    with connection.cursor() as cursor:
        cursor.execute(_HUB, [name])
        ((hub_id,),) = cursor.fetchall()
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_ITEMS, [name, name, skus])
        ids = [sku_id for (sku_id,) in cursor.fetchall()]
        cursor.execute(_STOCK, [hub_id, ids, bins_per_sku, hub_id, units_per_bin, name])
        cursor.execute(_SUMS, [hub_id, bins_per_sku * units_per_bin, ids])
        cursor.execute("ANALYZE")
    return World(hub_id, sorted(ids))


_HUB: Final = """
    WITH hub AS (
        INSERT INTO warehouses_hub (code, name, timezone, cutoff, dispatch, work_days, company, street, postcode, city,
                                    country, phone, sscc_prefix, pickers, packing_minutes, heavy_from_g,
                                    keeps_hazmat_apart, singles_apart, singles_from, case_days, case_silence,
                                    photo_required)
        VALUES (%s, 'Bench', 'Europe/Amsterdam', '16:00', '18:00', '{1,2,3,4,5,6,7}', 'Pakhuis', 'Prinsengracht 1',
                '1015 DK', 'Amsterdam', 'NL', '', '8710000', 4, 30, 0, false, true, 4, 7, '{}', false)
        RETURNING id
    ), zone AS (
        INSERT INTO warehouses_zone (hub_id, code, name) SELECT id, 'A', 'All of it' FROM hub
    ), cart AS (
        INSERT INTO warehouses_carttype (hub_id, code, totes, tote_volume_mm3, tote_weight_g)
        SELECT id, 'CART12', 12, 48000000, 20000 FROM hub
    )
    SELECT id FROM hub
"""

_ITEMS: Final = """
    WITH seller AS (
        INSERT INTO warehouses_seller (code, name, email, country, is_active, created_at)
        VALUES (%s, 'Bench', 'bench@example.com', 'NL', true, now()) RETURNING id
    )
    INSERT INTO warehouses_sku (seller_id, code, name, weight_g, length_mm, width_mm, height_mm, is_fragile,
                                hazmat_class, tracks_lots, hs_code, origin_country, is_active, created_at)
    SELECT seller.id, %s || '-' || n, 'Item', 100, 100, 100, 100, false, '', false, '', '', true, now()
    FROM seller, generate_series(1, %s) n RETURNING id
"""

_STOCK: Final = """
    WITH place AS (
        INSERT INTO warehouses_bin (hub_id, zone_id, code, kind, aisle, y_mm, side, level, check_digits, volume_mm3,
                                    max_weight_g, block_reason)
        SELECT %s, z.id, s.sku_id || '-' || n, 'storage', s.sku_id %% 40, 1000 * n, 'L', 0, '42', 0, 0, ''
        FROM unnest(%s::bigint[]) s(sku_id), generate_series(1, %s) n, warehouses_zone z WHERE z.hub_id = %s
        RETURNING id, code
    ), lying AS (
        SELECT id AS bin_id, split_part(code, '-', 1)::bigint AS sku_id, %s::int AS units FROM place
    ), summed AS (
        INSERT INTO warehouses_binbalance (bin_id, sku_id, lot_id, condition, on_hand, reserved, since)
        SELECT bin_id, sku_id, NULL, 'sellable', units, 0, '2026-03-02'::date + (bin_id %% 3)::int FROM lying
    )
    INSERT INTO warehouses_move (kind, source, source_line, sku_id, quantity, to_bin_id, condition, reason, occurred_at)
    SELECT 'count', %s || ':' || bin_id, 0, sku_id, units, bin_id, 'sellable', 'opening stock', now() FROM lying
"""

_SUMS: Final = """
    INSERT INTO warehouses_balance (hub_id, sku_id, on_hand, sellable, reserved)
    SELECT %s, s.sku_id, u.units, u.units, 0 FROM (SELECT %s::int AS units) u, unnest(%s::bigint[]) s(sku_id)
"""


def orders(world: World, *, lines: int, hot_share: float = 0.0, seed: int = 1) -> list[list[Line]]:
    """Made-up orders with at least so many lines; with `hot_share` that part of them holds the first item."""
    dice = random.Random(seed)
    made: list[list[Line]] = []
    count = 0
    while count < lines:
        size = dice.choices(LINES_OF_AN_ORDER, HOW_OFTEN)[0]
        chosen = dice.sample(world.skus[1:], size)
        if dice.random() < hot_share:
            chosen[dice.randrange(size)] = world.skus[0]
        made.append([Line(len(made), sku_id, 1) for sku_id in chosen])
        count += size
    return made


def queue(world: World, wanted: Sequence[Sequence[Line]], *, name: str) -> list[int]:
    """The orders in the books, waiting in the order given, as intake leaves them; their reservations' ids."""
    lines = [line for order in wanted for line in order]
    values: dict[str, Any] = {
        "name": name,
        "hub": world.hub_id,
        "count": len(wanted),
        "a_sku": world.skus[0],
        "orders": [line.order for line in lines],
        "skus": [line.sku_id for line in lines],
        "units": [line.units for line in lines],
    }
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_ORDERS, values)
        cursor.execute("ANALYZE fulfillment_order")
        cursor.execute(_LINES, values)
        ids = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("ANALYZE")
    return ids


_ORDERS: Final = """
    WITH place AS (
        INSERT INTO shipping_address (name, company, line1, line2, postcode, city, region, country, phone, email,
                                      created_at)
        SELECT 'Jan de Vries', '', 'Prinsengracht 263', '', '1016 GV', 'Amsterdam', '', 'NL', '', '', now()
        FROM generate_series(1, %(count)s) RETURNING id
    ), numbered AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM place
    )
    INSERT INTO fulfillment_order (seller_id, hub_id, external_ref, channel, ship_to_id, is_gift, priority,
                                   short_policy, state, hold, placed_at, ship_by)
    SELECT s.seller_id, %(hub)s, %(name)s || '-' || n, 'bench', p.id, false, 100, 'wait', 'received', '',
           '2026-03-02 08:00+00'::timestamptz + n * interval '1 ms', '2026-03-03 18:00+00'
    FROM numbered p, warehouses_sku s WHERE s.id = %(a_sku)s
"""

_LINES: Final = """
    WITH line AS (
        SELECT o.id AS order_id, o.number AS group_name, o.placed_at, l.sku_id, l.units,
               row_number() OVER (PARTITION BY o.id ORDER BY l.place) AS nth
        FROM unnest(%(orders)s::int[], %(skus)s::bigint[], %(units)s::int[]) WITH ORDINALITY l(n, sku_id, units, place)
        JOIN fulfillment_order o ON o.external_ref = %(name)s || '-' || l.n AND o.hub_id = %(hub)s
    ), promise AS (
        INSERT INTO warehouses_reservation (hub_id, sku_id, demand_ref, demand_group, priority, placed_at, wanted, held,
                                            assigned, picked, cancelled)
        SELECT %(hub)s, sku_id, group_name || '/' || nth, group_name, 100, placed_at, units, 0, 0, 0, 0 FROM line
        RETURNING id, demand_ref
    )
    INSERT INTO fulfillment_orderline (order_id, number, sku_id, quantity, unit_price_cents, cancelled, shipped,
                                       reservation_id)
    SELECT line.order_id, nth, line.sku_id, units, 0, 0, 0, promise.id
    FROM line JOIN promise ON promise.demand_ref = group_name || '/' || nth
    RETURNING reservation_id
"""


def add_history(world: World, *, rows: int) -> None:
    """So many more moves, units counted out of a bin and in again, and as many promises that were served long ago."""
    values: dict[str, Any] = {
        "hub": world.hub_id,
        "times": max(1, rows // (2 * len(world.skus))),
        "name": f"history-{world.hub_id}",
    }
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_MOVES, values)
        cursor.execute(_SERVED, values)
        cursor.execute("ANALYZE")


_MOVES: Final = """
    INSERT INTO warehouses_move (kind, source, source_line, sku_id, quantity, from_bin_id, to_bin_id, condition, reason,
                                 occurred_at)
    SELECT 'count', %(name)s || ':' || b.id || ':' || n, way, b.sku_id, 1, CASE way WHEN 0 THEN b.bin_id END,
           CASE way WHEN 1 THEN b.bin_id END, 'sellable', 'history', now()
    FROM warehouses_binbalance b JOIN warehouses_bin p ON p.id = b.bin_id AND p.hub_id = %(hub)s,
         generate_series(1, %(times)s) n, generate_series(0, 1) way
"""

_SERVED: Final = """
    INSERT INTO warehouses_reservation (hub_id, sku_id, demand_ref, demand_group, priority, placed_at, wanted, held,
                                        assigned, picked, cancelled)
    SELECT %(hub)s, b.sku_id, %(name)s || '/' || b.sku_id || '/' || n, %(name)s || '/' || b.sku_id || '/' || n, 100,
           '2026-01-01', 1, 0, 0, 1, 0
    FROM warehouses_balance b, generate_series(1, 2 * %(times)s) n WHERE b.hub_id = %(hub)s
"""


def add_bins(*, rows: int) -> None:
    """So many more bin balances, in a hub and of items of their own, a hundred to an item."""
    world = build("far", skus=rows // 100)
    with connection.cursor() as cursor:
        cursor.execute(_MORE_BINS, {"hub": world.hub_id})
        cursor.execute("ANALYZE")


_MORE_BINS: Final = """
    WITH place AS (
        SELECT p.id AS bin_id, b.sku_id, row_number() OVER (ORDER BY p.id) - 1 AS nth, count(*) OVER () AS n
        FROM warehouses_bin p JOIN warehouses_binbalance b ON b.bin_id = p.id WHERE p.hub_id = %(hub)s
    )
    INSERT INTO warehouses_binbalance (bin_id, sku_id, lot_id, condition, on_hand, reserved, since)
    SELECT p.bin_id, s.sku_id, NULL, 'sellable', 1, 0, now()
    FROM place p JOIN generate_series(1, 99) step ON true JOIN place s ON s.nth = (p.nth + step) %% p.n
"""
