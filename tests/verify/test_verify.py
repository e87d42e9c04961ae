"""`manage.py verify` finds nothing in an honest world, and every single lie."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.watching import FLOORS
from foundation.invariants import MOST_ROWS, Invariant, check
from tests.crowd import at_once
from tests.factories import make_hub, make_sku, stock
from tests.roles import as_owner
from tests.sandbox import undone
from tests.verify.fulfillment_mutations import FULFILLMENT
from tests.verify.mutations import WAREHOUSES, Mutation
from tests.verify.shipping_mutations import SHIPPING
from tests.verify.world import World, build

ALL = [*WAREHOUSES, *SHIPPING, *FULFILLMENT]
EVERY_INVARIANT = [invariant for listed in FLOORS.values() for invariant in listed]


@pytest.fixture(autouse=True)
def verdict_elsewhere(settings, tmp_path: Path) -> None:
    """What is found in a test is no verdict on the checkout's own books."""
    settings.VAR_DIR = tmp_path


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """Built once for the module, in a transaction that is rolled back at its end."""
    with django_db_blocker.unblock(), undone():
        yield build()


@pytest.fixture
def lying(world: World) -> Iterator[World]:
    """The world, to be put right again after the test."""
    with undone():
        yield world


def tell(mutation: Mutation, world: World) -> int:
    """Tells the lie; returns the rows it touched."""
    sql = mutation.sql.format(other_hub=world.other_hub.pk, other_seller=world.other_seller.pk)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name in mutation.drops:
            cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [name])
            kind = f"ALTER TABLE {table} DROP CONSTRAINT" if cursor.fetchone() else "DROP INDEX"
            cursor.execute(f"{kind} {name}")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        touched = cursor.rowcount
        cursor.execute("SET LOCAL session_replication_role = origin")
    return touched


def run_verify(*options: str) -> tuple[int, str]:
    """Exit code and output of the command."""
    out = StringIO()
    try:
        call_command("verify", *options, stdout=out, no_color=True)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def test_an_honest_world_has_no_differences(world: World) -> None:
    code, text = run_verify()

    assert code == 0
    lines = text.splitlines()
    assert lines[-1] == f"{len(EVERY_INVARIANT)} invariants, 0 differences."
    assert [line.split() for line in lines[:-1]] == [
        ["ok", f"{floor}.{invariant.name}", "0"] for floor, listed in FLOORS.items() for invariant in listed
    ]


@pytest.mark.parametrize("mutation", ALL, ids=lambda mutation: f"{mutation.finds}: {mutation.sql[:60]}")
def test_every_lie_is_found_by_who_must_find_it(lying: World, mutation: Mutation) -> None:
    assert tell(mutation, lying) == 1

    broken = {finding.invariant.name: finding.broken for finding in check(EVERY_INVARIANT) if finding.broken}

    assert set(broken) == {mutation.finds, *mutation.also}


def test_every_invariant_has_a_lie_that_it_finds() -> None:
    assert {invariant.name for invariant in EVERY_INVARIANT} == {mutation.finds for mutation in ALL}


def test_names_are_stable_and_said_once() -> None:
    names = [invariant.name for invariant in EVERY_INVARIANT]

    assert len(names) == len(set(names))
    assert all(
        name.isidentifier() and invariant.promise.endswith(".")
        for name, invariant in zip(names, EVERY_INVARIANT, strict=True)
    )


def test_the_command_shows_the_rows_and_ends_with_one(lying: World) -> None:
    mutation = next(each for each in ALL if each.finds == "hub_reserved_is_what_reservations_hold")
    tell(mutation, lying)

    code, text = run_verify()

    assert code == 1
    lines = text.splitlines()
    (place,) = [n for n, line in enumerate(lines) if line.startswith("BROKEN")]
    assert lines[place].split() == ["BROKEN", "warehouses.hub_reserved_is_what_reservations_hold", "1"]
    assert f"hub_id={lying.hub.pk}  sku_id={lying.sku.pk}  reserved=" in lines[place + 2]
    assert lines[-1] == f"{len(EVERY_INVARIANT)} invariants, 1 differences."


def test_as_json_for_machines(lying: World) -> None:
    code, text = run_verify("--json")
    honest = json.loads(text)
    assert (code, honest["differences"], len(honest["invariants"])) == (0, 0, len(EVERY_INVARIANT))

    tell(next(each for each in ALL if each.finds == "hub_reserved_is_what_reservations_hold"), lying)
    code, text = run_verify("--json")

    document = json.loads(text)
    (finding,) = [each for each in document["invariants"] if each["broken"]]
    assert (code, document["differences"]) == (1, 1)
    assert (finding["floor"], finding["name"]) == ("warehouses", "hub_reserved_is_what_reservations_hold")
    assert finding["rows"][0]["sku_id"] == lying.sku.pk


def test_many_broken_rows_are_all_counted_and_some_are_shown(db) -> None:
    many = Invariant(name="n", promise="P.", sql=f"SELECT n FROM generate_series(1, {MOST_ROWS * 3}) AS n")

    (finding,) = check([many])

    assert finding.broken == MOST_ROWS * 3
    assert finding.rows == tuple({"n": n} for n in range(1, MOST_ROWS + 1))


@pytest.mark.django_db(transaction=True)
def test_a_check_in_the_middle_of_the_work_sees_one_moment() -> None:
    hub, sku = make_hub(), make_sku()

    def work() -> None:
        for _ in range(30):
            stock(hub, sku, 1)

    def look() -> int:
        return sum(finding.broken for _ in range(5) for finding in check(FLOORS["warehouses"]))

    assert at_once([work, work, look, look]) == [None, None, 0, 0]
