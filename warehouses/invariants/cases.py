"""What was not as announced: no difference without its case, no case without what came of it."""

from foundation.invariants import Invariant

_DIFFERENCES = """
    SELECT l.carton_id, l.id AS line_id, k.kind, k.units
    FROM warehouses_cartonline l,
    LATERAL (VALUES ('missing', l.missing), ('damaged', l.damaged),
                    (CASE WHEN l.planned > 0 THEN 'surplus' ELSE 'wrong_item' END, least(l.surplus, l.good)))
            AS k(kind, units)
    WHERE l.is_closed AND k.units > 0
    UNION ALL
    SELECT f.carton_id, NULL, 'unknown', sum(f.quantity)
    FROM warehouses_finding f JOIN warehouses_carton c ON c.id = f.carton_id
    WHERE c.state = 'received' AND f.undoes_id IS NULL
      AND NOT EXISTS (SELECT FROM warehouses_finding u WHERE u.undoes_id = f.id)
    GROUP BY f.carton_id
"""

CASES: tuple[Invariant, ...] = (
    Invariant(
        name="difference_has_its_case",
        promise="Each difference of a received carton has one case with as many units, and there is no other case.",
        sql=f"""
            SELECT c.id AS case_id, d.line_id, coalesce(d.carton_id, c.carton_id) AS carton_id,
                   coalesce(d.kind, c.kind) AS kind, d.units AS differ, c.units
            FROM ({_DIFFERENCES}) AS d
            FULL JOIN warehouses_case c
              ON c.carton_id = d.carton_id AND c.kind = d.kind AND coalesce(c.line_id, 0) = coalesce(d.line_id, 0)
            WHERE d.units IS DISTINCT FROM c.units
        """,  # noqa: S608 - a constant of this module
    ),
    Invariant(
        name="case_is_of_its_cartons_seller",
        promise="A case names the seller and inbound of its carton, a line of it, an item of that seller, a lot of it.",
        sql="""
            SELECT c.id AS case_id, c.seller_id, i.seller_id AS inbound_seller_id, c.inbound_id,
                   k.inbound_id AS carton_inbound_id
            FROM warehouses_case c
            JOIN warehouses_carton k ON k.id = c.carton_id
            JOIN warehouses_inbound i ON i.id = k.inbound_id
            LEFT JOIN warehouses_cartonline l ON l.id = c.line_id
            LEFT JOIN warehouses_sku s ON s.id = c.book_to_id
            LEFT JOIN warehouses_lot o ON o.id = c.book_lot_id
            WHERE c.seller_id <> i.seller_id OR c.inbound_id <> k.inbound_id OR l.carton_id <> c.carton_id
               OR s.seller_id <> c.seller_id OR o.sku_id IS DISTINCT FROM c.book_to_id AND c.book_lot_id IS NOT NULL
        """,
    ),
    Invariant(
        name="settled_case_moved_its_units",
        promise="What was sent back, disposed of or booked to another item is moved by the case's own instruction.",
        sql="""
            SELECT c.id AS case_id, c.choice, c.units, w.gone, w.come
            FROM (SELECT c.*, l.sku_id,
                         CASE WHEN c.state = 'resolved' AND c.line_id IS NOT NULL AND c.choice <> 'accept'
                              THEN c.units ELSE 0 END AS goes,
                         CASE WHEN c.state = 'resolved' AND c.book_to_id IS NOT NULL THEN c.units ELSE 0 END AS comes
                  FROM warehouses_case c LEFT JOIN warehouses_cartonline l ON l.id = c.line_id) AS c,
            LATERAL (
                SELECT coalesce(sum(m.quantity) FILTER (WHERE m.to_bin_id IS NULL AND m.sku_id = c.sku_id), 0) AS gone,
                       coalesce(sum(m.quantity) FILTER (WHERE m.from_bin_id IS NULL AND m.sku_id = c.book_to_id
                                                         AND m.lot_id IS NOT DISTINCT FROM c.book_lot_id), 0) AS come,
                       coalesce(sum(m.quantity), 0) AS moved
                FROM warehouses_move m WHERE m.source = 'instruction:' || c.instruction_id
            ) AS w
            WHERE w.gone <> c.goes OR w.come <> c.comes OR w.moved <> c.goes + c.comes
        """,
    ),
    Invariant(
        name="closed_inbound_has_no_unsettled_case",
        promise="An inbound is closed only when all its cases are resolved or called off.",
        sql="""
            SELECT i.id AS inbound_id, c.id AS case_id, c.state
            FROM warehouses_case c JOIN warehouses_inbound i ON i.id = c.inbound_id
            WHERE i.state = 'closed' AND c.state IN ('open', 'answered')
        """,
    ),
    Invariant(
        name="case_tells_its_story",
        promise="A case's steps are written down: opened, how it was answered, how it ended.",
        sql="""
            SELECT c.id AS case_id, c.state, c.choice, e.steps
            FROM warehouses_case c
            CROSS JOIN LATERAL (
                SELECT coalesce(array_agg(v.what::text), '{}') AS steps
                FROM warehouses_caseevent v WHERE v.case_id = c.id
            ) AS e
            WHERE NOT 'opened' = ANY (e.steps)
               OR (c.choice <> '') <> (CASE WHEN c.by_silence THEN 'silence' ELSE 'answered' END = ANY (e.steps))
               OR (c.state = 'resolved') <> ('settled' = ANY (e.steps))
               OR (c.state = 'cancelled') <> ('cancelled' = ANY (e.steps))
        """,
    ),
)
