"""The neutral order file: the same orders as any other door makes, each row accounted for, twice is once."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from foundation import clock
from foundation.invariants import check
from fulfillment import invariants as ours
from fulfillment.models import Event, IntakeRun, Order, OrderLine
from fulfillment.services import order_files
from fulfillment.services.intake import LineInput, OrderInput, take_orders
from fulfillment.services.order_files import write_report
from shipping.carriers.base import Place
from shipping.models import Address
from tests.factories import MONDAY, make_hub, make_seller, make_sku
from tests.fulfillment.importing.order_rows import WRITERS, Row, as_csv, counts, refusals, row, taken
from warehouses.models import Hub, Reservation, Seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    seller = make_seller()
    make_sku(seller, "RING")
    make_sku(seller, "CREAM")
    return seller


@pytest.fixture
def hub() -> Hub:
    return make_hub()


ROWS = (
    row(),
    row(line=2, sku="CREAM", quantity=1, unit_price_cents=""),
    row(order_reference="S-2", name="Ægir Ðórsson", address_line1="Laugavegur", country="IS", priority=5),
    row(order_reference="S-3", is_gift="TRUE", short_policy="ship_short", company="ACME", address_line2="rear"),
)


@pytest.mark.parametrize("layout", WRITERS)
def test_each_format_makes_the_same_orders(seller: Seller, hub: Hub, layout: str) -> None:
    run = taken(seller, hub, WRITERS[layout](ROWS), layout)

    assert counts(run) == (4, 4, 0, 0)
    assert run.finished_at is not None
    assert run.layout == layout
    lines = OrderLine.objects.order_by("order_id", "number")
    assert list(lines.values_list("order__external_ref", "number", "sku__code", "quantity", "unit_price_cents")) == [
        ("S-1", 1, "RING", 2, 1250),
        ("S-1", 2, "CREAM", 1, 0),
        ("S-2", 1, "RING", 2, 1250),
        ("S-3", 1, "RING", 2, 1250),
    ]
    assert list(Order.objects.order_by("pk").values_list("is_gift", "priority", "short_policy", "state")) == [
        (False, 100, "wait", "received"),
        (False, 5, "wait", "on_hold"),
        (True, 100, "ship_short", "received"),
    ]
    assert list(Address.objects.order_by("pk").values_list("name", "company", "line2")) == [
        ("Jan de Vries", "", ""),
        ("Ægir Ðórsson", "", ""),
        ("Jan de Vries", "ACME", "rear"),
    ]
    assert ProcrastinateJob.objects.filter(task_name="fulfillment.allocate").count() == 1
    assert [found.invariant.name for found in check(ours.INVARIANTS) if found.broken] == []


def everything() -> dict[str, list[dict[str, Any]]]:
    """All columns of all that intake writes, but the ids and what is made of them."""
    order_of = dict(Order.objects.values_list("pk", "external_ref"))
    number_of = dict(Order.objects.values_list("number", "external_ref"))
    place_of = dict(Order.objects.values_list("ship_to_id", "external_ref"))
    found: dict[str, list[dict[str, Any]]] = {}
    for model in (Order, OrderLine, Event, Address, Reservation):
        rows = list(model._default_manager.order_by("pk").values())
        for values in rows:
            pk = values.pop("id")
            values.pop("recorded_at", None)
            if "reservation_id" in values:
                values["reservation_id"] = Reservation.objects.get(pk=values["reservation_id"]).demand_ref
                ref, _, place = values["reservation_id"].partition("/")
                values["reservation_id"] = (number_of[ref], place)
            if "demand_ref" in values:
                ref, _, place = values["demand_ref"].partition("/")
                values["demand_ref"] = (number_of[ref], place)
                values["demand_group"] = number_of[values["demand_group"]]
            if "order_id" in values:
                values["order_id"] = order_of[values["order_id"]]
            if "ship_to_id" in values:
                assert values.pop("number") == f"OR-{pk:07d}"
                values["ship_to_id"] = place_of[values["ship_to_id"]]
            if model is Address:
                values["of"] = place_of[pk]
        found[model.__name__] = rows
    return found


def through_intake(seller: Seller, hub: Hub) -> None:
    placed_at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    place = {"line1": "Prinsengracht 263", "postcode": "1016 GV", "city": "Amsterdam"} | {
        "phone": "+31201234567",
        "email": "jan@mail.example",
    }
    jan = Place(name="Jan de Vries", country="NL", **place)
    ring = LineInput(sku="RING", quantity=2, unit_price_cents=1250)
    given = [
        OrderInput(
            external_ref="S-1", ship_to=jan, lines=(ring, LineInput(sku="CREAM", quantity=1)),
            placed_at=placed_at, channel="file",
        ),
        OrderInput(
            external_ref="S-2", ship_to=Place(name="Ægir Ðórsson", country="IS", **place | {"line1": "Laugavegur"}),
            lines=(ring,), placed_at=placed_at, channel="file", priority=5,
        ),
        OrderInput(
            external_ref="S-3", ship_to=Place(name="Jan de Vries", country="NL", company="ACME", line2="rear", **place),
            lines=(ring,), placed_at=placed_at, channel="file", is_gift=True, short_policy="ship_short",
        ),
    ]  # fmt: skip
    take_orders(seller=seller, hub=hub, orders=given)


def test_a_file_makes_what_the_other_doors_make(seller: Seller, hub: Hub) -> None:
    class Undo(Exception): ...

    seen = []
    for door in (lambda: through_intake(seller, hub), lambda: taken(seller, hub, as_csv(ROWS))):
        try:
            with clock.playing(MONDAY), transaction.atomic():
                door()
                seen.append(everything())
                raise Undo
        except Undo:
            assert not Order.objects.exists()

    assert seen[0]["Order"]
    assert seen[0] == seen[1]


def test_the_same_file_again_adds_nothing(seller: Seller, hub: Hub) -> None:
    taken(seller, hub, as_csv(ROWS))
    before = everything()

    run = taken(seller, hub, as_csv(ROWS))

    assert counts(run) == (4, 0, 4, 0)
    assert everything() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": 3}, "quantity"),
        ({"sku": "CREAM"}, "sku"),
        ({"unit_price_cents": 1}, "unit_price_cents"),
        ({"line": 2}, "line"),
        ({"placed_at": "2026-03-02T09:00:01+01:00"}, "placed_at"),
        ({"priority": 1}, "priority"),
        ({"is_gift": "true"}, "is_gift"),
        ({"short_policy": "ship_short"}, "short_policy"),
        ({"name": "Piet de Vries"}, "address"),
        ({"email": ""}, "address"),
        ({"country": "BE"}, "country"),
    ],
)
def test_an_order_that_is_there_with_other_contents_is_refused_and_left(
    seller: Seller, hub: Hub, change: Row, field: str
) -> None:
    taken(seller, hub, as_csv([row()]))
    before = everything()

    run = taken(seller, hub, as_csv([row(**change)]))

    assert counts(run) == (1, 0, 0, 1)
    assert refusals(run) == [(1, field, "order_changed")]
    assert everything() == before


def test_a_line_more_or_less_changes_an_order(seller: Seller, hub: Hub) -> None:
    taken(seller, hub, as_csv(ROWS[:2]))

    less = taken(seller, hub, as_csv(ROWS[:1]))
    more = taken(seller, hub, as_csv([*ROWS[:2], row(line=3)]))

    assert refusals(less) == [(1, "order_reference", "order_changed")]
    assert refusals(more) == [
        (1, "order_reference", "order_changed"),
        (2, "order_reference", "order_changed"),
        (3, "line", "order_changed"),
    ]
    assert OrderLine.objects.count() == 2


def test_an_address_that_was_corrected_since_is_no_other_content(seller: Seller, hub: Hub) -> None:
    unclear = row(address_line1="Prinsengracht")
    taken(seller, hub, as_csv([unclear]))
    Address.objects.update(line1="Prinsengracht 263")

    assert counts(taken(seller, hub, as_csv([unclear]))) == (1, 0, 1, 0)


def test_an_item_that_left_the_catalogue_since_is_no_reason(seller: Seller, hub: Hub) -> None:
    taken(seller, hub, as_csv([row()]))
    seller.skus.update(is_active=False)

    run = taken(seller, hub, as_csv([row(), row(order_reference="S-9")]))

    assert counts(run) == (2, 0, 1, 1)
    assert refusals(run) == [(2, "sku", "sku_unknown")]


def test_an_order_with_a_refused_row_is_refused_whole_and_the_others_are_not(seller: Seller, hub: Hub) -> None:
    rows = [row(), row(order_reference="S-2"), row(line=2, quantity=0), row(line=3, sku="NO"), row(line=4)]

    run = taken(seller, hub, as_csv(rows))

    assert counts(run) == (5, 1, 0, 4)
    assert refusals(run) == [
        (1, "order_reference", "order_refused"),
        (3, "quantity", "quantity_invalid"),
        (4, "sku", "sku_unknown"),
        (5, "order_reference", "order_refused"),
    ]
    assert list(Order.objects.values_list("external_ref", flat=True)) == ["S-2"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Piet"}, "name"),
        ({"address_line1": "Elsewhere 1"}, "address_line1"),
        ({"country": "BE"}, "country"),
        ({"placed_at": "2026-03-02T10:00:00+01:00"}, "placed_at"),
        ({"is_gift": "true"}, "is_gift"),
        ({"priority": 7}, "priority"),
        ({"short_policy": "ship_short"}, "short_policy"),
    ],
)
def test_lines_of_an_order_must_agree(seller: Seller, hub: Hub, change: Row, field: str) -> None:
    run = taken(seller, hub, as_csv([row(), row(line=2, **change)]))

    assert refusals(run) == [(1, "order_reference", "order_refused"), (2, field, "order_disagrees")]
    assert not Order.objects.exists()


def test_the_same_moment_in_another_zone_agrees(seller: Seller, hub: Hub) -> None:
    run = taken(seller, hub, as_csv([row(), row(line=2, placed_at="2026-03-02T08:00:00Z")]))

    assert counts(run) == (2, 2, 0, 0)


def test_a_line_that_stands_there_twice_is_refused(seller: Seller, hub: Hub) -> None:
    run = taken(seller, hub, as_csv([row(), row()]))

    assert refusals(run) == [(1, "order_reference", "order_refused"), (2, "line", "line_repeated")]


def test_orders_of_another_seller_are_none_of_ours(seller: Seller, hub: Hub) -> None:
    other = make_seller()
    make_sku(other, "RING")
    make_sku(other, "THEIRS")
    taken(other, hub, as_csv([row(quantity=9)]))

    run = taken(seller, hub, as_csv([row(), row(order_reference="S-2", sku="THEIRS")]))

    assert refusals(run) == [(2, "sku", "sku_unknown")]
    assert counts(run) == (2, 1, 0, 1)


def canary_places(name: str) -> list[str]:
    """Every table and column of the database, temporary ones too, in which the name stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c
               JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"""
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{name}%"])
            if cursor.fetchone() != (0,):
                found.append(table)
    return found


def test_a_buyers_name_stands_in_the_address_and_nowhere_else(seller: Seller, hub: Hub) -> None:
    taken(
        seller, hub, as_csv([row(name="Canary Kanarie"), row(order_reference="S-2", name="Canary Kanarie", sku="NO")])
    )

    assert canary_places("Canary Kanarie") == ["public.shipping_address"]


def test_a_file_that_breaks_off_leaves_no_name_behind(seller: Seller, hub: Hub) -> None:
    broken = as_csv([row(name="Canary Kanarie")]) + b'S-2,1,RING,"'

    with pytest.raises(order_files.Invalid) as refusal:
        taken(seller, hub, broken)

    assert (refusal.value.code, refusal.value.row) == ("quote_unclosed", 2)
    assert canary_places("Canary Kanarie") == []
    assert not IntakeRun.objects.exists()


def test_the_report_says_it_all(seller: Seller, hub: Hub) -> None:
    run = taken(seller, hub, as_csv([row(), row(order_reference="S-2", quantity="1e3")]), name="week 10.csv")
    out = io.StringIO()

    write_report(run, out)

    report = json.loads(out.getvalue())
    assert report["sha256"] == run.file_sha256
    assert {k: report[k] for k in ("file", "format", "read", "accepted", "duplicate", "refused")} == {
        "file": "week 10.csv", "format": "csv", "read": 2, "accepted": 1, "duplicate": 0, "refused": 1,
    }  # fmt: skip
    assert report["refusals"] == [
        {
            "row": 2,
            "field": "quantity",
            "code": "quantity_invalid",
            "message": "Quantity must be a whole number from 1 to 1,000,000.",
            "reference": "S-2 RING",
        }
    ]
