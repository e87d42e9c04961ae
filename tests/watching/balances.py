"""Watches every balance that is written: was its row locked before, by the transaction that writes it?

Two triggers in the test database look at each UPDATE and DELETE of the two tables, whoever sends it: a service, a
function in the database, plain SQL. Before the statement they note which rows its transaction holds; after it they
compare. A row is held when its transaction wrote it, or when it is locked and the lock is not somebody else's.
A bin balance needs more: the hub balance of its SKU must be held too, see `warehouses/locks.py`.

What is found is told as a warning, so that the code under test runs as ever, and fails the test at its end.
"""

from typing import Any, Final

from django.db import connection
from django.db.backends.signals import connection_created

STATE: Final = "PK001"
"""The SQLSTATE of the warnings."""

_findings: list[str] = []

_FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION watch_runs(x xid) RETURNS boolean LANGUAGE sql AS $$
    SELECT x::text::bigint > 2 AND coalesce(pg_xact_status(
        (((pg_current_xact_id()::text::bigint >> 32) << 32) | x::text::bigint)::text::xid8) = 'in progress', false)
$$;

-- A row that was locked in a transaction and changed in a savepoint of it carries a group of both.
CREATE OR REPLACE FUNCTION watch_is_locked(x xid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    BEGIN
        IF watch_runs(x) THEN
            RETURN true;
        END IF;
    EXCEPTION WHEN OTHERS THEN  -- the number of a group, and no transaction has it yet
    END;
    RETURN EXISTS (SELECT FROM pg_get_multixact_members(x) AS m WHERE watch_runs(m.xid));
EXCEPTION WHEN OTHERS THEN  -- the number of a transaction, and no group has it
    RETURN false;
END $$;

CREATE OR REPLACE FUNCTION watch_held(target regclass) RETURNS bigint[] LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    written bigint[];
    locked bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(id) FILTER (WHERE watch_runs(xmin)),
                           array_agg(id) FILTER (WHERE NOT watch_runs(xmin) AND xmax <> 0 AND watch_is_locked(xmax))
                    FROM %s', target)
        INTO written, locked;
    -- Rows that others hold are skipped; on our own this takes nothing that we do not have.
    IF locked IS NULL THEN
        RETURN coalesce(written, '{}');
    END IF;
    EXECUTE format('SELECT array_agg(id) FROM
                    (SELECT id FROM %s WHERE id = ANY($1) FOR NO KEY UPDATE SKIP LOCKED) AS ours', target)
        INTO locked USING locked;
    RETURN coalesce(written, '{}') || coalesce(locked, '{}');
END $$;

CREATE OR REPLACE FUNCTION watch_before() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM set_config('watch.held', watch_held(TG_RELID)::text, true);
    IF TG_RELID <> 'warehouses_balance'::regclass THEN
        PERFORM set_config('watch.hubs', watch_held('warehouses_balance')::text, true);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION watch_after() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    naked text;
BEGIN
    SELECT string_agg(id::text, ', ' ORDER BY id) INTO naked FROM was
    WHERE id <> ALL (current_setting('watch.held')::bigint[]);
    IF naked IS NOT NULL AND NOT EXISTS (  -- or the whole table is ours
        SELECT FROM pg_locks AS l
        WHERE l.pid = pg_backend_pid() AND l.relation = TG_RELID AND l.mode = 'ExclusiveLock' AND l.granted
    ) THEN
        RAISE WARNING '% of % without its lock: row %', TG_OP, TG_TABLE_NAME, naked USING ERRCODE = 'PK001';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION watch_hubs_after() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    naked text;
BEGIN
    SELECT string_agg(was.id::text, ', ' ORDER BY was.id) INTO naked
    FROM was JOIN warehouses_bin bin ON bin.id = was.bin_id
    WHERE NOT EXISTS (
        SELECT FROM warehouses_balance hub WHERE hub.hub_id = bin.hub_id AND hub.sku_id = was.sku_id
        AND hub.id = ANY (current_setting('watch.hubs')::bigint[]));
    IF naked IS NOT NULL THEN
        RAISE WARNING '% of % without the lock on its hub balance: row %', TG_OP, TG_TABLE_NAME, naked
        USING ERRCODE = 'PK001';
    END IF;
    RETURN NULL;
END $$;
"""

_BEFORE: Final = """
CREATE OR REPLACE TRIGGER watch_before BEFORE UPDATE OR DELETE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION watch_before();
"""
_AFTER: Final = """
CREATE OR REPLACE TRIGGER {function}_{event} AFTER {event} ON {table} REFERENCING OLD TABLE AS was
FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""
_WATCHED: Final = {
    "warehouses_balance": ("watch_after",),
    "warehouses_binbalance": ("watch_after", "watch_hubs_after"),
}


def install() -> None:
    """Puts the triggers into the database of this run. Twice is once."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
        for table, functions in _WATCHED.items():
            cursor.execute(_BEFORE.format(table=table))
            for function in functions:
                for event in ("UPDATE", "DELETE"):
                    cursor.execute(_AFTER.format(table=table, function=function, event=event))


def listen() -> None:
    """From now on every new connection tells what the triggers say."""
    connection_created.connect(_hear, dispatch_uid="tests.watching.balances")


def _hear(sender: object, connection: Any, **_: object) -> None:
    connection.connection.add_notice_handler(_note)


def _note(diagnostic: Any) -> None:
    if diagnostic.sqlstate == STATE:
        _findings.append(diagnostic.message_primary)


def take_findings() -> list[str]:
    """What was found since the last call."""
    found = list(_findings)
    _findings.clear()
    return found
