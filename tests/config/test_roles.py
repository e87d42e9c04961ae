"""The database's roles: who they are, what they may not do, and that setting them up twice changes nothing."""

import os

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction
from procrastinate.contrib.django.utils import connector_params

from config.commandline import choose_role_for
from config.database.roles import append_only_models
from foundation.tenancy import ALLOCATOR, READER, ROLES, SELLER, STAFF, is_refusal
from tests.factories import make_hub, make_sku, stock
from tests.roles import as_owner, as_role
from warehouses.models import Move

pytestmark = pytest.mark.django_db

STATEMENTS = ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE")
KEPT = sorted(model._meta.db_table for model in append_only_models())


def ask(statement: str, *params: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def standing() -> dict[str, list[tuple[object, ...]]]:
    """All that a set-up makes, as the catalogue has it."""
    return {
        "roles": ask("SELECT * FROM pg_roles WHERE rolname LIKE 'pakhuis%%' ORDER BY 1"),
        "members": ask("SELECT roleid::regrole, member::regrole FROM pg_auth_members ORDER BY 1, 2"),
        "policies": ask("SELECT * FROM pg_policies ORDER BY schemaname, tablename, policyname"),
        "tables": ask("SELECT relname, relacl, relrowsecurity, relforcerowsecurity FROM pg_class ORDER BY oid"),
    }


def set_up(**options: str) -> str:
    with as_owner():
        return call_command("database_roles", **options)


# --- attack 66 -------------------------------------------------------------------------------------------


def test_the_ledger_and_the_stories_are_append_only() -> None:
    assert {"warehouses_move", "warehouses_receiptscan", "fulfillment_event"} <= set(KEPT)


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_the_house_changes_what_is_append_only(role: str, table: str, statement: str) -> None:
    with pytest.raises(ProgrammingError) as refusal, as_role(role):
        ask(statement.format(table))

    assert is_refusal(refusal.value)


@pytest.mark.parametrize("table", KEPT)
def test_not_even_the_owner_empties_it(table: str) -> None:
    database = connection.settings_dict["NAME"]
    with as_owner(), transaction.atomic():
        # What lets Django empty the tests' databases; no other database has it.
        ask(f'ALTER DATABASE "{database}" RESET pakhuis.may_truncate')
        ask("SET LOCAL pakhuis.may_truncate = 'on'")

        with pytest.raises(DatabaseError, match=f"{table} is append-only"), transaction.atomic():
            ask(f"TRUNCATE {table} CASCADE")

        transaction.set_rollback(True)


def test_the_orm_as_the_house_uses_it_is_refused_and_nothing_changes() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 4)
    before = list(Move.objects.values())

    for change in (lambda: Move.objects.update(quantity=9), lambda: Move.objects.all().delete()):
        with pytest.raises(ProgrammingError) as refusal, transaction.atomic():
            change()
        assert is_refusal(refusal.value)

    assert list(Move.objects.values()) == before


@pytest.mark.parametrize("role", ROLES)
def test_nobody_empties_any_table(role: str) -> None:
    tables = [str(name) for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert len(tables) > 50

    rights = ask(
        "SELECT t, r FROM unnest(%s::text[]) t, unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN']) r "
        "WHERE has_table_privilege(%s, t, r)",
        tables,
        role,
    )

    assert rights == []


# --- who they are ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_neither_mighty_nor_an_owner(role: str) -> None:
    query = "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s"
    assert ask(query, role) == [(False,) * 5]
    assert ask("SELECT 1 FROM pg_class WHERE relowner = %s::regrole", role) == []
    assert ask("SELECT 1 FROM pg_auth_members WHERE member = %s::regrole", role) == []


def test_the_house_acts_as_staff_from_the_first_statement_on() -> None:
    assert ask("SELECT current_user, current_setting('role')") == [(STAFF, STAFF)]


@pytest.mark.django_db(transaction=True)
def test_resetting_the_role_leads_back_to_staff() -> None:
    ask("RESET ROLE")

    assert ask("SELECT current_user") == [(STAFF,)]


@pytest.mark.parametrize("table", ["auth_user", "procrastinate_jobs", "labels_printjob", "shipping_carrieraccount"])
def test_a_sellers_door_has_no_key_to_what_is_the_hubs(table: str) -> None:
    with pytest.raises(ProgrammingError) as refusal, as_role(SELLER, "1"):
        ask(f"SELECT 1 FROM {table}")

    assert is_refusal(refusal.value)


def test_a_reader_sees_no_passwords() -> None:
    with pytest.raises(ProgrammingError) as refusal, as_role(READER):
        ask("SELECT 1 FROM auth_user")

    assert is_refusal(refusal.value)


def test_the_allocator_promises_stock_and_can_do_nothing_else() -> None:
    with as_role(ALLOCATOR):
        ask("UPDATE warehouses_reservation SET held = held")
        ask("UPDATE warehouses_balance SET reserved = reserved")
    for statement in (
        "UPDATE warehouses_balance SET on_hand = on_hand",
        "UPDATE warehouses_reservation SET wanted = wanted",
        "DELETE FROM warehouses_reservation",
        "SELECT 1 FROM warehouses_move",
        "SELECT 1 FROM fulfillment_order",
    ):
        with pytest.raises(ProgrammingError) as refusal, as_role(ALLOCATOR):
            ask(statement)
        assert is_refusal(refusal.value)


# --- setting up ------------------------------------------------------------------------------------------


def test_twice_is_once() -> None:
    before = standing()

    assert set_up() == set_up()

    assert standing() == before


def test_what_was_changed_by_hand_is_put_right() -> None:
    before = standing()
    with as_owner():
        ask("ALTER POLICY pakhuis_seller ON warehouses_sku USING (true)")
        ask("CREATE POLICY open ON warehouses_sku FOR SELECT TO pakhuis_seller USING (true)")
        ask("ALTER TABLE warehouses_sku NO FORCE ROW LEVEL SECURITY")
        ask("GRANT UPDATE ON warehouses_move TO pakhuis_staff")
        ask("GRANT SELECT ON auth_user TO pakhuis_seller")
    assert standing() != before

    set_up()

    assert standing() == before


def test_a_login_may_act_as_each_role() -> None:
    with as_owner():
        ask("CREATE ROLE pakhuis_login LOGIN NOINHERIT")

    set_up(login="pakhuis_login")

    assert ask("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'pakhuis_login'::regrole") == [
        (role,) for role in (SELLER, STAFF, READER, ALLOCATOR)
    ]


@pytest.mark.parametrize("might", ["SUPERUSER", "BYPASSRLS"])
def test_a_login_that_no_policy_holds_is_refused(might: str) -> None:
    with as_owner():
        ask(f"CREATE ROLE pakhuis_login LOGIN {might}")
    before = standing()

    with pytest.raises(CommandError, match="pakhuis_login is a superuser or has BYPASSRLS"):
        set_up(login="pakhuis_login")

    assert standing() == before


def test_a_login_that_is_not_there_is_refused() -> None:
    with pytest.raises(CommandError, match=r"There is no login pakhuis_login\. Make it first: CREATE ROLE"):
        set_up(login="pakhuis_login")


def test_an_owner_who_may_not_give_the_roles_away_is_told_who_can() -> None:
    with as_owner():
        ask("CREATE ROLE pakhuis_owner")

    with (
        pytest.raises(CommandError, match=r'Let a superuser run: GRANT .* TO "pakhuis_owner";'),
        as_role("pakhuis_owner"),
    ):
        call_command("database_roles")


def test_a_login_that_owns_tables_is_refused() -> None:
    with as_owner():
        ask("CREATE ROLE pakhuis_login LOGIN")
        ask("ALTER TABLE warehouses_zone OWNER TO pakhuis_login")

    with pytest.raises(CommandError, match="warehouses_zone belongs to a role that only uses tables"):
        set_up(login="pakhuis_login")


# --- who acts as whom ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "role"),
    [(["migrate"], ""), (["database_roles"], ""), (["flush"], ""), (["worker"], None), (["verify"], None), ([], None)],
)
def test_only_commands_that_own_tables_act_as_the_owner(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], role: str | None
) -> None:
    monkeypatch.setenv("DATABASE_ROLE", "x")  # so that whatever is set is taken away again after the test
    monkeypatch.delenv("DATABASE_ROLE")

    choose_role_for(arguments)

    assert os.environ.get("DATABASE_ROLE") == role


def test_what_the_environment_says_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_ROLE", READER)

    choose_role_for(["migrate"])

    assert os.environ["DATABASE_ROLE"] == READER


def test_a_workers_own_connections_to_the_queue_act_as_staff_too() -> None:
    assert connector_params()["options"].split()[-2:] == ["-c", f"role={STAFF}"]
