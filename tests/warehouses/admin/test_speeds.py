"""What people see of planned and walked time: on a cart's page, on its stops, and on the hub's."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from foundation import clock
from tests.factories import MONDAY, demand, make_user, picks_of, planned, promised, stock, walking
from warehouses.models import Hub, HubSpeeds, PickList, Sku
from warehouses.services.picking import record_picks


@pytest.fixture
def lead(client: Client, db) -> Client:
    user = make_user()
    user.is_staff = user.is_superuser = True
    user.save()
    client.force_login(user)
    return client


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def walked(hub: Hub, sku: Sku) -> PickList:
    """A cart planned to be at its stop, 12 m off, after 20 s; it was scanned there after 125 s and sent later."""
    stock(hub, sku, 9, place="03-04")
    with clock.playing(MONDAY):
        walk = walking(hub, promised(hub, demand(sku, 1)))
    (pick,) = picks_of(walk)
    with clock.playing(MONDAY + timedelta(minutes=9)):
        picks = [replace(pick, at=MONDAY + timedelta(seconds=125))]
        record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks)
    return walk


def test_a_carts_page_holds_the_plan_against_the_walk(lead: Client, walked: PickList) -> None:
    page = text_of(lead, f"/admin/warehouses/picklist/{walked.pk}/change/")

    assert "Planned time 1 min" in page
    assert "To the last scan 2 min planned 0 min" in page
    assert "2:05 (0:20)" in page
    assert "2 min (0 min)" in text_of(lead, "/admin/warehouses/picklist/")


def test_a_cart_that_nobody_walked_has_a_plan_only(lead: Client, hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 9, place="03-04")
    (cart,) = planned(hub, promised(hub, demand(sku, 1)))

    page = text_of(lead, f"/admin/warehouses/picklist/{cart.pk}/change/")

    assert "Planned time 1 min" in page
    assert "To the last scan" not in page
    assert "(0:20)" in page


def test_a_hubs_page_says_how_fast_its_pickers_are_and_how_that_is_known(lead: Client, hub: Hub) -> None:
    url = f"/admin/warehouses/hub/{hub.pk}/change/"
    assert "Speeds assumed until walks have shown them" in text_of(lead, url)
    assert "Walking 1.00 m/s assumed" in text_of(lead, url)

    HubSpeeds.objects.create(
        hub=hub, walk_mm_per_s=830, pick_s=6.54, unit_s=1.5, legs=1_234, typical_error_s=1.26, learned_at=MONDAY
    )

    page = text_of(lead, url)
    assert "from 1 234 ways from scan to scan, half of them within 1.3 s" in page
    assert "Walking 0.83 m/s Pick of one unit 6.5 s Each further unit 1.5 s Another tote 5.0 s assumed" in page
