"""Numbering: each seller's moves as 1, 2, 3 ... without a gap, for whoever keeps books of their own.

Not by a counter in the write path: its row would be locked until the disk has flushed, and a seller's moves would
queue behind each other. Committed moves are numbered afterwards, many at once; a move that commits later is
numbered later, whatever its id. A number once given stays, and nothing is ever put in before it.
"""

from django.db import connection, transaction

from foundation.errors import Invalid
from warehouses.locks import lock_numbering
from warehouses.models import MoveNumber, Numbering

MOST_MOVES = 1_000
"""So many can be asked for at a time."""

NEWEST = 100_000
"""Moves in which the periodic job looks for sellers; what is older, and not numbered, a reader will number."""


def ledger_of(*, seller_id: int, after: int = 0, limit: int = 500) -> list[MoveNumber]:
    """The seller's numbered moves after number `after`, with all they speak of; everything committed is in it.

    Raises `Invalid` (`after_invalid`, `limit_invalid`).
    """
    if isinstance(after, bool) or not isinstance(after, int) or not 0 <= after < 2**63:
        raise Invalid("Give the last number you have: 0 or more.", code="after_invalid", field="after")
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_MOVES:
        raise Invalid(f"Ask for 1 to {MOST_MOVES:,} moves.", code="limit_invalid", field="limit")
    number_moves(seller_id=seller_id)
    rows = MoveNumber.objects.filter(seller=seller_id, number__gt=after).order_by("number")
    return list(rows.select_related("move__sku", "move__lot", "move__from_bin", "move__to_bin")[:limit])


def sellers_to_number() -> list[int]:
    """Sellers with moves among the newest that have no number yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT k.seller_id FROM warehouses_move m
               JOIN warehouses_sku k ON k.id = m.sku_id
               WHERE m.id > (SELECT coalesce(max(id), 0) - %s FROM warehouses_move)
                 AND NOT EXISTS (SELECT FROM warehouses_movenumber n WHERE n.move_id = m.id)
               ORDER BY 1""",
            [NEWEST],
        )
        return [seller_id for (seller_id,) in cursor.fetchall()]


@transaction.atomic
def number_moves(*, seller_id: int) -> int:
    """Numbers what is committed of the seller's moves and has no number yet; returns how many. One at a time.

    It looks only at moves after `Numbering.done_to`. That rises in two steps, since a transaction still open may
    hold a smaller id than those committed: the highest id drawn so far is noted together with this transaction's
    own id, and counts once all older transactions have ended. A mover has its transaction id, by the locks it
    takes, before it draws a move's.
    """
    lock_numbering(seller_id)
    state, _ = Numbering.objects.get_or_create(seller_id=seller_id)
    looked_from = state.done_to
    with connection.cursor() as cursor:
        # In this order: a move's id among those drawn belongs to a transaction that is older than this one's id.
        cursor.execute("SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('warehouses_move', 'id')), 0)")
        (drawn,) = cursor.fetchone()
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (mine,) = cursor.fetchone()
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (oldest,) = cursor.fetchone()
        if state.candidate and state.candidate_xid <= oldest:
            state.done_to, state.candidate = state.candidate, 0
        if not state.candidate:
            state.candidate, state.candidate_xid = drawn, mine
        cursor.execute(
            """INSERT INTO warehouses_movenumber (seller_id, number, move_id)
               SELECT %(seller)s, row_number() OVER (ORDER BY m.id)
                      + (SELECT coalesce(max(number), 0) FROM warehouses_movenumber WHERE seller_id = %(seller)s), m.id
               FROM warehouses_move m
               JOIN warehouses_sku k ON k.id = m.sku_id AND k.seller_id = %(seller)s
               WHERE m.id > %(after)s
                 AND NOT EXISTS (SELECT FROM warehouses_movenumber n WHERE n.move_id = m.id)""",
            {"seller": seller_id, "after": looked_from},
        )
        numbered = cursor.rowcount
    state.save(update_fields=["done_to", "candidate", "candidate_xid"])
    return numbered
