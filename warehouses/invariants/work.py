"""Work on the floor: pick tasks, walks, totes and counts agree with the ledger."""

from foundation.invariants import Invariant

WORK: tuple[Invariant, ...] = (
    Invariant(
        name="pick_task_adds_up",
        promise="A pick task fetched, missed and called off no more than it asks; it is closed when nothing is left.",
        sql="""
            SELECT id AS pick_task_id, quantity, picked, short, cancelled, closed_at FROM warehouses_picktask
            WHERE quantity < picked + short + cancelled
               OR (closed_at IS NULL) <> (quantity > picked + short + cancelled)
        """,
    ),
    Invariant(
        name="picks_are_in_the_ledger",
        promise="What pick tasks say was picked or missing for a reservation is what the ledger moved for it.",
        sql="""
            WITH moved AS (
                SELECT reservation_id, sum(quantity) FILTER (WHERE kind = 'pick') AS picked,
                       sum(quantity) FILTER (WHERE kind = 'missing') AS short
                FROM warehouses_move WHERE kind IN ('pick', 'missing') GROUP BY reservation_id
            ), tasks AS (
                SELECT reservation_id, sum(picked) AS picked, sum(short) AS short
                FROM warehouses_picktask GROUP BY reservation_id
            )
            SELECT coalesce(t.reservation_id, m.reservation_id) AS reservation_id,
                   t.picked, m.picked AS picked_in_ledger, t.short, m.short AS short_in_ledger
            FROM tasks t FULL JOIN moved m ON m.reservation_id = t.reservation_id
            WHERE coalesce(t.picked, 0) <> coalesce(m.picked, 0) OR coalesce(t.short, 0) <> coalesce(m.short, 0)
        """,
    ),
    Invariant(
        name="pick_task_fetches_what_was_promised",
        promise="A pick task's SKU and hub are its reservation's; on a pick list, its tote rides on that list's cart, "
        "and is its own order's or, for an order of one unit, shared.",
        sql="""
            SELECT t.id AS pick_task_id, t.reservation_id, t.pick_list_id, t.cart_tote_id
            FROM warehouses_picktask t
            JOIN warehouses_reservation r ON r.id = t.reservation_id
            JOIN warehouses_bin b ON b.id = t.bin_id
            LEFT JOIN warehouses_picklist l ON l.id = t.pick_list_id
            LEFT JOIN warehouses_carttote c ON c.id = t.cart_tote_id
            WHERE t.sku_id <> r.sku_id OR b.hub_id <> r.hub_id OR l.hub_id <> r.hub_id
               OR c.pick_list_id IS DISTINCT FROM t.pick_list_id
               OR c.demand_group NOT IN ('', r.demand_group)
               OR (c.demand_group = '' AND (
                   SELECT sum(o.wanted) FROM warehouses_reservation o WHERE o.demand_group = r.demand_group) <> 1)
        """,
    ),
    Invariant(
        name="ended_walk_has_nothing_left_to_fetch",
        promise="A pick list that is picked or cancelled has no open task; one that is running has.",
        sql="""
            SELECT l.id AS pick_list_id, l.state, count(t.id) AS open_tasks
            FROM warehouses_picklist l
            LEFT JOIN warehouses_picktask t ON t.pick_list_id = l.id AND t.closed_at IS NULL
            GROUP BY l.id, l.state
            HAVING (l.state IN ('picked', 'cancelled')) <> (count(t.id) = 0)
        """,
    ),
    Invariant(
        name="tote_with_goods_is_on_a_cart",
        promise="A tote with goods in it stands on one cart and is not free for another.",
        sql="""
            SELECT b.bin_id, p.code, sum(b.on_hand) AS units
            FROM warehouses_binbalance b
            JOIN warehouses_bin p ON p.id = b.bin_id AND p.kind = 'tote'
            WHERE b.on_hand > 0
              AND NOT EXISTS (SELECT FROM warehouses_carttote c WHERE c.tote_id = b.bin_id AND c.freed_at IS NULL)
            GROUP BY b.bin_id, p.code
        """,
    ),
    Invariant(
        name="emptied_tote_is_free",
        promise="A tote that nothing is in, and whose walk is over, is free for another cart.",
        sql="""
            SELECT c.id AS cart_tote_id, c.tote_id, c.pick_list_id
            FROM warehouses_carttote c
            JOIN warehouses_picklist l ON l.id = c.pick_list_id AND l.state IN ('picked', 'cancelled')
            WHERE c.freed_at IS NULL AND c.tote_id IS NOT NULL
              AND NOT EXISTS (SELECT FROM warehouses_binbalance b WHERE b.bin_id = c.tote_id AND b.on_hand > 0)
        """,
    ),
    Invariant(
        name="count_is_in_the_ledger",
        promise="What a finished count added or took away is the difference between what it found and the books.",
        sql="""
            WITH moved AS (
                SELECT c.id, sum(CASE WHEN m.to_bin_id = c.bin_id THEN m.quantity ELSE -m.quantity END) AS units
                FROM warehouses_count c
                JOIN warehouses_move m ON m.kind = 'count' AND m.source = 'count:' || c.id
                GROUP BY c.id
            )
            SELECT c.id AS count_id, c.state, c.expected, c.counted, m.units AS moved
            FROM warehouses_count c LEFT JOIN moved m ON m.id = c.id
            WHERE coalesce(m.units, 0) <> coalesce(c.counted - c.expected, 0)
               OR (c.state = 'done') <> (c.counted IS NOT NULL AND c.expected IS NOT NULL)
        """,
    ),
)
