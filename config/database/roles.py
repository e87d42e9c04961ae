"""The roles of `foundation/tenancy.py`, their rights and the row-level policies, put into a database.

`manage.py migrate` does this at its end, so a new table is never without; `manage.py database_roles` alone. Twice
is once: rights are written anew in one transaction. `migrate` touches a policy only if its text has changed, because
that locks the table.

Nobody but the tables' owner may empty a table, and what is append-only nobody may change.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

import pgtrigger
from django.db import ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from psycopg import sql

from config.database.tenants import Ownership, house_models, ownerships
from foundation.guard import APPEND_ONLY
from foundation.tenancy import ALLOCATOR, READER, ROLES, SELLER, STAFF, is_refusal

SHARED: Final = (
    *("warehouses.Hub", "shipping.Carrier", "shipping.Service"),
    *("fulfillment.Wave", "warehouses.PickList"),
    *("warehouses.DockDoor", "warehouses.DockHours", "warehouses.DockClosure"),
    *("fulfillment.RateCard", "fulfillment.Rate"),
    *("shipping.Lane", "shipping.Embargo"),
)
"""What is nobody's and a seller's door shows: where the goods are, who carries them, how far the hub is with the
walks that his orders are on, when its doors are open, what work costs, and where parcels go on which terms. There is
nothing of any seller in these."""

SELLER_WRITES: Final = {
    "shipping.Address": "INSERT",
    "fulfillment.Order": "INSERT, UPDATE",
    "fulfillment.OrderLine": "INSERT",
    "fulfillment.Event": "INSERT",
    "fulfillment.IdempotencyRecord": "INSERT, DELETE",
    "warehouses.Reservation": "INSERT, UPDATE",
    "warehouses.Balance": "INSERT, UPDATE",
    "warehouses.Inbound": "INSERT, UPDATE",
    "warehouses.InboundParcel": "INSERT",
    "warehouses.Pallet": "INSERT",
    "warehouses.Carton": "INSERT",
    "warehouses.CartonLine": "INSERT",
    "warehouses.Lot": "INSERT",
    "warehouses.Sku": (
        "INSERT, UPDATE (name, weight_g, length_mm, width_mm, height_mm, is_fragile, hazmat_class, hazmat_approved_at, "
        "un_number, limited_quantity, net_quantity_ml, battery_wh, batteries, "
        "min_shelf_days, tracks_lots, hs_code, origin_country, declared_weight_g, declared_length_mm, "
        "declared_width_mm, declared_height_mm)"
    ),
    "warehouses.Barcode": "INSERT",
    "warehouses.Appointment": "INSERT, UPDATE",
    "warehouses.Case": "UPDATE",
    "warehouses.CaseEvent": "INSERT",
}
"""What a seller's own requests write, all in rows of his: an order with its promise, an inbound with its cartons, an
item with its barcodes, what he says about a case."""

ALLOCATOR_RIGHTS: Final = {
    "warehouses.Reservation": "SELECT, UPDATE (held)",
    "warehouses.Balance": "SELECT, UPDATE (reserved)",
    "warehouses.HubStop": "SELECT",
}
"""What the queue of a hub needs to promise stock: not even a quantity on hand can it change."""

SELLER_SEQUENCES: Final = ("warehouses_sscc_serial",)


class RolesError(RuntimeError):
    """The roles cannot be set up, or are not safe; the message says why and what to do."""


def set_up_roles(*, login: str = "", afresh: bool = False) -> None:
    """Makes the roles, their rights and the policies; `login` may act as each of them from then on.

    `afresh` writes every policy again, whatever somebody has made of it by hand. Needs the tables' owner, and for
    roles that do not exist yet the right to create roles. Raises `RolesError`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _make_roles(cursor)
        _refuse_unfit(cursor, login)
        _let_act(cursor, login)
        for statement in _rights(cursor):
            cursor.execute(statement)
        for how in _standing(cursor):
            _wall_in(cursor, how, afresh=afresh)


def append_only_models() -> set[type[Model]]:
    """The tables whose rows are never changed."""
    kept = {model._meta.label for model, trigger in pgtrigger.registered() if trigger.name == APPEND_ONLY}
    return {model for model in house_models() if model._meta.label in kept}


# --- roles -----------------------------------------------------------------------------------------------


def _make_roles(cursor: CursorWrapper) -> None:
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [list(ROLES)])
    there = {name for (name,) in cursor.fetchall()}
    if missing := [role for role in ROLES if role not in there]:
        cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            raise RolesError(
                f"This login may not create roles. Let a superuser run: "
                f"{' '.join(f'CREATE ROLE {role} NOLOGIN;' for role in missing)}"
            )
    for role in missing:
        # Roles belong to the whole server: another database of it may be set up at this moment.
        cursor.execute(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )


def _refuse_unfit(cursor: CursorWrapper, login: str) -> None:
    """No policy holds a superuser or a role with BYPASSRLS, and an owner may take it away."""
    cursor.execute("SELECT %s = '' OR to_regrole(%s) IS NOT NULL", [login, f'"{login}"'])
    if not cursor.fetchone()[0]:
        raise RolesError(
            f"There is no login {login}. Make it first: CREATE ROLE {login} LOGIN NOINHERIT PASSWORD '...';"
        )
    cursor.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND (rolsuper OR rolbypassrls)",
        [[*ROLES, login]],
    )
    if mighty := cursor.fetchone():
        raise RolesError(f"{mighty[0]} is a superuser or has BYPASSRLS: no policy holds it. Take that from it first.")
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = ANY (%s) LIMIT 1",
        [[*ROLES, login]],
    )
    if owned := cursor.fetchone():
        raise RolesError(f"{owned[0]} belongs to a role that only uses tables: let another login own and migrate them.")


def _let_act(cursor: CursorWrapper, login: str) -> None:
    """The login may act as each role; the owner has what they have: the policies hold him too, and he migrates rows."""
    cursor.execute("SELECT current_user")
    (owner,) = cursor.fetchone()
    for name, how in ((owner, "USAGE"), (login, "MEMBER")):
        cursor.execute(
            "SELECT r FROM unnest(%s::text[]) AS r WHERE NOT coalesce(pg_has_role(to_regrole(%s), r, %s), true)",
            [list(ROLES), f'"{name}"' if name else None, how],
        )
        if lacking := [role for (role,) in cursor.fetchall()]:
            _grant(cursor, lacking, name)


def _grant(cursor: CursorWrapper, roles: list[str], name: str) -> None:
    grant = sql.SQL("GRANT {} TO {}").format(sql.SQL(", ").join(map(sql.Identifier, roles)), sql.Identifier(name))
    try:
        cursor.execute(grant)
    except ProgrammingError as error:
        if not is_refusal(error):
            raise
        text = grant.as_string(cursor.connection)
        raise RolesError(f"This login may not give the roles away. Let a superuser run: {text};") from error


# --- rights ----------------------------------------------------------------------------------------------


def _rights(cursor: CursorWrapper) -> Iterator[str]:
    """Who may do what with which table. Whatever is not granted here is taken away."""
    everybody = ", ".join(ROLES)
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {everybody}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {everybody}"
    yield f"GRANT USAGE ON SCHEMA public TO {everybody}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {STAFF}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {STAFF}"
    tables = _tables(cursor)
    kept = append_only_models()
    theirs = ownerships()
    for model in house_models():
        table, label = model._meta.db_table, model._meta.label
        if table not in tables:
            continue
        yield f"GRANT SELECT ON {table} TO {READER}"
        if model in kept:
            yield f"REVOKE UPDATE, DELETE ON {table} FROM {STAFF}"
        if model in theirs or label in SHARED:
            yield f"GRANT SELECT ON {table} TO {SELLER}"
        if label in ALLOCATOR_RIGHTS:
            yield f"GRANT {ALLOCATOR_RIGHTS[label]} ON {table} TO {ALLOCATOR}"
        if label in SELLER_WRITES:
            yield f"GRANT {SELLER_WRITES[label]} ON {table} TO {SELLER}"
    for sequence in SELLER_SEQUENCES:
        if sequence in tables:
            yield f"GRANT USAGE ON SEQUENCE {sequence} TO {SELLER}"


def _tables(cursor: CursorWrapper) -> set[str]:
    """Tables and sequences that are there: `migrate` may stop half way."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')"
    )
    return {name for (name,) in cursor.fetchall()}


# --- policies --------------------------------------------------------------------------------------------


def _standing(cursor: CursorWrapper) -> list[Ownership]:
    """The sellers' tables that are there, with all that their policies speak of."""
    tables = _tables(cursor)
    return [how for how in ownerships().values() if how.model._meta.db_table in tables]


def _wall_in(cursor: CursorWrapper, how: Ownership, *, afresh: bool) -> None:
    table = how.model._meta.db_table
    cursor.execute("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
    if not cursor.fetchone()[0]:
        cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    wanted = _policies(how)
    cursor.execute(
        "SELECT polname, obj_description(oid, 'pg_policy') FROM pg_policy WHERE polrelid = %s::regclass", [table]
    )
    there = dict(cursor.fetchall())
    for name in there.keys() - wanted.keys():
        cursor.execute(sql.SQL("DROP POLICY {} ON {}").format(sql.Identifier(name), sql.Identifier(table)))
    for name, text in wanted.items():
        mark = hashlib.sha256(text.encode()).hexdigest()
        if afresh or there.get(name) != mark:
            cursor.execute(f"DROP POLICY IF EXISTS {name} ON {table}")
            cursor.execute(f"CREATE POLICY {name} ON {table} {text}")
            cursor.execute(f"COMMENT ON POLICY {name} ON {table} IS '{mark}'")


def _policies(how: Ownership) -> dict[str, str]:
    """By name. The hub's own are plainly true, which the planner leaves out: no plan of theirs changes."""
    policies = {
        SELLER: f"FOR ALL TO {SELLER} USING ({how.using}) WITH CHECK ({how.check})",
        STAFF: f"FOR ALL TO {STAFF} USING (true) WITH CHECK (true)",
        READER: f"FOR SELECT TO {READER} USING (true)",
    }
    if how.model._meta.label in ALLOCATOR_RIGHTS:
        policies[ALLOCATOR] = f"FOR ALL TO {ALLOCATOR} USING (true) WITH CHECK (true)"
    return policies
