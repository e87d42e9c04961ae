"""From the announced carton to the shelf: no unit vanishes, none is put away twice."""

from foundation.invariants import Invariant

INBOUND: tuple[Invariant, ...] = (
    Invariant(
        name="carton_conserves_units",
        promise="Once a carton is received, planned = good + damaged + missing - surplus; before, none is missing.",
        sql="""
            SELECT l.id AS carton_line_id, c.state, l.is_closed, l.planned, l.good, l.damaged, l.missing, l.surplus
            FROM warehouses_cartonline l JOIN warehouses_carton c ON c.id = l.carton_id
            WHERE l.is_closed <> (c.state = 'received')
               OR (l.is_closed AND l.planned <> l.good + l.damaged + l.missing - l.surplus)
               OR (NOT l.is_closed AND (l.missing <> 0 OR l.surplus <> 0))
        """,
    ),
    Invariant(
        name="carton_stands_on_a_pallet_of_its_inbound",
        promise="Cartons stand on pallets of their own inbound if that comes by pallet, else on none.",
        sql="""
            SELECT c.id AS carton_id, i.freight, c.inbound_id, p.inbound_id AS pallet_inbound_id
            FROM warehouses_carton c
            JOIN warehouses_inbound i ON i.id = c.inbound_id
            LEFT JOIN warehouses_pallet p ON p.id = c.pallet_id
            WHERE (i.freight = 'pallet') <> (c.pallet_id IS NOT NULL) OR p.inbound_id <> c.inbound_id
        """,
    ),
    Invariant(
        name="carton_line_is_the_sum_of_its_scans",
        promise="Good and damaged units of a carton line are those scanned at the dock, less those taken back.",
        sql="""
            SELECT l.id AS carton_line_id, l.good, l.damaged, coalesce(k.good, 0) AS scanned_good,
                   coalesce(k.damaged, 0) AS scanned_damaged
            FROM warehouses_cartonline l
            LEFT JOIN (
                SELECT s.line_id, sum(s.units) FILTER (WHERE s.condition = 'sellable') AS good,
                       sum(s.units) FILTER (WHERE s.condition <> 'sellable') AS damaged
                FROM (SELECT line_id, condition, CASE WHEN undoes_id IS NULL THEN quantity ELSE -quantity END AS units
                      FROM warehouses_receiptscan) AS s
                GROUP BY s.line_id
            ) AS k ON k.line_id = l.id
            WHERE l.good <> coalesce(k.good, 0) OR l.damaged <> coalesce(k.damaged, 0)
        """,
    ),
    Invariant(
        name="undo_takes_back_what_was_scanned",
        promise="An undo speaks of the same line, condition and units as the scan it undoes, which is no undo itself.",
        sql="""
            SELECT u.id AS receipt_scan_id, NULL::bigint AS carton_id, s.id AS undone_id
            FROM warehouses_receiptscan u JOIN warehouses_receiptscan s ON s.id = u.undoes_id
            WHERE (u.line_id, u.condition, u.quantity) <> (s.line_id, s.condition, s.quantity)
               OR s.undoes_id IS NOT NULL
            UNION ALL
            SELECT NULL, u.carton_id, f.id
            FROM warehouses_finding u JOIN warehouses_finding f ON f.id = u.undoes_id
            WHERE (u.carton_id, u.code, u.quantity) <> (f.carton_id, f.code, f.quantity) OR f.undoes_id IS NOT NULL
        """,
    ),
    Invariant(
        name="dock_scan_is_in_the_ledger",
        promise="Each scan at the dock is one receive move of its units, an undo one the other way; there is no other.",
        sql="""
            SELECT s.id AS receipt_scan_id, m.id AS move_id, s.quantity, m.quantity AS moved
            FROM (
                SELECT s.id, s.scan_id, s.quantity, s.condition, s.undoes_id IS NOT NULL AS leaves, l.sku_id, l.lot_id
                FROM warehouses_receiptscan s JOIN warehouses_cartonline l ON l.id = s.line_id
            ) AS s
            FULL JOIN (SELECT *, from_bin_id IS NOT NULL AND to_bin_id IS NULL AS leaves FROM warehouses_move
                       WHERE kind = 'receive') AS m ON m.source = 'receipt:' || s.scan_id
            WHERE (s.quantity, s.condition, s.leaves, s.sku_id, s.lot_id)
                  IS DISTINCT FROM (m.quantity, m.condition, m.leaves, m.sku_id, m.lot_id)
        """,
    ),
    Invariant(
        name="putaway_is_in_the_ledger",
        promise="Each finished putaway task is one move of its units into its bin, and there is no other such move.",
        sql="""
            SELECT t.id AS putaway_task_id, m.id AS move_id, t.quantity, m.quantity AS moved, t.to_bin_id,
                   m.to_bin_id AS moved_to_bin_id
            FROM (SELECT * FROM warehouses_putawaytask WHERE state = 'done') AS t
            FULL JOIN (SELECT * FROM warehouses_move WHERE kind = 'putaway') AS m ON m.source = 'putaway:' || t.id
            WHERE (t.quantity, t.condition, t.sku_id, t.lot_id, t.to_bin_id)
                  IS DISTINCT FROM (m.quantity, m.condition, m.sku_id, m.lot_id, m.to_bin_id)
        """,
    ),
    Invariant(
        name="putaway_is_what_was_counted",
        promise="An inbound's putaway tasks bring no unit that was not counted; when it is closed, every one that was.",
        sql="""
            WITH counted AS (
                SELECT c.inbound_id, l.sku_id, l.lot_id, k.condition, sum(k.units) AS units
                FROM warehouses_cartonline l
                JOIN warehouses_carton c ON c.id = l.carton_id,
                LATERAL (VALUES ('sellable', l.good), ('damaged', l.damaged)) AS k(condition, units)
                GROUP BY c.inbound_id, l.sku_id, l.lot_id, k.condition
            ), tasks AS (
                SELECT i.id AS inbound_id, t.sku_id, t.lot_id, t.condition, sum(t.quantity) AS units,
                       sum(t.quantity) FILTER (WHERE t.state = 'done') AS done
                FROM warehouses_putawaytask t JOIN warehouses_inbound i ON i.number = t.work_ref
                GROUP BY i.id, t.sku_id, t.lot_id, t.condition
            )
            SELECT coalesce(c.inbound_id, t.inbound_id) AS inbound_id, coalesce(c.sku_id, t.sku_id) AS sku_id,
                   coalesce(c.condition, t.condition) AS condition, c.units AS counted, t.units AS in_tasks, t.done
            FROM counted c
            FULL JOIN tasks t
              ON t.inbound_id = c.inbound_id AND t.sku_id = c.sku_id AND t.condition = c.condition
             AND coalesce(t.lot_id, 0) = coalesce(c.lot_id, 0)
            JOIN warehouses_inbound i ON i.id = coalesce(c.inbound_id, t.inbound_id)
            WHERE coalesce(t.units, 0) > coalesce(c.units, 0)
               OR (i.state = 'closed' AND coalesce(t.done, 0) <> coalesce(c.units, 0))
        """,
    ),
    Invariant(
        name="inbound_is_as_far_as_its_cartons",
        promise="A received or closed inbound has only received cartons; one not yet arrived has none that arrived.",
        sql="""
            SELECT i.id AS inbound_id, i.state, c.id AS carton_id, c.state AS carton_state
            FROM warehouses_inbound i JOIN warehouses_carton c ON c.inbound_id = i.id
            WHERE (i.state IN ('received', 'closed') AND c.state <> 'received')
               OR (i.state IN ('draft', 'planned', 'in_transit', 'cancelled', 'expired') AND c.state <> 'planned')
        """,
    ),
)
