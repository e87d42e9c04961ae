"""States and proofs are held by the database itself: no UPDATE, INSERT or DELETE gets around the services."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from foundation import clock
from foundation.guard import edges
from tests.factories import (
    MONDAY,
    announced,
    bin_of,
    demand,
    make_hub,
    make_seller,
    make_sku,
    planned,
    promised,
    stock,
)
from tests.refusals import rows
from warehouses.models import Barcode, Bin, Carton, CartTote, Count, Hub, Inbound, PickList, PutawayTask, Sku, Zone

GUARDED = [Inbound, Carton, PutawayTask, PickList, Count]


@pytest.fixture
def one_of_each(hub: Hub, sku: Sku) -> dict[type, int]:
    """A row of every guarded table, in its first state or as near to it as the services make one."""
    (carton,) = announced(hub, [{sku: 3}])
    stock(hub, sku, 5)
    (pick_list,) = planned(hub, promised(hub, demand(sku, 1)))
    shelf, dock = bin_of(hub, "01-01"), bin_of(hub, "DOCK")
    count = Count.objects.create(hub=hub, bin=shelf, sku=sku, reason="asked", opened_at=MONDAY)
    task = PutawayTask.objects.create(
        hub=hub, work_ref="X", sku=sku, quantity=1, from_bin=dock, to_bin=shelf, sequence=1
    )
    inbound = Inbound.objects.create(seller=sku.seller, hub=hub, reference="DRAFT", created_at=clock.now())
    return {Inbound: inbound.pk, Carton: carton.pk, PutawayTask: task.pk, PickList: pick_list.pk, Count: count.pk}


def forbidden(model: type) -> list[tuple[str, str]]:
    """Every step between two states that no transition declares."""
    states = list(model.State.values)
    return [(a, b) for a in states for b in states if a != b and (a, b) not in edges(model, "state")]


@pytest.mark.parametrize("model", GUARDED)
def test_a_state_can_not_be_jumped_to(one_of_each: dict[type, int], model: type) -> None:
    row = model.objects.filter(pk=one_of_each[model])
    start = row.get().state
    targets = [b for a, b in forbidden(model) if a == start]
    before = rows()

    for target in targets:
        with pytest.raises(ProgrammingError, match="Invalid transition"), transaction.atomic():
            row.update(state=target)

    assert rows() == before


@pytest.mark.parametrize("model", GUARDED)
def test_a_declared_step_is_let_through(one_of_each: dict[type, int], model: type) -> None:
    row = model.objects.filter(pk=one_of_each[model])
    start = row.get().state
    target = next(b for a, b in edges(model, "state") if a == start)

    with transaction.atomic():
        assert row.update(state=target) == 1
        transaction.set_rollback(True)


@pytest.mark.parametrize("model", GUARDED)
def test_a_row_begins_at_the_beginning(one_of_each: dict[type, int], model: type) -> None:
    table = model._meta.db_table
    columns = [f.column for f in model._meta.concrete_fields if f.column not in {"id", "state"} and not f.generated]
    initial = model._meta.get_field("state").get_default()
    before = rows()

    for state in set(model.State.values) - {str(initial)}:
        statement = f"INSERT INTO {table} ({', '.join(columns)}, state) SELECT {', '.join(columns)}, %s FROM {table}"
        with (
            pytest.raises(ProgrammingError, match="Cannot insert"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [state])

    assert rows() == before


def test_every_state_can_be_reached_and_left_as_declared() -> None:
    for model in GUARDED:
        steps = edges(model, "state")
        initial = str(model._meta.get_field("state").get_default())
        reached, grows = {initial}, True
        while grows:
            further = reached | {b for a, b in steps if a in reached}
            grows, reached = further != reached, further
        assert reached == set(model.State.values), model.__name__


# --- what one row may say --------------------------------------------------------------------------------


def second_count() -> None:
    """The same bin and item again while it waits, neither with a lot: NULL is no way around."""
    count = Count.objects.get()
    Count.objects.create(hub=count.hub, bin=count.bin, sku=count.sku, reason="again", opened_at=MONDAY)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("storage_bin_has_a_spot", lambda: Bin.objects.filter(kind="storage").update(aisle=None)),
        ("bin_code_once_per_hub", lambda: Bin.objects.filter(kind="storage").update(code="01-01")),
        ("hub_cutoff_before_dispatch", lambda: Hub.objects.update(cutoff="18:00:01")),
        ("zone_code_once_per_hub", lambda: Zone.objects.create(hub=Hub.objects.get(), code="A", name="again")),
        ("carton_sscc_is_18_digits", lambda: Carton.objects.update(sscc="12345678901234567X")),
        ("carton_has_all_sizes_or_none", lambda: Carton.objects.update(length_mm=400, width_mm=300)),
        ("carton_weighs", lambda: Carton.objects.update(weight_g=0)),
        ("hub_is_on_earth", lambda: Hub.objects.update(latitude=52.4)),
        ("hub_is_on_earth", lambda: Hub.objects.update(latitude=91, longitude=4.9)),
        ("sku_has_measures", lambda: Sku.objects.update(weight_g=0)),
        ("sku_code_once_per_seller", lambda: make_sku(Sku.objects.get().seller, "RING")),
        ("count_open_once_per_bin_and_item", second_count),
    ],
)
def test_constraints_hold_and_say_their_name(
    one_of_each: dict[type, int], name: str, change: Callable[[], object]
) -> None:
    before = rows()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        change()

    assert rows() == before


def test_one_seller_uses_a_barcode_once_and_another_may_too(sku: Sku) -> None:
    mine, theirs = make_sku(sku.seller), make_sku(make_seller())
    value = Barcode.objects.get(sku=sku).value

    with pytest.raises(IntegrityError, match="barcode_once_per_seller"), transaction.atomic():
        Barcode.objects.filter(sku=mine).update(value=value)

    assert Barcode.objects.filter(sku=theirs).update(value=value) == 1


def test_a_tote_rides_on_one_cart(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    one, other = (planned(hub, promised(hub, demand(sku, 1)))[0].totes.get() for _ in range(2))
    tote = bin_of(hub, "T1")
    CartTote.objects.filter(pk=one.pk).update(tote=tote)

    with pytest.raises(IntegrityError, match="tote_on_one_cart"), transaction.atomic():
        CartTote.objects.filter(pk=other.pk).update(tote=tote)

    CartTote.objects.filter(pk=one.pk).update(freed_at=MONDAY)
    assert CartTote.objects.filter(pk=other.pk).update(tote=tote) == 1


def test_a_hub_with_stock_can_not_be_deleted(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 1)

    for row in (hub, sku, bin_of(hub, "01-01")):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.delete()

    assert make_hub().pk != hub.pk
