"""The sidebar: its first entry says what the first page is, and the map is one click away for whoever may see it."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_hub
from tests.fulfillment.admin.scenes import boss, clerk
from warehouses.models import Worker

pytestmark = pytest.mark.django_db

MAP = reverse("admin:warehouses_hub_map")


def menu(client: Client) -> str:
    return client.get(reverse("admin:index")).content.decode()


def test_the_first_entry_is_named_for_what_it_shows(client: Client) -> None:
    client.force_login(boss())
    assert "Control room" in menu(client)

    client.force_login(clerk("warehouses.view_picklist"))
    assert "Control room" not in menu(client)
    assert "Your work" in menu(client)


def test_the_map_is_that_of_ones_own_hub(client: Client) -> None:
    first, second = sorted((make_hub(), make_hub()), key=lambda hub: hub.code)
    lead, guest = clerk("warehouses.view_hub"), clerk("warehouses.view_hub")
    Worker.objects.create(user=lead, hub=second, badge=lead.username)

    led = []
    for user in (lead, guest):
        client.force_login(user)
        assert f'href="{MAP}"' in menu(client)
        led.append(client.get(MAP)["Location"])

    assert led == [reverse("admin:warehouses_hub_change", args=[hub.pk]) for hub in (second, first)]


def test_without_a_hub_the_map_leads_to_the_list(client: Client) -> None:
    client.force_login(boss())

    assert client.get(MAP)["Location"] == reverse("admin:warehouses_hub_changelist")


def test_the_map_is_not_for_everybody(client: Client) -> None:
    make_hub()
    client.force_login(clerk("warehouses.view_picklist"))

    assert MAP not in menu(client)
    assert client.get(MAP).status_code == 403
