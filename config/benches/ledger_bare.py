"""The bare version: the same tables and statements without Django, one psycopg connection. What ours is held against.

The allocator here is the textbook one, running sums in repeated passes: a group is granted when its lines fit even if
all undecided groups before it are served, and passed over when one does not fit even if none of them is.
"""

from collections.abc import Sequence
from typing import Final

import psycopg

from config.benches.ledger_world import Line

ALLOCATOR: Final = """
CREATE FUNCTION bench_allocate(p_hub bigint, p_groups int) RETURNS int
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    served int;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('allocator'), p_hub::int);
    CREATE TEMP TABLE page ON COMMIT DROP AS
        SELECT r.id, r.sku_id, r.wanted - r.held - r.picked - r.cancelled AS need, 0 AS verdict,
               dense_rank() OVER (ORDER BY r.priority, r.placed_at, r.demand_group) AS place
        FROM warehouses_reservation r
        WHERE r.hub_id = p_hub AND r.demand_group IN (
            SELECT q.demand_group FROM (
                SELECT DISTINCT w.priority, w.placed_at, w.demand_group FROM warehouses_reservation w
                WHERE w.hub_id = p_hub AND w.wanted > w.held + w.picked + w.cancelled
                ORDER BY 1, 2, 3 LIMIT p_groups
            ) q
        );
    PERFORM FROM warehouses_reservation r WHERE r.id IN (SELECT id FROM page) ORDER BY r.id FOR UPDATE;
    PERFORM FROM warehouses_balance b WHERE b.hub_id = p_hub AND b.sku_id IN (SELECT sku_id FROM page)
    ORDER BY b.is_hot, b.sku_id FOR UPDATE;
    CREATE TEMP TABLE stock ON COMMIT DROP AS
        SELECT b.sku_id, b.sellable - b.reserved AS free FROM warehouses_balance b
        WHERE b.hub_id = p_hub AND b.sku_id IN (SELECT sku_id FROM page);
    ANALYZE page, stock;
    LOOP
        WITH running AS (
            SELECT p.place, p.verdict, s.free, p.need,
                   sum(p.need) FILTER (WHERE p.verdict >= 0) OVER upto AS at_most,
                   coalesce(sum(p.need) FILTER (WHERE p.verdict = 1) OVER upto, 0) AS at_least
            FROM page p JOIN stock s USING (sku_id)
            WINDOW upto AS (PARTITION BY p.sku_id ORDER BY p.place, p.id)
        ), decided AS (
            SELECT place,
                   CASE WHEN bool_and(at_most <= free) THEN 1 WHEN bool_or(at_least + need > free) THEN -1 END AS v
            FROM running WHERE verdict = 0 GROUP BY place
        )
        UPDATE page SET verdict = d.v FROM decided d WHERE d.place = page.place AND d.v IS NOT NULL;
        EXIT WHEN NOT FOUND;
    END LOOP;
    UPDATE warehouses_reservation r SET held = r.held + p.need FROM page p WHERE p.id = r.id AND p.verdict = 1;
    GET DIAGNOSTICS served = ROW_COUNT;
    UPDATE warehouses_balance b SET reserved = b.reserved + d.units
    FROM (SELECT sku_id, sum(need) AS units FROM page WHERE verdict = 1 GROUP BY 1) d
    WHERE b.hub_id = p_hub AND b.sku_id = d.sku_id;
    RETURN served;
END
$$
"""


class Bare:
    """One connection that works without Django."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def make_allocator(self) -> None:
        """The textbook allocator, in the database."""
        self._connection.execute(ALLOCATOR)

    def allocate_page(self, hub_id: int, groups: int) -> int:
        """Promises stock to the next so many groups; the lines served."""
        row = self._connection.execute("SELECT bench_allocate(%s, %s)", [hub_id, groups]).fetchone()
        return int(row[0]) if row else 0

    def reserve_now(self, hub_id: int, name: str, lines: Sequence[Line]) -> int:
        """One order, one statement; the units held."""
        rows = self._connection.execute(
            "SELECT held FROM warehouses_reserve_now(%s::bigint, %s::text, 100, now(), false, %s::text[], %s::bigint[],"
            " %s::int[])",
            [
                *(hub_id, name, [f"{name}/{n}" for n in range(len(lines))]),
                *([line.sku_id for line in lines], [line.units for line in lines]),
            ],
        ).fetchall()
        return sum(held for (held,) in rows)

    def close(self) -> None:
        """Ends the session."""
        self._connection.close()
