"""The ledger, its running sums, and the promises made against them."""

from foundation.invariants import Invariant

_HUB_OF_ROW = {
    "binbalance": "(SELECT hub_id FROM warehouses_bin WHERE id = t.bin_id)",
    "cartonline": (
        "(SELECT i.hub_id FROM warehouses_carton c JOIN warehouses_inbound i ON i.id = c.inbound_id "
        "WHERE c.id = t.carton_id)"
    ),
    "putawaytask": "t.hub_id",
    "picktask": "(SELECT hub_id FROM warehouses_bin WHERE id = t.bin_id)",
    "count": "t.hub_id",
}

LEDGER: tuple[Invariant, ...] = (
    Invariant(
        name="bin_is_the_sum_of_its_moves",
        promise="Units in a bin, by SKU, lot and condition, are what the ledger moved in less what it moved out.",
        sql="""
            WITH ledger AS (
                SELECT bin_id, sku_id, lot_id, condition, sum(units) AS units
                FROM (
                    SELECT to_bin_id AS bin_id, sku_id, lot_id,
                           coalesce(nullif(becomes, ''), condition) AS condition, quantity AS units
                    FROM warehouses_move
                    UNION ALL
                    SELECT from_bin_id, sku_id, lot_id, condition, -quantity FROM warehouses_move
                ) AS legs
                WHERE bin_id IS NOT NULL
                GROUP BY bin_id, sku_id, lot_id, condition
            )
            SELECT coalesce(b.bin_id, l.bin_id) AS bin_id, coalesce(b.sku_id, l.sku_id) AS sku_id,
                   coalesce(b.lot_id, l.lot_id) AS lot_id, coalesce(b.condition, l.condition) AS condition,
                   b.on_hand, l.units AS ledger
            FROM warehouses_binbalance b
            FULL JOIN ledger l
              ON l.bin_id = b.bin_id AND l.sku_id = b.sku_id AND l.condition = b.condition
             AND coalesce(l.lot_id, 0) = coalesce(b.lot_id, 0)
            WHERE coalesce(b.on_hand, 0) <> coalesce(l.units, 0)
        """,
    ),
    Invariant(
        name="hub_holds_what_came_in_and_did_not_leave",
        promise="Units of a SKU in a hub are those that entered the building less those that left it.",
        sql="""
            WITH ledger AS (
                SELECT p.hub_id, m.sku_id,
                       sum(CASE WHEN m.from_bin_id IS NULL THEN m.quantity ELSE -m.quantity END) AS units
                FROM warehouses_move m
                JOIN warehouses_bin p ON p.id = coalesce(m.from_bin_id, m.to_bin_id)
                WHERE m.from_bin_id IS NULL OR m.to_bin_id IS NULL
                GROUP BY p.hub_id, m.sku_id
            )
            SELECT coalesce(b.hub_id, l.hub_id) AS hub_id, coalesce(b.sku_id, l.sku_id) AS sku_id,
                   b.on_hand, l.units AS ledger
            FROM warehouses_balance b
            FULL JOIN ledger l ON l.hub_id = b.hub_id AND l.sku_id = b.sku_id
            WHERE coalesce(b.on_hand, 0) <> coalesce(l.units, 0)
        """,
    ),
    Invariant(
        name="hub_is_the_sum_of_its_bins",
        promise="A hub's units are those in all its bins; its sellable ones those in storage and sellable.",
        sql="""
            WITH bins AS (
                SELECT p.hub_id, b.sku_id, sum(b.on_hand) AS on_hand,
                       sum(b.on_hand) FILTER (WHERE p.kind = 'storage' AND b.condition = 'sellable') AS sellable
                FROM warehouses_binbalance b JOIN warehouses_bin p ON p.id = b.bin_id
                GROUP BY p.hub_id, b.sku_id
            )
            SELECT coalesce(h.hub_id, b.hub_id) AS hub_id, coalesce(h.sku_id, b.sku_id) AS sku_id,
                   h.on_hand, b.on_hand AS in_bins, h.sellable, b.sellable AS sellable_in_bins
            FROM warehouses_balance h
            FULL JOIN bins b ON b.hub_id = h.hub_id AND b.sku_id = h.sku_id
            WHERE coalesce(h.on_hand, 0) <> coalesce(b.on_hand, 0)
               OR coalesce(h.sellable, 0) <> coalesce(b.sellable, 0)
        """,
    ),
    Invariant(
        name="good_units_are_blocked_where_their_lot_or_bin_is",
        promise="On shelves good units are blocked exactly where their lot or bin is; elsewhere they never are.",
        sql="""
            SELECT b.id AS bin_balance_id, b.bin_id, b.lot_id, b.condition, b.on_hand
            FROM warehouses_binbalance b
            JOIN warehouses_bin p ON p.id = b.bin_id
            LEFT JOIN warehouses_lot l ON l.id = b.lot_id
            WHERE b.on_hand > 0 AND b.condition IN ('sellable', 'blocked')
              AND (b.condition = 'blocked') <> (p.kind IN ('storage', 'quarantine')
                                                AND (p.blocked_at IS NOT NULL OR l.blocked_at IS NOT NULL))
        """,
    ),
    Invariant(
        name="move_stays_in_one_hub",
        promise="A move's bins are of one hub, and its lot is one of its SKU.",
        sql="""
            SELECT m.id AS move_id, f.hub_id AS from_hub_id, t.hub_id AS to_hub_id, l.sku_id AS lot_sku_id
            FROM warehouses_move m
            LEFT JOIN warehouses_bin f ON f.id = m.from_bin_id
            LEFT JOIN warehouses_bin t ON t.id = m.to_bin_id
            LEFT JOIN warehouses_lot l ON l.id = m.lot_id
            WHERE f.hub_id <> t.hub_id OR l.sku_id <> m.sku_id
        """,
    ),
    Invariant(
        name="lot_is_of_its_sku",
        promise="Wherever a lot is named beside a SKU, it is a lot of that SKU.",
        sql=" UNION ALL ".join(
            f"SELECT '{table}' AS in_table, t.id AS row_id, {hub} AS hub_id, t.sku_id, t.lot_id "  # noqa: S608
            f"FROM warehouses_{table} t JOIN warehouses_lot l ON l.id = t.lot_id WHERE l.sku_id <> t.sku_id"
            for table, hub in _HUB_OF_ROW.items()
        ),
    ),
)

PROMISES: tuple[Invariant, ...] = (
    Invariant(
        name="hub_never_promises_more_than_it_has",
        promise="0 <= reserved <= sellable <= on hand, for every hub and SKU.",
        sql="""
            SELECT hub_id, sku_id, on_hand, sellable, reserved FROM warehouses_balance
            WHERE NOT (0 <= reserved AND reserved <= sellable AND sellable <= on_hand)
        """,
    ),
    Invariant(
        name="bin_never_promises_more_than_it_has",
        promise="0 <= reserved <= on hand, for every bin.",
        sql="""
            SELECT id AS bin_balance_id, bin_id, sku_id, on_hand, reserved FROM warehouses_binbalance
            WHERE NOT (0 <= reserved AND reserved <= on_hand)
        """,
    ),
    Invariant(
        name="hub_reserved_is_what_reservations_hold",
        promise="A hub's reserved units of a SKU are the sum of what its reservations hold.",
        sql="""
            WITH held AS (
                SELECT hub_id, sku_id, sum(held) AS units FROM warehouses_reservation GROUP BY hub_id, sku_id
            )
            SELECT coalesce(b.hub_id, r.hub_id) AS hub_id, coalesce(b.sku_id, r.sku_id) AS sku_id,
                   b.reserved, r.units AS held
            FROM warehouses_balance b
            FULL JOIN held r ON r.hub_id = b.hub_id AND r.sku_id = b.sku_id
            WHERE coalesce(b.reserved, 0) <> coalesce(r.units, 0)
        """,
    ),
    Invariant(
        name="bin_reserved_is_what_pick_tasks_will_fetch",
        promise="A bin's reserved units are the open units of the pick tasks that go there.",
        sql="""
            WITH tasks AS (
                SELECT bin_id, sku_id, lot_id, sum(quantity - picked - short - cancelled) AS units
                FROM warehouses_picktask WHERE closed_at IS NULL
                GROUP BY bin_id, sku_id, lot_id
            )
            SELECT coalesce(b.bin_id, t.bin_id) AS bin_id, coalesce(b.sku_id, t.sku_id) AS sku_id,
                   coalesce(b.lot_id, t.lot_id) AS lot_id, b.condition, b.reserved, t.units AS open_units
            FROM warehouses_binbalance b
            FULL JOIN tasks t
              ON t.bin_id = b.bin_id AND t.sku_id = b.sku_id AND b.condition = 'sellable'
             AND coalesce(t.lot_id, 0) = coalesce(b.lot_id, 0)
            WHERE coalesce(b.reserved, 0) <> coalesce(t.units, 0)
        """,
    ),
    Invariant(
        name="reservation_adds_up",
        promise="wanted >= held + picked + cancelled, and assigned <= held, for every reservation.",
        sql="""
            SELECT id AS reservation_id, wanted, held, assigned, picked, cancelled FROM warehouses_reservation
            WHERE NOT (wanted >= held + picked + cancelled AND 0 <= assigned AND assigned <= held)
               OR least(held, picked, cancelled) < 0
        """,
    ),
    Invariant(
        name="reservation_is_what_its_tasks_say",
        promise="A reservation's assigned units are its open tasks' units, and its picked ones what they picked.",
        sql="""
            WITH tasks AS (
                SELECT reservation_id, sum(picked) AS picked,
                       sum(quantity - picked - short - cancelled) FILTER (WHERE closed_at IS NULL) AS open_units
                FROM warehouses_picktask GROUP BY reservation_id
            )
            SELECT r.id AS reservation_id, r.assigned, t.open_units, r.picked, t.picked AS picked_by_tasks
            FROM warehouses_reservation r
            LEFT JOIN tasks t ON t.reservation_id = r.id
            WHERE r.assigned <> coalesce(t.open_units, 0) OR r.picked <> coalesce(t.picked, 0)
        """,
    ),
)
