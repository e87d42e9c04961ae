"""Staging: the rows of an order file in temporary tables, where the database sorts them out as sets.

The tables live in one session and are dropped at the end of `stage`, or with the session: no buyer's data
stays behind. They are not logged and nobody else sees them.

    order_file_row       a row as `judging` passed it
    order_file_refused   the rows that are refused so far, each with its first reason
    order_file_order     the orders none of whose rows is refused, cut into parts of about `PART_ROWS` rows
"""

# ruff: noqa: S608 - nothing but names of our own tables and columns is put into the SQL

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.db import Error, connection, transaction

from fulfillment.services.judging import COLUMNS, Staged
from shipping.services.addresses import FIELDS

PART_ROWS: Final = 5_000
"""Rows written in one transaction, give or take an order: quick, and short enough to wait for."""
COPY_ROWS: Final = 5_000
"""Rows in one COPY: far inside any time-out for one statement."""

_ORDER_FIELDS: Final = {
    "placed_at": "placed_at",
    "is_gift": "is_gift",
    "priority": "priority",
    "short_policy": "short_policy",
} | {field: f"address_{field}" if field.startswith("line") else field for field in FIELDS}
"""What all lines of an order must agree on: the field, and its column in the file."""

_TABLES: Final = ("order_file_row", "order_file_refused", "order_file_order")

_CREATE: Final = f"""
    CREATE TEMP TABLE order_file_row (
        row int, reference text, number int, sku text, quantity int, unit_price_cents int,
        placed_at timestamptz, ship_by timestamptz, is_gift bool, priority smallint, short_policy text, is_plain bool,
        {", ".join(f"{field} text" for field in FIELDS)},
        field text, code text, message text
    );
    CREATE TEMP TABLE order_file_refused (
        row int PRIMARY KEY, reference text, sku text, field text, code text, message text
    );
"""

_FAULTS: Final = {
    "said by the reader or the judge": (
        "SELECT row, reference, sku, field, code, message FROM order_file_row WHERE code <> ''"
    ),
    "items nobody knows; what an order holds already may have left the catalogue since": """
        SELECT r.row, r.reference, r.sku, 'sku', 'sku_unknown', 'This item is not in the catalogue.'
        FROM order_file_row r
        LEFT JOIN warehouses_sku k ON k.seller_id = %(seller)s AND k.code = r.sku
        WHERE r.code = '' AND NOT coalesce(k.is_active, false)
          AND NOT EXISTS (SELECT FROM fulfillment_order o
                          WHERE k.id IS NOT NULL AND o.seller_id = %(seller)s AND o.external_ref = r.reference)
    """,
    "the same line again": """
        SELECT row, reference, sku, 'line', 'line_repeated',
               format('Line %%s of this order stands in row %%s already.', number, first)
        FROM (SELECT *, min(row) OVER (PARTITION BY reference, number) AS first FROM order_file_row
              WHERE code = '') AS r
        WHERE row > first
    """,
    "lines of one order that do not agree": f"""
        SELECT r.row, r.reference, r.sku, d.field, 'order_disagrees',
               format('%%s differs from row %%s of the same order.', d.field, f.row)
        FROM (SELECT DISTINCT ON (reference) * FROM order_file_row WHERE code = '' ORDER BY reference, row) AS f
        JOIN order_file_row r ON r.reference = f.reference AND r.row > f.row AND r.code = ''
        CROSS JOIN LATERAL (SELECT CASE {
        " ".join(f"WHEN r.{field} <> f.{field} THEN '{column}'" for field, column in _ORDER_FIELDS.items())
    } END AS field) AS d
        WHERE d.field IS NOT NULL
    """,
    "the rest of an order with such a row: an order is taken whole or not at all": """
        SELECT r.row, r.reference, r.sku, 'order_reference', 'order_refused',
               format('Row %%s of this order is refused.', f.row)
        FROM (SELECT reference, min(row) AS row FROM order_file_refused WHERE reference <> '' GROUP BY reference) AS f
        JOIN order_file_row r ON r.reference = f.reference
    """,
}
"""Queries for refused rows, in order: a row's first reason stands."""

_ORDERS: Final = f"""
    CREATE TEMP TABLE order_file_order AS
        SELECT reference, first_row, lines, ((sum(lines) OVER (ORDER BY first_row) - lines) / {PART_ROWS})::int AS part,
               NULL::bigint AS order_id, NULL::bigint AS address_id, NULL::text AS order_number, false AS is_new
        FROM (SELECT reference, min(row) AS first_row, count(*)::int AS lines FROM order_file_row r
              WHERE NOT EXISTS (SELECT FROM order_file_refused f WHERE f.row = r.row)
              GROUP BY reference) AS q;
    CREATE INDEX ON order_file_order (part);
    ANALYZE order_file_order;
"""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """How many rows were read, how many of them are refused already, and how many parts wait to be written."""

    read: int
    refused: int
    parts: int


@contextmanager
def stage(rows: Iterable[Staged], *, seller_id: int) -> Iterator[StagedFile]:
    """The rows, staged and sorted out, for as long as the block runs. What reading raises leaves nothing behind."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_CREATE)
            read = _copy(rows, cursor)
            cursor.execute("CREATE INDEX ON order_file_row (reference); ANALYZE order_file_row")
            for query in _FAULTS.values():
                cursor.execute(f"INSERT INTO order_file_refused {query} ON CONFLICT DO NOTHING", {"seller": seller_id})
            cursor.execute(_ORDERS)
            cursor.execute("SELECT count(*) FROM order_file_refused")
            (refused,) = cursor.fetchone()
            cursor.execute("SELECT coalesce(max(part) + 1, 0) FROM order_file_order")
            (parts,) = cursor.fetchone()
        yield StagedFile(read, refused, parts)
    finally:
        # With the session gone, or its transaction spoiled, the tables are gone too.
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{table}' for table in _TABLES)}")


def _copy(rows: Iterable[Staged], cursor: Any) -> int:
    copied = 0
    waiting = iter(rows)
    while chunk := list(islice(waiting, COPY_ROWS)):
        with cursor.copy(f"COPY order_file_row ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in chunk:
                copy.write_row(row)
        copied += len(chunk)
    return copied
