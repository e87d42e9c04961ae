"""Bulk intake: the orders of a staged file become rows, a promise and reservations, as `intake` makes them.

A part of the file at a time, each in its own transaction and in one statement per table, whatever the number
of orders. An order that is there already, or comes in through another door at this very moment, is compared
instead: the same is a duplicate, anything else is refused.
"""

# ruff: noqa: S608 - nothing but names of our own tables and columns is put into the SQL

from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import F

from foundation.jobs import enqueue
from foundation.sql import insertion
from fulfillment.locks import lock_intake
from fulfillment.models import IntakeRefusal, IntakeRun, Order, OrderLine
from fulfillment.services.announcing import ADDRESS_CORRECTED, announce_orders_from
from fulfillment.services.screening import outlook_of, screen_orders
from shipping.services.addresses import FIELDS, add_addresses_from, new_address_id
from warehouses.services.queueing import reserve_from

CHANNEL: Final = "file"

_KNOWN: Final = """
    UPDATE order_file_order q SET order_id = o.id FROM fulfillment_order o
    WHERE q.part = %(part)s AND q.order_id IS NULL AND o.seller_id = %(seller)s AND o.external_ref = q.reference
"""

_FRESH: Final = """
    order_file_order q JOIN order_file_row r ON r.row = q.first_row AND r.reference = q.reference
    WHERE q.part = %s AND q.order_id IS NULL ORDER BY q.first_row
"""

_MADE: Final = """
    order_file_order q JOIN order_file_row r ON r.row = q.first_row AND r.reference = q.reference
    WHERE q.part = %s AND q.is_new ORDER BY q.first_row
"""

_LINES: Final = """
    order_file_order q JOIN order_file_row r ON r.reference = q.reference
    JOIN warehouses_sku k ON k.seller_id = %s AND k.code = r.sku
"""

_COMPARED: Final = f"""
    WITH compared AS (
        SELECT r.row, r.reference, r.sku, CASE
            WHEN l.id IS NULL THEN 'line' WHEN k.code <> r.sku THEN 'sku'
            WHEN l.quantity <> r.quantity THEN 'quantity'
            WHEN l.unit_price_cents <> r.unit_price_cents THEN 'unit_price_cents'
            WHEN o.placed_at <> r.placed_at THEN 'placed_at' WHEN o.is_gift <> r.is_gift THEN 'is_gift'
            WHEN o.priority <> r.priority THEN 'priority' WHEN o.short_policy <> r.short_policy THEN 'short_policy'
            WHEN EXISTS (SELECT FROM fulfillment_event e WHERE e.order_id = o.id AND e.kind = '{ADDRESS_CORRECTED}')
            THEN NULL
            WHEN a.country <> r.country THEN 'country'
            WHEN a.erased_at IS NULL AND ({" OR ".join(f"a.{field} <> r.{field}" for field in FIELDS)})
                 AND NOT EXISTS (SELECT FROM fulfillment_event e WHERE e.order_id = o.id AND e.kind = 'order.on_hold')
            THEN 'address' END AS field,
            q.lines <> (SELECT count(*) FROM fulfillment_orderline m WHERE m.order_id = o.id) AS other_lines
        FROM order_file_order q
        JOIN order_file_row r ON r.reference = q.reference
        JOIN fulfillment_order o ON o.id = q.order_id
        JOIN shipping_address a ON a.id = o.ship_to_id
        LEFT JOIN fulfillment_orderline l ON l.order_id = o.id AND l.number = r.number
        LEFT JOIN warehouses_sku k ON k.id = l.sku_id
        WHERE q.part = %(part)s AND NOT q.is_new
    )
    INSERT INTO order_file_refused
    SELECT row, reference, sku, coalesce(field, 'order_reference'), 'order_changed',
           'This order is there already with other contents.'
    FROM (SELECT *, bool_or(field IS NOT NULL OR other_lines) OVER (PARTITION BY reference) AS is_changed
          FROM compared) AS c
    WHERE is_changed
"""
"""Refuses the rows of known orders that say something else. An address that was asked about or erased since is compared
by its country only, one that was corrected not at all."""


@dataclass(frozen=True, slots=True)
class Part:
    """What became of the rows of one part."""

    accepted: int
    duplicate: int
    refused: int


@transaction.atomic
def take_staged(*, run: IntakeRun, part: int) -> Part:
    """Takes one part of the staged file and counts its rows in the run, all or nothing. Queues the allocator."""
    lock_intake(run.seller_id)
    keys = {"part": part, "seller": run.seller_id}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, keys)
        made = _write_orders(run, part)
        if made:
            _write_rest(run, part)
        # The same reference may have come in through another door since the first look: now it is known.
        cursor.execute(_KNOWN, keys)
        cursor.execute(_COMPARED, keys)
        refused = cursor.rowcount
        cursor.execute(
            """SELECT coalesce(sum(lines) FILTER (WHERE is_new), 0), coalesce(sum(lines), 0)
               FROM order_file_order WHERE part = %(part)s""",
            keys,
        )
        accepted, rows = cursor.fetchone()
    found = Part(accepted, rows - accepted - refused, refused)
    IntakeRun.objects.filter(pk=run.pk).update(
        accepted=F("accepted") + found.accepted,
        duplicate=F("duplicate") + found.duplicate,
        refused=F("refused") + found.refused,
    )
    write_refusals(run=run, part=part)
    if made:
        enqueue("fulfillment.allocate", once=f"allocate:{run.hub_id}", hub_id=run.hub_id)
    return found


def write_refusals(*, run: IntakeRun, part: int | None = None) -> None:
    """Keeps the staged refusals: those of a part's orders, or (None) those that no part holds."""
    given = {
        "run": "%s",
        "row": "f.row",
        "field": "f.field",
        "code": "f.code",
        "message": "left(f.message, 200)",
        "reference": "left(trim(f.reference || ' ' || f.sku), 80)",
    }
    of_part = "EXISTS (SELECT FROM order_file_order q WHERE q.reference = f.reference AND q.part = %s)"
    source = f"order_file_refused f WHERE {of_part if part is not None else 'true'}"
    sql, values = insertion(IntakeRefusal, given, source)
    with connection.cursor() as cursor:
        cursor.execute(sql, [run.pk, *values, *([part] if part is not None else [])])


def _write_orders(run: IntakeRun, part: int) -> int:
    """Makes the orders that are not there yet, in the order of the file; returns how many."""
    given = {
        "seller": "%s",
        "hub": "%s",
        "channel": "%s",
        "external_ref": "q.reference",
        "ship_to": new_address_id(),
        "is_gift": "r.is_gift",
        "priority": "r.priority",
        "short_policy": "r.short_policy",
        "placed_at": "r.placed_at",
        "ship_by": "r.ship_by",
    }
    sql, values = insertion(Order, given, _FRESH)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH made AS ({sql} ON CONFLICT (seller_id, external_ref) DO NOTHING
                              RETURNING id, external_ref, ship_to_id, number)
                UPDATE order_file_order q
                SET order_id = made.id, address_id = made.ship_to_id, order_number = made.number, is_new = true
                FROM made WHERE q.reference = made.external_ref""",
            [run.seller_id, run.hub_id, CHANNEL, *values, part],
        )
        return cursor.rowcount


def _write_rest(run: IntakeRun, part: int) -> None:
    """Everything that belongs to the orders just made: addresses, reservations, lines, events, questions."""
    add_addresses_from(f"(SELECT q.address_id, r.* FROM {_MADE}) AS d", [part], tenant_id=run.seller_id)
    add_reservations = f"""(
        SELECT %s AS hub_id, q.order_number || '/' || r.number AS ref, q.order_number AS demand_group, k.id AS sku_id,
               r.quantity, r.placed_at, r.priority, r.short_policy = 'ship_short' AS in_part
        FROM {_LINES} WHERE q.part = %s AND q.is_new ORDER BY q.first_row, r.number
    ) AS d"""
    reserve_from(add_reservations, [run.hub_id, run.seller_id, part])
    given = {
        "order": "q.order_id",
        "number": "r.number",
        "sku": "k.id",
        "quantity": "r.quantity",
        "unit_price_cents": "r.unit_price_cents",
        "reservation": "p.id",
    }
    sql, values = insertion(
        OrderLine,
        given,
        f"""{_LINES} JOIN warehouses_reservation p ON p.demand_ref = q.order_number || '/' || r.number
            WHERE q.part = %s AND q.is_new ORDER BY q.first_row, r.number""",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, run.seller_id, part])
        announce_orders_from(
            "order.received", f"(SELECT %s::bigint AS seller_id, q.order_id FROM {_MADE}) AS d", [run.seller_id, part]
        )
        cursor.execute(
            f"SELECT d.order_id FROM (SELECT q.order_id, r.is_plain FROM {_MADE}) AS d WHERE NOT d.is_plain", [part]
        )
        asked = [order_id for (order_id,) in cursor.fetchall()]
    if asked:
        orders = Order.objects.filter(pk__in=asked).select_related("hub", "seller", "ship_to").order_by("pk")
        screen_orders(list(orders), outlook=outlook_of(run.hub))
