"""Many rows with values of their own in one UPDATE: the same outcome as one by one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import DataError, IntegrityError, ProgrammingError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.sql import update_many
from tests.factories import MONDAY, announced, bin_of, make_hub, make_sku, make_user
from warehouses.models import Bin, Carton, Count, FloorPlan, Hub, PickTask, Sku

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_each_row_gets_its_own_values_in_one_statement(db, django_assert_num_queries) -> None:
    skus = [make_sku() for _ in range(30)]
    for n, sku in enumerate(skus):
        sku.weight_g, sku.name = n + 1, f"Nº {n} 'quoted' \\ {{braces}}"

    with django_assert_num_queries(1):
        assert update_many(Sku, skus[:20], ["weight_g", "name"]) == 20

    stored = Sku.objects.order_by("pk").values_list("weight_g", "name")
    assert list(stored[:20]) == [(n + 1, f"Nº {n} 'quoted' \\ {{braces}}") for n in range(20)]
    assert all(weight == 100 for weight, _ in stored[20:])


def test_fields_that_are_not_named_are_not_written(db) -> None:
    sku = make_sku()
    sku.weight_g, sku.code = 7, "CHANGED"

    update_many(Sku, [sku], ["weight_g"])

    stored = Sku.objects.get()
    assert stored.weight_g == 7
    assert stored.code != "CHANGED"


def test_no_rows_are_no_statement(db, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert update_many(Sku, [], ["weight_g"]) == 0


def test_rows_that_are_gone_are_not_made(db) -> None:
    sku = make_sku()
    ghost = Sku(pk=sku.pk + 1, weight_g=1)

    assert update_many(Sku, [ghost], ["weight_g"]) == 0
    assert Sku.objects.count() == 1


@given(
    expected=st.one_of(st.none(), st.integers(0, 2**31 - 1)),
    done_at=st.one_of(st.none(), moments),
    reason=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60),
    with_worker=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_writes_what_save_would_write(db, expected, done_at, reason: str, with_worker: bool) -> None:
    with transaction.atomic():
        hub, sku = make_hub(aisles=1, bays=1), make_sku()
        count = Count.objects.create(hub=hub, bin=bin_of(hub, "01-01"), sku=sku, reason="x", opened_at=MONDAY)
        count.expected, count.done_at, count.reason = expected, done_at, reason
        count.worker = make_user() if with_worker else None
        count.opened_at = MONDAY + timedelta(microseconds=1)

        update_many(Count, [count], ["expected", "done_at", "reason", "worker", "opened_at"])

        stored = Count.objects.get(pk=count.pk)
        for field in Count._meta.concrete_fields:
            assert getattr(stored, field.attname) == getattr(count, field.attname)
        transaction.set_rollback(True)


def test_a_value_that_is_too_long_is_refused_and_not_cut(db) -> None:
    hub = make_hub()
    place = bin_of(hub, "01-01")
    place.code = "X" * 21

    with pytest.raises(DataError), transaction.atomic():
        update_many(Bin, [place], ["code"])

    place.refresh_from_db()
    assert place.code == "01-01"


def test_constraints_see_every_row(db) -> None:
    skus = [make_sku(), make_sku()]
    skus[1].weight_g = 0

    with pytest.raises(IntegrityError, match="sku_has_measures"), transaction.atomic():
        update_many(Sku, skus, ["weight_g"])

    assert set(Sku.objects.values_list("weight_g", flat=True)) == {100}


def test_the_state_guard_sees_every_row(db) -> None:
    cartons = announced(make_hub(), [{make_sku(): 1}])
    cartons[0].state = Carton.State.RECEIVED

    with pytest.raises(ProgrammingError, match="Invalid transition"), transaction.atomic():
        update_many(Carton, cartons, ["state"])

    cartons[0].refresh_from_db()
    cartons[0].arrive()
    update_many(Carton, cartons, ["state"])
    assert Carton.objects.get().state == Carton.State.ARRIVED


@pytest.mark.parametrize(
    ("model", "field"), [(FloorPlan, "aisle_x_mm"), (Hub, "work_days"), (Hub, "bins"), (PickTask, "pick_list__number")]
)
def test_what_is_no_plain_column_is_refused(model: type, field: str) -> None:
    with pytest.raises((TypeError, FieldDoesNotExist)):
        update_many(model, [model()], [field])
