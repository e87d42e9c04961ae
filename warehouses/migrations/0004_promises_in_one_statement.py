"""Promises made inside the database: the queue page by page, one order at once, and the one order of balance locks.

The functions are text for the database; `warehouses/locks.py` and `warehouses/services/reserving.py` call them.
"""

from django.db import migrations, models
from django.db.models import F, Q

# Both indexes of the queue are on changing columns, by their condition: a promise writes all indexes of its row anew,
# measured 10 us of the server's time a line instead of 2. A queue in a table of its own would cost an INSERT and a DELETE
# instead, at every reserve, hold, take-back and release; the indexes stay as short as the queue and can't disagree with it.
WAITING = Q(wanted__gt=F("held") + F("picked") + F("cancelled"))

LOCK_BALANCES = """
CREATE FUNCTION warehouses_lock_balances(p_hub bigint, p_skus bigint[]) RETURNS SETOF warehouses_balance
LANGUAGE sql AS $$
    SELECT b.* FROM warehouses_balance b
    WHERE b.hub_id = p_hub AND b.sku_id = ANY (p_skus)
    ORDER BY b.is_hot, b.sku_id
    FOR UPDATE
$$;
COMMENT ON FUNCTION warehouses_lock_balances IS
    'The hub''s balances of these SKUs, locked: ascending by SKU, hot ones last. The only place with this order.';
"""

# A group is its lines in queue order: taken off `free` one after the other, put back when one does not fit.
# Exact, and linear whatever the stock; arrays, so that no row leaves the server and none is looked up twice.
# Custom plans: a generic one takes every array for ten rows, and joins thousands of them by nested loops.
ALLOCATE_PAGE = """
CREATE FUNCTION warehouses_allocate_page(
    p_hub bigint, p_priority int, p_placed_at timestamptz, p_group text, p_groups int,
    OUT granted text[], OUT waiting text[], OUT last_priority int, OUT last_placed_at timestamptz, OUT last_group text
) LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    names text[]; priorities int[]; times timestamptz[];
    ids bigint[]; needs int[]; takes int[]; places int[]; parts boolean[];
    skus bigint[]; kinds int[]; free int[];
    head int := 1; tail int; at int; fits boolean; lines int;
BEGIN
    SELECT array_agg(q.demand_group), array_agg(q.priority), array_agg(q.placed_at) INTO names, priorities, times
    FROM (
        SELECT DISTINCT r.priority, r.placed_at, r.demand_group FROM warehouses_reservation r
        WHERE r.hub_id = p_hub AND r.wanted > r.held + r.picked + r.cancelled
          AND (p_group IS NULL OR (r.priority, r.placed_at, r.demand_group) > (p_priority, p_placed_at, p_group))
        ORDER BY r.priority, r.placed_at, r.demand_group LIMIT p_groups
    ) q;
    IF names IS NULL THEN
        granted := '{}'; waiting := '{}';
        RETURN;
    END IF;

    WITH locked AS MATERIALIZED (
        SELECT r.id, r.sku_id, r.in_part, r.wanted - r.held - r.picked - r.cancelled AS need, p.place
        FROM (SELECT q.name, min(q.place) AS place FROM unnest(names) WITH ORDINALITY q(name, place) GROUP BY 1) p
        JOIN warehouses_reservation r ON r.demand_group = p.name
        WHERE r.hub_id = p_hub AND r.wanted > r.held + r.picked + r.cancelled
        ORDER BY r.id FOR UPDATE OF r
    )
    SELECT array_agg(l.id), array_agg(l.need), array_agg(l.place), array_agg(l.in_part), array_agg(l.kind),
           array_agg(l.sku_id)
    INTO ids, needs, places, parts, kinds, skus
    FROM (SELECT *, dense_rank() OVER (ORDER BY sku_id) AS kind FROM locked ORDER BY place, id) l;
    lines := coalesce(cardinality(ids), 0);
    skus := ARRAY(SELECT DISTINCT s.sku_id FROM unnest(skus) s(sku_id) ORDER BY 1);
    SELECT array_agg(coalesce(b.sellable - b.reserved, 0) ORDER BY s.kind) INTO free
    FROM unnest(skus) WITH ORDINALITY s(sku_id, kind)
    LEFT JOIN warehouses_lock_balances(p_hub, skus) b ON b.sku_id = s.sku_id;

    takes := array_fill(0, ARRAY[lines]);
    WHILE head <= lines LOOP
        tail := head;
        fits := true;
        WHILE tail <= lines AND places[tail] = places[head] LOOP
            free[kinds[tail]] := free[kinds[tail]] - needs[tail];
            fits := fits AND free[kinds[tail]] >= 0;
            tail := tail + 1;
        END LOOP;
        FOR at IN REVERSE tail - 1 .. head LOOP
            takes[at] := needs[at];
            IF NOT fits THEN
                -- What was missing of this line is what its item is below zero by; the rest may be taken in part.
                takes[at] := CASE WHEN parts[at] THEN greatest(needs[at] + least(free[kinds[at]], 0), 0) ELSE 0 END;
                free[kinds[at]] := free[kinds[at]] + needs[at] - takes[at];
            END IF;
        END LOOP;
        head := tail;
    END LOOP;

    UPDATE warehouses_reservation r SET held = r.held + t.take
    FROM unnest(ids, takes) t(id, take) WHERE r.id = t.id AND t.take > 0;
    UPDATE warehouses_balance b SET reserved = b.reserved + d.units
    FROM (SELECT t.kind, sum(t.take) AS units FROM unnest(kinds, takes) t(kind, take) WHERE t.take > 0 GROUP BY 1) d
    WHERE b.hub_id = p_hub AND b.sku_id = skus[d.kind];

    SELECT coalesce(array_agg(names[g.place] ORDER BY g.place) FILTER (WHERE g.whole), '{}'),
           coalesce(array_agg(names[g.place] ORDER BY g.place) FILTER (WHERE NOT g.whole), '{}')
    INTO granted, waiting
    FROM (
        SELECT t.place, bool_and(t.take = t.need) AS whole FROM unnest(places, needs, takes) t(place, need, take) GROUP BY 1
    ) g;
    IF cardinality(names) = p_groups THEN
        last_priority := priorities[p_groups]; last_placed_at := times[p_groups]; last_group := names[p_groups];
    END IF;
END
$$;
"""

# Generic plans: an order has a few lines, every step is a look-up by index, and planning costs more than running.
# Look-ups by index and nothing else: a plan made while a table was small lives on in a session while the table grows.
# Made while it was empty it may still read a whole index, until autovacuum's first ANALYZE: measured 15 ms an order.
RESERVE_NOW = """
CREATE FUNCTION warehouses_reserve_now(
    p_hub bigint, p_group text, p_priority int, p_placed_at timestamptz, p_in_part boolean,
    p_refs text[], p_skus bigint[], p_units int[]
) RETURNS TABLE (demand_ref text, reservation_id bigint, held int, waiting int)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    refs text[]; skus bigint[]; needs int[]; takes int[]; known boolean[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('allocator'), p_hub::int);
    PERFORM FROM warehouses_reservation r WHERE r.demand_ref = ANY (p_refs) ORDER BY r.id FOR UPDATE;
    SELECT array_agg(coalesce(r.sku_id, d.sku_id) ORDER BY d.place), array_agg(r.id IS NOT NULL ORDER BY d.place),
           array_agg(CASE WHEN r.id IS NULL THEN d.units
                          WHEN r.hub_id = p_hub THEN r.wanted - r.held - r.picked - r.cancelled ELSE 0 END ORDER BY d.place)
    INTO skus, known, needs
    FROM unnest(p_refs, p_skus, p_units) WITH ORDINALITY d(ref, sku_id, units, place)
    LEFT JOIN warehouses_reservation r ON r.demand_ref = d.ref;
    IF warehouses_must_queue(p_hub, p_group, p_priority, p_placed_at, p_in_part, skus, needs) THEN
        needs := array_fill(0, ARRAY[cardinality(needs)]);
    END IF;

    -- Written before the balances are locked, as if all will be had: it mostly is, and others wait the less for hot ones.
    -- Lines that a twin of this call has written meanwhile are the twin's.
    WITH made AS (
        INSERT INTO warehouses_reservation (hub_id, sku_id, demand_ref, demand_group, priority, placed_at, in_part,
                                            wanted, held, assigned, picked, cancelled)
        SELECT p_hub, d.sku_id, d.ref, p_group, p_priority, p_placed_at, p_in_part, d.units, d.need, 0, 0, 0
        FROM unnest(p_refs, p_skus, p_units, needs, known) d(ref, sku_id, units, need, known) WHERE NOT d.known
        ORDER BY d.ref ON CONFLICT (demand_ref) DO NOTHING RETURNING demand_ref AS ref
    ), changed AS (
        UPDATE warehouses_reservation r SET held = r.held + d.need
        FROM unnest(p_refs, needs, known) d(ref, need, known) WHERE r.demand_ref = d.ref AND d.known AND d.need > 0
        RETURNING r.demand_ref AS ref
    )
    SELECT array_agg(d.ref), array_agg(d.sku_id), array_agg(d.need) INTO refs, skus, needs
    FROM unnest(p_refs, skus, needs) d(ref, sku_id, need)
    WHERE d.need > 0 AND d.ref IN (TABLE made UNION ALL TABLE changed);

    IF refs IS NOT NULL THEN
        SELECT array_agg(l.take ORDER BY l.place) INTO takes
        FROM (
            SELECT d.place, greatest(0, least(d.need, coalesce(b.sellable - b.reserved, 0) + d.need
                                              - sum(d.need) OVER (PARTITION BY d.sku_id ORDER BY d.place))) AS take
            FROM unnest(skus, needs) WITH ORDINALITY d(sku_id, need, place)
            LEFT JOIN warehouses_lock_balances(p_hub, skus) b ON b.sku_id = d.sku_id
        ) l;
        IF takes <> needs THEN
            IF NOT p_in_part THEN
                takes := array_fill(0, ARRAY[cardinality(needs)]);
            END IF;
            UPDATE warehouses_reservation r SET held = r.held - d.need + d.take
            FROM unnest(refs, needs, takes) d(ref, need, take) WHERE r.demand_ref = d.ref AND d.take < d.need;
        END IF;
        UPDATE warehouses_balance b SET reserved = b.reserved + d.units
        FROM (SELECT t.sku_id, sum(t.take) AS units FROM unnest(skus, takes) t(sku_id, take) GROUP BY 1) d
        WHERE b.hub_id = p_hub AND b.sku_id = d.sku_id AND d.units > 0;
    END IF;
    RETURN QUERY
        SELECT r.demand_ref::text, r.id, r.held, r.wanted - r.held - r.picked - r.cancelled FROM warehouses_reservation r
        WHERE r.demand_ref = ANY (p_refs) ORDER BY r.id;
END
$$;
"""

# In its owner's rights: a seller's order has to know that the hub stands still, and nothing of why.
IS_STOPPED = """
CREATE FUNCTION warehouses_is_stopped(p_hub bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM warehouses_hubstop s WHERE s.hub_id = p_hub AND s.resumed_at IS NULL)
$$;
COMMENT ON FUNCTION warehouses_is_stopped IS 'Whether the hub promises nothing, since its books do not add up.';
"""

MUST_QUEUE = """
CREATE FUNCTION warehouses_must_queue(
    p_hub bigint, p_group text, p_priority int, p_placed_at timestamptz, p_in_part boolean, p_skus bigint[], p_needs int[]
) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF warehouses_is_stopped(p_hub) THEN
        RETURN true;
    END IF;
    IF NOT p_in_part AND EXISTS (
        SELECT FROM (SELECT d.sku_id, sum(d.need) AS need FROM unnest(p_skus, p_needs) d(sku_id, need) GROUP BY 1) mine
        LEFT JOIN warehouses_balance b ON b.hub_id = p_hub AND b.sku_id = mine.sku_id
        WHERE mine.need > 0 AND coalesce(b.sellable - b.reserved, 0) < mine.need
    ) THEN
        RETURN true;
    END IF;
    RETURN EXISTS (
        SELECT FROM warehouses_reservation w
        JOIN warehouses_balance mine ON mine.hub_id = w.hub_id AND mine.sku_id = w.sku_id
        WHERE w.hub_id = p_hub AND w.sku_id = ANY (p_skus) AND w.wanted > w.held + w.picked + w.cancelled
          AND w.demand_group <> p_group AND (w.priority, w.placed_at) < (p_priority, p_placed_at)
          AND mine.sellable > mine.reserved
          AND (w.in_part OR NOT EXISTS (
              SELECT FROM (
                  SELECT o.sku_id, sum(o.wanted - o.held - o.picked - o.cancelled) AS need FROM warehouses_reservation o
                  WHERE o.demand_group = w.demand_group AND o.hub_id = p_hub GROUP BY 1
              ) whole
              LEFT JOIN warehouses_balance b ON b.hub_id = p_hub AND b.sku_id = whole.sku_id
              WHERE coalesce(b.sellable - b.reserved, 0) < whole.need
          ))
    );
END
$$;
COMMENT ON FUNCTION warehouses_must_queue IS
    'Whether an order has to wait: its hub is stopped, it lacks stock, or an older or more urgent one for the same item could be served.';
"""

DROP_ALL = """
DROP FUNCTION warehouses_reserve_now;
DROP FUNCTION warehouses_must_queue;
DROP FUNCTION warehouses_is_stopped;
DROP FUNCTION warehouses_allocate_page;
DROP FUNCTION warehouses_lock_balances;
"""


class Migration(migrations.Migration):
    dependencies = [("warehouses", "0003_stock_operations")]

    operations = [
        migrations.AddField(
            "balance",
            "is_hot",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="Much in demand just now: locked last, so that others wait for it the least.",
            ),
        ),
        migrations.AddField(
            "reservation",
            "in_part",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="Takes what there is; otherwise its whole group or nothing.",
            ),
        ),
        migrations.AlterField(
            "reservation",
            "hub",
            models.ForeignKey(
                db_index=False,
                on_delete=models.deletion.PROTECT,
                related_name="reservations",
                to="warehouses.hub",
            ),
        ),
        migrations.AlterField(
            "reservation",
            "demand_ref",
            models.CharField(help_text="Opaque: the line upstairs. The natural key.", max_length=60),
        ),
        migrations.AddConstraint(
            "reservation", models.UniqueConstraint(fields=["demand_ref"], name="reservation_once_per_demand")
        ),
        migrations.RemoveIndex("reservation", "reservation_waiting"),
        migrations.AddIndex(
            "reservation",
            models.Index(
                fields=["hub", "priority", "placed_at", "demand_group"], condition=WAITING, name="reservation_waiting"
            ),
        ),
        migrations.AddIndex(
            "reservation", models.Index(fields=["hub", "sku"], condition=WAITING, name="reservation_waiting_for")
        ),
        migrations.RunSQL(LOCK_BALANCES + ALLOCATE_PAGE + IS_STOPPED + MUST_QUEUE + RESERVE_NOW, reverse_sql=DROP_ALL),
    ]
