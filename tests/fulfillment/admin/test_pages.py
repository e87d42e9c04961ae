"""Every model has a page that opens, asks few questions of the database, and lets nobody type a state or a quantity."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_fsm import FSMField

from foundation.admin.pages import MasterPage, RecordPage
from foundation.admin.presentation import LOOKS, PLAIN, look_of
from tests.fulfillment.admin.scenes import boss, clerk, everything
from tests.roles import as_owner
from warehouses.models import Bin, Move, Sku

FLOORS = ("labels", "warehouses", "shipping", "fulfillment")
OURS = [model for floor in FLOORS for model in apps.get_app_config(floor).get_models()]
PAGES = {model: page for model, page in admin.site._registry.items() if model in OURS}
MOST_QUERIES = 16
"""Session, user, permissions, two counts, the rows, and a query for each filter that lists other rows."""
COUNTED = {"on_hand", "reserved", "sellable", "held", "picked", "wanted", "assigned", "quantity", "planned", "good"}


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")


def page_of(obj: Any) -> str:
    return reverse(f"admin:{obj._meta.label_lower.replace('.', '_')}_change", args=[obj.pk])


def test_every_model_has_a_page() -> None:
    assert [model._meta.label for model in OURS if model not in admin.site._registry] == []


def test_every_page_can_be_searched_and_says_what_it_lists() -> None:
    assert [model._meta.label for model, page in PAGES.items() if not page.search_fields] == []
    assert [model._meta.label for model, page in PAGES.items() if len(page.list_display) < 2] == []


def test_every_state_has_a_look() -> None:
    states = [
        (model, field.name, value)
        for model in OURS
        for field in model._meta.get_fields()
        if isinstance(field, FSMField)
        for value, _ in field.flatchoices
    ]

    assert len(states) > 60
    assert [(m._meta.label, value) for m, name, value in states if look_of(m, name, value) is PLAIN] == []


def test_the_table_of_looks_names_no_state_that_is_not() -> None:
    known = {
        (f"{model._meta.model_name}.{field.name}", value)
        for model in OURS
        for field in model._meta.concrete_fields
        for value, _ in field.flatchoices
    }
    known |= {("condition", value) for key, value in known if key.endswith(".condition")}

    assert {(key, value) for key, table in LOOKS.items() for value in table} - known == set()


@pytest.mark.django_db
def test_no_form_takes_a_state_or_a_quantity() -> None:
    request = RequestFactory().get("/")
    request.user = boss()
    typed = [
        (model._meta.label, name)
        for model, page in PAGES.items()
        if page.has_add_permission(request) or page.has_change_permission(request)
        for obj in (None, model())
        for name in page.get_form(request, obj, change=obj is not None).base_fields
        if isinstance(model._meta.get_field(name), FSMField) or name in COUNTED
    ]

    assert typed == []


@pytest.mark.django_db
def test_every_list_asks_as_much_for_2_rows_as_for_20(client: Client) -> None:
    scene = everything(orders=20)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what autovacuum does where rows come in over a day, not in one transaction
    client.force_login(boss())
    client.get(list_of(Bin))

    asked = {}
    for model in PAGES:
        few = list(model._default_manager.order_by("pk").values_list("pk", flat=True)[:2])
        with CaptureQueriesContext(connection) as two:
            assert client.get(list_of(model), {"pk__in": ",".join(map(str, few or [0]))}).status_code == 200
        with CaptureQueriesContext(connection) as many:
            assert client.get(list_of(model)).status_code == 200
        asked[model._meta.label] = (len(two), len(many))

    assert {label: pair for label, pair in asked.items() if pair[1] > pair[0]} == {}
    assert {label: pair for label, pair in asked.items() if pair[1] > MOST_QUERIES} == {}
    assert scene.hub.orders.count() == 120


@pytest.mark.django_db
def test_every_object_has_a_page_that_opens_and_can_be_searched_for(client: Client) -> None:
    everything(orders=1)
    client.force_login(boss())
    seen = []

    for model, page in PAGES.items():
        obj = model._default_manager.order_by("pk").first()
        assert client.get(list_of(model), {"q": "x y"}).status_code == 200, model
        if obj is None:
            continue
        answer = client.get(page_of(obj))
        assert answer.status_code == 200, model
        if isinstance(page, RecordPage):
            assert 'name="_save"' not in answer.content.decode(), model
        seen.append(model)

    assert {model._meta.label for model in PAGES if model not in seen} <= {
        "labels.PrintJob", "shipping.Manifest", "shipping.TrackingScan", "shipping.TrackingAnomaly",
        "shipping.ShipmentChange", "shipping.WebhookDelivery", "shipping.LabelPurchase",
        "fulfillment.IdempotencyRecord",
    }  # fmt: skip


@pytest.mark.django_db
def test_records_refuse_every_change_by_hand(client: Client) -> None:
    everything(orders=1)
    client.force_login(boss())

    for model, page in PAGES.items():
        obj = model._default_manager.order_by("pk").first()
        if not isinstance(page, RecordPage) or obj is None:
            continue
        prefix = f"admin:{model._meta.label_lower.replace('.', '_')}"
        before = model._default_manager.filter(pk=obj.pk).values().get()
        assert client.post(page_of(obj), {"state": "closed", "quantity": 99}).status_code == 403, model
        assert client.post(reverse(f"{prefix}_delete", args=[obj.pk]), {"post": "yes"}).status_code == 403, model
        assert client.post(reverse(f"{prefix}_add"), {}).status_code == 403, model
        assert model._default_manager.filter(pk=obj.pk).values().get() == before


@pytest.mark.django_db
def test_master_data_keeps_what_labels_and_stock_speak_of(client: Client) -> None:
    scene = everything(orders=1)
    client.force_login(boss())
    shelf = Bin.objects.get(hub=scene.hub, code="01-01")
    values = {"volume_mm3": 5, "max_weight_g": 7, "code": "99-99", "aisle": 2, "check_digits": "00"}

    for prefix in re.findall(r'name="([a-z_]+)-TOTAL_FORMS"', client.get(page_of(shelf)).content.decode()):
        values |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    answer = client.post(page_of(shelf), values)

    shelf.refresh_from_db()
    assert answer.status_code == 302
    assert (shelf.volume_mm3, shelf.max_weight_g) == (5, 7)
    assert (shelf.code, shelf.aisle, shelf.check_digits) == ("01-01", 0, "42")
    assert all(
        not page.has_delete_permission(answer.wsgi_request)
        for page in PAGES.values()
        if type(page).__mro__[1] is MasterPage and page.model in {Bin, Sku}
    )


@pytest.mark.django_db
def test_who_may_not_see_gets_nothing(client: Client) -> None:
    scene = everything(orders=1)
    client.force_login(clerk("warehouses.view_bin"))

    assert client.get(list_of(Bin)).status_code == 200
    assert client.get(list_of(Move)).status_code == 403
    assert client.get(page_of(scene.sku)).status_code == 403
