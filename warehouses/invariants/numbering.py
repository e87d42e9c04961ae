"""The sellers' view of the ledger: every move once, in an order that never changes."""

from foundation.invariants import Invariant

NUMBERING: tuple[Invariant, ...] = (
    Invariant(
        name="seller_reads_every_move_once_and_in_order",
        promise="A seller's moves are numbered 1, 2, 3 ... without a gap, and they are of the seller's goods.",
        sql="""
            SELECT n.seller_id, max(n.number) AS last_number, count(*) AS numbered,
                   count(*) FILTER (WHERE k.seller_id <> n.seller_id) AS of_others
            FROM warehouses_movenumber n
            JOIN warehouses_move m ON m.id = n.move_id
            JOIN warehouses_sku k ON k.id = m.sku_id
            GROUP BY n.seller_id
            HAVING max(n.number) <> count(*) OR min(n.number) <> 1
                OR count(*) FILTER (WHERE k.seller_id <> n.seller_id) > 0
        """,
    ),
    Invariant(
        name="no_move_is_passed_over_by_its_numbering",
        promise="Every move up to where a seller's numbering says it is done has its number.",
        sql="""
            SELECT m.id AS move_id, k.seller_id, s.done_to
            FROM warehouses_numbering s
            JOIN warehouses_sku k ON k.seller_id = s.seller_id
            JOIN warehouses_move m ON m.sku_id = k.id AND m.id <= s.done_to
            WHERE NOT EXISTS (SELECT FROM warehouses_movenumber n WHERE n.move_id = m.id)
        """,
    ),
)
