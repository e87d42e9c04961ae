"""Transitions declared once: fired for many rows at a time, and copied into the database."""

import pytest
from django.db import ProgrammingError, models, transaction
from django.test.utils import isolate_apps
from django_fsm import FSMField, transition

from foundation.guard import edges, fire_many, guarded
from tests.factories import MONDAY, announced, make_hub, make_sku
from warehouses.models import Carton, Inbound


@isolate_apps("tests.foundation")
def test_edges_are_the_declared_steps_with_any_source_spelled_out() -> None:
    class Lamp(models.Model):
        state = FSMField(choices=[("off", "Off"), ("on", "On"), ("broken", "Broken")], default="off")

        class Meta:
            app_label = "tests"

        @transition("state", source="off", target="on")
        def switch_on(self) -> None: ...

        @transition("state", source=["on", "off"], target="off")
        def switch_off(self) -> None: ...

        @transition("state", source="*", target="broken")
        def break_(self) -> None: ...

    assert edges(Lamp, "state") == [("off", "broken"), ("off", "on"), ("on", "broken"), ("on", "off")]


@isolate_apps("tests.foundation")
def test_only_a_state_field_can_be_guarded() -> None:
    class Lamp(models.Model):
        state = models.CharField(max_length=3)

        class Meta:
            app_label = "tests"

    with pytest.raises(TypeError, match=r"Lamp\.state is no FSMField"):
        guarded("state")(Lamp)


@isolate_apps("tests.foundation")
def test_a_step_that_depends_on_the_row_is_not_fired_for_many() -> None:
    class Lamp(models.Model):
        state = FSMField(choices=[("off", "Off"), ("on", "On")], default="off")

        class Meta:
            app_label = "tests"

        @transition("state", source="off", target="on", conditions=[lambda lamp: lamp.pk == 1])
        def switch_on(self) -> None: ...

    with pytest.raises(TypeError, match="depends on the row"):
        fire_many(Lamp.objects.all(), "switch_on")


def test_many_rows_take_one_step_in_one_statement(db, django_assert_num_queries) -> None:
    hub, sku = make_hub(), make_sku()
    announced(hub, [{sku: 1}] * 5)

    with django_assert_num_queries(1):
        moved = fire_many(Carton.objects.filter(number__lte=3), "arrive", arrived_at=MONDAY)

    assert moved == 3
    assert list(Carton.objects.order_by("number").values_list("state", "arrived_at")) == (
        [("arrived", MONDAY)] * 3 + [("planned", None)] * 2
    )


def test_rows_in_another_state_stay_as_they_are(db) -> None:
    hub, sku = make_hub(), make_sku()
    announced(hub, [{sku: 1}] * 2)
    fire_many(Carton.objects.filter(number=1), "arrive")

    assert fire_many(Carton.objects.all(), "receive") == 1
    assert fire_many(Carton.objects.all(), "receive") == 0
    assert list(Carton.objects.order_by("number").values_list("state", flat=True)) == ["received", "planned"]


def test_one_step_with_several_sources_takes_them_all(db) -> None:
    hub, sku = make_hub(), make_sku()
    announced(hub, [{sku: 1}])
    (carton,) = announced(hub, [{sku: 1}])
    fire_many(Inbound.objects.filter(pk=carton.inbound_id), "depart")

    assert fire_many(Inbound.objects.all(), "arrive") == 2
    assert set(Inbound.objects.values_list("state", flat=True)) == {"arrived"}


def test_the_database_knows_the_steps_too(db) -> None:
    hub, sku = make_hub(), make_sku()
    announced(hub, [{sku: 1}])

    with (
        pytest.raises(ProgrammingError, match='Invalid transition of field "state" from "planned" to "received"'),
        transaction.atomic(),
    ):
        Carton.objects.update(state="received")

    assert Carton.objects.get().state == "planned"
